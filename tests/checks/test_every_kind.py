"""Every row of both tables of kinds: what is granted is proven, and what is not is found to be missing."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from databricks.sdk import WorkspaceClient

from checks.check import Verdict
from checks.proof import prove
from model.grants import Grant, ObjectGrant, SecurablePrivileges
from model.kinds import OBJECT_KINDS, SECURABLE_KINDS, ObjectKind, SecurableKind
from tests.checks.granting import bundle_of, give
from tests.clients.objects import BY_REQUEST_TYPE
from tests.harness import Newcomer, Sandbox

AT_ONCE = timedelta(0)
FAILED, CONFIRMED, EXERCISED = Verdict.FAILED, Verdict.CONFIRMED, Verdict.EXERCISED
SCOPE = "crm"

SECURABLES = {
    "catalogs": "main",
    "schemas": "main.surveys",
    "tables": "main.surveys.responses",
    "volumes": "main.surveys.exports",
    "functions": "main.surveys.nps",
    "models": "ml.predictions.churn",
    "external_locations": "acme-landing",
    "storage_credentials": "acme-lake-writer",
    "service_credentials": "acme-glue",
    "connections": "crm-postgres",
}
EXERCISED_PRIVILEGES = {
    "catalogs": {"SELECT", "USE_CATALOG"},
    "schemas": {"SELECT", "USE_SCHEMA"},
    "tables": {"SELECT"},
    "volumes": {"READ_VOLUME"},
    "functions": {"EXECUTE"},
    "models": {"EXECUTE"},
}
"""What is done with the bundle's own credentials; all other privileges of these and other kinds are read back."""

every_object = pytest.mark.parametrize("kind", OBJECT_KINDS.values(), ids=OBJECT_KINDS)
SEEN = {key: kind for key, kind in SECURABLE_KINDS.items() if kind.seen_with}
every_securable = pytest.mark.parametrize("kind", SECURABLE_KINDS.values(), ids=SECURABLE_KINDS)


def on_object(sandbox: Sandbox, kind: ObjectKind, *, by_id: bool = False) -> list[ObjectGrant]:
    """Each level of the kind that can be granted, on one object that not everybody may use."""
    object_id, name = one_of(sandbox, kind)
    grants = [ObjectGrant(kind=kind.key, id=object_id, name=name, level=level) for level in kind.grantable_on(name)]
    return [grant.model_copy(update={"name": object_id}) for grant in grants] if by_id else grants


def one_of(sandbox: Sandbox, kind: ObjectKind) -> tuple[str, str]:
    if kind.key == "authorization":
        return "tokens", "tokens"
    if kind.key == "secret_scopes":
        sandbox.admin.secrets.create_scope(SCOPE)
        return SCOPE, SCOPE
    if kind.key == "warehouses":
        return sandbox.warehouse(), "bi-serverless"
    for listed in BY_REQUEST_TYPE[kind.request_type].listed(sandbox.admin, None):
        entries = sandbox.http.get(kind.access_list(listed.id)).json()["access_control_list"]
        if not any(entry.get("group_name") == "users" for entry in entries):
            return listed.id, listed.name
    raise AssertionError(f"everybody may use every {kind.noun} of the seed")


def on_securable(sandbox: Sandbox, kind: SecurableKind) -> SecurablePrivileges:
    """All privileges of a kind on one securable."""
    if kind.key == "metastore":
        (one,) = sandbox.admin.metastores.list()
        assert one.metastore_id
        return SecurablePrivileges(kind=kind.key, full_name=str(one.name), id=one.metastore_id, privileges=kind.privileges)
    if "EXTERNAL_USE_SCHEMA" in kind.privileges:
        # Only the owner of the catalog may grant it. (api-facts: 6.3)
        sandbox.admin.catalogs.update("main", owner=sandbox.admin_credentials[0])
    privileges = tuple(each for each in kind.privileges if "MANAGED" not in kind.not_on.get(each, ()))
    return SecurablePrivileges(kind=kind.key, full_name=SECURABLES[kind.key], privileges=privileges)


def open_the_way(sandbox: Sandbox, newcomer: Newcomer, grant: SecurablePrivileges) -> None:
    """What it takes to reach into the places that a securable is in."""
    parts = grant.full_name.split(".")
    for depth, (kind, privilege) in enumerate(SECURABLE_KINDS[grant.kind].above.items(), start=1):
        give(sandbox, newcomer, SecurablePrivileges(kind=kind, full_name=".".join(parts[:depth]), privileges=(privilege,)))


def proven(sandbox: Sandbox, newcomer: Newcomer, grants: Sequence[Grant], admin: WorkspaceClient | None = None) -> dict[str, Verdict]:
    """The verdict on each level or privilege, for an impatient eye."""
    checks = prove(bundle_of(sandbox, newcomer), grants, admin=admin, patience=AT_ONCE)
    return {check.check: check.verdict for check in checks if check.grant}


def expected(kind: ObjectKind, level: str) -> Verdict:
    """How a level is shown that is there: the lowest and the highest by what they allow."""
    looked_at = level == kind.levels[0] and kind.key not in {"directories", "repos", "authorization"}
    queried = (kind.key, level) == ("warehouses", "CAN_USE")
    return EXERCISED if looked_at or queried or level == kind.manage else CONFIRMED


@every_object
def test_a_level_that_is_not_there_fails(sandbox: Sandbox, newcomer: Newcomer, kind: ObjectKind) -> None:
    """However the others are shown, none of them is without a grant."""
    grants = on_object(sandbox, kind)

    assert proven(sandbox, newcomer, grants, sandbox.admin) == {grant.level: FAILED for grant in grants}


@every_object
def test_a_level_that_is_there_is_proven_with_those_below_it(sandbox: Sandbox, newcomer: Newcomer, kind: ObjectKind) -> None:
    """And those above it fail."""
    grants = on_object(sandbox, kind)

    for held in grants:
        give(sandbox, newcomer, held)
        verdicts = proven(sandbox, newcomer, grants, sandbox.admin)
        assert verdicts == {
            grant.level: expected(kind, grant.level) if kind.power(grant.level) <= kind.power(held.level) else FAILED for grant in grants
        }, held.level


@every_object
def test_an_object_that_is_named_by_its_id_is_proven_too(sandbox: Sandbox, newcomer: Newcomer, kind: ObjectKind) -> None:
    """Where it can be looked at by its name only, its lowest level is read back; nothing is taken for missing."""
    lowest, *_ = grants = on_object(sandbox, kind, by_id=True)
    give(sandbox, newcomer, lowest)

    verdicts = proven(sandbox, newcomer, grants, sandbox.admin)

    assert verdicts[lowest.level] in {EXERCISED, CONFIRMED}
    assert {verdict for level, verdict in verdicts.items() if level != lowest.level} <= {FAILED}


@every_object
def test_without_an_admin_no_level_is_refuted_that_is_there(sandbox: Sandbox, newcomer: Newcomer, kind: ObjectKind) -> None:
    """What would have to be read back is not tried."""
    *_, highest = grants = on_object(sandbox, kind)
    give(sandbox, newcomer, highest)

    verdicts = proven(sandbox, newcomer, grants)

    assert verdicts == {grant.level: Verdict.NOT_TRIED if expected(kind, grant.level) is CONFIRMED else EXERCISED for grant in grants}


@every_securable
def test_a_privilege_that_is_not_there_fails(sandbox: Sandbox, newcomer: Newcomer, kind: SecurableKind) -> None:
    """Also for a principal that reaches the place where the securable is."""
    grant = on_securable(sandbox, kind)
    open_the_way(sandbox, newcomer, grant)

    assert proven(sandbox, newcomer, [grant]) == dict.fromkeys(grant.privileges, FAILED)


@every_securable
def test_a_privilege_that_is_there_is_proven(sandbox: Sandbox, newcomer: Newcomer, kind: SecurableKind) -> None:
    """By looking or selecting, or read back by the principal itself. ALL_PRIVILEGES is another than all of them."""
    grant = on_securable(sandbox, kind)
    open_the_way(sandbox, newcomer, grant)
    given = set(grant.privileges) - {"ALL_PRIVILEGES"}
    give(sandbox, newcomer, grant.model_copy(update={"privileges": tuple(given)}))

    verdicts = proven(sandbox, newcomer, [grant])

    exercised = EXERCISED_PRIVILEGES.get(kind.key, set())
    there = {each: EXERCISED if each in exercised else CONFIRMED for each in given}
    assert verdicts == dict.fromkeys(grant.privileges, FAILED) | there


@every_securable
def test_all_privileges_hold_all_but_what_must_be_given_by_name(sandbox: Sandbox, newcomer: Newcomer, kind: SecurableKind) -> None:
    """MANAGE and use from outside are not among them."""
    grant = on_securable(sandbox, kind)
    if "ALL_PRIVILEGES" not in grant.privileges:
        assert kind.key == "metastore"
        return
    open_the_way(sandbox, newcomer, grant)
    give(sandbox, newcomer, grant.model_copy(update={"privileges": ("ALL_PRIVILEGES",)}))

    verdicts = proven(sandbox, newcomer, [grant])

    by_name = {"MANAGE", "EXTERNAL_USE_SCHEMA", "EXTERNAL_USE_LOCATION"} & set(grant.privileges)
    assert {each for each, verdict in verdicts.items() if verdict is FAILED} == by_name


@pytest.mark.parametrize("kind", SEEN.values(), ids=SEEN)
def test_a_look_is_taken_with_the_one_privilege_that_it_shows(sandbox: Sandbox, newcomer: Newcomer, kind: SecurableKind) -> None:
    """All others on the same securable, but the right to manage it, do not show it."""
    grant = on_securable(sandbox, kind)
    open_the_way(sandbox, newcomer, grant)
    others = set(grant.privileges) - {"ALL_PRIVILEGES", "MANAGE", kind.seen_with}
    give(sandbox, newcomer, grant.model_copy(update={"privileges": tuple(others)}))

    assert proven(sandbox, newcomer, [grant])[str(kind.seen_with)] is FAILED


def test_a_folder_that_is_shown_for_what_is_inside_is_not_taken_for_readable(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Its grant is looked for in the access list, where the admin may read that."""
    (inside, path), (folder, _) = a_notebook_and_its_folder(sandbox)
    give(sandbox, newcomer, ObjectGrant(kind="notebooks", id=inside, name=path, level="CAN_READ"))
    on_folder = ObjectGrant(kind="directories", id=folder, name=path.rpartition("/")[0], level="CAN_READ")
    assert sandbox.client_of(newcomer).workspace.get_status(on_folder.name).object_id == int(folder)

    assert proven(sandbox, newcomer, [on_folder], sandbox.admin) == {"CAN_READ": FAILED}
    assert proven(sandbox, newcomer, [on_folder]) == {"CAN_READ": Verdict.NOT_TRIED}


def a_notebook_and_its_folder(sandbox: Sandbox) -> tuple[tuple[str, str], tuple[str, str]]:
    notebooks = {one.name: one.id for one in BY_REQUEST_TYPE["notebooks"].listed(sandbox.admin, None)}
    for one in BY_REQUEST_TYPE["directories"].listed(sandbox.admin, None):
        within = [path for path in notebooks if path.rpartition("/")[0] == one.name and not path.startswith("/Shared/")]
        if within:
            return (notebooks[within[0]], within[0]), (one.id, one.name)
    raise AssertionError("the seed has no notebook in a folder")


def test_a_former_name_of_a_level_is_understood(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """An access list that says CAN_VIEW of a query holds CAN_READ, and no more."""
    read, run, *_ = on_object(sandbox, OBJECT_KINDS["queries"])
    give(sandbox, newcomer, read.model_copy(update={"level": "CAN_VIEW"}))

    checks = prove(bundle_of(sandbox, newcomer), [read, run], admin=sandbox.admin, active=False, patience=AT_ONCE)

    assert [check.verdict for check in checks] == [CONFIRMED, FAILED]


def test_what_is_open_to_everybody_shows_no_select(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A catalog's information_schema is not searched for a table that may be selected from."""
    make_a_table(sandbox, "main", "information_schema", "tables")
    give(sandbox, newcomer, SecurablePrivileges(kind="catalogs", full_name="main", privileges=("USE_CATALOG",)))
    give(sandbox, newcomer, SecurablePrivileges(kind="schemas", full_name="main.information_schema", privileges=("SELECT", "USE_SCHEMA")))
    assert [one.name for one in sandbox.client_of(newcomer).tables.list("main", "information_schema")] == ["tables"]

    on_catalog = SecurablePrivileges(kind="catalogs", full_name="main", privileges=("SELECT",))

    assert proven(sandbox, newcomer, [on_catalog]) == {"SELECT": FAILED}


def make_a_table(sandbox: Sandbox, catalog: str, schema: str, name: str) -> None:
    """By the admin, who has no access to data before it gives that to itself."""
    admin = Newcomer("", *sandbox.admin_credentials)
    in_catalog = ("USE_CATALOG", "USE_SCHEMA", "CREATE_SCHEMA", "CREATE_TABLE")
    give(sandbox, admin, SecurablePrivileges(kind="catalogs", full_name=catalog, privileges=in_catalog))
    outside = SecurablePrivileges(kind="external_locations", full_name="acme-landing", privileges=("CREATE_EXTERNAL_TABLE",))
    give(sandbox, admin, outside)
    sandbox.admin.schemas.create(schema, catalog)
    where = {"catalog_name": catalog, "schema_name": schema, "storage_location": "s3://acme-landing/files"}
    table = {"name": name, "table_type": "EXTERNAL", "data_source_format": "DELTA", "columns": [], **where}
    made = sandbox.http.post("/api/2.1/unity-catalog/tables", json=table)
    assert made.status_code == 200, made.text


def test_a_login_method_that_nothing_shows_is_read_back(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Nobody can look at passwords, and nobody can manage them."""
    passwords = ObjectGrant(kind="authorization", id="passwords", name="passwords", level="CAN_USE")
    assert proven(sandbox, newcomer, [passwords], sandbox.admin) == {"CAN_USE": FAILED}

    give(sandbox, newcomer, passwords)

    assert proven(sandbox, newcomer, [passwords], sandbox.admin) == {"CAN_USE": CONFIRMED}


def test_a_kind_that_needs_no_entitlement_asks_for_none(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Nothing is said of entitlements where none is needed."""
    lowest, *_ = on_object(sandbox, OBJECT_KINDS["apps"])
    give(sandbox, newcomer, lowest)

    checks = prove(bundle_of(sandbox, newcomer), [lowest], admin=None, patience=AT_ONCE)

    assert [check.check for check in checks] == ["login", "identity", "CAN_USE"]
