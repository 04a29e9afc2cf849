"""Unity Catalog: who sees which catalogs, schemas and tables, and who may grant what on them."""

from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound, PermissionDenied
from databricks.sdk.service.catalog import CatalogType, PermissionsChange, Privilege
from databricks.sdk.service.iam import Patch, PatchOp, PatchSchema

from sandbox.seed import seed
from sandbox.workspace import Workspace
from tests.harness import Newcomer, Sandbox

BASE = "/api/2.1/unity-catalog"
SURVEYS = "main.surveys"


def grant(sandbox: Sandbox, newcomer: Newcomer, kind: str, name: str, *privileges: str) -> None:
    changes = [PermissionsChange(principal=newcomer.application_id, add=[Privilege(word) for word in privileges])]
    sandbox.admin.grants.update(kind, name, changes=changes)


def patch(sandbox: Sandbox, kind: str, name: str, *changes: dict[str, Any]) -> dict[str, Any]:
    answer = sandbox.http.patch(f"{BASE}/permissions/{kind}/{name}", json={"changes": list(changes)})
    found: dict[str, Any] = answer.json()
    return {"status": answer.status_code, **found}


def privileges_of(sandbox: Sandbox, kind: str, name: str, principal: str) -> list[str] | None:
    items = sandbox.http.get(f"{BASE}/permissions/{kind}/{name}").json().get("privilege_assignments", [])
    return next((item["privileges"] for item in items if item["principal"] == principal), None)


def visible_tables(client: WorkspaceClient) -> set[str]:
    return {
        str(table.full_name)
        for catalog in client.catalogs.list()
        for schema in client.schemas.list(str(catalog.name))
        for table in client.tables.list(str(catalog.name), str(schema.name))
    }


class TestSeeing:
    def test_a_newcomer_sees_nothing(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """Without a grant no catalog is listed, while a metastore's admin sees hundreds of tables."""
        assert list(sandbox.client_of(newcomer).catalogs.list()) == []
        assert len(visible_tables(sandbox.admin)) > 200

    def test_a_grant_on_a_schema_shows_that_schema_alone(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """USE_CATALOG, USE_SCHEMA and SELECT show the tables of that schema, and no other."""
        grant(sandbox, newcomer, "catalog", "main", "USE_CATALOG")
        grant(sandbox, newcomer, "schema", SURVEYS, "USE_SCHEMA", "SELECT")

        seen = visible_tables(sandbox.client_of(newcomer))

        assert f"{SURVEYS}.responses" in seen
        assert {name.rpartition(".")[0] for name in seen} == {SURVEYS}

    def test_a_grant_on_a_table_shows_one_table(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """SELECT on a table shows that table among its neighbours."""
        grant(sandbox, newcomer, "catalog", "main", "USE_CATALOG")
        grant(sandbox, newcomer, "schema", SURVEYS, "USE_SCHEMA")
        grant(sandbox, newcomer, "table", f"{SURVEYS}.questions", "SELECT")

        assert visible_tables(sandbox.client_of(newcomer)) == {f"{SURVEYS}.questions"}

    def test_privileges_of_a_group_count(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """A member of an account group sees what the group was granted, through nested groups too."""
        group = next(group for group in sandbox.admin.groups.list(filter='displayName eq "cx-analytics"'))
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}
        operation = {"op": "add", "path": "members", "value": [{"value": newcomer.id}]}
        path = f"/api/2.0/accounts/8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42/scim/v2/Groups/{group.id}"
        assert sandbox.http.patch(path, json={**body, "Operations": [operation]}).is_success

        assert f"{SURVEYS}.responses" in visible_tables(sandbox.client_of(newcomer))

    @pytest.mark.parametrize(
        ("granted", "name", "message"),
        [
            ([], f"{SURVEYS}.responses", "User does not have USE CATALOG on Catalog 'main'"),
            (["USE_CATALOG"], f"{SURVEYS}.responses", "User does not have USE SCHEMA on Schema 'main.surveys'"),
            (["USE_CATALOG", "USE_SCHEMA"], f"{SURVEYS}.responses", "User does not have SELECT on Table 'main.surveys.responses'"),
            ([], f"{SURVEYS}.nobody_made_this", "User does not have USE CATALOG on Catalog 'main'"),
        ],
    )
    def test_what_is_missing_is_said_from_the_outside_in(
        self, sandbox: Sandbox, newcomer: Newcomer, granted: list[str], name: str, message: str
    ) -> None:
        """The catalog first, then the schema, then the table; whoever cannot reach a place never learns what is in it."""
        if granted:
            grant(sandbox, newcomer, "catalog", "main", *granted)

        with pytest.raises(PermissionDenied, match=message):
            sandbox.client_of(newcomer).tables.get(name)

    @pytest.mark.parametrize(
        ("path", "code", "message"),
        [
            ("catalogs/nope", "CATALOG_DOES_NOT_EXIST", "Catalog 'nope' does not exist."),
            ("schemas/main.nope", "SCHEMA_DOES_NOT_EXIST", "Schema 'main.nope' does not exist."),
            ("tables/main.surveys.nope", "TABLE_DOES_NOT_EXIST", "Table 'main.surveys.nope' does not exist."),
        ],
    )
    def test_what_does_not_exist_is_named(self, sandbox: Sandbox, path: str, code: str, message: str) -> None:
        """To whoever may look, a missing securable is a 404 with the code of its kind."""
        answer = sandbox.http.get(f"{BASE}/{path}")

        assert answer.status_code == 404
        assert (answer.json()["error_code"], answer.json()["message"]) == (code, message)

    def test_browse_shows_metadata_alone(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """BROWSE on a catalog shows its tables to whoever asks for that, marked so."""
        grant(sandbox, newcomer, "catalog", "main", "BROWSE")
        client = sandbox.client_of(newcomer)

        assert list(client.catalogs.list()) == []
        assert [catalog.name for catalog in client.catalogs.list(include_browse=True)] == ["main"]
        assert client.tables.get(f"{SURVEYS}.responses", include_browse=True).browse_only is True

    def test_names_do_not_care_for_case(self, sandbox: Sandbox) -> None:
        """Names are lower case, however they are asked for."""
        assert sandbox.admin.tables.get("Main.SURVEYS.Responses").full_name == f"{SURVEYS}.responses"
        assert sandbox.admin.tables.exists(f"{SURVEYS}.responses").table_exists is True
        assert sandbox.admin.tables.exists(f"{SURVEYS}.nope").table_exists is False

    def test_a_table_tells_its_columns(self, sandbox: Sandbox) -> None:
        """Columns come in order, with Databricks' names of their types."""
        columns = sandbox.admin.tables.get(f"{SURVEYS}.responses").columns or []

        assert [(column.name, column.type_text, column.type_name.value) for column in columns if column.type_name][:2] == [
            ("response_id", "bigint", "LONG"),
            ("survey_id", "bigint", "LONG"),
        ]

    def test_lists_come_in_pages(self, sandbox: Sandbox) -> None:
        """Tokens advance, all pages together are the whole, and a negative size is refused."""
        query = {"catalog_name": "main", "schema_name": "support", "max_results": "3"}
        names: list[str] = []
        token: str | None = None
        for _ in range(10):
            page = sandbox.http.get(f"{BASE}/tables", params={**query, **({"page_token": token} if token else {})}).json()
            names += [table["name"] for table in page.get("tables", [])]
            token = page.get("next_page_token")
            if not token:
                break

        assert names == [str(table.name) for table in sandbox.admin.tables.list("main", "support")]
        assert len(names) == 8
        assert sandbox.http.get(f"{BASE}/tables", params={**query, "max_results": "-1"}).status_code == 400

    def test_summaries_are_found_by_pattern(self, sandbox: Sandbox) -> None:
        """SQL patterns pick schemas and tables."""
        found = sandbox.admin.tables.list_summaries("marts", schema_name_pattern="d_ms", table_name_pattern="dim_c%")

        assert {str(one.full_name) for one in found} == {
            "marts.dims.dim_customer",
            "marts.dims.dim_channel",
            "marts.dims.dim_currency",
            "marts.dims.dim_campaign",
        }

    def test_everybody_learns_the_metastore(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """Its summary and the workspace's assignment need no privilege; the list of metastores does."""
        client = sandbox.client_of(newcomer)

        assert client.metastores.summary().metastore_id == client.metastores.current().metastore_id
        assert list(client.metastores.list()) == []
        assert [one.name for one in sandbox.admin.metastores.list()] == ["primary"]


class TestGranting:
    def test_a_change_adds_and_removes_at_once(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """The answer holds the privileges sorted, and nobody else's are touched."""
        before = sandbox.http.get(f"{BASE}/permissions/schema/{SURVEYS}").json()["privilege_assignments"]
        app = newcomer.application_id
        patch(sandbox, "schema", SURVEYS, {"principal": app, "add": ["SELECT", "MODIFY"]})

        after = patch(sandbox, "schema", SURVEYS, {"principal": app, "add": ["USE_SCHEMA"], "remove": ["MODIFY", "EXECUTE"]})

        mine = [item for item in after["privilege_assignments"] if item["principal"] == app]
        assert mine == [{"principal": app, "privileges": ["SELECT", "USE_SCHEMA"], "principal_id": int(newcomer.id)}]
        assert [item for item in after["privilege_assignments"] if item["principal"] != app] == before

    def test_all_changes_or_none(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """A fault in the second change leaves the first undone."""
        answer = patch(
            sandbox,
            "schema",
            SURVEYS,
            {"principal": newcomer.application_id, "add": ["SELECT"]},
            {"principal": "nobody", "add": ["SELECT"]},
        )

        assert answer["status"] == 404
        assert (answer["error_code"], answer["message"]) == ("PRINCIPAL_DOES_NOT_EXIST", "Could not find principal with name nobody")
        assert privileges_of(sandbox, "schema", SURVEYS, newcomer.application_id) is None

    def test_the_spelling_that_was_sent_comes_back(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """The official plugin compares byte for byte; the principal is the same in any case of letters."""
        shouted = newcomer.application_id.upper()
        patch(sandbox, "schema", SURVEYS, {"principal": newcomer.application_id, "add": ["SELECT"]})
        patch(sandbox, "schema", SURVEYS, {"principal": shouted, "add": ["MODIFY"]})

        assert privileges_of(sandbox, "schema", SURVEYS, shouted) == ["MODIFY", "SELECT"]
        assert privileges_of(sandbox, "schema", SURVEYS, newcomer.application_id) is None

    def test_old_and_loose_words_are_understood(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """Blanks, small letters and the words of old come back in today's form."""
        patch(sandbox, "schema", SURVEYS, {"principal": newcomer.application_id, "add": ["use schema", "CREATE"]})
        patch(sandbox, "catalog", "main", {"principal": newcomer.application_id, "add": ["USAGE"]})

        assert privileges_of(sandbox, "schema", SURVEYS, newcomer.application_id) == ["CREATE_FUNCTION", "CREATE_TABLE", "USE_SCHEMA"]
        assert privileges_of(sandbox, "catalog", "main", newcomer.application_id) == ["USE_CATALOG"]

    def test_all_privileges_takes_the_single_ones_along(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """It stands beside the others, and taken away takes all but MANAGE and the EXTERNAL ones."""
        app = newcomer.application_id
        patch(sandbox, "schema", SURVEYS, {"principal": app, "add": ["ALL_PRIVILEGES", "SELECT", "MANAGE"]})
        assert privileges_of(sandbox, "schema", SURVEYS, app) == ["ALL_PRIVILEGES", "MANAGE", "SELECT"]

        patch(sandbox, "schema", SURVEYS, {"principal": app, "remove": ["ALL_PRIVILEGES"]})
        assert privileges_of(sandbox, "schema", SURVEYS, app) == ["MANAGE"]

    @pytest.mark.parametrize(
        ("kind", "name", "word", "message"),
        [
            ("schema", SURVEYS, "BROWSE", "Privilege BROWSE is not applicable to this entity [main.surveys:SCHEMA/SCHEMA_STANDARD]."),
            ("table", f"{SURVEYS}.nps_scores", "MODIFY", "is not applicable to this entity [main.surveys.nps_scores:TABLE/TABLE_VIEW]"),
            (
                "catalog",
                "main",
                "USE_CONNECTION",
                "Privilege USE CONNECTION is not applicable to this entity [main:CATALOG/CATALOG_STANDARD]",
            ),
            ("schema", SURVEYS, "FLY", "FLY is not a valid privilege."),
            ("schema", "surveys", "SELECT", "UpdatePermissions invalid schema name: 'surveys'"),
            ("share", "x", "SELECT", "Users can only manage metastore, catalog, schema, table, volume, function,"),
        ],
    )
    def test_what_does_not_fit_is_refused(
        self, sandbox: Sandbox, newcomer: Newcomer, *, kind: str, name: str, word: str, message: str
    ) -> None:
        """A privilege that the securable has not, a word that is none, a name of the wrong form, a kind that is not served."""
        answer = patch(sandbox, kind, name, {"principal": newcomer.application_id, "add": [word]})

        assert (answer["status"], answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert message in answer["message"]

    def test_added_and_removed_at_once_is_refused(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """The same privilege on both sides of one change is a mistake."""
        app = newcomer.application_id

        answer = patch(sandbox, "schema", SURVEYS, {"principal": app, "add": ["SELECT"], "remove": ["SELECT"]})

        assert answer["status"] == 400
        assert answer["message"] == f"Duplicate privileges to add and delete for principal {app}."

    @pytest.mark.parametrize("name", ["users", "admins", "newcomer"])
    def test_only_the_accounts_principals_are_known(self, sandbox: Sandbox, newcomer: Newcomer, name: str) -> None:
        """Groups of the workspace, and a service principal's display name, are unknown here."""
        assert newcomer.id

        assert patch(sandbox, "schema", SURVEYS, {"principal": name, "add": ["SELECT"]})["error_code"] == "PRINCIPAL_DOES_NOT_EXIST"

    def test_a_new_principal_is_unknown_for_a_while(self, sandbox: Sandbox) -> None:
        """While the sandbox is told so, a principal just made cannot be granted anything."""
        sandbox.http.post("/sandbox/faults", json={"propagation_s": 3600})
        newcomer = sandbox.newcomer()
        change = {"principal": newcomer.application_id, "add": ["SELECT"]}

        assert patch(sandbox, "schema", SURVEYS, change)["error_code"] == "PRINCIPAL_DOES_NOT_EXIST"
        sandbox.http.request("DELETE", "/sandbox/faults")
        assert patch(sandbox, "schema", SURVEYS, change)["status"] == 200

    def test_nobody_grants_without_manage(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """Not even with all data privileges; MANAGE is enough, together with the way there."""
        client = sandbox.client_of(newcomer)
        changes = [PermissionsChange(principal="auditors", add=[Privilege.SELECT])]
        grant(sandbox, newcomer, "schema", SURVEYS, "ALL_PRIVILEGES")
        with pytest.raises(PermissionDenied, match="User does not have MANAGE on Schema"):
            client.grants.update("schema", SURVEYS, changes=changes)

        grant(sandbox, newcomer, "schema", SURVEYS, "MANAGE")
        with pytest.raises(PermissionDenied, match="MANAGE"):
            client.grants.update("schema", SURVEYS, changes=changes)

        grant(sandbox, newcomer, "catalog", "main", "USE_CATALOG")
        client.grants.update("schema", SURVEYS, changes=changes)
        assert privileges_of(sandbox, "schema", SURVEYS, "auditors") == ["SELECT"]

    def test_only_a_metastore_admin_grants_on_the_system_tables(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """They are Databricks' own: nobody in the company owns them or was given anything, and a workspace's admin may not grant there."""
        admins = next(group.id for group in sandbox.admin.groups.list() if group.display_name == "admins")
        assert admins
        joined = Patch(op=PatchOp.ADD, path="members", value=[{"value": newcomer.id}])
        sandbox.admin.groups.patch(admins, operations=[joined], schemas=[PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP])
        changes = [PermissionsChange(principal=newcomer.application_id, add=[Privilege.USE_SCHEMA, Privilege.SELECT])]

        catalog = sandbox.admin.catalogs.get("system")
        assert (catalog.owner, catalog.created_by) == ("System user", "System user")
        assert catalog.catalog_type is CatalogType.SYSTEM_CATALOG
        assert {one.name for one in sandbox.admin.schemas.list("system")} == {"access", "billing", "query"}
        assert sandbox.http.get(f"{BASE}/permissions/catalog/system").json() == {}
        with pytest.raises(PermissionDenied, match=r"User does not have MANAGE on Schema 'system\.billing'"):
            sandbox.client_of(newcomer).grants.update("schema", "system.billing", changes=changes)

        sandbox.admin.grants.update("schema", "system.billing", changes=changes)
        assert privileges_of(sandbox, "schema", "system.billing", newcomer.application_id) == ["SELECT", "USE_SCHEMA"]

    def test_others_see_only_their_own_grants(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """Whoever may not manage a securable reads its own entry there, and nobody else's."""
        grant(sandbox, newcomer, "schema", SURVEYS, "SELECT")

        found = sandbox.client_of(newcomer).grants.get("schema", SURVEYS).privilege_assignments or []

        assert [(item.principal, item.privileges) for item in found] == [(newcomer.application_id, [Privilege.SELECT])]
        assert len(sandbox.admin.grants.get("schema", SURVEYS).privilege_assignments or []) > 3

    def test_effective_privileges_say_where_they_come_from(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """What was granted above shows with its place, and only as far as it means something here."""
        grant(sandbox, newcomer, "catalog", "main", "USE_CATALOG", "SELECT")
        grant(sandbox, newcomer, "schema", SURVEYS, "MODIFY")
        grant(sandbox, newcomer, "table", f"{SURVEYS}.responses", "SELECT")

        query = {"principal": newcomer.application_id}
        answer = sandbox.http.get(f"{BASE}/effective-permissions/table/{SURVEYS}.responses", params=query).json()

        assert answer["privilege_assignments"] == [
            {
                "principal": newcomer.application_id,
                "privileges": [
                    {"privilege": "SELECT"},
                    {"privilege": "MODIFY", "inherited_from_type": "SCHEMA", "inherited_from_name": SURVEYS},
                    {"privilege": "SELECT", "inherited_from_type": "CATALOG", "inherited_from_name": "main"},
                ],
            }
        ]

    def test_pages_of_grants_have_a_smallest_size(self, sandbox: Sandbox) -> None:
        """Sizes from 1 to 149 are refused; 0 and 150 are fine."""
        statuses = [
            sandbox.http.get(f"{BASE}/permissions/schema/{SURVEYS}", params={"max_results": size}).status_code for size in (0, 1, 149, 150)
        ]

        assert statuses == [200, 400, 400, 200]

    def test_a_deleted_principals_grants_stay_out_of_sight(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """After a deletion from the account they are listed only for whoever asks for them."""
        grant(sandbox, newcomer, "schema", SURVEYS, "SELECT")
        path = f"/api/2.0/accounts/8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42/scim/v2/ServicePrincipals/{newcomer.id}"
        assert sandbox.http.delete(path).is_success

        assert privileges_of(sandbox, "schema", SURVEYS, newcomer.application_id) is None
        answer = sandbox.http.get(f"{BASE}/permissions/schema/{SURVEYS}", params={"include_deleted_principals": "true"}).json()
        assert newcomer.application_id in {item["principal"] for item in answer["privilege_assignments"]}

    def test_errors_are_the_sdks_classes(self, sandbox: Sandbox) -> None:
        """databricks-sdk raises what it raises for the real service."""
        with pytest.raises(BadRequest, match="GetPermissions invalid schema name: 'sampletest'"):
            sandbox.admin.grants.get("schema", "sampletest")
        with pytest.raises(NotFound, match=r"Schema 'main\.nope' does not exist"):
            sandbox.admin.grants.get("schema", "main.nope")


def test_grants_survive_a_kill(own_sandbox: Sandbox) -> None:
    """What was acknowledged is there after kill -9."""
    newcomer = own_sandbox.newcomer()
    grant(own_sandbox, newcomer, "schema", SURVEYS, "SELECT")

    own_sandbox.kill()
    own_sandbox.start()

    assert privileges_of(own_sandbox, "schema", SURVEYS, newcomer.application_id) == ["SELECT"]


def test_the_seed_grants_only_what_fits(tmp_path: Path) -> None:
    """Every privilege of seed.yaml may be granted on the kind of securable that it stands at."""
    workspace = Workspace(tmp_path / "workspace.db", "a secret")
    seed(workspace)
    access = workspace.unity_catalog.access

    for row in access.securables:
        for grant in access.granted_on(row).grants:
            assert grant.privileges <= row.kind.grantable(row.subtype), (row.key, grant.spelling)
    workspace.state.close()
