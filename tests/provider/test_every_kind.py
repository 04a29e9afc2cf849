"""`preflight` for every row of both tables of kinds: names and ids are found at a known cost, and a wrong one is told from a right one."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from model.kinds import OBJECT_KINDS, SECURABLE_KINDS, Fixed, Listing, Lookup, ObjectKind, SecurableKind
from provider.question import Findings, Question
from tests.clients.objects import Listed
from tests.examples import named_once, objects_of, securables_of
from tests.harness import ALL_ENTITLEMENTS, Sandbox
from tests.provider.conftest import Drive

SEVERAL = 5
LISTED = {key: kind for key, kind in OBJECT_KINDS.items() if isinstance(kind.found, Listing)}
BY_PATH = {key: kind.found for key, kind in OBJECT_KINDS.items() if isinstance(kind.found, Lookup) and kind.found.type}
FLAT = {key: kind.found for key, kind in OBJECT_KINDS.items() if isinstance(kind.found, Listing) and not kind.found.query}
PAGES = {"pipelines": 2, "legacy_dashboards": 2}
"""Of the listings that are longer than a page of the largest size, or whose pages have numbers and end with an empty one."""

every_object = pytest.mark.parametrize("kind", OBJECT_KINDS.values(), ids=OBJECT_KINDS)
every_named_object = pytest.mark.parametrize(
    "kind", [kind for kind in OBJECT_KINDS.values() if not isinstance(kind.found, Fixed)], ids=lambda kind: kind.key
)
every_securable = pytest.mark.parametrize("kind", SECURABLE_KINDS.values(), ids=SECURABLE_KINDS)


def ask(
    drive: Drive, *, objects: Iterable[tuple[str, str]] = (), securables: Mapping[tuple[str, str], tuple[str, ...]] | None = None
) -> Findings:
    """What preflight says to one integration's objects, by kind and reference, and securables, with the privileges on each."""
    asking: dict[str, Any] = {
        "name": "alchemer",
        "externalId": "brickpass:brickpass/test/alchemer",
        "entitlements": list(ALL_ENTITLEMENTS),
        "objects": [{"kind": kind, "reference": name, "path": ["grants", kind, name]} for kind, name in objects],
        "securables": [
            {"kind": kind, "fullName": name, "privileges": list(privileges), "path": ["grants", kind, name]}
            for (kind, name), privileges in (securables or {}).items()
        ],
    }
    question = Question.model_validate({"externalIdsBegin": "brickpass:brickpass/test/", "integrations": [asking]})
    return drive(lambda provider: provider.preflight.run(question))


def by_name(kind: ObjectKind, found: Iterable[Listed]) -> list[tuple[str, str]]:
    return [(kind.key, each.name) for each in found]


def by_id(kind: ObjectKind, found: Iterable[Listed]) -> list[tuple[str, str]]:
    return [(kind.key, f"id:{each.id}") for each in found]


def ids(found: Findings) -> list[str]:
    assert found.findings == ()
    return [each.id for each in found.objects]


def summaries(found: Findings) -> dict[str, str]:
    """What is wrong, by the name that it is wrong with."""
    said = {finding.about: finding.summary for finding in found.findings}
    assert len(said) == len(found.findings), "something was said twice"
    return said


def misspelled(name: str) -> str:
    return f"{name}x"


@every_object
def test_names_become_ids(sandbox: Sandbox, drive: Drive, kind: ObjectKind) -> None:
    """For one listing a kind however many are named, to its end; without a flat one, or with a filter, for one request a name."""
    several = named_once(sandbox, kind)[-SEVERAL:]

    found = ask(drive, objects=by_name(kind, several))
    asked = drive.asked()

    assert ids(found) == [each.id for each in several]
    match kind.found:
        case Listing(query=None) as listing:
            assert asked.count(f"GET {listing.path}") == PAGES.get(kind.key, 1)
        case Listing() | Lookup() as filtered:
            assert asked.count(f"GET {filtered.path}") == len(several)
        case Fixed():
            assert not [each for each in asked if "authorization" in each]


@every_object
def test_ids_are_looked_for(sandbox: Sandbox, drive: Drive, kind: ObjectKind) -> None:
    """In the same one listing, or by reading the access list of each."""
    several = objects_of(sandbox, kind)[-SEVERAL:]

    found = ask(drive, objects=by_id(kind, several))
    asked = drive.asked()

    assert ids(found) == [each.id for each in several]
    if kind.key in FLAT:
        assert asked.count(f"GET {FLAT[kind.key].path}") == PAGES.get(kind.key, 1)
    else:
        access_lists = [f"GET {kind.access_list(each.id)}" for each in several if not isinstance(kind.found, Fixed)]
        assert sorted(each for each in asked if "/permissions/" in each) == sorted(access_lists)


def test_everything_that_has_a_name_is_found_to_the_last_page(sandbox: Sandbox, drive: Drive) -> None:
    """All objects of all kinds in one question, at one request for each page of each listing."""
    named = {key: named_once(sandbox, OBJECT_KINDS[key]) for key in FLAT}

    found = ask(drive, objects=[one for key, objects in named.items() for one in by_name(OBJECT_KINDS[key], objects)])
    asked = drive.asked()

    assert ids(found) == [each.id for objects in named.values() for each in objects]
    assert len(named["pipelines"]) > 100
    assert {key: asked.count(f"GET {listing.path}") for key, listing in FLAT.items()} == dict.fromkeys(FLAT, 1) | PAGES


@every_named_object
def test_a_wrong_name_is_a_fault_with_the_one_that_was_meant(sandbox: Sandbox, drive: Drive, kind: ObjectKind) -> None:
    """One sentence for each."""
    *_, right = named_once(sandbox, kind)
    wrong = misspelled(right.name)

    said = summaries(ask(drive, objects=[(kind.key, wrong)]))

    assert said == {wrong: f'there is no {kind.noun} "{wrong}" in this workspace; did you mean "{right.name}"?'}


@every_named_object
def test_a_wrong_id_is_a_fault(sandbox: Sandbox, drive: Drive, kind: ObjectKind) -> None:
    """Also one that is almost right."""
    *_, right = objects_of(sandbox, kind)
    wrong = f"id:{misspelled(right.id)}"

    said = summaries(ask(drive, objects=[(kind.key, wrong)]))

    assert said[wrong].startswith(f'there is no {kind.noun} with the id "{misspelled(right.id)}" in this workspace')


def test_a_name_that_several_have_is_a_fault_with_all_their_ids(sandbox: Sandbox, drive: Drive) -> None:
    """Of whatever kind."""
    twins: dict[tuple[str, str], list[str]] = {}
    for key, kind in LISTED.items():
        once = {each.name for each in named_once(sandbox, kind)}
        for each in objects_of(sandbox, kind):
            if each.name not in once:
                twins.setdefault((key, each.name), []).append(each.id)
    assert {key for key, _ in twins} == {"warehouses", "dashboards", "queries", "alerts", "genie_spaces"}

    said = summaries(ask(drive, objects=twins))

    for (key, name), their_ids in twins.items():
        begins = f'{len(their_ids)} {OBJECT_KINDS[key].plural} are called "{name}"; write the one that is meant as '
        assert said[name].startswith(begins)
        # Each with its path or its owner, which people know.
        assert re.findall(r'"id:([^"]+)" \((?:/|[^)]+@acme\.example)[^)]*\)', said[name].removeprefix(begins)) == their_ids


def test_an_id_that_stands_for_a_name_is_told(sandbox: Sandbox, drive: Drive) -> None:
    """Of all that is listed: whoever left "id:" out, or put it before a name, reads what to write."""
    right = {key: named_once(sandbox, kind)[-1] for key, kind in LISTED.items()}
    without = {(key, each.id): each.name for key, each in right.items() if each.id != each.name}

    said = summaries(ask(drive, objects=without))

    for (key, object_id), name in without.items():
        called = f'there is no {OBJECT_KINDS[key].noun} called "{object_id}"'
        assert said[object_id] == f'{called}, which is the id of "{name}"; write "id:{object_id}"'

    said = summaries(ask(drive, objects=[(key, f"id:{name}") for (key, _), name in without.items()]))

    for (key, _), name in without.items():
        noun = OBJECT_KINDS[key].noun
        assert said[f"id:{name}"] == f'there is no {noun} with the id "{name}", which is the name of one; leave id: out'


@pytest.mark.parametrize("kind", [*BY_PATH, "experiments"])
def test_a_path_is_found_in_each_of_its_spellings(sandbox: Sandbox, drive: Drive, kind: str) -> None:
    """As it stands in an address, too: below `/Workspace`, and with a slash at its end."""
    right = named_once(sandbox, OBJECT_KINDS[kind])[-1]

    for spelled in (f"/Workspace{right.name}", f"{right.name}/", f"/Workspace{right.name}/"):
        assert ids(ask(drive, objects=[(kind, spelled)])) == [right.id]


@pytest.mark.parametrize("kind", BY_PATH)
def test_a_path_of_another_type_belongs_elsewhere(sandbox: Sandbox, drive: Drive, kind: str) -> None:
    """A directory below `notebooks`: where it is to be written is said."""
    others = {key: named_once(sandbox, OBJECT_KINDS[key])[-1].name for key in BY_PATH if key != kind}

    said = summaries(ask(drive, objects=[(kind, path) for path in others.values()]))

    assert said == {path: f'"{path}" is {OBJECT_KINDS[key].a_noun}; write it below {key}' for key, path in others.items()}


@every_securable
def test_a_securable_is_found_by_its_name(sandbox: Sandbox, drive: Drive, kind: SecurableKind) -> None:
    """For one request; a metastore, which the API knows by its id only, with that."""
    *_, name = securables_of(sandbox, kind)

    found = ask(drive, securables={(kind.key, name): kind.privileges[:1]})
    asked = drive.asked()

    assert found.findings == ()
    if kind.key == "metastore":
        assert [(each.kind, each.id) for each in found.securables] == [("metastore", sandbox.admin.metastores.summary().metastore_id)]
        assert asked.count("GET /api/2.1/unity-catalog/metastore_summary") == 1
    else:
        assert found.securables == ()
        assert asked.count(f"GET {kind.one(name)}") == 1


@every_securable
def test_a_securable_that_is_not_there_is_a_fault_with_the_one_that_was_meant(sandbox: Sandbox, drive: Drive, kind: SecurableKind) -> None:
    """Beside it, in its own schema; a workspace has one metastore, which is named."""
    *_, right = securables_of(sandbox, kind)
    wrong = misspelled(right)

    said = summaries(ask(drive, securables={(kind.key, wrong): kind.privileges[:1]}))

    missing = f'there is no {kind.noun} "{wrong}"; did you mean "{right}"?'
    assert said == {wrong: f'this workspace\'s metastore is "{right}", not "{wrong}"' if kind.key == "metastore" else missing}


def test_a_storage_credential_is_no_service_credential(sandbox: Sandbox, drive: Drive) -> None:
    """Though the path of service credentials finds both; and a missing one is not taken for one of the other kind."""
    storage, service = (securables_of(sandbox, SECURABLE_KINDS[key])[0] for key in ("storage_credentials", "service_credentials"))
    kind = SECURABLE_KINDS["service_credentials"]

    found = ask(drive, securables={(kind.key, name): ("ACCESS",) for name in (storage, service, misspelled(storage))})

    said = summaries(found)
    assert said.pop(storage) == f'"{storage}" is a storage credential; write it below storage_credentials'
    assert list(said) == [misspelled(storage)]
    assert f'did you mean "{storage}"' not in said[misspelled(storage)]


def test_each_type_of_table_is_told_what_it_cannot_have(sandbox: Sandbox, drive: Drive) -> None:
    """MODIFY on a view, REFRESH on a table that nothing refreshes: before anything is written."""
    kind = SECURABLE_KINDS["tables"]
    tables = {
        table.table_type.value: str(table.full_name)
        for catalog, schema in (("main", "surveys"), ("crm_legacy", "public"))
        for table in sandbox.admin.tables.list(catalog, schema)
        if table.table_type
    }
    assert set(tables) == {"MANAGED", "VIEW", "MATERIALIZED_VIEW", "STREAMING_TABLE", "FOREIGN"}

    found = ask(drive, securables={(kind.key, name): kind.privileges for name in tables.values()})

    said = {(finding.about, finding.summary) for finding in found.findings}
    assert said == {
        (name, f"{privilege} cannot be granted on a {table_type.replace('_', ' ').lower()}; leave it out")
        for table_type, name in tables.items()
        for privilege, types in kind.not_on.items()
        if table_type in types
    }
