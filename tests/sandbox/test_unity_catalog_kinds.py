"""Unity Catalog: every kind of securable, seen, granted, and shared."""

from typing import Any, NamedTuple

import httpx
import pytest
from databricks.sdk.errors import PermissionDenied
from databricks.sdk.service.catalog import CredentialPurpose, PermissionsChange, Privilege
from databricks.sdk.service.sql import StatementParameterListItem, StatementState

from sandbox.unity_catalog.kinds import BY_TYPE, KINDS
from tests.harness import Newcomer, Sandbox
from tests.sandbox.test_unity_catalog import BASE, grant, patch, privileges_of


class Example(NamedTuple):
    """One securable of the seed, as the permissions and as its collection name it."""

    kind: str
    word: str
    name: str
    query: dict[str, str]

    @property
    def collection(self) -> str:
        return f"{BASE}/{BY_TYPE[self.kind].collection}"


IN_SURVEYS = {"catalog_name": "main", "schema_name": "surveys"}
EXAMPLES = [
    Example("catalog", "catalog", "main", {}),
    Example("schema", "schema", "main.surveys", {"catalog_name": "main"}),
    Example("table", "table", "main.surveys.responses", IN_SURVEYS),
    Example("volume", "volume", "main.surveys.exports", IN_SURVEYS),
    Example("function", "function", "main.surveys.nps", IN_SURVEYS),
    Example("model", "function", "ml.predictions.churn", {"catalog_name": "ml", "schema_name": "predictions"}),
    Example("external_location", "external_location", "acme-landing", {}),
    Example("storage_credential", "storage_credential", "acme-lake-writer", {}),
    Example("credential", "credential", "acme-glue", {}),
    Example("connection", "connection", "crm-postgres", {}),
]
each_kind = pytest.mark.parametrize("one", EXAMPLES, ids=lambda one: one.kind)


def names(http: httpx.Client, one: Example, **query: str) -> set[str]:
    answer = http.get(one.collection, params={**one.query, **query})
    assert answer.status_code in (200, 403), answer.text
    return {item["full_name"] for item in answer.json().get(BY_TYPE[one.kind].list_key, [])}


def open_the_way(sandbox: Sandbox, newcomer: Newcomer, name: str) -> None:
    catalog, *below = name.split(".")
    if below:
        grant(sandbox, newcomer, "catalog", catalog, "USE_CATALOG")
    if len(below) > 1:
        grant(sandbox, newcomer, "schema", f"{catalog}.{below[0]}", "USE_SCHEMA")


def test_every_kind_has_an_example_here() -> None:
    """A new row of the table that can be granted cannot go untested."""
    assert {one.kind for one in EXAMPLES} | {"metastore", "share", "recipient", "provider"} == {kind.type for kind in KINDS}


class TestEachKind:
    @each_kind
    def test_it_is_listed_and_got_by_name(self, sandbox: Sandbox, one: Example) -> None:
        """A metastore's admin finds it in its list, and by its name in any case of letters."""
        assert one.name in names(sandbox.http, one)
        found = sandbox.http.get(f"{one.collection}/{one.name.upper()}").json()
        assert (found["full_name"], found["name"]) == (one.name, one.name.rpartition(".")[2])

    @each_kind
    def test_all_its_privileges_can_be_granted_and_taken(self, sandbox: Sandbox, newcomer: Newcomer, one: Example) -> None:
        """Each word of the table comes back as it was granted, and removed leaves nothing."""
        # Only a catalog's owner gives this one away, and the admin owns none of these.
        words = sorted(BY_TYPE[one.kind].grantable("") - {"EXTERNAL_USE_SCHEMA"})
        change = {"principal": newcomer.application_id}

        assert patch(sandbox, one.word, one.name, {**change, "add": words})["status"] == 200
        assert privileges_of(sandbox, one.word, one.name, newcomer.application_id) == words
        assert patch(sandbox, one.word, one.name, {**change, "remove": words})["status"] == 200
        assert privileges_of(sandbox, one.word, one.name, newcomer.application_id) is None

    @each_kind
    def test_it_shows_only_with_a_privilege(self, sandbox: Sandbox, newcomer: Newcomer, one: Example) -> None:
        """With the way open a newcomer still sees nothing; the privilege that shows it, shows it alone."""
        kind = BY_TYPE[one.kind]
        open_the_way(sandbox, newcomer, one.name)
        with sandbox.http_as(newcomer) as http:
            assert one.name not in names(http, one)
            refused = http.get(f"{one.collection}/{one.name}")
            # The way to a schema is through the catalog, and shows no more than that.
            assert refused.status_code == 403
            assert refused.json()["message"].startswith("User does not have ")

            grant(sandbox, newcomer, one.word, one.name, kind.use or "ALL_PRIVILEGES")

            assert names(http, one) == {one.name}
            assert http.get(f"{one.collection}/{one.name}").status_code == 200

    @each_kind
    def test_manage_is_enough_to_grant(self, sandbox: Sandbox, newcomer: Newcomer, one: Example) -> None:
        """Nobody grants without it, and with it and the way there anybody does."""
        open_the_way(sandbox, newcomer, one.name)
        grant(sandbox, newcomer, one.word, one.name, "ALL_PRIVILEGES")
        change = {"changes": [{"principal": "auditors", "add": ["ALL_PRIVILEGES"]}]}
        with sandbox.http_as(newcomer) as http:
            refused = http.patch(f"{BASE}/permissions/{one.word}/{one.name}", json=change)
            assert refused.status_code == 403
            assert refused.json()["message"] == f"User does not have MANAGE on {BY_TYPE[one.kind].noun} '{one.name}'."

            grant(sandbox, newcomer, one.word, one.name, "MANAGE")

            assert http.patch(f"{BASE}/permissions/{one.word}/{one.name}", json=change).status_code == 200

    @each_kind
    def test_one_that_does_not_exist_is_named(self, sandbox: Sandbox, one: Example) -> None:
        """The message and the code are the kind's."""
        kind, name = BY_TYPE[one.kind], f"{one.name}_not"
        for path in (f"{one.collection}/{name}", f"{BASE}/permissions/{one.word}/{name}"):
            answer = sandbox.http.get(path)
            assert (answer.status_code, answer.json()["error_code"]) == (404, kind.missing_code)
            assert answer.json()["message"] == f"{kind.noun} '{name}' does not exist."

    @each_kind
    def test_a_malformed_name_is_refused(self, sandbox: Sandbox, one: Example) -> None:
        """A name with a part too many names nothing."""
        answer = sandbox.http.get(f"{BASE}/permissions/{one.word}/{one.name}.x")

        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert answer.json()["message"] == f"GetPermissions invalid {one.word} name: '{one.name}.x'"

    @pytest.mark.parametrize(
        ("one", "word", "entity"),
        [
            (EXAMPLES[3], "SELECT", "[main.surveys.exports:VOLUME/VOLUME_STANDARD]"),
            (EXAMPLES[4], "APPLY_TAG", "[main.surveys.nps:FUNCTION/FUNCTION_STANDARD]"),
            (EXAMPLES[5], "READ_VOLUME", "[ml.predictions.churn:FUNCTION/FUNCTION_REGISTERED_MODEL]"),
            (EXAMPLES[6], "USE_CATALOG", "[acme-landing:EXTERNAL_LOCATION/EXTERNAL_LOCATION_STANDARD]"),
            (EXAMPLES[7], "ACCESS", "[acme-lake-writer:STORAGE_CREDENTIAL/STORAGE_CREDENTIAL_AWS_IAM]"),
            (EXAMPLES[8], "READ_FILES", "[acme-glue:CREDENTIAL/CREDENTIAL_AWS_IAM]"),
            (EXAMPLES[9], "SELECT", "[crm-postgres:CONNECTION/CONNECTION_POSTGRESQL]"),
        ],
    )
    def test_another_kinds_privilege_is_refused(self, sandbox: Sandbox, newcomer: Newcomer, one: Example, word: str, entity: str) -> None:
        """The message says what the securable is."""
        answer = patch(sandbox, one.word, one.name, {"principal": newcomer.application_id, "add": [word]})

        assert (answer["status"], answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert f"Privilege {word.replace('_', ' ')} is not applicable to this entity {entity}." in answer["message"]


class TestKindsOfTable:
    @pytest.mark.parametrize("name", ["main.surveys.answers_per_survey", "main.surveys.live_responses"])
    def test_what_a_pipeline_fills_can_be_refreshed_and_not_modified(self, sandbox: Sandbox, newcomer: Newcomer, name: str) -> None:
        """A materialized view and a streaming table have REFRESH, and no MODIFY."""
        change = {"principal": newcomer.application_id}

        assert patch(sandbox, "table", name, {**change, "add": ["REFRESH", "SELECT"]})["status"] == 200
        assert "MODIFY is not applicable" in patch(sandbox, "table", name, {**change, "add": ["MODIFY"]})["message"]

    @pytest.mark.parametrize("name", ["main.surveys.responses", "main.surveys.nps_scores", "crm_legacy.public.deals"])
    def test_other_tables_cannot_be_refreshed(self, sandbox: Sandbox, newcomer: Newcomer, name: str) -> None:
        """A table, a view and a foreign table have no REFRESH."""
        answer = patch(sandbox, "table", name, {"principal": newcomer.application_id, "add": ["REFRESH"]})

        assert "REFRESH is not applicable" in answer["message"]

    def test_all_privileges_does_not_make_a_materialized_view_writable(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """It reads like a table, and a write is refused whatever was granted above."""
        grant(sandbox, newcomer, "catalog", "main", "ALL_PRIVILEGES")
        warehouse = sandbox.warehouse()
        sandbox.grant("sql/warehouses", warehouse, newcomer, "CAN_USE")
        run = sandbox.client_of(newcomer).statement_execution.execute_statement

        read = run("SELECT answers FROM main.surveys.answers_per_survey WHERE survey_id = 104", warehouse)
        written = run("INSERT INTO main.surveys.live_responses VALUES (1, 'x', 1.0, DATE '2025-01-01')", warehouse)

        assert read.result
        assert read.result.data_array == [["2"]]
        assert written.status
        assert written.status.state == StatementState.FAILED
        assert written.status.error
        assert "User does not have MODIFY on Table 'main.surveys.live_responses'" in str(written.status.error.message)


class TestInheriting:
    @pytest.mark.parametrize(
        ("word", "name", "privilege"),
        [("volume", "main.surveys.exports", "READ_VOLUME"), ("function", "main.surveys.nps", "EXECUTE")],
    )
    def test_what_a_catalog_gives_holds_below(self, sandbox: Sandbox, newcomer: Newcomer, word: str, name: str, privilege: str) -> None:
        """Granted on the catalog it shows as coming from there, and only where it means something."""
        grant(sandbox, newcomer, "catalog", "main", "USE_CATALOG", "USE_SCHEMA", "READ_VOLUME", "EXECUTE")
        mine = {"principal": newcomer.application_id}

        answer = sandbox.http.get(f"{BASE}/effective-permissions/{word}/{name}", params=mine).json()

        inherited = {"inherited_from_type": "CATALOG", "inherited_from_name": "main"}
        assert answer["privilege_assignments"] == [{**mine, "privileges": [{"privilege": privilege, **inherited}]}]

    def test_all_of_a_schema_shows_what_is_in_it(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """ALL_PRIVILEGES on a schema covers its models; those of other schemas stay out of sight."""
        grant(sandbox, newcomer, "catalog", "ml", "USE_CATALOG")
        grant(sandbox, newcomer, "schema", "ml.predictions", "ALL_PRIVILEGES")

        found = {str(model.full_name) for model in sandbox.client_of(newcomer).registered_models.list()}

        assert found == {"ml.predictions.churn", "ml.predictions.lifetime_value", "ml.predictions.sentiment"}


class TestOwning:
    @each_kind
    def test_it_can_be_handed_over(self, sandbox: Sandbox, newcomer: Newcomer, one: Example) -> None:
        """The new owner sees it, has all of it, and gives it away in its turn; nothing of that is a grant."""
        grants = sandbox.http.get(f"{BASE}/permissions/{one.word}/{one.name}").json()
        open_the_way(sandbox, newcomer, one.name)
        path, auditors = f"{one.collection}/{one.name}", {"owner": "auditors"}
        with sandbox.http_as(newcomer) as http:
            assert (
                http.patch(path, json=auditors).json()["message"] == f"User does not have MANAGE on {BY_TYPE[one.kind].noun} '{one.name}'."
            )
            assert sandbox.http.patch(path, json={"owner": newcomer.application_id}).json()["owner"] == newcomer.application_id

            assert one.name in names(http, one)
            assert sandbox.http.get(f"{BASE}/permissions/{one.word}/{one.name}").json() == grants
            assert http.patch(path, json=auditors).json()["owner"] == "auditors"
            assert http.get(path).status_code == 403

    def test_whoever_owns_a_place_manages_what_is_in_it_and_does_not_read_it(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """A catalog's owner may grant itself what is inside, and has it only then."""
        sandbox.http.patch(f"{BASE}/catalogs/main", json={"owner": newcomer.application_id})
        warehouse = sandbox.warehouse()
        sandbox.grant("sql/warehouses", warehouse, newcomer, "CAN_USE")
        client = sandbox.client_of(newcomer)

        def count() -> list[list[str]] | None:
            result = client.statement_execution.execute_statement("SELECT count(*) FROM main.surveys.surveys", warehouse).result
            return result.data_array if result else None

        assert client.volumes.read("main.surveys.exports").name == "exports"
        assert count() is None
        changes = [PermissionsChange(principal=newcomer.application_id, add=[Privilege.USE_SCHEMA, Privilege.SELECT])]
        client.grants.update("schema", "main.surveys", changes=changes)
        assert count() == [["4"]]

    @pytest.mark.parametrize(
        ("body", "status", "part"),
        [
            ({"owner": "nobody"}, 404, "Could not find principal with name nobody"),
            ({"new_name": "x"}, 400, "Only owner and comment can be changed here, not new_name."),
        ],
    )
    def test_what_cannot_be_changed_is_said(self, sandbox: Sandbox, body: dict[str, str], status: int, part: str) -> None:
        """An owner that nobody knows, and what is not simulated."""
        answer = sandbox.http.patch(f"{BASE}/volumes/main.surveys.exports", json=body)

        assert (answer.status_code, answer.json()["message"]) == (status, part)


class TestOutsideOfCatalogs:
    def test_browse_shows_a_location_to_whoever_asks_for_that(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """BROWSE alone is not listed without `include_browse`, and marked with it."""
        grant(sandbox, newcomer, "external_location", "acme-landing", "BROWSE")
        client = sandbox.client_of(newcomer)

        assert list(client.external_locations.list()) == []
        assert [(one.name, one.browse_only) for one in client.external_locations.list(include_browse=True)] == [("acme-landing", True)]

    def test_credentials_are_told_apart_by_purpose(self, sandbox: Sandbox) -> None:
        """The newer list has both kinds, or those of one purpose; the older one storage alone."""
        client = sandbox.admin

        assert {one.name for one in client.storage_credentials.list()} == {"acme-lake-writer", "acme-archive-reader"}
        assert {one.name for one in client.credentials.list_credentials(purpose=CredentialPurpose.SERVICE)} == {"acme-glue", "acme-bedrock"}
        assert len(list(client.credentials.list_credentials())) == 4
        assert client.credentials.get_credential("acme-lake-writer").purpose == CredentialPurpose.STORAGE

    def test_some_things_only_a_metastore_admin_sees(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """Without an owner of their own and without grants they are in nobody else's lists."""
        theirs, ours = sandbox.client_of(newcomer), sandbox.admin
        assert {"acme-archive"} <= {one.name for one in ours.external_locations.list()} - {
            one.name for one in theirs.external_locations.list(include_browse=True)
        }
        assert "hr-snowflake" in {one.name for one in ours.connections.list()}
        assert list(theirs.connections.list()) == []
        assert "crm_legacy" not in {one.name for one in theirs.catalogs.list(include_browse=True)}


class TestPages:
    def test_privilege_assignments_come_in_pages(self, sandbox: Sandbox) -> None:
        """The newer lists have pages of their own, and the SDK reads them to the end."""
        for number in range(151):
            made = sandbox.admin.service_principals.create(display_name=f"reader-{number}")
            assert (
                patch(sandbox, "volume", "main.surveys.exports", {"principal": made.application_id, "add": ["READ_VOLUME"]})["status"]
                == 200
            )

        first = sandbox.http.get(f"{BASE}/privilege-assignments/volume/main.surveys.exports").json()
        every = list(sandbox.admin.grants.list("volume", "main.surveys.exports"))

        assert (len(first["privilege_assignments"]), len(every)) == (150, 153)
        assert {one.principal for one in every} == {
            one.principal for one in sandbox.admin.grants.get("volume", "main.surveys.exports").privilege_assignments or []
        }

    def test_effective_ones_too(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """They say where each privilege comes from."""
        grant(sandbox, newcomer, "schema", "main.surveys", "READ_VOLUME")

        (mine,) = sandbox.admin.grants.list_effective("volume", "main.surveys.exports", principal=newcomer.application_id)

        assert [(one.privilege, one.inherited_from_name) for one in mine.privileges or []] == [(Privilege.READ_VOLUME, "main.surveys")]

    @pytest.mark.parametrize(("size", "status"), [("-1", 400), ("1", 400), ("149", 400), ("0", 200), ("150", 200)])
    def test_their_pages_have_a_smallest_size(self, sandbox: Sandbox, size: str, status: int) -> None:
        """As with `max_results` of the older ones."""
        path = f"{BASE}/privilege-assignments/schema/main.surveys"

        assert sandbox.http.get(path, params={"page_size": size}).status_code == status


class TestSharing:
    SHARE = f"{BASE}/shares/survey-results/permissions"

    def shared_with(self, sandbox: Sandbox) -> dict[str, Any]:
        return {item["principal"]: item["privileges"] for item in sandbox.http.get(self.SHARE).json().get("privilege_assignments", [])}

    def test_a_share_is_given_to_recipients(self, sandbox: Sandbox) -> None:
        """And taken from them, by the share's own path."""
        changes = [{"principal": "pembroke", "add": ["SELECT"]}, {"principal": "northwind", "remove": ["SELECT"]}]

        assert sandbox.http.patch(self.SHARE, json={"changes": changes}).status_code == 200
        assert self.shared_with(sandbox) == {"pembroke": ["SELECT"]}

    def test_nobody_of_the_account_is_a_recipient(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """A principal of the account cannot be given a share."""
        changes = [{"principal": newcomer.application_id, "add": ["SELECT"]}]

        answer = sandbox.http.patch(self.SHARE, json={"changes": changes})

        assert (answer.status_code, answer.json()["error_code"]) == (404, "RECIPIENT_DOES_NOT_EXIST")
        assert self.shared_with(sandbox) == {"northwind": ["SELECT"]}

    def test_the_metastores_privileges_show_and_give_shares(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """USE_SHARE shows all shares; SET_SHARE_PERMISSION and USE_RECIPIENT beside it give them away."""
        metastore = str(sandbox.admin.metastores.summary().metastore_id)
        changes = {"changes": [{"principal": "pembroke", "add": ["SELECT"]}]}
        with sandbox.http_as(newcomer) as http:
            assert http.get(f"{BASE}/shares").json() == {}
            assert http.get(self.SHARE).status_code == 403

            grant(sandbox, newcomer, "metastore", metastore, "USE_SHARE", "USE_RECIPIENT")

            assert {share["name"] for share in http.get(f"{BASE}/shares").json()["shares"]} == {"survey-results", "price-list"}
            assert {one["name"] for one in http.get(f"{BASE}/recipients").json()["recipients"]} == {"northwind", "pembroke"}
            assert http.get(f"{BASE}/providers").json() == {}
            assert http.patch(self.SHARE, json=changes).json()["message"] == "User does not have MANAGE on Share 'survey-results'."

            grant(sandbox, newcomer, "metastore", metastore, "SET_SHARE_PERMISSION")

            assert http.patch(self.SHARE, json=changes).status_code == 200


ROLE = {"role_arn": "arn:aws:iam::123456789012:role/x"}
IN_DEFAULT = {"catalog_name": "main", "schema_name": "default"}
LANDING = "s3://acme-landing/new"
MADE: list[tuple[str, dict[str, Any], tuple[str, str, str]]] = [
    ("catalogs", {"name": "x"}, ("metastore", "", "CREATE_CATALOG")),
    ("schemas", {"name": "x", "catalog_name": "main"}, ("catalog", "main", "CREATE_SCHEMA")),
    ("volumes", {"name": "x", "volume_type": "MANAGED", **IN_DEFAULT}, ("schema", "main.default", "CREATE_VOLUME")),
    ("functions", {"function_info": {"name": "x", "routine_definition": "1", **IN_DEFAULT}}, ("schema", "main.default", "CREATE_FUNCTION")),
    ("models", {"name": "x", **IN_DEFAULT}, ("schema", "main.default", "CREATE_MODEL")),
    ("storage-credentials", {"name": "x", "aws_iam_role": ROLE}, ("metastore", "", "CREATE_STORAGE_CREDENTIAL")),
    ("credentials", {"name": "x", "purpose": "SERVICE", "aws_iam_role": ROLE}, ("metastore", "", "CREATE_SERVICE_CREDENTIAL")),
    ("connections", {"name": "x", "connection_type": "MYSQL"}, ("metastore", "", "CREATE_CONNECTION")),
    ("shares", {"name": "x"}, ("metastore", "", "CREATE_SHARE")),
    ("recipients", {"name": "x", "authentication_type": "TOKEN"}, ("metastore", "", "CREATE_RECIPIENT")),
]


class TestMaking:
    @pytest.mark.parametrize(("collection", "body", "right"), MADE, ids=[one[0] for one in MADE])
    def test_it_takes_its_privilege_and_is_its_makers(
        self, sandbox: Sandbox, newcomer: Newcomer, collection: str, body: dict[str, Any], right: tuple[str, str, str]
    ) -> None:
        """Refused without CREATE_*, made with it, twice refused, owned and deleted by whoever made it."""
        word, name, privilege = right
        if word != "metastore":
            open_the_way(sandbox, newcomer, f"{name}.x")
        with sandbox.http_as(newcomer) as http:
            refused = http.post(f"{BASE}/{collection}", json=body)
            assert refused.status_code == 403
            assert f"User does not have {privilege.replace('_', ' ')} on" in refused.json()["message"]

            grant(sandbox, newcomer, word, name or str(sandbox.admin.metastores.summary().metastore_id), privilege)
            made = http.post(f"{BASE}/{collection}", json=body)

            assert made.status_code == 200, made.text
            assert made.json()["owner"] == newcomer.application_id
            again = http.post(f"{BASE}/{collection}", json=body)
            assert again.status_code == 400
            assert again.json()["error_code"].endswith("_ALREADY_EXISTS")
            assert http.delete(f"{BASE}/{collection}/{made.json()['full_name']}").status_code == 200
            assert http.get(f"{BASE}/{collection}/{made.json()['full_name']}").status_code == 404

    def test_an_external_location_takes_the_credential_too(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """CREATE_EXTERNAL_LOCATION on the metastore and on the credential."""
        grant(sandbox, newcomer, "metastore", str(sandbox.admin.metastores.summary().metastore_id), "CREATE_EXTERNAL_LOCATION")
        create = sandbox.client_of(newcomer).external_locations.create
        with pytest.raises(PermissionDenied, match="CREATE EXTERNAL LOCATION on Storage Credential 'acme-lake-writer'"):
            create("mine", "s3://mine", "acme-lake-writer")

        grant(sandbox, newcomer, "storage_credential", "acme-lake-writer", "CREATE_EXTERNAL_LOCATION")

        assert create("mine", "s3://mine", "acme-lake-writer").owner == newcomer.application_id

    @pytest.mark.parametrize(
        ("collection", "body", "privilege"),
        [
            ("volumes", {"name": "x", "volume_type": "EXTERNAL", "storage_location": LANDING, **IN_DEFAULT}, "CREATE_EXTERNAL_VOLUME"),
            ("tables", {"name": "x", "table_type": "EXTERNAL", "storage_location": LANDING, **IN_DEFAULT}, "CREATE_EXTERNAL_TABLE"),
        ],
    )
    def test_what_lies_outside_takes_the_location_too(
        self, sandbox: Sandbox, newcomer: Newcomer, collection: str, body: dict[str, Any], privilege: str
    ) -> None:
        """The external location that covers the path says who may put something there; an uncovered path is refused."""
        open_the_way(sandbox, newcomer, "main.default.x")
        grant(sandbox, newcomer, "schema", "main.default", "CREATE_VOLUME", "CREATE_TABLE")
        with sandbox.http_as(newcomer) as http:
            refused = http.post(f"{BASE}/{collection}", json=body).json()
            assert refused["message"] == f"User does not have {privilege.replace('_', ' ')} on External Location 'acme-landing'."
            grant(sandbox, newcomer, "external_location", "acme-landing", privilege)
            elsewhere = http.post(f"{BASE}/{collection}", json={**body, "storage_location": "s3://acme-landing-2"})
            assert elsewhere.json()["error_code"] == "EXTERNAL_LOCATION_DOES_NOT_EXIST"
            assert http.post(f"{BASE}/{collection}", json=body).status_code == 200

    def test_a_function_and_a_model_share_their_names(self, sandbox: Sandbox) -> None:
        """To the permissions they are one kind, so a name is taken once."""
        sandbox.admin.catalogs.create("shelf")
        sandbox.admin.schemas.create("a", "shelf")
        made = sandbox.admin.registered_models.create(name="Scorer", catalog_name="shelf", schema_name="a")
        function = {"name": "scorer", "catalog_name": "shelf", "schema_name": "a", "routine_definition": "1"}

        answer = sandbox.http.post(f"{BASE}/functions", json={"function_info": function}).json()

        assert made.full_name == "shelf.a.scorer"
        assert (answer["error_code"], answer["message"]) == ("RESOURCE_ALREADY_EXISTS", "Routine or Model 'scorer' already exists")

    @pytest.mark.parametrize("name", ["a b", "a.b", "a/b", "", "a\n"])
    def test_a_name_that_is_none_is_refused(self, sandbox: Sandbox, name: str) -> None:
        """Blanks, dots, slashes and control characters are in no name."""
        answer = sandbox.http.post(f"{BASE}/catalogs", json={"name": name})

        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")

    @pytest.mark.parametrize("collection", [kind.collection for kind in KINDS if kind.created_by])
    @pytest.mark.parametrize("body", [{}, {"name": 7}, {"name": ["x"], "function_info": "x"}, {"name": "x", "catalog_name": {}, "url": 1}])
    def test_a_body_that_makes_no_sense_is_the_callers_fault(self, sandbox: Sandbox, collection: str, body: dict[str, Any]) -> None:
        """Whatever was sent, the answer is a refusal in words, or the thing; never a failure of the server."""
        answer = sandbox.http.post(f"{BASE}/{collection}", json=body)

        assert answer.status_code in (200, 400, 404), answer.text
        assert "owner" in answer.json() or answer.json()["message"]

    def test_what_is_not_empty_goes_only_by_force(self, sandbox: Sandbox) -> None:
        """Then with all that is in it, and the rows of its tables: a table of the same name later is another."""
        client, warehouse = sandbox.admin, sandbox.warehouse()
        run = client.statement_execution.execute_statement

        def filled(first: int) -> list[list[str]] | None:
            client.catalogs.create("shelf")
            client.schemas.create("a", "shelf")
            run("CREATE TABLE shelf.a.t (n bigint)", warehouse)
            run("INSERT INTO shelf.a.t VALUES (:n)", warehouse, parameters=[StatementParameterListItem("n", "BIGINT", str(first))])
            found = run("SELECT n FROM shelf.a.t", warehouse).result
            return found.data_array if found else None

        assert filled(1) == [["1"]]
        assert sandbox.http.delete(f"{BASE}/catalogs/shelf").status_code == 400
        client.catalogs.delete("shelf", force=True)

        assert filled(2) == [["2"]]

    def test_strangers_delete_nothing_and_learn_nothing(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """Whoever cannot reach a schema is not told what is in it."""
        with sandbox.http_as(newcomer) as http:
            there = http.delete(f"{BASE}/volumes/main.surveys.exports")
            not_there = http.delete(f"{BASE}/volumes/main.surveys.nothing")

        assert (there.status_code, there.json()["message"]) == (403, "User does not have MANAGE on Volume 'main.surveys.exports'.")
        assert (not_there.status_code, not_there.json()["message"]) == (403, "User does not have USE CATALOG on Catalog 'main'.")
        assert sandbox.http.get(f"{BASE}/volumes/main.surveys.exports").status_code == 200

    def test_a_connections_password_is_not_even_kept(self, sandbox: Sandbox) -> None:
        """It is in no answer, and not in the sandbox's file."""
        body = {"name": "x", "connection_type": "MYSQL", "options": {"host": "db", "password": "hunter2-hunter2"}}

        made = sandbox.http.post(f"{BASE}/connections", json=body).json()

        assert made["options"] == {"host": "db"}
        assert all(b"hunter2" not in path.read_bytes() for path in sandbox.folder.glob("workspace.db*"))
