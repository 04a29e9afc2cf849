"""Asked before anything is registered: does all that the stack names exist, is it one thing, and may it be granted?"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from databricks.sdk.errors.base import DatabricksError

from model.kinds import OBJECT_KINDS, SECURABLE_KINDS
from provider.admin import Admin
from provider.directory import Directory
from provider.errors import sentence
from provider.groups import Groups
from provider.names import Found, Names
from provider.owners import Owners
from provider.principals import Principals, adopted_as_told
from provider.question import Finding, Findings, Question, Resolved
from provider.securable_names import Securable, SecurableNames, Wrong
from provider.workspace import Workspace

T = TypeVar("T")


class Preflight:
    """Costs a request for the admin, one for the principals, one for each page of a named kind, and one or two for each securable; see
    `Owners` for what is to be owned.
    """

    def __init__(self, workspace: Workspace, account: Workspace | None = None) -> None:
        self._workspace = workspace
        self._account = account
        self.listed: frozenset[str] | None = None
        """The ids of the principals that there were before this run made any; None where they could not be listed."""

    async def run(self, question: Question) -> Findings:
        """The ids of all that was found, and every fault."""
        self.listed = None
        admin = await Admin.ask(self._workspace)
        (objects, wrong), (securables, unfit), (principals, client_ids) = await asyncio.gather(
            self._objects(question, admin), self._securables(question, admin), self._principals(question, admin)
        )
        owners = await Owners(self._workspace, admin).check(question, objects, client_ids)
        return principals.model_copy(
            update={
                "objects": tuple(objects),
                "securables": tuple(securables),
                "findings": (*wrong, *unfit, *owners, *principals.findings),
            }
        )

    async def _principals(self, question: Question, admin: Admin) -> tuple[Findings, dict[str, list[str]]]:
        """What is said of principals, and the Client IDs of integrations that have any."""
        directory = Directory(self._workspace)
        of_account = Directory(self._account) if self._account else None
        principals = Principals(directory, of_account)
        groups = Groups(directory, account=bool(of_account))
        (adopted, unknown), (made, wrong), (named, unknown_groups) = await asyncio.gather(
            principals.adopted(question), principals.made(question), groups.named(question.integrations)
        )
        self.listed = principals.listed
        client_ids = made | {name: [known.application_id] for name, known in adopted.items()}
        findings = [*unknown, *wrong, *unknown_groups, *await groups.missing_entitlements(question.integrations, adopted)]
        told = Findings(
            made=tuple(sorted(made)),
            groups=tuple(named),
            adopted=adopted_as_told(adopted),
            findings=(*findings, *_of_the_admin(question, admin, of_account), *_the_admin_itself(question, admin, client_ids)),
        )
        return told, client_ids

    async def _objects(self, question: Question, admin: Admin) -> tuple[list[Resolved], list[Finding]]:
        asked = _by_thing(
            (named.kind, named.reference, asking.name, named.path) for asking in question.integrations for named in asking.objects
        )
        names = Names(self._workspace, Counter(kind for kind, _ in asked))
        answers = await asyncio.gather(*(_or_refusal(names.find(OBJECT_KINDS[kind], reference)) for kind, reference in asked))
        resolved, findings = [], []
        for ((kind, reference), askers), answer in zip(asked.items(), answers, strict=True):
            if isinstance(answer, Found):
                resolved.append(Resolved(kind=kind, reference=reference, id=answer.id, name=answer.name))
            else:
                findings += [_not_found(admin, name, path, reference, answer) for name, path in askers]
        findings += _named_twice(asked, resolved)
        rights = await asyncio.gather(*(admin.may_grant_on(OBJECT_KINDS[each.kind], each.id) for each in resolved))
        for each, refusal in zip(resolved, rights, strict=True):
            if refusal:
                askers = asked[each.kind, each.reference]
                findings += [
                    Finding(integration=name, path=path, summary=refusal, about=each.reference, weight="rights") for name, path in askers
                ]
        return resolved, findings

    async def _securables(self, question: Question, admin: Admin) -> tuple[list[Resolved], list[Finding]]:
        asked = _by_thing(
            (named.kind, named.full_name, asking.name, named.path) for asking in question.integrations for named in asking.securables
        )
        privileges = {
            (asking.name, named.kind, named.full_name): named.privileges for asking in question.integrations for named in asking.securables
        }
        names = SecurableNames(self._workspace, admin)
        answers = await asyncio.gather(*(_or_refusal(names.check(kind, name)) for kind, name in asked))
        resolved, findings = [], []
        for ((kind, full_name), askers), answer in zip(asked.items(), answers, strict=True):
            found = Securable(wrong=(Wrong(answer),)) if isinstance(answer, str) else answer
            if found.id:
                resolved.append(Resolved(kind=kind, reference=full_name, id=found.id, name=full_name))
            findings += [
                Finding(integration=name, path=path, summary=wrong.summary, about=full_name, weight=wrong.weight)
                for name, path in askers
                for wrong in (*found.wrong, *found.unfit(SECURABLE_KINDS[kind], privileges[name, kind, full_name]))
            ]
        return resolved, findings


def _of_the_admin(question: Question, admin: Admin, of_account: Directory | None) -> Iterator[Finding]:
    """What the login may not do for any integration: told once, where the stack's own part of the file has it."""
    if all(asking.adopt for asking in question.integrations):
        return
    if of_account and of_account.problem:
        said = f"{admin.name} cannot make service principals in the account, which takes an account admin. {of_account.problem}"
        yield Finding(integration="", path=("account",), summary=said, weight="rights" if of_account.refused else "fault")
    elif not of_account and not admin.is_workspace_admin:
        said = f"{admin.name} cannot make service principals, which takes a workspace admin: `pulumi up` with this login would fail"
        yield Finding(integration="", path=("integrations",), summary=said, weight="rights")


def _the_admin_itself(question: Question, admin: Admin, client_ids: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    """Its level could be lowered, and its access taken away, by the very run that needs them."""
    for asking in question.integrations:
        if admin.name.lower() in {client_id.lower() for client_id in client_ids.get(asking.name, ())}:
            said = f"is the service principal that this deployment runs as ({admin.name}); log in as another admin to give it access"
            yield Finding(integration=asking.name, path=("adopt",) if asking.adopt else (), summary=said, weight="fatal")


async def _or_refusal(lookup: Awaitable[T]) -> T | str:
    """What a lookup found, or why it found nothing: one that breaks is its askers' alone, and no other integration's."""
    try:
        return await lookup
    except (DatabricksError, TimeoutError) as error:
        return f"could not be looked up. {sentence(error)}"


def _not_found(admin: Admin, integration: str, path: tuple[str, ...], reference: str, summary: str) -> Finding:
    """Listings hold what one may see (api-facts: 7.1): only to a workspace admin is what is not listed not there."""
    if admin.is_workspace_admin:
        return Finding(integration=integration, path=path, summary=summary, about=reference)
    return Finding(
        integration=integration, path=path, summary=f"{summary}, or {admin.name} may not see it", about=reference, weight="rights"
    )


def _named_twice(asked: Mapping[tuple[str, str], list[tuple[str, tuple[str, ...]]]], resolved: list[Resolved]) -> list[Finding]:
    """An object that one integration names twice, by name and by id, would have two levels, of which the last written wins."""
    first: dict[tuple[str, str, str], str] = {}
    findings = []
    for each in resolved:
        for integration, path in asked[each.kind, each.reference]:
            before = first.setdefault((integration, each.kind, each.id), each.reference)
            if before != each.reference:
                summary = f'is the same {OBJECT_KINDS[each.kind].noun} as "{before}"; keep one of the two'
                findings.append(Finding(integration=integration, path=path, summary=summary, about=each.reference))
    return findings


def _by_thing(asked: Iterable[tuple[str, str, str, tuple[str, ...]]]) -> dict[tuple[str, str], list[tuple[str, tuple[str, ...]]]]:
    """Each thing that is named, to the integrations and places that name it: asked for once, answered to each."""
    by_thing: defaultdict[tuple[str, str], list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for kind, name, integration, path in asked:
        by_thing[kind, name].append((integration, path))
    return dict(by_thing)
