"""The hand-over sheet, as text and as a page."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from model.faults import ConfigFaults
from model.grants import SecurablePrivileges
from model.presets import Presets
from operate.state import Deployed
from tests.unit.operate.handed_out import CLIENT_ID, HOST, IN_KUBERNETES, SECRET, bundle, deployed, schema, text, warehouse


@pytest.fixture(autouse=True)
def _while_the_secret_lives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BRICKPASS_NOW", "2027-01-01")
    monkeypatch.chdir(tmp_path)


def of(consumer: str | None, *, purpose: str | None = None, owner: str | None = None) -> Deployed:
    return replace(deployed(bundle()), consumer=consumer, purpose=purpose, owner=owner)


def rows(integration: Deployed, *, warehouse: str | None = None, schema: str | None = None) -> list[tuple[str, str]]:
    """The form's part of the text: the block after the heading's."""
    block = text("sheet", integration, warehouse=warehouse, schema=schema).split("\n\n")[1]
    split = (re.split(r" {2,}", line, maxsplit=1) for line in block.splitlines())
    return [(label, value) for label, value in split]


class Page(HTMLParser):
    """What of a page is text, and what it would load or run."""

    def __init__(self, told: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(told)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_sheet_has_the_labels_of_the_consumers_own_form() -> None:
    """In its order, so that it is filled in from the top to the bottom."""
    assert rows(of("alchemer")) == [("Databricks Workspace URL", HOST), ("Client ID", CLIENT_ID), ("Client Secret", SECRET)]
    assert rows(of("segment")) == [
        ("Name", "alchemer"),
        ("Workspace URL", HOST),
        ("Unity catalog name", "main"),
        ("HTTP Path", "/sql/1.0/warehouses/eb9aabefa40dd179"),
        ("Port", "443"),
        ("Service principal client ID", CLIENT_ID),
        ("OAuth secret", SECRET),
    ]
    assert rows(of("uipath")) == [
        ("Workspace Host", "dbc-1234.cloud.databricks.com"),
        ("Client ID", CLIENT_ID),
        ("Client Secret", SECRET),
        ("OAuth Token URL", f"{HOST}/oidc/v1/token"),
        ("OAuth Scope", "all-apis"),
    ]
    assert rows(of("airflow"))[-1] == ("Extra", '{"service_principal_oauth": true}')


@pytest.mark.parametrize("name", [name for name, each in Presets.shipped().consumers.items() if not each.refused])
def test_there_is_a_sheet_for_every_consumer(name: str) -> None:
    """With its guide and its secret, whether its form is known or not; and none asks for what nobody has."""
    consumer = Presets.shipped().consumers[name]
    told = text("sheet", of(name))

    assert told.startswith(f"Databricks for {consumer.title}\n=")
    assert SECRET in told
    assert CLIENT_ID in told
    assert not consumer.guide or told.endswith(f"Its setup guide: {consumer.guide}\n")
    assert text("sheet-html", of(name)).count("<tr>") == len(rows(of(name))) + 1


def test_a_sheet_says_whose_it_is_how_long_it_lasts_and_what_trips_people() -> None:
    """For somebody who has never seen Databricks."""
    told = text("sheet", of("alchemer", purpose="Survey responses\ninto the lakehouse", owner="cx@acme.example"))

    assert re.search(r"^Purpose +Survey responses into the lakehouse$", told, re.MULTILINE)
    assert re.search(r"^Owner +cx@acme\.example$", told, re.MULTILINE)
    assert "The secret ends on 2027-04-15 00:00 UTC at the latest.\n" in told
    assert "The next one is made by the first deployment from 2027-04-01 00:00 UTC on. Then only Client Secret changes, and this" in told
    assert "works on for 14d." in told
    assert "never the number by which Databricks shows it (8161551568659383)" in told
    assert "the addresses that Alchemer comes from must stand in it" in told
    assert "A SQL warehouse that is stopped" in told
    assert "A SQL warehouse" not in text("sheet", deployed(bundle(warehouses=[])))


def test_without_a_consumer_a_sheet_has_all_that_there_is() -> None:
    """And no rows for what there is not."""
    labels = [label for label, _ in rows(deployed(bundle(account_id="8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42")))]

    assert labels == [
        *("Client ID", "Client Secret", "Workspace URL", "Host", "Port", "HTTP path", "Warehouse ID", "Catalog", "Schema"),
        *("Token endpoint", "Scope", "Account ID"),
    ]
    assert [label for label, _ in rows(deployed(bundle(warehouses=[]), grants=[]))][3:] == ["Host", "Port", "Token endpoint", "Scope"]


def test_a_form_that_asks_for_more_than_there_is_says_so() -> None:
    """Rather than leave a row out, which its reader would miss."""
    bare = replace(deployed(bundle(warehouses=[]), grants=[]), consumer="datadog")

    assert ("Databricks account ID", "not known here: the account console shows it") in rows(bare)
    assert ("SQL warehouse ID", "none: it was granted no SQL warehouse") in rows(bare)


def test_of_several_a_sheet_names_all_unless_one_is_asked_for() -> None:
    """It is for people, who can choose."""
    tables = SecurablePrivileges(kind="tables", full_name="sales.orders.lines", privileges=("SELECT",), implied=())
    several = replace(deployed(bundle(warehouses=[warehouse(), warehouse("etl", "77aa")]), grants=[schema(), tables]), consumer="mixpanel")

    assert rows(several)[1:7] == [
        ("HTTP Path", "/sql/1.0/warehouses/eb9aabefa40dd179 (bi-serverless)"),
        ("or", "/sql/1.0/warehouses/77aa (etl)"),
        ("Catalog", "main"),
        ("or", "sales"),
        ("Schema", "main.surveys"),
        ("or", "sales.orders"),
    ]
    assert rows(several, warehouse="etl", schema="sales.orders")[1:4] == [
        ("HTTP Path", "/sql/1.0/warehouses/77aa"),
        ("Catalog", "sales"),
        ("Schema", "orders"),
    ]


def test_a_team_has_forms_of_its_own(tmp_path: Path) -> None:
    """In the file beside its stack files; what is wrong in it is said, and nothing else is printed."""
    file = tmp_path / "stacks" / "presets.yaml"
    file.parent.mkdir()
    file.write_text("consumers: {robot: {title: Our robot, about: x, form: {Login: client_id, Password: client_secret, Port: 'text: 99'}}}")

    assert rows(of("robot")) == [("Login", CLIENT_ID), ("Password", SECRET), ("Port", "99")]
    file.write_text("consumers: {robot: {title: Our robot, form: {Login: clientid}}}")
    with pytest.raises(ConfigFaults, match=r"form\.Login: \"clientid\" is neither a field of a bundle"):
        text("sheet", of("robot"))


def test_federation_is_a_sheet_without_a_secret() -> None:
    """It says with what token somebody logs in instead."""
    integration = replace(deployed(bundle(federation=[IN_KUBERNETES])), consumer="alchemer")
    told = text("sheet", integration)

    assert ("Client Secret", "none: it logs in by federation") in rows(integration)
    assert (
        "There is no secret. It logs in (file-oidc) with a token of https://oidc.acme.example for databricks-prod, whose sub is "
        "system:serviceaccount:airflow:worker; it is taken from the file that DATABRICKS_OIDC_TOKEN_FILEPATH names.\n"
    ) in told
    assert "secret ends" not in told


def test_a_page_loads_nothing_and_runs_nothing() -> None:
    """Whoever opens it tells nobody, and it looks the same without a network."""
    page = Page(text("sheet-html", of("alchemer")))
    links = [value for name, value in page.attributes if name in {"src", "href", "srcset", "data", "action", "poster", "background"}]

    assert links == ["https://help.alchemer.com/help/databricks-authentication"]
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "base"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "url(" not in "".join(page.texts)
    assert "@import" not in "".join(page.texts)


def test_nothing_that_somebody_named_acts_on_a_page_or_a_terminal(tmp_path: Path) -> None:
    """Purposes, owners, warehouses, schemas and a team's labels are anybody's choice."""
    nasty = "<script>alert(1)</script>'\"&\x1b[31m"
    (tmp_path / "stacks").mkdir()
    form = "form: {'<b>Login': client_id, Password: client_secret, Path: http_path, Schema: schema}"
    (tmp_path / "stacks" / "presets.yaml").write_text(
        f"consumers: {{robot: {{title: '<i>Robot', about: x, guide: 'javascript:alert(1)', {form}}}}}"
    )
    named = bundle(warehouses=[warehouse(nasty, "1"), warehouse("b", "2")])
    integration = replace(deployed(named, grants=[schema(f"main.{nasty}")]), consumer="robot", purpose=nasty, owner=nasty)

    page = Page(text("sheet-html", integration))

    assert {"html", "head", "meta", "title", "style", "body", "h1", "table", "tr", "th", "td", "br", "span", "p", "ul", "li"} == set(
        page.tags
    )
    assert "javascript:alert(1)" not in [value for _, value in page.attributes]
    shown = "<script>alert(1)</script>'\"&\\x1b[31m"
    assert [each for each in page.texts if shown in each] == [shown, shown, f"/sql/1.0/warehouses/1 ({shown})", shown]
    assert "\x1b" not in text("sheet", integration) + text("sheet-html", integration)
