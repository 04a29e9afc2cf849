"""databricks-sdk on Unity Catalog and SQL: every kind of securable, its grants, and statements that run or fail."""

import pytest
from databricks.sdk.errors import NotFound
from databricks.sdk.service.catalog import EffectivePrivilege, PermissionsChange, Privilege, VolumeType
from databricks.sdk.service.sharing import PermissionsChange as SharePermissionsChange
from databricks.sdk.service.sql import ServiceErrorCode, StatementParameterListItem, StatementState

from tests.clients.securables import SECURABLES, SecurableKind
from tests.harness import Newcomer, Sandbox

each_kind = pytest.mark.parametrize("kind", SECURABLES, ids=lambda kind: kind.name)


@each_kind
def test_a_listing_goes_to_its_end(sandbox: Sandbox, kind: SecurableKind) -> None:
    """There is something of every kind, each thing once and to be had by its full name, in pages of one as in the server's own."""
    listed = kind.listed(sandbox.admin, 1)

    assert listed
    assert len(set(listed)) == len(listed)
    assert kind.listed(sandbox.admin, None) == listed
    assert [kind.got(sandbox.admin, name) for name in listed] == listed


@each_kind
def test_a_grant_comes_and_goes_alone(sandbox: Sandbox, newcomer: Newcomer, kind: SecurableKind) -> None:
    """What is added shows, directly and in effect; what is taken away leaves all others' grants as they were."""
    names, grants = kind.listed(sandbox.admin, None), sandbox.admin.grants
    # The first on which others have something to lose, if there is such a one.
    name = next((one for one in names if grants.get(kind.grant_type, one).privilege_assignments), names[0])
    before = {one.principal: one.privileges for one in grants.get(kind.grant_type, name).privilege_assignments or []}
    privilege = Privilege(kind.privilege)

    added = PermissionsChange(principal=newcomer.application_id, add=[privilege])
    after = grants.update(kind.grant_type, name, changes=[added]).privilege_assignments or []
    effective = grants.get_effective(kind.grant_type, name, principal=newcomer.application_id).privilege_assignments or []

    assert {one.principal: one.privileges for one in after} == before | {newcomer.application_id: [privilege]}
    assert [(one.principal, one.privileges) for one in effective] == [(newcomer.application_id, [EffectivePrivilege(privilege=privilege)])]

    taken = PermissionsChange(principal=newcomer.application_id, remove=[privilege])
    left = grants.update(kind.grant_type, name, changes=[taken]).privilege_assignments or []
    assert {one.principal: one.privileges for one in left} == before


def test_a_catalogs_grant_is_in_effect_on_its_tables(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """An inherited privilege says what it comes from."""
    change = PermissionsChange(principal=newcomer.application_id, add=[Privilege.SELECT])
    sandbox.admin.grants.update("catalog", "main", changes=[change])

    found = sandbox.admin.grants.get_effective("table", "main.surveys.responses", principal=newcomer.application_id)

    privileges = [one for item in found.privilege_assignments or [] for one in item.privileges or []]
    origins = [(one.privilege, one.inherited_from_name, str(one.inherited_from_type)) for one in privileges]
    assert origins == [(Privilege.SELECT, "main", "SecurableType.CATALOG")]


def test_grants_come_in_pages_too(sandbox: Sandbox) -> None:
    """The newer paths, which always have pages, say the same as those that answer all at once."""
    grants = sandbox.admin.grants
    direct = grants.get("schema", "main.surveys").privilege_assignments or []
    effective = grants.get_effective("table", "main.surveys.questions").privilege_assignments or []

    assert len(direct) > 3
    assert sorted(map(repr, grants.list("schema", "main.surveys"))) == sorted(map(repr, direct))
    assert sorted(map(repr, grants.list_effective("table", "main.surveys.questions"))) == sorted(map(repr, effective))


def test_a_share_goes_to_a_recipient(sandbox: Sandbox) -> None:
    """By a path of its own, and to recipients alone."""
    shares = sandbox.admin.shares
    assert [share.name for share in shares.list_shares(max_results=1)] == ["price-list", "survey-results"]
    assert not shares.share_permissions("price-list").privilege_assignments

    change = SharePermissionsChange(principal="northwind", add=["SELECT"])
    given = shares.update_permissions("price-list", changes=[change]).privilege_assignments or []

    assert [one.principal for one in given] == ["northwind"]
    assert shares.share_permissions("price-list").privilege_assignments == given


def test_what_is_made_belongs_to_its_maker(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """With CREATE_CATALOG a principal makes a catalog and all that is in it, owns it, and ends it."""
    metastore = sandbox.admin.metastores.current().metastore_id
    change = PermissionsChange(principal=newcomer.application_id, add=[Privilege.CREATE_CATALOG])
    sandbox.admin.grants.update("metastore", metastore, changes=[change])
    client = sandbox.client_of(newcomer)

    client.catalogs.create("py_client")
    client.schemas.create("Deep", "py_client")
    volume = client.volumes.create("py_client", "deep", "files", VolumeType.MANAGED)

    assert (volume.full_name, volume.owner) == ("py_client.deep.files", newcomer.application_id)
    assert "py_client.deep" in {schema.full_name for schema in client.schemas.list("py_client")}
    client.catalogs.delete("py_client", force=True)
    with pytest.raises(NotFound):
        sandbox.admin.catalogs.get("py_client")


class TestStatements:
    def test_a_result_has_columns_and_strings(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """Every value is a string or null, and the statement can be fetched again by whoever ran it."""
        warehouse = sandbox.warehouse()
        sandbox.grant("sql/warehouses", warehouse, newcomer, "CAN_USE")
        api = sandbox.client_of(newcomer).statement_execution
        parameters = [StatementParameterListItem(name="n", type="INT", value="41")]

        ran = api.execute_statement("SELECT :n + 1 AS n, NULL AS nothing", warehouse, parameters=parameters)

        assert ran.result
        assert ran.manifest
        assert ran.manifest.schema
        assert ran.result.data_array == [["42", None]]
        assert [(one.name, one.type_text) for one in ran.manifest.schema.columns or []] == [("n", "INT"), ("nothing", "STRING")]
        again = api.get_statement(ran.statement_id or "")
        assert again.result == ran.result
        assert api.get_statement_result_chunk_n(ran.statement_id or "", 0).data_array == ran.result.data_array

    @pytest.mark.parametrize(
        ("statement", "sql_state", "words"),
        [
            ("SELECT * FROM main.surveys.responses", "42501", "User does not have USE CATALOG on Catalog 'main'."),
            ("SELECT * FROM main.surveys.nobody_made_this", "42501", "User does not have USE CATALOG on Catalog 'main'."),
            ("SELECT * FROM nowhere.at.all", "42704", "NO_SUCH_CATALOG"),
            ("SELECT FROM WHERE", "42601", "[PARSE_SYNTAX_ERROR]"),
        ],
    )
    def test_a_failure_is_an_answer(self, sandbox: Sandbox, newcomer: Newcomer, statement: str, sql_state: str, words: str) -> None:
        """No exception: the state is FAILED, with an SQLSTATE and Databricks' words."""
        sandbox.grant("sql/warehouses", sandbox.warehouse(), newcomer, "CAN_USE")

        response = sandbox.client_of(newcomer).statement_execution.execute_statement(statement, sandbox.warehouse())

        assert response.status
        assert response.status.error
        assert (response.status.state, response.status.sql_state) == (StatementState.FAILED, sql_state)
        assert response.status.error.error_code == ServiceErrorCode.BAD_REQUEST
        assert words in str(response.status.error.message)
        assert str(response.status.error.message).endswith(f"SQLSTATE: {sql_state}")
