"""Asked before anything is registered: does all that the stack names exist, is it one thing, and may it be granted?"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Mapping
from typing import Literal, TypeVar

from databricks.sdk.errors import PermissionDenied
from databricks.sdk.errors.base import DatabricksError

from model.kinds import ENTITLEMENTS, OBJECT_KINDS, SECURABLE_KINDS
from provider.admin import Admin
from provider.errors import sentence
from provider.names import Found, Names
from provider.securable_names import Securable, SecurableNames, Wrong
from provider.wire import Wire
from provider.workspace import Json, Workspace

T = TypeVar("T")

Weight = Literal["fault", "rights", "hint"]
"""What is wrong; what the admin may not do (a preview may be made by somebody who may only read); what may be wrong."""


class NamedObject(Wire):
    kind: str
    reference: str
    """A name, or `id:` and an id."""
    path: tuple[str, ...]
    """Where the stack file says it."""


class NamedSecurable(Wire):
    kind: str
    full_name: str
    privileges: tuple[str, ...]
    path: tuple[str, ...]


class Asking(Wire):
    """One integration, as preflight needs to know it."""

    name: str
    was: str | None = None
    external_id: str
    entitlements: tuple[str, ...]
    objects: tuple[NamedObject, ...]
    securables: tuple[NamedSecurable, ...]


class Question(Wire):
    external_ids_begin: str
    """What the external ids of the stack's service principals have in common."""
    integrations: tuple[Asking, ...]


class Finding(Wire):
    """One thing that is wrong, at one place of the stack file."""

    integration: str
    path: tuple[str, ...]
    summary: str
    about: str = ""
    """The one object or securable that it is about; nothing where it is about all that stands at the place."""
    weight: Weight = "fault"


class Resolved(Wire):
    kind: str
    reference: str
    id: str
    name: str


class Findings(Wire):
    objects: tuple[Resolved, ...] = ()
    securables: tuple[Resolved, ...] = ()
    """Those that the API knows by another name than people do."""
    findings: tuple[Finding, ...] = ()
    refused: str | None = None
    """Why nothing could be asked: nobody answers, or the admin's credentials are refused."""


class Preflight:
    """Costs a request for the admin, one for the principals, one for each page of a named kind, and one or two for each securable."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def run(self, question: Question) -> Findings:
        """The ids of all objects that were found, and every fault."""
        admin = await Admin.ask(self._workspace)
        (objects, wrong), (securables, unfit), *findings = await asyncio.gather(
            self._objects(question, admin), self._securables(question, admin), self._entitlements(question), self._principals(question)
        )
        return Findings(objects=tuple(objects), securables=tuple(securables), findings=tuple(sum(findings, [*wrong, *unfit])))

    async def _objects(self, question: Question, admin: Admin) -> tuple[list[Resolved], list[Finding]]:
        asked = _by_thing(
            (named.kind, named.reference, asking.name, named.path) for asking in question.integrations for named in asking.objects
        )
        names = Names(self._workspace)
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

    async def _entitlements(self, question: Question) -> list[Finding]:
        """Grants that need an entitlement which the principal neither declares nor gets from the group of all users."""
        lacking = {
            (asking.name, kind): OBJECT_KINDS[kind].entitlements
            for asking in question.integrations
            for kind in sorted({named.kind for named in asking.objects})
            if OBJECT_KINDS[kind].entitlements and not set(OBJECT_KINDS[kind].entitlements) & set(asking.entitlements)
        }
        inherited = await self._entitlements_of_all_users() if lacking else set()
        return [
            Finding(
                integration=name,
                path=("grants", kind),
                summary=f"{OBJECT_KINDS[kind].a_noun} can only be used with the entitlement {' or '.join(needed)}, which the integration "
                f"does not have; add it to entitlements",
            )
            for (name, kind), needed in lacking.items()
            if not set(needed) & inherited
        ]

    async def _entitlements_of_all_users(self) -> set[str]:
        query = {"filter": 'displayName eq "users"', "attributes": "entitlements"}
        groups = await self._if_allowed("/api/2.0/preview/scim/v2/Groups", query)
        if not groups.get("Resources"):
            return set(ENTITLEMENTS)  # Who may not look has no reason to complain.
        return {held["value"] for group in groups["Resources"] for held in group.get("entitlements", [])}

    async def _principals(self, question: Question) -> list[Finding]:
        """Two service principals under one external id: an interrupted run left one of them."""
        known: defaultdict[str, list[str]] = defaultdict(list)
        for principal in await self._ours(question.external_ids_begin):
            known[str(principal.get("externalId", ""))].append(str(principal.get("applicationId")))
        return [
            Finding(
                integration=asking.name,
                path=(),
                summary=f"there are {len(ids)} service principals with the external id {asking.external_id}: {', '.join(sorted(ids))}. "
                "An interrupted run made one of them; delete the one whose Client ID is not in use, in the workspace's admin settings",
            )
            for asking in question.integrations
            if len(ids := known[asking.external_id]) > 1
        ]

    async def _ours(self, external_ids_begin: str) -> list[Json]:
        found: list[Json] = []
        query = {"filter": f'externalId sw "{external_ids_begin}"', "attributes": "id,applicationId,externalId", "count": 1000}
        while True:
            page = await self._if_allowed("/api/2.0/preview/scim/v2/ServicePrincipals", query | {"startIndex": len(found) + 1})
            found += page.get("Resources", [])
            # A listing ends with an empty page (api-facts: 3.3); one that says how many there are spares us that one.
            if not page.get("Resources") or len(found) >= page.get("totalResults", len(found) + 1):
                return found

    async def _if_allowed(self, path: str, query: Json) -> Json:
        """What SCIM answers; nothing to who is no workspace admin, for whom a preview is still of use."""
        try:
            return await self._workspace.do("GET", path, query=query)
        except PermissionDenied:
            return {}


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
