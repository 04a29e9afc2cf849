"""What the workspace answers before anything is registered: the ids behind names, and all that is wrong at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.resources import BrickpassProvider, Group
from model.declaration import Declaration
from model.faults import BrickpassError
from model.grants import DeclaredGrant, DeclaredObjectGrant, ObjectGrant, SecurablePrivileges
from model.identity import external_ids_begin

Path = tuple[str, ...]


class NotAsked(BrickpassError):
    """The workspace could not be asked at all."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, where `path` leads to in the integration's part of the stack file."""

    integration: str
    path: Path
    summary: str
    about: str
    """The one object or securable that it is about; nothing where it is about all that stands at the place."""
    weight: str
    """A "fatal" fault, which ends an update too, a "fault", "rights" that the admin lacks, a "hint" that something may be wrong,
    or a "notice" of what is done."""


@dataclass(frozen=True)
class Answer:
    ids: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Kind and reference, to id and name."""
    securable_ids: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Kind and full name, to the API's name for it where that is another."""
    groups: Mapping[str, Group] = field(default_factory=dict)
    """By name."""
    adopted: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By integration, the application id and the numeric id of the service principal that it takes over."""
    made: frozenset[str] = frozenset()
    """The integrations that have a service principal of their own already, as far as that can be seen."""
    findings: tuple[Finding, ...] = ()

    def resolve(self, grant: DeclaredGrant) -> ObjectGrant | SecurablePrivileges:
        """The grant as the workspace knows it; an object that was not found keeps an empty id."""
        if isinstance(grant, DeclaredObjectGrant):
            object_id, name = self.ids.get((grant.kind, grant.reference), ("", grant.reference))
            return ObjectGrant(kind=grant.kind, id=object_id, name=name, level=grant.level, next_owner=grant.next_owner)
        return SecurablePrivileges(
            kind=grant.kind,
            full_name=grant.full_name,
            id=self.securable_ids.get((grant.kind, grant.full_name), ""),
            privileges=grant.privileges,
            implied=grant.implied,
        )

    def fault(self, integration: str, grant: DeclaredGrant) -> str | None:
        """What stands against a grant: a finding about it, or about all that it stands among.

        That the admin may not grant is left to the API to say, which knows better; unless the object was not even seen.
        """
        name = grant.reference if isinstance(grant, DeclaredObjectGrant) else grant.full_name
        unseen = isinstance(grant, DeclaredObjectGrant) and (grant.kind, grant.reference) not in self.ids
        adopting = next((each.summary for each in self.findings if each.integration == integration and each.path == ("adopt",)), None)
        return adopting or next(
            (
                finding.summary
                for finding in self.findings
                if finding.integration == integration
                and grant.path[: len(finding.path)] == finding.path
                and finding.about in ("", name)
                and (unseen or finding.weight == "fault")
            ),
            None,
        )

    def fault_of_membership(self, integration: str, declared: Declaration) -> str | None:
        """What stands against the role, the entitlements and the groups of an integration, none of which is touched then."""
        places = (("groups",), ("role",), ("adopt",))
        found = (each for each in self.findings if each.integration == integration and each.path[:1] in places)
        missing = [name for name in declared.groups if name not in self.groups]
        unknown = f'the group "{missing[0]}" could not be looked up' if missing else None
        return next((each.summary for each in found if each.weight == "fault"), unknown)


def external_id(integration: str) -> str:
    """By which a service principal of ours is found again, whatever becomes of the state."""
    return f"{_external_ids_begin()}{integration}"


async def preflight(declared: Mapping[str, Declaration], provider: BrickpassProvider) -> Answer:
    """Asks the workspace once for all that the stack names.

    Raises:
        NotAsked: nobody answers there, or the admin's credentials are refused.
    """
    question = {
        "externalIdsBegin": _external_ids_begin(),
        "integrations": [_asking(name, each) for name, each in declared.items()],
        "preview": pulumi.runtime.is_dry_run(),
    }
    said = await pulumi.runtime.invoke_async("brickpass:index:preflight", question, pulumi.InvokeOptions(provider=provider))
    if refused := said.get("refused"):
        raise NotAsked(refused)
    return Answer(
        ids={(found["kind"], found["reference"]): (found["id"], found["name"]) for found in said["objects"]},
        securable_ids={(found["kind"], found["reference"]): found["id"] for found in said["securables"]},
        groups={each["name"]: Group(each["name"], each["id"], each["ofAccount"]) for each in said["groups"]},
        adopted={each["integration"]: (each["applicationId"], each["principalId"]) for each in said["adopted"]},
        made=frozenset(said["made"]),
        findings=tuple(_finding(each) for each in said["findings"]),
    )


def _asking(name: str, declared: Declaration) -> dict[str, Any]:
    objects, securables = [], []
    for grant in declared.grants:
        if isinstance(grant, DeclaredObjectGrant):
            named = {"kind": grant.kind, "reference": grant.reference, "path": list(grant.path)}
            objects.append(named | {"level": grant.level, "nextOwner": grant.next_owner})
        else:
            securables.append(
                {"kind": grant.kind, "fullName": grant.full_name, "privileges": list(grant.privileges), "path": list(grant.path)}
            )
    return {
        "name": name,
        "was": declared.config.was,
        "externalId": external_id(name),
        "externalIdBefore": external_id(declared.config.was) if declared.config.was else None,
        "adopt": None if declared.ended else declared.config.adopt,
        "role": declared.role,
        "ended": declared.ended,
        "entitlements": list(declared.entitlements),
        "groups": list(declared.groups),
        "objects": objects,
        "securables": securables,
    }


def _finding(said: Mapping[str, Any]) -> Finding:
    return Finding(said["integration"], tuple(said["path"]), said["summary"], said["about"], said["weight"])


def _external_ids_begin() -> str:
    return external_ids_begin(pulumi.get_project(), pulumi.get_stack())
