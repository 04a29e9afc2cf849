"""Where a credential may be sent to."""

import pytest
from databricks.sdk.environments import ALL_ENVS

from model.hosts import CONSOLES, UntrustedHost, account_console, require_trusted, trust_problem

# Where Databricks tries out its own changes.
NOBODYS = (".dev.databricks.com",)
SPOOFED = (
    "https://databricks.acme.example",
    "https://dbc-1234.cloud.databricks.com.acme.example",
    "https://dbc-1234.clouddatabricks.com",
    "https://evilazuredatabricks.net",
    "https://azuredatabricks.net",
    "https://cloud.databricks.com",
    "https://dbc-1234.cloud.databricks.com.",
    "https://accounts.cloud.databricks.com.acme.example",
    "https://10.0.0.7",
    "https://localhost.acme.example",
)
MALFORMED = (
    "https://dbc-1234.cloud.databricks.com@acme.example",
    "https://acme.example\\@dbc-1234.cloud.databricks.com",
    "https://acme.example#.cloud.databricks.com",
    "https://acme.example/.cloud.databricks.com",
    "https://acme.example\n.cloud.databricks.com",
    "https://dbc-1234.cloud.d\u0430tabricks.com",
    "http://dbc-1234.cloud.databricks.com",
    "ftp://dbc-1234.cloud.databricks.com",
    "dbc-1234.cloud.databricks.com",
    "",
)


@pytest.mark.parametrize("zone", [each.dns_zone for each in ALL_ENVS if each.dns_zone not in NOBODYS])
def test_every_cloud_of_databricks_is_trusted(zone: str) -> None:
    """Those that the SDK knows, the governments' and China's among them."""
    assert trust_problem(f"https://dbc-1234{zone}") is None


@pytest.mark.parametrize("host", [f"https://{console}" for console in CONSOLES.values()])
def test_every_account_console_is_trusted(host: str) -> None:
    """Also where its name does not end as those of the workspaces do."""
    assert trust_problem(host) is None


@pytest.mark.parametrize("domain", CONSOLES)
def test_the_account_console_follows_from_the_workspace(domain: str) -> None:
    """In each cloud it is another."""
    assert account_console(f"https://dbc-1234.{domain}") == f"https://{CONSOLES[domain]}"


@pytest.mark.parametrize("host", ["http://localhost:4000", "http://127.0.0.1:4000", "https://127.0.0.1", "http://[::1]:4000"])
def test_this_machine_is_trusted(host: str) -> None:
    """What is sent there nobody else reads."""
    assert trust_problem(host) is None


@pytest.mark.parametrize("host", [*SPOOFED, *MALFORMED])
def test_nobody_else_is_trusted(host: str) -> None:
    """Whatever the name reminds of."""
    with pytest.raises(UntrustedHost, match=r"No credential was sent there\."):
        require_trusted(host, [])


def test_what_the_stack_file_names_is_trusted() -> None:
    """That very name, and nothing above or below it; and only encrypted."""
    named = ["databricks.acme.example"]

    assert trust_problem("https://databricks.acme.example", named) is None
    assert trust_problem("https://DATABRICKS.acme.example:8443/", named) is None
    for host in ("https://acme.example", "https://a.databricks.acme.example", "http://databricks.acme.example"):
        assert trust_problem(host, named)


def test_what_is_refused_comes_with_the_way_out() -> None:
    """Which is a line for the stack file."""
    assert trust_problem("https://databricks.acme.example") == (
        '"https://databricks.acme.example" is no address of Databricks, as https://dbc-1234.cloud.databricks.com is; if credentials are '
        "to go there all the same, write brickpass:trusted_hosts: [databricks.acme.example] into the stack file"
    )


@pytest.mark.parametrize(
    "host", ["https://u:s3cret@x.cloud.databricks.com:abc", "https://u:s3cret@[", "https://u:s3cret@x y", "https://u:s3cret@x"]
)
def test_a_password_in_an_address_is_not_repeated(host: str) -> None:
    """However wrong the rest of it is: the sentence goes into logs."""
    problem = trust_problem(host)

    assert problem
    assert "s3cret" not in problem
