"""Stack files, good and malformed, and what is said about them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.faults import BrickpassError, ConfigFaults
from model.stackfile import StackFile
from tests.unit.model.saying import NAMED, faults, stack_file

MALFORMED = sorted(Path(__file__).with_name("malformed").glob("*.yaml"))


@pytest.mark.parametrize("malformed", MALFORMED, ids=lambda path: path.stem)
def test_a_malformed_file_is_answered_with_all_its_faults(malformed: Path) -> None:
    """Every fault comes at once, in the file's order, each with file, line, path, and the way out."""
    expected = malformed.with_suffix(".txt").read_text(encoding="utf-8").splitlines()

    assert faults(malformed.read_text(encoding="utf-8")) == expected


def test_the_sandbox_stack_is_alchemers_deployment() -> None:
    """The stack file that `make up` deploys is read without a fault, and says what the README promises."""
    config = StackFile.read("stacks/Pulumi.sandbox.yaml").config()

    alchemer = config.integrations["alchemer"]
    assert alchemer.entitlements == ("databricks-sql-access", "workspace-access")
    assert alchemer.grants == {
        "warehouses": {"bi-serverless": "CAN_USE"},
        "clusters": {"shared-analytics": "CAN_RESTART"},
        "jobs": {"nightly-survey-load": "CAN_MANAGE_RUN"},
        "schemas": {"main.surveys": ("SELECT", "MODIFY")},
    }
    assert not config.protect


def test_scalars_arrive_as_they_were_written() -> None:
    """What YAML would take for a date, a number or a truth value is still the name that somebody wrote."""
    config = stack_file(
        """
config:
  brickpass:integrations:
    "0923":
      purpose: 2027-03-31
      owner: yes
      secret: {anchor: 2027-03-31, generation: 3}
      grants:
        clusters: {0923: CAN_RESTART, on: CAN_MANAGE}
        jobs: {id:12345678901234567890: CAN_VIEW}
"""
    ).config()

    integration = config.integrations["0923"]
    assert (integration.purpose, integration.owner) == ("2027-03-31", "yes")
    assert integration.secret.anchor.isoformat() == "2027-03-31T00:00:00+00:00"
    assert integration.secret.generation == 3
    assert integration.grants["clusters"] == {"0923": "CAN_RESTART", "on": "CAN_MANAGE"}
    assert integration.grants["jobs"] == {"id:12345678901234567890": "CAN_VIEW"}


@pytest.mark.parametrize("style", [">", ">-", ">+", "|", "|-"])
def test_a_word_may_stand_in_a_block(style: str) -> None:
    """A level, a name or a path, folded or not: it is the word alone, without marks of folding and without the block's line break."""
    fold = "\n            " if style.startswith(">") else " "
    config = stack_file(
        f"""
config:
  brickpass:integrations:
    alchemer:
      purpose: {style}
            Survey responses{fold}into the lakehouse
      grants:
        notebooks:
          ? {style}
            /Shared/survey{fold}load
          : {style}
            CAN_RUN
        schemas: {{main.surveys: [SELECT]}}
      until: {style}
            2027-03-31
"""
    ).config()

    alchemer = config.integrations["alchemer"]
    assert alchemer.purpose == "Survey responses into the lakehouse"
    assert alchemer.grants["notebooks"] == {"/Shared/survey load": "CAN_RUN"}
    assert str(alchemer.until) == "2027-03-31"


def test_principals_are_protected_unless_the_file_says_otherwise() -> None:
    """A file that says nothing keeps every Client ID."""
    assert stack_file("config: {brickpass:integrations: {}}").config().protect
    assert not stack_file('config: {brickpass:integrations: {}, brickpass:protect: "false"}').config().protect


def test_what_is_not_ours_is_left_alone() -> None:
    """Pulumi's own keys and those of other namespaces are nobody's business here."""
    config = stack_file(
        """
encryptionsalt: v1:abc=
secretsprovider: passphrase
environment: [shared]
config:
  aws:region: eu-west-1
  aws:anything: {secure: v1:xyz}
  brickpass:config:integrations: {}
"""
    ).config()

    assert config.integrations == {}


def test_anchors_and_merges_work() -> None:
    """Integrations may share a part by YAML's own means, and what one says itself wins."""
    config = stack_file(
        """
config:
  brickpass:integrations:
    alchemer: &shared
      purpose: Surveys
      entitlements: [workspace-access]
    fivetran:
      <<: *shared
      purpose: Ingestion
    dbt:
      <<: [*shared, {owner: dbt@acme.example}]
"""
    ).config()

    assert config.integrations["fivetran"].purpose == "Ingestion"
    assert config.integrations["fivetran"].entitlements == ("workspace-access",)
    assert config.integrations["dbt"].owner == "dbt@acme.example"


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("https://dbc-1234.cloud.databricks.com/", "https://dbc-1234.cloud.databricks.com"),
        ("http://127.0.0.1:41233", "http://127.0.0.1:41233"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_host_is_https_or_loopback(written: str, host: str) -> None:
    """A workspace is reached by https; only a server on this machine may be spoken to in the clear."""
    file = stack_file(f"config: {{databricks:host: '{written}', brickpass:integrations: {{}}}}")
    file.config()

    assert file.host == host


def test_a_host_may_come_from_elsewhere() -> None:
    """A file without a host is no fault: it may stand in the environment or a profile."""
    file = stack_file("config: {brickpass:integrations: {}}")
    file.config()

    assert file.host is None


def test_a_secret_in_plain_text_is_not_said_again() -> None:
    """What is printed lands in the log of a pipeline: the value stands in none of the faults, however it is written."""
    settings = ("token", "client_secret", "clientSecret", "azure_client_secret", "password", "google_credentials", "config:token")
    lines = "".join(f"  databricks:{each}: hunter-{index}-two\n" for index, each in enumerate(settings))

    found = faults(f"config:\n{lines}  databricks:auth_token: [hunter-9-two]\n  brickpass:integrations: {{}}\n")

    assert len(found) == len(settings) + 1
    assert all("is a secret in plain text" in each or "stands here twice" in each for each in found[:-1])
    assert not any("hunter" in each for each in found)


def test_a_place_is_the_line_of_the_key_or_of_what_is_around_it() -> None:
    """Whoever finds a fault later can say where its cause stands."""
    file = stack_file(
        """config:
  brickpass:integrations:
    alchemer:
      grants:
        schemas:
          main.surveys: [SELECT]
"""
    )

    place = file.place(("integrations", "alchemer", "grants", "schemas", "main.surveys"))
    assert (str(place), place.column) == (f"{NAMED}:6: integrations.alchemer.grants.schemas.main.surveys", 11)
    assert file.place(("integrations", "alchemer", "secret")).line == 3


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (Path.exists, "there is no such file"),
        (Path.mkdir, "cannot be read: Is a directory"),
        (partial(Path.write_bytes, data=b"config: \xff"), "is not a text in UTF-8"),
    ],
    ids=["absent", "a directory", "not text"],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, prepare: Callable[[Path], object], said: str) -> None:
    """Also a file that is not there, or no text, ends in one sentence."""
    path = tmp_path / "Pulumi.acme.yaml"
    prepare(path)

    with pytest.raises(ConfigFaults, match=said) as raised:
        StackFile.read(path)
    assert str(path) in str(raised.value)


YAMLISH = st.recursive(
    st.sampled_from(["alchemer", "[]", "{}", "~", "0923", "true", "90d", "CAN_USE", '"', "*a", "&a x", "!tag y", "- z", "\t"]),
    lambda inner: st.builds(
        lambda key, value: f"{key}: {{{value}}}" if ":" in value else f"{key}: {value}",
        st.sampled_from(
            [
                "config",
                "brickpass:integrations",
                "brickpass:protect",
                "databricks:host",
                "alchemer",
                "grants",
                "jobs",
                "schemas",
                "secret",
                "<<",
                "was",
            ]
        ),
        inner,
    ),
    max_leaves=8,
)


@given(st.one_of(st.text(), YAMLISH, YAMLISH.map(lambda body: f"config: {{brickpass:integrations: {{a: {{{body}}}}}}}")))
def test_no_text_ends_in_anything_but_a_config_or_faults(text: str) -> None:
    """Whatever somebody's editor leaves behind, the answer is a config or a list of faults."""
    said = ""
    try:
        stack_file(text).config()
    except BrickpassError as error:
        said = str(error)
    assert said.startswith(NAMED) or not said
