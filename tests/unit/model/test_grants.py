"""From the config of an integration to its grants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from model.grants import DeclaredObjectGrant, DeclaredSecurableGrant, Grant, ObjectGrant, SecurablePrivileges
from model.kinds import SECURABLE_KINDS
from tests.unit.model.saying import declared


def on_securables(**grants: dict[str, list[str]]) -> dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]]:
    found = [grant for grant in declared(grants=grants).grants if isinstance(grant, DeclaredSecurableGrant)]
    securables = {(grant.kind, grant.full_name): (grant.privileges, grant.implied) for grant in found}
    assert len(securables) == len(found), "one securable has two grants"
    return securables


def test_reading_a_table_needs_its_schema_and_catalog() -> None:
    """The USE_ privileges that SELECT is useless without are implied, on each securable above."""
    assert on_securables(tables={"main.surveys.responses": ["SELECT"]}) == {
        ("catalogs", "main"): (("USE_CATALOG",), ("USE_CATALOG",)),
        ("schemas", "main.surveys"): (("USE_SCHEMA",), ("USE_SCHEMA",)),
        ("tables", "main.surveys.responses"): (("SELECT",), ()),
    }


def test_all_privileges_on_one_securable_are_one_grant() -> None:
    """What is declared and what others imply is merged, and what is declared is not called implied."""
    assert on_securables(
        catalogs={"main": ["USE_CATALOG", "BROWSE"]},
        schemas={"Main.Surveys": ["SELECT"]},
        tables={"main.surveys.responses": ["MODIFY"], "main.other.t": ["SELECT"]},
    ) == {
        ("catalogs", "main"): (("BROWSE", "USE_CATALOG"), ()),
        ("schemas", "main.surveys"): (("SELECT", "USE_SCHEMA"), ("USE_SCHEMA",)),
        ("schemas", "main.other"): (("USE_SCHEMA",), ("USE_SCHEMA",)),
        ("tables", "main.surveys.responses"): (("MODIFY",), ()),
        ("tables", "main.other.t"): (("SELECT",), ()),
    }


@pytest.mark.parametrize(
    ("kind", "name", "privilege", "implied"),
    [
        ("catalogs", "main", "SELECT", ("USE_CATALOG", "USE_SCHEMA")),
        ("catalogs", "main", "CREATE_SCHEMA", ("USE_CATALOG",)),
        ("catalogs", "main", "USE_SCHEMA", ("USE_CATALOG",)),
        ("catalogs", "main", "MANAGE", ()),
        ("catalogs", "main", "BROWSE", ()),
        ("catalogs", "main", "ALL_PRIVILEGES", ()),
        ("schemas", "main.surveys", "CREATE_TABLE", ("USE_SCHEMA",)),
        ("schemas", "main.surveys", "MANAGE", ()),
        ("schemas", "main.surveys", "USE_SCHEMA", ()),
        ("schemas", "main.surveys", "ALL_PRIVILEGES", ()),
    ],
)
def test_each_privilege_brings_what_it_needs_on_the_same_securable(kind: str, name: str, privilege: str, implied: tuple[str, ...]) -> None:
    """MANAGE, BROWSE and ALL_PRIVILEGES stand alone; what reaches into schemas needs them to be usable."""
    assert on_securables(**{kind: {name: [privilege]}})[kind, name] == (tuple(sorted({privilege, *implied})), implied)


def test_every_privilege_in_the_table_is_one_of_its_kind() -> None:
    """What the table says is needed can be granted where it is needed."""
    for kind in SECURABLE_KINDS.values():
        for privilege, needs in kind.beside.items():
            assert {privilege, *needs} <= set(kind.privileges)
        for above, needed in kind.above.items():
            assert needed in SECURABLE_KINDS[above].privileges


def test_objects_are_named_by_name_or_by_id() -> None:
    """The reference stays as the file has it: who asks the workspace tells the two apart."""
    by_name, by_id = declared(grants={"jobs": {"nightly": "CAN_VIEW", "id: 42": "CAN_MANAGE"}}).grants

    assert by_name == DeclaredObjectGrant("jobs", "nightly", "CAN_VIEW", ("grants", "jobs", "nightly"))
    assert by_id == DeclaredObjectGrant("jobs", "id: 42", "CAN_MANAGE", ("grants", "jobs", "id: 42"))


@given(st.lists(st.one_of(st.text(min_size=1), st.sampled_from(["id:a", "id-a", "id: a", "a b", "a-b", "a  b"])), unique=True, max_size=20))
def test_no_two_references_have_the_same_slug(references: list[str]) -> None:
    """Pulumi names of one kind never collide, whatever people call their objects."""
    slugs = {DeclaredObjectGrant("jobs", reference, "CAN_VIEW", ()).slug for reference in references}

    assert len(slugs) == len(references)
    assert all(slug.isascii() and "::" not in slug and " " not in slug for slug in slugs)


def test_resolved_grants_survive_json() -> None:
    """What a resource's state holds comes back as the same values."""
    adapter: TypeAdapter[list[Grant]] = TypeAdapter(list[Grant])
    grants: list[Grant] = [
        ObjectGrant(kind="warehouses", id="abc", name="bi-serverless", level="CAN_USE"),
        SecurablePrivileges(kind="schemas", full_name="main.surveys", privileges=("SELECT", "USE_SCHEMA"), implied=("USE_SCHEMA",)),
    ]

    assert adapter.validate_json(adapter.dump_json(grants)) == grants
