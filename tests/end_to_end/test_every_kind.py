"""Every row of both tables of kinds through the real engine: given, raised, lowered, repaired and taken away, beside everybody else's."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from databricks.sdk.service.iam import WorkspacePermission

from model.kinds import KINDS, OBJECT_KINDS, SECURABLE_KINDS, ObjectKind
from tests.clients.securables import CATALOG
from tests.end_to_end.harness import Stack
from tests.examples import not_everybodys, securables_of
from tests.harness import ALL_ENTITLEMENTS, WORKSPACE_ID, Sandbox

ALL = "ALL_PRIVILEGES"
SHOWN = {"exercised", "confirmed"}
REPAIRED = "It was written again"
"""What is said where the proof missed a grant: then the run itself had not made it, or had lost it."""


@dataclass(frozen=True)
class Thing:
    """An object or a securable, and what is to be held on it: one level, or some privileges."""

    kind: str
    reference: str
    """As the stack file has it."""
    path: str
    """Where it is read who has access."""
    targets: frozenset[str]
    """What the proof may call it: by name, or by id where only that is known."""
    low: frozenset[str]
    high: frozenset[str]

    def declared(self, access: frozenset[str]) -> str | list[str]:
        return sorted(access) if self.kind in SECURABLE_KINDS else next(iter(access))


def objects(sandbox: Sandbox, kind: ObjectKind) -> Iterator[Thing]:
    """One by its name, and where there is another, that by its id."""
    for each, by_id in zip(islice(not_everybodys(sandbox, kind), 2), (False, True), strict=False):
        levels = kind.grantable_on(each.name)
        yield Thing(
            kind.key,
            f"id:{each.id}" if by_id else each.name,
            kind.access_list(each.id),
            frozenset({f"{kind.noun} {each.name}", f"{kind.noun} {each.id}"}),
            frozenset({levels[0]}),
            frozenset({levels[-1]}),
        )


def securables(sandbox: Sandbox) -> Iterator[Thing]:
    """One of each kind, with the privilege that shows it or any one, then with all that it may have; and the places that they lie in."""
    low: dict[tuple[str, str], set[str]] = {}
    high: dict[tuple[str, str], set[str]] = {}
    for kind in SECURABLE_KINDS.values():
        name = CATALOG if kind.key == "catalogs" else securables_of(sandbox, kind)[0]
        table_type = sandbox.http.get(kind.one(name)).json()["table_type"] if kind.not_on else ""
        fitting = {privilege for privilege in kind.privileges if table_type not in kind.not_on.get(privilege, ())}
        low.setdefault((kind.key, name), set()).add(kind.seen_with or min(fitting - {ALL}))
        high.setdefault((kind.key, name), set()).update(fitting)
        for depth, (above, privilege) in enumerate(kind.above.items(), start=1):
            place = above, ".".join(name.split(".")[:depth])
            low.setdefault(place, set()).add(privilege)
            high.setdefault(place, set()).add(privilege)
    for (key, name), privileges in low.items():
        kind = SECURABLE_KINDS[key]
        api_name = str(sandbox.admin.metastores.summary().metastore_id) if key == "metastore" else name
        yield Thing(key, name, kind.grants(api_name), frozenset({f"{kind.noun} {name}"}), frozenset(privileges), frozenset(high[key, name]))


def declare(stack: Stack, wanted: Mapping[Thing, frozenset[str]]) -> None:
    grants: dict[str, dict[str, Any]] = {}
    for thing, access in wanted.items():
        grants.setdefault(thing.kind, {})[thing.reference] = thing.declared(access)
    stack.declare({"everything": {"entitlements": list(ALL_ENTITLEMENTS), "grants": grants}})


def entries(sandbox: Sandbox, thing: Thing) -> list[dict[str, Any]]:
    """Who has access, as each of the three APIs says it."""
    answer = sandbox.http.get(thing.path)
    assert answer.status_code == 200, answer.text
    said: dict[str, list[dict[str, Any]]] = answer.json()
    return next((said[key] for key in ("access_control_list", "items", "privilege_assignments") if key in said), [])


def is_of(client_id: str, entry: Mapping[str, Any]) -> bool:
    return client_id in (entry.get("service_principal_name"), entry.get("principal"))


def given(entry: Mapping[str, Any]) -> frozenset[str]:
    """What an entry gives on the thing itself."""
    direct = [level["permission_level"] for level in entry.get("all_permissions", []) if not level["inherited"]]
    return frozenset([*direct, *entry.get("privileges", []), *([entry["permission"]] if "permission" in entry else [])])


def of_others(sandbox: Sandbox, things: list[Thing], client_id: str = "") -> dict[str, list[str]]:
    """The entries of everybody else, to the letter."""
    return {thing.path: sorted(json.dumps(entry) for entry in entries(sandbox, thing) if not is_of(client_id, entry)) for thing in things}


def held(sandbox: Sandbox, things: list[Thing], client_id: str) -> dict[Thing, frozenset[str]]:
    return {thing: frozenset().union(*(given(entry) for entry in entries(sandbox, thing) if is_of(client_id, entry))) for thing in things}


def take_away(sandbox: Sandbox, thing: Thing, client_id: str) -> None:
    """By hand, as each of the three APIs has it."""
    if thing.kind in SECURABLE_KINDS:
        done = sandbox.http.patch(thing.path, json={"changes": [{"principal": client_id, "remove": sorted(thing.low)}]})
    elif OBJECT_KINDS[thing.kind].guarded_by == "secrets":
        done = sandbox.http.post("/api/2.0/secrets/acls/delete", json={"scope": thing.reference, "principal": client_id})
    else:
        direct = [
            {key: name for key, name in entry.items() if key in ("service_principal_name", "user_name", "group_name")}
            | {"permission_level": level}
            for entry in entries(sandbox, thing)
            if not is_of(client_id, entry)
            for level in given(entry)
        ]
        done = sandbox.http.put(thing.path, json={"access_control_list": direct})
    assert done.status_code == 200, done.text


def verdicts(stack: Stack) -> dict[tuple[str, str], str]:
    """What the proof of the last deployment found, by level or privilege and what it is held on."""
    proofs = [each for each in stack.state()["deployment"]["resources"] if each["type"] == "brickpass:index:Verification"]
    return {(check["check"], check["target"]): check["verdict"] for proof in proofs for check in proof["outputs"]["checks"]}


def unproven(stack: Stack, wanted: Mapping[Thing, frozenset[str]]) -> list[tuple[str, str, str]]:
    found = verdicts(stack)
    return [
        (thing.kind, thing.reference, each)
        for thing, access in wanted.items()
        for each in access
        if not any(found.get((each, target)) in SHOWN for target in thing.targets)
    ]


def test_every_kind_is_given_raised_lowered_repaired_and_taken_away(stack: Stack) -> None:
    """After each run the integration has exactly what is declared, each grant is proven, and nobody else's entry has changed."""
    sandbox = stack.sandbox
    # Not even a metastore admin may give EXTERNAL_USE_SCHEMA in a catalog of somebody else's. (api-facts: 6.3)
    sandbox.admin.catalogs.update(CATALOG, owner=sandbox.admin_credentials[0])
    things = [*(thing for kind in OBJECT_KINDS.values() for thing in objects(sandbox, kind)), *securables(sandbox)]
    assert {thing.kind for thing in things} == set(KINDS)
    low, high = {thing: thing.low for thing in things}, {thing: thing.high for thing in things}
    before = of_others(sandbox, things)

    for wanted in (low, high, low):
        declare(stack, wanted)
        done = stack.up()
        client_id = stack.bundles()["everything"]["client_id"]

        assert held(sandbox, things, client_id) == wanted
        assert of_others(sandbox, things, client_id) == before
        assert unproven(stack, wanted) == []
        assert REPAIRED not in done.text

    lost = [next(thing for thing in things if thing.kind == kind) for kind in ("warehouses", "secret_scopes", "tables")]
    for thing in lost:
        take_away(sandbox, thing, client_id)
    assert held(sandbox, things, client_id) == low | dict.fromkeys(lost, frozenset())
    stack.refresh()
    repaired = stack.up()

    assert repaired.changes()["create"] == len(lost)
    assert held(sandbox, things, client_id) == low
    assert of_others(sandbox, things, client_id) == before
    assert unproven(stack, low) == []
    assert REPAIRED not in repaired.text

    stack.destroy()
    # An entry of a principal that has left the workspace does not show; so it is let in again.
    (principal,) = sandbox.account.service_principals.list(filter=f'applicationId eq "{client_id}"')
    sandbox.account.workspace_assignment.update(WORKSPACE_ID, int(str(principal.id)), permissions=[WorkspacePermission.USER])

    assert of_others(sandbox, things) == before
