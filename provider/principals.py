"""The service principals behind a stack's integrations: those that it made, and those that it takes over."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from model.nearest import did_you_mean
from model.vocabulary import ID
from provider.directory import Directory, quoted
from provider.question import Adopted, Asking, Finding, Question, Weight
from provider.workspace import Json

_ATTRIBUTES = "id,applicationId,displayName,externalId,entitlements"


@dataclass(frozen=True)
class Known:
    """A service principal as the workspace has it."""

    principal_id: str
    application_id: str
    entitlements: tuple[str, ...]


class Principals:
    """Costs one listing of those that the stack made, and one or two requests for each that it adopts."""

    def __init__(self, workspace: Directory, account: Directory | None) -> None:
        self._workspace = workspace
        self._account = account
        self._home = account or workspace
        """Where principals are made."""
        self.listed: frozenset[str] | None = None
        """The ids of those that the stack made, or that look so; None where they could not be listed."""

    async def made(self, question: Question) -> tuple[dict[str, list[str]], list[Finding]]:
        """The integrations that have a principal of their own (all, where that cannot be seen), with its Client ID, and what is wrong
        with these.
        """
        known: defaultdict[str, list[str]] = defaultdict(list)
        which = f"externalId sw {quoted(question.external_ids_begin)}"
        listed = await self._home.principals(which, attributes="id,applicationId,externalId")
        self.listed = None if self._home.problem else frozenset(str(principal["id"]) for principal in listed)
        for principal in listed:
            known[str(principal.get("externalId", ""))].append(str(principal.get("applicationId")))
        own = {
            asking.name: known.get(asking.external_id) or known.get(asking.external_id_before or "") or []
            for asking in question.integrations
        }
        findings = [_made_twice(asking, ids) for asking in question.integrations if len(ids := known[asking.external_id]) > 1]
        findings += [
            _wrong(
                asking,
                f"cannot take the place of the service principal that this integration has ({ids[0]}), which would be deleted; "
                "write the one that adopts below a name of its own",
                "fatal",
            )
            for asking in question.integrations
            if asking.adopt and (ids := own[asking.name])
        ]
        return {name: ids for name, ids in own.items() if ids or self._home.problem}, findings

    async def adopted(self, question: Question) -> tuple[dict[str, Known], list[Finding]]:
        """By integration, the principal that it takes over; and what is wrong with those that are named."""
        adopting = [asking for asking in question.integrations if asking.adopt]
        answers = await asyncio.gather(*(self._find(asking, question.external_ids_begin) for asking in adopting))
        found = {asking.name: answer for asking, answer in zip(adopting, answers, strict=True) if isinstance(answer, Known)}
        findings = [answer for answer in answers if isinstance(answer, Finding)]
        return found, [*findings, *_adopted_twice(adopting, found)]

    async def _find(self, asking: Asking, begin: str) -> Known | Finding:
        named = asking.adopt or ""
        by_id = named.startswith(ID)
        field, value = ("applicationId", named.removeprefix(ID)) if by_id else ("displayName", named)
        # SCIM compares without regard to case; the same name with other capitals is another principal.
        answers = await self._home.principals(f"{field} eq {quoted(value)}", attributes=_ATTRIBUTES)
        called_so = [each for each in answers if by_id or each.get("displayName") == value]
        where = "account" if self._account else "workspace"
        match called_so:
            case [one] if str(one.get("externalId", "")).startswith(begin):
                owner = str(one.get("externalId")).removeprefix(begin)
                return _wrong(
                    asking, f'"{value}" is the service principal that this stack made for "{owner}"; grant it more there', "fatal"
                )
            case [one]:
                return await self._in_workspace(asking, one)
            case [] if self._home.problem:
                said = f"could not be looked up. {self._home.problem}"
                return _wrong(asking, said, "rights" if self._home.refused else "fault")
            case []:
                elsewhere = "" if self._account else "; one that is in the account alone can be adopted where brickpass:account is declared"
                near = did_you_mean(value, [str(each.get("displayName")) for each in await self._all_names()]) if not by_id else ""
                return _wrong(asking, f'there is no service principal "{value}" in this {where}{near or elsewhere}')
            case several:
                ids = ", ".join(f'"{ID}{each.get("applicationId")}"' for each in several)
                return _wrong(asking, f'{len(several)} service principals are called "{value}"; write the one that is meant as {ids}')

    async def _in_workspace(self, asking: Asking, found: Json) -> Known | Finding:
        here = found
        if self._account:
            application_id = str(found.get("applicationId"))
            answers = await self._workspace.principals(f"applicationId eq {quoted(application_id)}", attributes=_ATTRIBUTES)
            if not answers and not asking.role:
                name = found.get("displayName")
                return _wrong(asking, f'"{name}" is in the account, but not in this workspace; write "role: USER" to assign it')
            here = answers[0] if answers else found | {"entitlements": []}
        entitlements = tuple(str(held["value"]) for held in here.get("entitlements", []))
        return Known(str(found["id"]), str(found["applicationId"]), entitlements)

    async def _all_names(self) -> list[Json]:
        return await self._home.principals(None, attributes="displayName")


def adopted_as_told(found: dict[str, Known]) -> tuple[Adopted, ...]:
    return tuple(
        Adopted(integration=name, application_id=known.application_id, principal_id=known.principal_id) for name, known in found.items()
    )


def _adopted_twice(adopting: Sequence[Asking], found: dict[str, Known]) -> list[Finding]:
    """Two integrations on one principal would undo each other's levels."""
    first: dict[str, str] = {}
    findings = []
    for asking in adopting:
        if asking.name in found:
            before = first.setdefault(found[asking.name].principal_id, asking.name)
            if before != asking.name:
                findings.append(
                    _wrong(asking, f'is the service principal that "{before}" adopts; put the grants of both below one of them')
                )
    return findings


def _made_twice(asking: Asking, ids: Sequence[str]) -> Finding:
    """An interrupted run left one of them."""
    return Finding(
        integration=asking.name,
        path=(),
        summary=f"there are {len(ids)} service principals with the external id {asking.external_id}: {', '.join(sorted(ids))}. "
        "An interrupted run made one of them; `brickpass recover` removes the one that nobody can log in as",
    )


def _wrong(asking: Asking, summary: str, weight: Weight = "fault") -> Finding:
    return Finding(integration=asking.name, path=("adopt",), summary=summary, weight=weight)
