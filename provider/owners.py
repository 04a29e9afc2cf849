"""What a stack says of owners: an object keeps exactly one, and whoever gives it up names the next one beforehand. (api-facts: 5.3, 5.4)"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from databricks.sdk.errors.base import DatabricksError

from model.kinds import OBJECT_KINDS, OWNER, ObjectKind
from model.vocabulary import ID
from provider.access_list import Who, owner, service_principal
from provider.admin import Admin
from provider.directory import Directory, quoted
from provider.question import Asking, Finding, NamedObject, Question, Resolved, Weight
from provider.workspace import Workspace


def next_owner(said: str) -> Who:
    """Whom a stack file means."""
    return service_principal(said.removeprefix(ID)) if said.startswith(ID) else Who("user_name", said)


@dataclass(frozen=True)
class _Owning:
    """One object that an integration is to own."""

    asking: Asking
    named: NamedObject
    object_id: str

    @property
    def kind(self) -> ObjectKind:
        return OBJECT_KINDS[self.named.kind]

    def finding(self, summary: str, weight: Weight = "fault", *, at: str | None = None) -> Finding:
        path = (*self.named.path, at) if at else self.named.path
        return Finding(integration=self.asking.name, path=path, summary=summary, about=self.named.reference, weight=weight)


class Owners:
    """Costs one request for each next owner, and in a preview one for each object that is to be owned."""

    def __init__(self, workspace: Workspace, admin: Admin) -> None:
        self._workspace = workspace
        self._admin = admin

    async def check(self, question: Question, resolved: Iterable[Resolved], principals: Mapping[str, Collection[str]]) -> list[Finding]:
        """What is wrong with who is to own what, and from whom it is taken; `principals` has the Client IDs of integrations."""
        owning = list(_owning(question, resolved))
        made = _made_by_the_stack(question, principals)
        successors = dict.fromkeys(each.named.next_owner for each in owning if each.named.next_owner)
        unfit, taken = await asyncio.gather(
            asyncio.gather(*(self._unfit(said, question.external_ids_begin, made) for said in successors)),
            asyncio.gather(*(self._taken(each, principals) for each in owning if question.preview)),
        )
        problems = dict(zip(successors, unfit, strict=True))
        findings = [finding for each in owning for finding in self._wrong(each, problems, principals.get(each.asking.name, ()))]
        return [*findings, *_owned_twice(owning), *(finding for finding in taken if finding)]

    def _wrong(self, each: _Owning, problems: Mapping[str, tuple[str, Weight] | None], own: Collection[str]) -> Iterator[Finding]:
        said = each.named.next_owner or ""
        if said.startswith(ID) and next_owner(said).name in {client_id.lower() for client_id in own}:
            yield each.finding("is the integration itself, which cannot own what it gives up; name somebody else", at="next_owner")
        elif problem := problems.get(said):
            yield each.finding(problem[0], problem[1], at="next_owner")
        if not self._admin.is_workspace_admin:
            yield each.finding(f"{self._admin.name} may not change who owns a {each.kind.noun}: that takes a workspace admin", "rights")

    async def _unfit(self, said: str, external_ids_begin: str, made: Mapping[str, str]) -> tuple[str, Weight] | None:
        """Why somebody cannot own anything here, or not for long."""
        who, directory = next_owner(said), Directory(self._workspace)
        if who.key == "user_name":
            found = await directory.users(f"userName eq {quoted(who.name)}", attributes="userName,active")
        else:
            found = await directory.principals(f"applicationId eq {quoted(who.name)}", attributes="applicationId,externalId,active")
        if directory.problem:
            return f'"{said}" could not be looked up. {directory.problem}', "rights" if directory.refused else "fault"
        if not any(each.get("active", True) for each in found):
            return f'"{said}" is {"deactivated" if found else "not"} in this workspace; name somebody who is to stay', "fault"
        # One that the stack file names no more, but that is still there, goes too.
        marked = next((mark for each in found if (mark := str(each.get("externalId", ""))).startswith(external_ids_begin)), None)
        integration = marked.removeprefix(external_ids_begin) if marked else made.get(who.name.lower())
        if integration is None:
            return None
        whose = f'"{said}" is the service principal that this stack made for "{integration}"'
        return f"{whose} and deletes with it, which would leave this without an owner; name somebody who is to stay", "fault"

    async def _taken(self, each: _Owning, principals: Mapping[str, Collection[str]]) -> Finding | None:
        """From whom an integration takes an object: what else a preview does not show."""
        try:
            answer = await self._workspace.do("GET", each.kind.access_list(each.object_id))
        except DatabricksError:
            return None  # What keeps us from reading it is said elsewhere.
        before = owner(answer.get("access_control_list", []))
        if not before or before.name in principals.get(each.asking.name, ()):
            return None
        return each.finding(f"takes the ownership of this {each.kind.noun} from {before.name}, who keeps CAN_MANAGE", "notice")


def _made_by_the_stack(question: Question, principals: Mapping[str, Collection[str]]) -> dict[str, str]:
    """The integrations, by the Client IDs of the principals that go with the stack; an adopted one stays."""
    return {
        client_id.lower(): asking.name
        for asking in question.integrations
        if not asking.adopt
        for client_id in principals.get(asking.name, ())
    }


def _owning(question: Question, resolved: Iterable[Resolved]) -> Iterator[_Owning]:
    ids = {(each.kind, each.reference): each.id for each in resolved}
    for asking in question.integrations:
        for named in asking.objects:
            if named.level == OWNER and (named.kind, named.reference) in ids:
                yield _Owning(asking, named, ids[named.kind, named.reference])


def _owned_twice(owning: Iterable[_Owning]) -> Iterator[Finding]:
    """Two integrations that are to own one object would take it from each other at every run."""
    first: dict[tuple[str, str], str] = {}
    for each in owning:
        before = first.setdefault((each.kind.key, each.object_id), each.asking.name)
        if before != each.asking.name:
            yield each.finding(f'is to be owned by "{before}" too, and has one owner; give one of them CAN_MANAGE')
