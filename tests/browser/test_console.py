from collections.abc import Callable

import pytest
from databricks.sdk.service.catalog import PermissionsChange, Privilege
from databricks.sdk.service.iam import Patch, PatchOp
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import LAPTOP, PHONE, TABLET, Witness
from tests.harness import Newcomer, Sandbox

ME = "/api/2.0/preview/scim/v2/Me"
HOSTILE = """<script>document.title='owned'</script><img src=x onerror="document.title='owned'">"""

PAGES: dict[str, Callable[[Sandbox, Newcomer], str]] = {
    "overview": lambda *_: "/",
    "principals": lambda *_: "/console/principals",
    "principal": lambda _, newcomer: f"/console/principal?id={newcomer.id}",
    "objects": lambda *_: "/console/objects",
    "kind": lambda *_: "/console/objects?kind=sql/warehouses",
    "object": lambda sandbox, _: f"/console/object?type=sql/warehouses&id={sandbox.warehouse()}",
    "scope": lambda *_: "/console/object?type=secrets/scopes&id=cx-vendors",
    "search": lambda *_: "/console/objects?q=surveys",
    "securables": lambda *_: "/console/securables",
    "securable": lambda *_: "/console/securable?type=schema&name=main.surveys",
    "requests": lambda *_: "/console/requests",
    "missing": lambda *_: "/console/principal?id=0",
}


every_screen = pytest.mark.parametrize("screen", [LAPTOP, TABLET, PHONE], ids=["laptop", "tablet", "phone"])


@every_screen
@pytest.mark.parametrize("name", [name for name in PAGES if name != "missing"])
def test_each_page_fits_the_screen(page: Page, sandbox: Sandbox, newcomer: Newcomer, name: str, screen: ViewportSize) -> None:
    """On a laptop, a tablet and a phone, nothing has to be scrolled sideways, and the page says which one it is."""
    sandbox.grant("warehouses", sandbox.warehouse(), newcomer, "CAN_USE")
    page.set_viewport_size(screen)

    page.goto(PAGES[name](sandbox, newcomer))

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("h1")).to_be_in_viewport()
    expect(page.locator("nav a[aria-current=page]")).to_have_count(1)


@every_screen
def test_a_level_stays_in_one_piece(page: Page, sandbox: Sandbox, newcomer: Newcomer, screen: ViewportSize) -> None:
    """On each screen it is one line and within its cell, be it the longest that there is."""
    model = sandbox.admin.model_registry.get_model("churn").registered_model_databricks
    assert model
    assert model.id
    sandbox.grant("registered-models", model.id, newcomer, "CAN_MANAGE_PRODUCTION_VERSIONS")
    sandbox.grant("warehouses", sandbox.warehouse(), newcomer, "CAN_MANAGE")
    page.set_viewport_size(screen)

    page.goto(PAGES["principal"](sandbox, newcomer))

    levels = page.locator("#objects .level")
    expect(levels.filter(has_text="CAN_MANAGE_PRODUCTION_VERSIONS")).to_have_count(1)
    broken = """badges => badges.filter(badge => badge.getClientRects().length > 1 || badge.offsetHeight > 28
        || badge.getBoundingClientRect().right > badge.closest("td").getBoundingClientRect().right)"""
    assert levels.evaluate_all(f"badges => ({broken})(badges).map(badge => badge.textContent)") == []


def test_a_name_is_searched_and_found(page: Page, sandbox: Sandbox) -> None:
    """From the list of kinds to one object among hundreds, and from there to its page."""
    page.goto("/console/objects")
    page.get_by_role("searchbox").fill("bi-serv")
    page.get_by_role("button", name="Search").click()

    expect(page.locator("#found tbody tr")).to_have_count(1)
    page.get_by_role("link", name="bi-serverless").click()
    assert f"id={sandbox.warehouse()}" in page.url


def test_the_sandbox_shows_who_may_do_what(page: Page, sandbox: Sandbox, newcomer: Newcomer) -> None:
    """From the overview it is two clicks to all that a service principal has: its own and what it has through groups."""
    sandbox.grant("warehouses", sandbox.warehouse("dbt-ci"), newcomer, "CAN_USE")
    change = PermissionsChange(principal=newcomer.application_id, add=[Privilege.USE_SCHEMA, Privilege.SELECT])
    sandbox.admin.grants.update("schema", "main.surveys", changes=[change])
    analysts = next(group.id for group in sandbox.admin.groups.list() if group.display_name == "analytics")
    assert analysts
    joined = Patch(op=PatchOp.ADD, path="members", value=[{"value": newcomer.id}])
    sandbox.account.groups.patch(analysts, operations=[joined])

    page.goto("/")
    page.get_by_role("link", name="Principals", exact=True).click()
    page.get_by_role("link", name="newcomer").click()

    own = page.locator("#objects tbody tr").first
    expect(own).to_contain_text("dbt-ci")
    expect(own.locator(".level")).to_have_text("CAN_USE")
    expect(own.locator("td").last).to_contain_text("direct")
    through_group = page.locator("#objects tr", has_text="audit-readonly")
    expect(through_group.locator("td").last).to_contain_text("through analytics")
    schema = page.locator("#securables tr", has_text="main.surveys").filter(has_text="direct")
    expect(schema.locator(".level")).to_have_text(["SELECT", "USE_SCHEMA"])


def test_an_object_tells_where_access_comes_from(page: Page, sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Its page has each entry with its place, links to whoever holds it, and lists who may use it in the end."""
    sandbox.grant("warehouses", sandbox.warehouse(), newcomer, "CAN_MONITOR")

    page.goto(PAGES["object"](sandbox, newcomer))

    expect(page.locator("#access-list tr", has_text="admins")).to_contain_text("inherited from /sql/warehouses/")
    expect(page.locator("#holders tr", has_text="Jonas Weber")).to_contain_text("through admins")
    page.locator("#holders").get_by_role("link", name="newcomer").click()
    expect(page.locator("h1")).to_contain_text("newcomer")
    expect(page.locator("#objects tr", has_text="bi-serverless").locator(".level")).to_have_text("CAN_MONITOR")


def test_a_table_tells_what_it_inherits(page: Page, sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A privilege that was granted on the schema stands at the table, with the schema's name."""
    change = PermissionsChange(principal=newcomer.application_id, add=[Privilege.USE_SCHEMA, Privilege.SELECT])
    sandbox.admin.grants.update("schema", "main.surveys", changes=[change])

    page.goto("/console/securables")
    page.get_by_text("surveys").first.locator("xpath=ancestor::summary").click(position={"x": 3, "y": 8})
    page.get_by_role("link", name="responses", exact=True).click()

    inherited = page.locator("#inherited tr", has_text="newcomer")
    expect(inherited.locator(".level")).to_have_text("SELECT")
    expect(inherited).to_contain_text("main.surveys")


@pytest.mark.parametrize("path", ["/", "/console/requests"])
def test_the_log_grows_while_it_is_looked_at(page: Page, sandbox: Sandbox, path: str) -> None:
    """A request shows within moments, without a reload, above the others; what the page itself asks for does not."""
    sandbox.http.delete("/sandbox/requests")
    page.goto(path)
    rows = page.locator("[data-live] tr")
    expect(rows).to_have_text(["No such request yet."])

    sandbox.http.get(ME)
    sandbox.http.get("/api/2.0/nope")

    expect(page.locator("[data-live] .path")).to_have_text(["/api/2.0/nope", ME])
    expect(page.locator("[data-live] .status")).to_have_text(["404", "200"])
    assert len(sandbox.requests()) == 2


def test_the_log_is_narrowed_and_stays_so(page: Page, sandbox: Sandbox, newcomer: Newcomer) -> None:
    """By who asked and how it ended; what comes later is narrowed too."""
    page.goto("/console/requests")
    with sandbox.http_as(newcomer) as http:
        http.get(ME)
        page.reload()
        page.get_by_label("Who").select_option("newcomer")
        page.get_by_label("Outcome").select_option("refused")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("[data-live] tr")).to_have_text(["No such request yet."])
        sandbox.http.get("/api/2.0/nope")
        http.get("/api/2.0/preview/scim/v2/Groups")

    expect(page.locator("[data-live] .path")).to_have_text(["/api/2.0/preview/scim/v2/Groups"])
    expect(page.locator("[data-live] .status")).to_have_text(["403"])
    expect(page.get_by_label("Outcome")).to_have_value("refused")


def test_a_paused_log_waits(page: Page, sandbox: Sandbox) -> None:
    """For reading; then it goes on, and has all that came meanwhile."""
    page.goto("/console/requests")
    page.get_by_role("button", name="Pause").click()
    before = page.locator("[data-live] tr").count()
    sandbox.http.get("/api/2.0/meanwhile")
    page.wait_for_timeout(1500)
    assert page.locator("[data-live] tr").count() == before

    page.get_by_role("button", name="Go on").click()

    expect(page.locator("[data-live] .path").first).to_have_text("/api/2.0/meanwhile")


def test_a_sandbox_that_is_gone_is_told(page: Page, witness: Witness) -> None:
    """The log does not look alive when nobody answers, and does again when somebody does."""
    page.goto("/console/requests")
    page.context.set_offline(True)
    expect(page.locator("[data-live-state]")).to_have_text("the sandbox does not answer")
    page.context.set_offline(False)

    expect(page.locator("[data-live-state]")).to_have_text("live")
    assert all("ERR_INTERNET_DISCONNECTED" in error for error in witness.errors)
    witness.errors.clear()


def test_the_page_is_of_use_without_scripts(browser: Browser, sandbox: Sandbox, witness: Witness) -> None:
    """Where no script may run, the log is there as of the moment of loading, and says so."""
    sandbox.http.get(ME)
    with browser.new_context(base_url=sandbox.host, java_script_enabled=False) as context:
        page = context.new_page()
        witness.watch(page)
        page.goto("/console/requests")

        expect(page.locator("[data-live] .path").first).to_have_text(ME)
        expect(page.locator("[data-live-state]")).to_have_text("as of now")


def test_a_hostile_name_is_only_a_name(page: Page, sandbox: Sandbox) -> None:
    """Whatever a principal or an object is called, and whatever path is asked for, is shown letter by letter, and runs nothing."""
    hostile = sandbox.newcomer(HOSTILE)
    warehouse = sandbox.admin.warehouses.create(name=HOSTILE).id
    assert warehouse
    sandbox.grant("warehouses", warehouse, hostile, "CAN_USE")
    with sandbox.http_as(hostile) as http:
        http.get(f"/api/2.0/{HOSTILE}", params={"q": HOSTILE})
    addresses = ("/", "/console/principals", f"/console/principal?id={hostile.id}", "/console/requests")
    page.goto("/console/requests")
    sandbox.http.get(f"/api/2.0/{HOSTILE}/again")
    expect(page.locator("[data-live] .path").first).to_have_text(f"/api/2.0/{HOSTILE}/again")
    for address in (*addresses, "/console/objects?kind=sql/warehouses", f"/console/object?type=sql/warehouses&id={warehouse}"):
        page.goto(address)

        expect(page.get_by_text(HOSTILE).first).to_be_attached()
        expect(page.locator("main script, main img")).to_have_count(0)
        assert "owned" not in page.title().replace(HOSTILE, "")
