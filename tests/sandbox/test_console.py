"""The console page over plain HTTP; tests/browser opens it in a browser."""

import re
from collections import deque
from html import unescape

import httpx
import pytest
from databricks.sdk.service.oauth2 import FederationPolicy, OidcFederationPolicy
from databricks.sdk.service.workspace import AclPermission

from tests.harness import Newcomer, Sandbox

ME = "/api/2.0/preview/scim/v2/Me"


def walked(sandbox: Sandbox) -> dict[str, httpx.Response]:
    """All that can be reached from `/` by its links, without a login."""
    found: dict[str, httpx.Response] = {}
    waiting = deque(["/"])
    with httpx.Client(base_url=sandbox.host) as visitor:
        while waiting:
            address = waiting.popleft().partition("#")[0]
            if address and address not in found:
                found[address] = visitor.get(address)
                waiting.extend(unescape(link) for link in re.findall(r'(?:href|src|action|data-live)="([^"]*)"', found[address].text))
    return found


def test_all_of_the_workspace_has_a_page(sandbox: Sandbox) -> None:
    """Each principal, object and securable is reached by links, no link is dead, and none leads out of the console."""
    found = walked(sandbox)

    assert {address: answer.status_code for address, answer in found.items() if answer.status_code != 200} == {}
    assert all(address == "/" or address.startswith("/console/") for address in found)
    for resource in ("ServicePrincipals", "Users", "Groups"):
        for principal in sandbox.http.get(f"/api/2.0/preview/scim/v2/{resource}").json()["Resources"]:
            assert f"/console/principal?id={principal['id']}" in found
    for job in sandbox.admin.jobs.list():
        assert f"/console/object?type=jobs&id={job.job_id}" in found
    for catalog in sandbox.admin.catalogs.list():
        assert f"/console/securable?type=catalog&name={catalog.name}" in found


def test_a_look_leaves_no_trace(sandbox: Sandbox) -> None:
    """The pages ask for no login, change nothing that is kept, are not in the request log, and use up no fault."""
    kept = [file for file in sandbox.folder.iterdir() if file.name.startswith("workspace.db")]
    sandbox.fail(path=".*", status=503)
    sandbox.http.delete("/sandbox/requests")
    before = [file.read_bytes() for file in kept]

    assert len(walked(sandbox)) > 500

    assert [file.read_bytes() for file in kept] == before
    assert sandbox.requests() == []
    assert sandbox.http.get(ME).status_code == 503


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/console/principals", "/console/object", "/console/requests"])
def test_the_console_only_answers_questions(sandbox: Sandbox, method: str, path: str) -> None:
    """Whatever would change something has no route there, for an admin neither."""
    assert sandbox.http.request(method, path).status_code == 404


def test_no_secret_is_on_any_page(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A secret's id and its end are shown; neither itself nor its hash is."""
    sandbox.login(newcomer.application_id, newcomer.secret)
    secret = next(sandbox.admin.service_principal_secrets_proxy.list(newcomer.id))
    assert secret.id
    assert secret.secret_hash
    everything = "\n".join(answer.text for answer in walked(sandbox).values())

    assert secret.id in everything
    assert secret.secret_hash not in everything
    assert newcomer.secret not in everything
    assert sandbox.admin_credentials[1] not in everything


def test_who_logs_in_without_a_secret_is_shown(sandbox: Sandbox) -> None:
    """A principal without a secret can log in by a federation policy of its own or the account's; its page says by whose tokens."""
    made = sandbox.admin.service_principals.create(display_name="workload")
    page = f"{sandbox.host}/console/principal"
    assert "None: it cannot log in." in httpx.get(page, params={"id": str(made.id)}).text

    policy = OidcFederationPolicy(issuer="https://gitlab.acme.example", subject="project_path:acme/<surveys>")
    sandbox.account.service_principal_federation_policy.create(int(made.id or ""), FederationPolicy(oidc_policy=policy), policy_id="ci")

    own = httpx.get(page, params={"id": str(made.id)}).text
    assert "cannot log in" not in own
    assert "logs it in with tokens of https://gitlab.acme.example for project_path:acme/&lt;surveys&gt;" in own
    assert "logs in without a secret" in httpx.get(f"{sandbox.host}/").text
    of_account = OidcFederationPolicy(issuer="https://idp.acme.example")
    sandbox.account.federation_policy.create(FederationPolicy(oidc_policy=of_account), policy_id="idp")
    own = httpx.get(page, params={"id": str(made.id)}).text
    assert "logs it in with tokens of https://idp.acme.example for its application id" in own


def test_no_other_page_can_take_it_in(sandbox: Sandbox) -> None:
    """No other site's frame, script or name for this address gets to see it, and no script but its own runs in it."""
    answer = httpx.get(sandbox.host)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert httpx.get(sandbox.host, headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    "address",
    [
        "principal?id=0",
        "principal",
        "object?type=sql/warehouses&id=0",
        "object?type=nonsense&id=0",
        "object",
        "securable?type=table&name=a.b.c",
    ],
)
def test_what_is_gone_is_told(sandbox: Sandbox, address: str) -> None:
    """A link to what was deleted meanwhile ends in a page that says so."""
    answer = httpx.get(f"{sandbox.host}/console/{address}")

    assert answer.status_code == 404
    assert "it may have been deleted since the link to it was made" in answer.text


def test_a_deleted_holder_is_still_shown(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """What Unity Catalog keeps under a dead name stands there, marked as a deleted principal's."""
    change = {"changes": [{"principal": newcomer.application_id, "add": ["USE_SCHEMA"]}]}
    assert sandbox.http.patch("/api/2.1/unity-catalog/permissions/schema/main.surveys", json=change).status_code == 200
    sandbox.account.service_principals.delete(newcomer.id)

    shown = httpx.get(f"{sandbox.host}/console/securable", params={"type": "schema", "name": "main.surveys"}).text

    assert f'<span class="gone">{newcomer.application_id}</span>' in shown
    assert "deleted principal" in shown


def test_who_is_in_no_directory_is_not_taken_for_deleted(sandbox: Sandbox) -> None:
    """Databricks itself owns the catalog of system tables, and all of the account may be granted something."""
    change = {"changes": [{"principal": "account users", "add": ["BROWSE"]}]}
    assert sandbox.http.patch("/api/2.1/unity-catalog/permissions/catalog/system", json=change).status_code == 200

    shown = httpx.get(f"{sandbox.host}/console/securable", params={"type": "catalog", "name": "system"}).text

    assert "System user" in shown
    assert "account users" in shown
    assert "deleted principal" not in shown
    assert 'class="gone"' not in shown


def test_kinds_have_the_words_of_people(sandbox: Sandbox) -> None:
    """The API's own word stands beside, for whoever calls it."""
    shown = httpx.get(f"{sandbox.host}/console/objects").text

    for word, title in {
        "sql/warehouses": "SQL warehouses",
        "dbsql-dashboards": "Legacy SQL dashboards",
        "alertsv2": "Alerts",
        "genie": "Genie spaces",
        "repos": "Git folders",
        "authorization": "Login methods",
        "secrets/scopes": "Secret scopes",
    }.items():
        tile = shown.partition(f"<b>{title}</b>")[2].partition("</li>")[0]
        assert f'<span class="detail id">{word}</span>' in tile


def test_a_secret_scope_is_shown_like_any_object(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Its ACLs stand on its own page, admins' MANAGE among them, and at each principal that has one."""
    sandbox.admin.secrets.put_acl("cx-vendors", newcomer.application_id, AclPermission.WRITE)

    scope = httpx.get(f"{sandbox.host}/console/object", params={"type": "secrets/scopes", "id": "cx-vendors"}).text
    own = httpx.get(f"{sandbox.host}/console/principal", params={"id": newcomer.id}).text

    listed = scope.partition("Who may use it")[0]
    assert set(re.findall(r'<span class="level \w+">(\w+)</span>', listed)) == {"READ", "WRITE", "MANAGE"}
    assert f"/console/principal?id={newcomer.id}" in listed
    row = own.partition("/console/object?type=secrets%2Fscopes&amp;id=cx-vendors")[2].partition("</tr>")[0]
    assert '<span class="level direct">WRITE</span>' in row


def test_a_long_list_begins_with_what_is_direct(sandbox: Sandbox) -> None:
    """An admin's page has the first fifty of hundreds of objects, only its own, or all, as a link says."""
    sandbox.http.patch(
        f"/api/2.0/permissions/clusters/{sandbox.cluster()}",
        json={"access_control_list": [{"service_principal_name": sandbox.admin_credentials[0], "permission_level": "CAN_RESTART"}]},
    )
    admin = next(one.id for one in sandbox.admin.service_principals.list() if one.application_id == sandbox.admin_credentials[0])

    def objects(**choice: str) -> list[str]:
        shown = httpx.get(f"{sandbox.host}/console/principal", params={"id": str(admin), **choice}).text
        return re.findall(r'href="/console/object\?[^"]*">([^<]*)</a><span class="detail">', shown)

    assert objects(show="direct") == ["shared-analytics"]
    first, everything = objects(), objects(show="all")
    assert first == everything[:50]
    assert first[0] == "shared-analytics"
    assert len(everything) > 400


@pytest.mark.parametrize(
    ("address", "wanted", "found", "left_out"),
    [
        ("objects", "SURVEYS gold", "surveys-gold", "surveys-silver"),
        ("objects?kind=sql/warehouses", "serverless", "bi-serverless", "bi-classic"),
        ("securables", "surveys.resp", "main.surveys.responses", "main.surveys.questions"),
        ("principals", "ann.lee", "Ann Lee", "Bruno Costa"),
        ("principals", "people-ana", "people-analytics", "auditors"),
    ],
)
def test_a_search_needs_no_script(sandbox: Sandbox, address: str, wanted: str, found: str, left_out: str) -> None:
    """The words are in the address; each has to be there, in capitals or not, and what was looked for stays in its box."""
    url = httpx.URL(f"{sandbox.host}/console/{address}")
    everything, shown = httpx.get(url).text, httpx.get(url.copy_merge_params({"q": wanted})).text

    assert f">{found}</a>" in shown
    assert f">{left_out}</a>" not in shown
    assert f'name="q" value="{wanted}"' in shown
    assert 'name="q" value=""' in everything


@pytest.mark.parametrize("address", ["objects", "securables", "principals"])
def test_a_search_without_a_find_says_so(sandbox: Sandbox, address: str) -> None:
    """And gives back what was looked for as letters, not as a page's own."""
    shown = httpx.get(f"{sandbox.host}/console/{address}", params={"q": "<b>nothing</b>"}).text

    assert "these words in" in shown
    assert "&lt;b&gt;nothing&lt;/b&gt;" in shown
    assert "<b>nothing" not in shown


def test_whoever_left_the_workspace_holds_nothing_there(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Its entries are kept and shown at the object; on its own page it reaches none."""
    sandbox.grant("warehouses", sandbox.warehouse(), newcomer, "CAN_USE")
    sandbox.admin.service_principals.delete(newcomer.id)

    own = httpx.get(f"{sandbox.host}/console/principal", params={"id": newcomer.id}).text
    there = httpx.get(f"{sandbox.host}/console/object", params={"type": "sql/warehouses", "id": sandbox.warehouse()}).text

    assert "It is not in the workspace, and reaches no object there." in own
    assert newcomer.application_id in there.partition("Who may use it")[0]
    assert newcomer.application_id not in there.partition("Who may use it")[2]


def test_a_deactivated_principal_may_do_nothing(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """It is marked, and none of what it was granted is shown as its own to use."""
    sandbox.grant("warehouses", sandbox.warehouse(), newcomer, "CAN_USE")
    sandbox.http.patch(
        f"/api/2.0/preview/scim/v2/ServicePrincipals/{newcomer.id}",
        json={
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": False}],
        },
    )

    own = httpx.get(f"{sandbox.host}/console/principal", params={"id": newcomer.id}).text

    assert "deactivated" in own
    assert "It is deactivated, and may do nothing." in own


def test_the_overview_tells_what_the_sandbox_was_told(sandbox: Sandbox) -> None:
    """The time that was set and the faults that are still to come."""
    sandbox.set_clock("2031-03-01T00:00:00Z")
    sandbox.fail(method="PATCH", path="/permissions/", status=429, times=3)
    sandbox.http.post("/sandbox/faults", json={"propagation_s": 7})

    overview = httpx.get(sandbox.host).text

    assert "2031-03-01 00:00:0" in overview
    assert "unknown for 7.0 s" in overview
    assert "/permissions/" in overview
    assert "429, 3 times" in overview
