"""Each form, read back by what reads it."""

import configparser
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import hcl2
import pytest
from databricks.sdk.config import Config
from dotenv import dotenv_values
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from kubernetes.client import ApiClient
from ruamel.yaml import YAML

from delivery.values import as_environment
from model.faults import WrongUse
from operate.formats.table import FORMATS
from operate.formats.values import Values
from tests.unit.operate.handed_out import CLIENT_ID, HOST, IN_GITHUB, IN_KUBERNETES, SECRET, bundle, deployed, schema, text, warehouse

Said = dict[str, Any]
LOCAL = "http://127.0.0.1:41233"
OF_A_SECRET = ("jdbc", "odbc", "dbt", "kubernetes", "terraform")
# What quotes, comments, expansions, templates and separators are made of, and what prints as nothing.
AWKWARD = st.text(st.sampled_from("'\"\\`$%#;=&?@:/{}()!~* äλ🦉ab"), min_size=1, max_size=12)
UNPRINTABLE = st.text(st.sampled_from("a' \t\n\r\x00\x85\u2028"), min_size=1, max_size=6)
SECRETS = st.one_of(AWKWARD, UNPRINTABLE, st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
few = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _while_the_secret_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRICKPASS_NOW", "2027-01-01")


def sourced(told: str) -> Said:
    """By a shell that sources it."""
    names = re.findall(r"^(DATABRICKS_\w+)=", told, re.MULTILINE)
    script = f'eval "$(cat)"; for each in {" ".join(names)}; do eval "printf \'%s\\\\0\' \\"\\$$each\\""; done'
    done = subprocess.run(["/bin/sh", "-c", script], input=told.encode(), capture_output=True, check=True)
    assert not done.stderr
    return dict(zip(names, done.stdout.decode().split("\0"), strict=False))


def dotenv(told: str) -> Said:
    return dotenv_values(stream=StringIO(told))


def ini(told: str) -> Said:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(told)
    [section] = parser.sections()
    return dict(parser[section])


def of_the_sdk(told: str, folder: Path) -> Said:
    """By the SDK's own loader of profiles, without the network that the rest of its constructor asks."""
    file = folder / "databrickscfg"
    file.write_bytes(told.encode())
    config = Config.__new__(Config)
    config._inner = {"profile": "alchemer", "config_file": str(file)}
    load: Callable[[], None] = getattr(config, "_known_file_config_loader")  # noqa: B009 -- the SDK has no type for it
    load()
    return {name: getattr(config, name) for name in ("host", "client_id", "client_secret", "auth_type", "token_audience")}


def jdbc(told: str) -> Said:
    """As Databricks' open JDBC driver splits an address: at ; and then at =, with no quotes."""
    address, *pairs = told.removesuffix("\n").split(";")
    split = [pair.split("=") for pair in pairs]
    assert all(len(pair) == 2 for pair in split)
    return {"address": address, **{name.lower(): value for name, value in split}}


def yaml(told: str) -> Any:  # noqa: ANN401 -- any YAML
    return YAML(typ="safe").load(told)


def airflow(told: str) -> Said:
    """An Airflow connection by the rules that Airflow documents for its URIs; the package itself brings a hundred others."""
    assert told.count("://") == 1
    url = urlsplit(told.removesuffix("\n"))
    [(key, extra)] = parse_qsl(url.query, keep_blank_values=True)
    assert key == "__extra__"
    return {
        "conn_type": url.scheme,
        "login": unquote(url.username or ""),
        "password": unquote(url.password) if url.password else None,
        "host": url.hostname,
        "port": url.port,
        "schema": url.path[1:] or None,
        "extra": json.loads(extra),
    }


def terraform(told: str) -> Said:
    """By a parser of HCL, which leaves what a string escapes to its user."""
    return {name: unescaped(value) for name, value in hcl2.loads(told).items() if isinstance(value, str)}


def unescaped(literal: str) -> str:
    assert not re.search(r"[$%]\{", literal)
    return re.sub(r"\\U([0-9a-f]{8})|\\u([0-9a-f]{4})|\\(.)", lambda found: found[3] or chr(int(found[1] or found[2], 16)), literal[1:-1])


def test_every_form_is_read_back_here() -> None:
    """None is added without a reader."""
    assert set(FORMATS) == {"sheet", "sheet-html", "json", "env", "databrickscfg", "airflow", "airflow-json", *OF_A_SECRET}


def test_json_is_what_the_stack_hands_out() -> None:
    """With its secret where that was asked for, and a mask where not."""
    handed_out = bundle()

    assert json.loads(text("json", deployed(handed_out))) == handed_out.revealed()
    assert json.loads(text("json", deployed(handed_out), reveal=False)) == handed_out.revealed() | {"client_secret": "********"}


@pytest.mark.parametrize("read", [sourced, dotenv])
def test_a_shell_and_a_dotenv_reader_have_the_same_environment(read: Callable[[str], Said]) -> None:
    """That of Databricks' unified authentication, and the warehouse where there is one."""
    assert read(text("env", deployed(bundle()))) == {
        "DATABRICKS_HOST": HOST,
        "DATABRICKS_CLIENT_ID": CLIENT_ID,
        "DATABRICKS_CLIENT_SECRET": SECRET,
        "DATABRICKS_AUTH_TYPE": "oauth-m2m",
        "DATABRICKS_WAREHOUSE_ID": "eb9aabefa40dd179",
    }


def test_an_ordinary_environment_has_no_quotes() -> None:
    """Not all that reads such files knows any: docker, for instance."""
    assert not re.search("['\"\\\\]", text("env", deployed(bundle())).partition("\n")[2])


def test_a_profile_is_read_by_the_sdk(tmp_path: Path) -> None:
    """Under the integration's name."""
    told = text("databrickscfg", deployed(bundle()))

    assert of_the_sdk(told, tmp_path) == ini(told) | {"token_audience": None}
    assert ini(told) == {"host": HOST, "client_id": CLIENT_ID, "client_secret": SECRET, "auth_type": "oauth-m2m"}


def test_a_jdbc_address_logs_in_as_the_principal() -> None:
    """By OAuth as a machine, on the warehouse that was granted."""
    assert jdbc(text("jdbc", deployed(bundle()))) == {
        "address": "jdbc:databricks://dbc-1234.cloud.databricks.com:443/default",
        "transportmode": "http",
        "ssl": "1",
        "authmech": "11",
        "auth_flow": "1",
        "httppath": "/sql/1.0/warehouses/eb9aabefa40dd179",
        "oauth2clientid": CLIENT_ID,
        "oauth2secret": SECRET,
    }


def test_a_data_source_of_odbc_logs_in_as_the_principal() -> None:
    """With the keys of Databricks' driver."""
    assert ini(text("odbc", deployed(bundle()))) == {
        "driver": "Databricks ODBC Driver",
        "host": "dbc-1234.cloud.databricks.com",
        "port": "443",
        "httppath": "/sql/1.0/warehouses/eb9aabefa40dd179",
        "ssl": "1",
        "thrifttransport": "2",
        "authmech": "11",
        "auth_flow": "1",
        "auth_client_id": CLIENT_ID,
        "auth_client_secret": SECRET,
    }


def test_a_dbt_profile_has_what_its_adapter_asks_for() -> None:
    """The keys are those of dbt-databricks' credentials; the adapter itself is too heavy to bring along."""
    assert yaml(text("dbt", deployed(bundle(), name="0042"))) == {
        "0042": {
            "target": "default",
            "outputs": {
                "default": {
                    "type": "databricks",
                    "host": "dbc-1234.cloud.databricks.com",
                    "http_path": "/sql/1.0/warehouses/eb9aabefa40dd179",
                    "catalog": "main",
                    "schema": "surveys",
                    "auth_type": "oauth",
                    "client_id": CLIENT_ID,
                    "client_secret": SECRET,
                    "threads": 4,
                }
            },
        }
    }


def test_both_connections_of_airflow_are_the_same() -> None:
    """The hook takes the principal's login for OAuth, and the warehouse for SQL."""
    of_uri, of_json = airflow(text("airflow", deployed(bundle()))), json.loads(text("airflow-json", deployed(bundle())))

    assert of_json == {
        "conn_type": "databricks",
        "host": "dbc-1234.cloud.databricks.com",
        "login": CLIENT_ID,
        "password": SECRET,
        "extra": {"service_principal_oauth": True, "http_path": "/sql/1.0/warehouses/eb9aabefa40dd179"},
    }
    assert of_uri == of_json | {"port": None, "schema": None}


@pytest.mark.parametrize("form", ["airflow", "airflow-json"])
def test_airflow_finds_a_local_workspace(form: str) -> None:
    """By its port, and without TLS."""
    told = text(form, deployed(bundle(host=LOCAL)))
    read = json.loads(told) if form == "airflow-json" else airflow(told)

    assert (read["host"], read["port"], read["schema"]) == ("127.0.0.1", 41233, "http")


def test_a_kubernetes_secret_is_a_manifest() -> None:
    """Of the shape that its own client has, under a name that it takes, with what a delivery would bring there."""
    manifest = yaml(text("kubernetes", deployed(bundle(), name="Survey_Tool_")))

    kubernetes: Any = ApiClient()
    read = kubernetes.deserialize(json.dumps(manifest), "V1Secret", "application/json")
    assert kubernetes.sanitize_for_serialization(read) == manifest
    assert manifest == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "databricks-survey-tool"},
        "type": "Opaque",
        "stringData": as_environment(bundle()),
    }


def test_terraform_has_its_variables() -> None:
    """As a .tfvars file."""
    assert terraform(text("terraform", deployed(bundle()))) == {
        "databricks_host": HOST,
        "databricks_client_id": CLIENT_ID,
        "databricks_client_secret": SECRET,
    }


def test_what_a_form_is_told_can_be_printed_without_harm() -> None:
    """In a traceback with its variables, for instance."""
    assert SECRET not in repr(Values.of(deployed(bundle()), warehouse=None, schema=None, reveal=True))


def secrets_of(form: str, told: str) -> Iterator[object]:
    """The secret, by each reader of the form."""
    match form:
        case "env":
            yield from (sourced(told)["DATABRICKS_CLIENT_SECRET"], dotenv(told)["DATABRICKS_CLIENT_SECRET"])
        case "databrickscfg":
            yield ini(told)["client_secret"]
        case "odbc":
            yield ini(told)["auth_client_secret"]
        case "jdbc":
            yield jdbc(told)["oauth2secret"]
        case "dbt":
            yield yaml(told)["alchemer"]["outputs"]["default"]["client_secret"]
        case "airflow":
            yield airflow(told)["password"]
        case "kubernetes":
            yield yaml(told)["stringData"]["DATABRICKS_CLIENT_SECRET"]
        case "terraform":
            yield terraform(told)["databricks_client_secret"]
        case "airflow-json":
            yield json.loads(told)["password"]
        case _:
            yield json.loads(told)["client_secret"]


@pytest.mark.parametrize("form", ["json", "airflow", "airflow-json", "kubernetes", "terraform"])
@example(secret="$${a} %%{b} $$${ \\${ \\")
@given(secret=SECRETS)
@few
def test_what_has_escapes_holds_any_secret(form: str, secret: str) -> None:
    """And gives it back as it was."""
    assert set(secrets_of(form, text(form, deployed(bundle(secret))))) == {secret}


@pytest.mark.parametrize("form", ["env", "databrickscfg", "odbc", "jdbc", "dbt"])
@example(secret="it's $HOME")
@example(secret="it's `id`")
@example(secret='say "hi"\\')
@example(secret="${HOME}")
@given(secret=SECRETS)
@few
def test_what_has_no_escape_refuses_a_secret_rather_than_change_it(form: str, secret: str) -> None:
    """All of its readers have what was written, or nothing was; and what was refused is in no traceback."""
    # A Client ID of the same kind stands before it, whose quotes must not reach so far.
    integration = deployed(bundle(secret, client_id=secret))
    try:
        told = text(form, integration)
    except WrongUse:
        with pytest.raises(WrongUse, match=rf"^{form} cannot hold a value of alchemer, which has .+ in it; take json$") as refused:
            text(form, integration)
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__
    else:
        assert set(secrets_of(form, told)) == {secret}


@pytest.mark.parametrize(
    ("form", "secret"),
    [
        # The SDK in Go, of which the CLI and the Terraform provider are made, cuts, unquotes, replaces and continues where Python does not.
        *((form, secret) for form in ("databrickscfg", "odbc") for secret in ("a #b", "a ;b", "'a'", '"a', "`a`", "a\\", "%(host)s")),
        # dbt renders what looks like a template, before it looks at anything else.
        *(("dbt", secret) for secret in ("{{ a }}", "{% a %}", "{# a", "a }}")),
        *(("jdbc", secret) for secret in ("a;b", "a=b")),
    ],
)
def test_what_readers_do_not_read_alike_is_refused(form: str, secret: str) -> None:
    """Although one of them would have it back."""
    with pytest.raises(WrongUse, match="cannot hold a value of alchemer"):
        text(form, deployed(bundle(secret)))


@pytest.mark.parametrize(
    ("form", "secret"),
    [
        *(("env", secret) for secret in ("a b#c;d", 'say "hi" $HOME `x` }', "it's 100%", 'a\\b"c', "two\nlines", "{}[]*?~!", "λ=🦉")),
        *(("databrickscfg", secret) for secret in ("100%", "a=b:c", "$x}", 'a"b', "a\\b", "λ=🦉", "a#b;c", "#;a")),
        *(("odbc", secret) for secret in ("100%", "a=b:c", "$x}", 'a"b', "a\\b", "a#b;c")),
        *(("jdbc", secret) for secret in ("100%", "#$x}", "a\"b'c", "a\\b", "a&b?c")),
        *(("dbt", secret) for secret in ("100%", "#$x}", "a\"b'c", "a\\b", "two\nlines", "a: b # c", "{x}")),
    ],
)
def test_what_is_only_awkward_comes_through(form: str, secret: str) -> None:
    """A form refuses no more than it must."""
    assert set(secrets_of(form, text(form, deployed(bundle(secret))))) == {secret}


@few
@given(secret=AWKWARD)
def test_a_profile_that_is_written_is_the_sdks_too(tmp_path: Path, secret: str) -> None:
    """It does not read as configparser alone would."""
    try:
        told = text("databrickscfg", deployed(bundle(secret)))
    except WrongUse:
        return
    assert of_the_sdk(told, tmp_path)["client_secret"] == secret


@pytest.mark.parametrize("form", [each for each in FORMATS if each != "json"])
def test_a_secret_is_masked_in_every_form(form: str) -> None:
    """Unless it is asked for."""
    masked, revealed = text(form, deployed(bundle()), reveal=False), text(form, deployed(bundle()))

    assert SECRET not in masked
    assert SECRET in revealed
    assert "********" in masked or "%2A%2A%2A%2A%2A%2A%2A%2A" in masked


@pytest.mark.parametrize("form", [*OF_A_SECRET, "env", "databrickscfg"])
def test_whoever_finds_a_file_reads_whose_it_is_and_how_long_it_lasts(form: str) -> None:
    """In a comment, which its readers pass over."""
    told = text(form, deployed(bundle()))

    assert form == "jdbc" or told.startswith(
        f"# alchemer on {HOST}: the secret ends on 2027-04-15T00:00:00Z; from 2027-04-01T00:00:00Z on, `pulumi up` makes the next one.\n"
    )


def test_federation_is_an_environment_without_a_secret() -> None:
    """The lines of a GitHub workflow: how to log in, and whom to ask a token for."""
    assert dotenv(text("env", deployed(bundle(federation=[IN_GITHUB], warehouses=[])))) == {
        "DATABRICKS_HOST": HOST,
        "DATABRICKS_CLIENT_ID": CLIENT_ID,
        "DATABRICKS_AUTH_TYPE": "github-oidc",
        "DATABRICKS_TOKEN_AUDIENCE": "8c1f",
    }


def test_federation_is_a_profile_without_a_secret(tmp_path: Path) -> None:
    """Which the SDK reads."""
    assert of_the_sdk(text("databrickscfg", deployed(bundle(federation=[IN_GITHUB]))), tmp_path) == {
        "host": HOST,
        "client_id": CLIENT_ID,
        "client_secret": None,
        "auth_type": "github-oidc",
        "token_audience": "8c1f",
    }


def test_federation_in_kubernetes_is_a_connection_of_airflow() -> None:
    """The hook trades the service account's token for the principal's, so it needs the Client ID; other ways to log in it does not know."""
    of_json = json.loads(text("airflow-json", deployed(bundle(federation=[IN_GITHUB, IN_KUBERNETES], warehouses=[]))))

    assert of_json == {
        "conn_type": "databricks",
        "host": "dbc-1234.cloud.databricks.com",
        "login": "federated_k8s",
        "extra": {"client_id": CLIENT_ID, "audience": "databricks-prod"},
    }
    of_uri = airflow(text("airflow", deployed(bundle(federation=[IN_KUBERNETES], warehouses=[]))))
    assert of_uri == of_json | {"password": None, "port": None, "schema": None}
    with pytest.raises(WrongUse, match="Airflow knows the service accounts of Kubernetes alone, and alchemer has none"):
        text("airflow", deployed(bundle(federation=[IN_GITHUB])))


@pytest.mark.parametrize("form", OF_A_SECRET)
def test_a_form_that_cannot_say_federation_says_so(form: str) -> None:
    """With those that can."""
    with pytest.raises(WrongUse) as refused:
        text(form, deployed(bundle(federation=[IN_GITHUB])))

    assert str(refused.value) == (
        f"alchemer logs in by federation and has no secret, which {form} cannot say; "
        "there are sheet, sheet-html, json, env, databrickscfg, airflow, airflow-json"
    )


def test_json_says_federation_as_the_stack_does() -> None:
    """Without a secret there is nothing to mask."""
    handed_out = bundle(federation=[IN_GITHUB])

    assert json.loads(text("json", deployed(handed_out), reveal=False)) == handed_out.revealed()


TWO = (warehouse(), warehouse("etl", "77aa"))


@pytest.mark.parametrize("form", ["jdbc", "odbc", "dbt"])
def test_of_several_warehouses_one_must_be_named(form: str) -> None:
    """By its name or its id."""
    integration = deployed(bundle(warehouses=TWO))

    with pytest.raises(WrongUse) as refused:
        text(form, integration)
    assert (
        str(refused.value) == f"alchemer has several SQL warehouses, and {form} is of one; say which with --warehouse: bi-serverless, etl"
    )
    assert "/warehouses/77aa" in text(form, integration, warehouse="etl")
    assert "/warehouses/77aa" in text(form, integration, warehouse="77aa")


def test_a_warehouse_that_it_has_not_gets_the_nearest() -> None:
    """Also where the form is about none."""
    with pytest.raises(WrongUse) as refused:
        text("env", deployed(bundle(warehouses=TWO)), warehouse="elt")

    assert str(refused.value) == 'alchemer has no SQL warehouse "elt"; it has bi-serverless, etl; did you mean "etl"?'


def test_without_a_warehouse_there_is_no_jdbc() -> None:
    """The sentence says what to do."""
    with pytest.raises(WrongUse, match="alchemer was granted no SQL warehouse, which jdbc is of; grant it one, or take another format"):
        text("jdbc", deployed(bundle(warehouses=[])))


def test_of_several_schemas_one_must_be_named() -> None:
    """And one that was not granted may be: dbt makes its own."""
    several = deployed(bundle(), grants=[schema("main.surveys"), schema("main.sales")])
    none = deployed(bundle(), grants=[])

    with pytest.raises(WrongUse, match=r"several schemas \(main.surveys, main.sales\), and dbt is of one; say which with --schema"):
        text("dbt", several)
    with pytest.raises(WrongUse, match=r"alchemer was granted no schema, and dbt is of one; say which with --schema catalog.schema"):
        text("dbt", none)
    with pytest.raises(WrongUse, match=r'"main" is no schema; write it as catalog.schema'):
        text("dbt", none, schema="main")
    assert yaml(text("dbt", none, schema="main.staging"))["alchemer"]["outputs"]["default"]["schema"] == "staging"
