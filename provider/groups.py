"""The groups that a stack names, and the entitlements that come to a principal through groups."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from model.kinds import OBJECT_KINDS
from model.nearest import did_you_mean
from provider.directory import Directory
from provider.principals import Known
from provider.question import Asking, Finding, Group, Weight
from provider.workspace import Json

EVERYBODY = "users"
_OF_THE_ACCOUNT = "is a group of the account, whose members are changed there alone; declare brickpass:account, or leave it out"


class Groups:
    """Costs one listing, where an integration names a group or lacks an entitlement; its members only where they can matter."""

    def __init__(self, directory: Directory, *, account: bool) -> None:
        self._directory = directory
        self._account = account
        self._listed: asyncio.Task[list[Json]] | None = None

    async def named(self, integrations: Iterable[Asking]) -> tuple[list[Group], list[Finding]]:
        """The groups that integrations are to be members of, and what is wrong with their names."""
        wanted = [(asking, name) for asking in integrations for name in asking.groups]
        if not wanted:
            return [], []
        known = {str(group.get("displayName")): _group(group) for group in await self._all(integrations)}
        findings = []
        for asking, name in wanted:
            path = ("groups", f"[{asking.groups.index(name)}]")
            if name not in known and self._directory.problem:
                weight: Weight = "rights" if self._directory.refused else "fault"
                findings.append(_finding(asking, path, f'the group "{name}" could not be looked up. {self._directory.problem}', weight))
            elif name not in known:
                near = did_you_mean(name, known) or ("; that looks like a person, and this takes groups" if "@" in name else "")
                findings.append(_finding(asking, path, f'there is no group "{name}" in this workspace{near}'))
            elif name in known and known[name].of_account and not self._account:
                findings.append(_finding(asking, path, f'"{name}" {_OF_THE_ACCOUNT}'))
        names = {name for _, name in wanted}
        return [group for name, group in known.items() if name in names], findings

    async def missing_entitlements(self, integrations: Iterable[Asking], adopted: dict[str, Known]) -> list[Finding]:
        """Grants that need an entitlement which the principal neither has by itself nor gets through a group."""
        lacking = [(asking, kind) for asking in integrations for kind in _lacking(asking)]
        if not lacking:
            return []
        groups = await self._all(integrations)
        if self._directory.problem:
            return []  # Who cannot look has no reason to complain.
        inherited = {asking.name: _inherited(groups, asking, adopted.get(asking.name)) for asking, _ in lacking}
        return [
            _finding(
                asking,
                ("grants", kind),
                f"{OBJECT_KINDS[kind].a_noun} can only be used with the entitlement {' or '.join(OBJECT_KINDS[kind].entitlements)}, "
                "which the integration does not have; add it to entitlements",
            )
            for asking, kind in lacking
            if not set(OBJECT_KINDS[kind].entitlements) & inherited[asking.name]
        ]

    async def _all(self, integrations: Iterable[Asking]) -> list[Json]:
        if self._listed is None:
            # Members are many, and only needed to see what comes through groups in groups.
            through_groups = any(_lacking(asking) and (asking.groups or asking.adopt) for asking in integrations)
            attributes = "id,displayName,entitlements,meta" + (",members" if through_groups else "")
            self._listed = asyncio.create_task(self._directory.groups(attributes=attributes))
        return await self._listed


def _lacking(asking: Asking) -> list[str]:
    """The kinds of object among its grants that need an entitlement which it does not declare."""
    held = set(asking.entitlements)
    kinds = sorted({named.kind for named in asking.objects})
    return [kind for kind in kinds if OBJECT_KINDS[kind].entitlements and not held & set(OBJECT_KINDS[kind].entitlements)]


def _inherited(groups: list[Json], asking: Asking, adopted: Known | None) -> set[str]:
    """What an integration's principal holds without declaring it: its own already, of everybody, of its groups and of theirs."""
    above: defaultdict[str, list[Json]] = defaultdict(list)
    for group in groups:
        for member in group.get("members", []):
            above[str(member.get("value"))].append(group)
    waiting = [group for group in groups if group.get("displayName") in (EVERYBODY, *asking.groups)]
    waiting += above[adopted.principal_id] if adopted else []
    found: dict[str, Json] = {}
    while waiting:
        group = waiting.pop()
        if str(group["id"]) not in found:
            found[str(group["id"])] = group
            waiting += above[str(group["id"])]
    held = {entitlement["value"] for group in found.values() for entitlement in group.get("entitlements", [])}
    return held | (set(adopted.entitlements) if adopted else set())


def _group(said: Json) -> Group:
    of_account = said.get("meta", {}).get("resourceType") == "Group"
    return Group(name=str(said.get("displayName")), id=str(said["id"]), of_account=of_account)


def _finding(asking: Asking, path: tuple[str, ...], summary: str, weight: Weight = "fault") -> Finding:
    return Finding(integration=asking.name, path=path, summary=summary, weight=weight)
