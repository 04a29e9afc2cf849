"""Each mistake is one clear sentence, all of them at once, with nothing half done and no traceback."""

from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.harness import ALCHEMER, Run, Stack
from tests.end_to_end.test_the_whole_life import writes


def said_and_nothing_done(stack: Stack, run: Run) -> str:
    """What a refused run printed, which has no traceback and has written nothing."""
    assert run.exit_code != 0, run.text
    assert "Traceback" not in run.text, run.text
    assert "goroutine" not in run.text, run.text
    assert writes(stack.sandbox) == []
    return run.text


def place(stack: Stack, word: str) -> str:
    """File and line of a word in the stack file."""
    [line] = [number for number, line in enumerate(stack.file.read_text().splitlines(), 1) if word in line]
    return f"stacks/Pulumi.test.yaml:{line}"


def with_grants(**grants: dict[str, Any]) -> dict[str, Any]:
    return {"alchemer": {**ALCHEMER, "grants": grants}}


def test_faults_of_the_file_are_all_said_at_once_with_line_and_path(stack: Stack) -> None:
    """A wrong level, a privilege that does not exist and an unknown key, each with the nearest valid value."""
    wrong = with_grants(jobs={"nightly-survey-load": "CAN_RUN"}, schemas={"main.surveys": ["SELEKT"]})
    wrong["alchemer"] |= {"entitlement": ["workspace-access"]}
    stack.declare(wrong)
    said = said_and_nothing_done(stack, stack.preview())

    alchemer = "integrations.alchemer"
    assert f'{place(stack, "CAN_RUN")}: {alchemer}.grants.jobs.nightly-survey-load: "CAN_RUN" is not a level of a job.' in said
    assert 'did you mean "CAN_MANAGE_RUN"?' in said
    assert f"{place(stack, 'SELEKT')}: {alchemer}.grants.schemas.main.surveys" in said
    assert 'did you mean "SELECT"?' in said
    assert f"{place(stack, 'entitlement:')}: {alchemer}.entitlement" in said
    assert 'did you mean "entitlements"?' in said
    assert "Nothing was changed." in said


def test_names_that_the_workspace_does_not_have_are_all_said_at_once(stack: Stack) -> None:
    """A warehouse that is not there, one of two with the same name, and a schema that is not there."""
    stack.declare(with_grants(warehouses={"bi-serverles": "CAN_USE", "etl-shared": "CAN_USE"}, schemas={"main.survey": ["SELECT"]}))

    said = said_and_nothing_done(stack, stack.preview())

    assert 'there is no SQL warehouse "bi-serverles" in this workspace; did you mean "bi-serverless"?' in said
    assert '2 SQL warehouses are called "etl-shared"; write the one that is meant as "id:' in said
    assert 'there is no schema "main.survey"; did you mean "main.surveys"?' in said
    assert said.count("stacks/Pulumi.test.yaml:") >= 3


def test_a_missing_host_is_asked_for(stack: Stack) -> None:
    """The sentence names the three ways to say it."""
    stack.declare({"alchemer": ALCHEMER})
    del stack.environment["DATABRICKS_HOST"]

    said = said_and_nothing_done(stack, stack.preview())

    assert (
        "no workspace is named; write databricks:host: https://dbc-1234.cloud.databricks.com below config:, or set DATABRICKS_HOST" in said
    )


def test_an_address_with_more_than_a_host_is_refused_wherever_it_comes_from(stack: Stack) -> None:
    """As copied from a browser, in the environment: nothing is asked there, and the stack is not tied to it."""
    stack.declare({"alchemer": ALCHEMER})

    said = said_and_nothing_done(stack, stack.try_up(DATABRICKS_HOST=f"{stack.sandbox.host}/?o=123"))

    assert "the host of DATABRICKS_HOST:" in said
    assert f'did you mean "{stack.sandbox.host}"?' in said
    stack.up()


def test_wrong_admin_credentials_are_named(stack: Stack) -> None:
    """Before anything is registered, and without the secret that was tried."""
    stack.declare({"alchemer": ALCHEMER})

    said = said_and_nothing_done(stack, stack.preview(DATABRICKS_CLIENT_SECRET="dose-wrong-canary"))

    assert f"{stack.sandbox.host} does not accept the admin's credentials" in said
    assert "dose-wrong-canary" not in said


def test_a_sandbox_that_is_not_running_is_named(stack: Stack) -> None:
    """With the command that starts it, and without minutes of waiting."""
    stack.declare({"alchemer": ALCHEMER})
    stack.sandbox.stop()

    refused = stack.preview()
    stack.sandbox.start()

    said = said_and_nothing_done(stack, refused)
    assert f"nobody answers at {stack.sandbox.host}" in said
    assert "start it with `make up`" in said


@pytest.mark.parametrize("text", ["config: [", "config:\n  brickpass:integrations:\n    a: {}\n    a: {}\n", "config:\n\t- x\n"])
def test_a_file_that_is_no_yaml_stops_every_command_without_a_traceback(stack: Stack, text: str) -> None:
    """The engine reads it before the program does; neither shows more than a sentence."""
    Path(stack.file).write_text(text)

    said_and_nothing_done(stack, stack.preview())


def test_what_cannot_be_imported_says_so(stack: Stack) -> None:
    """A grant is what the stack file declares, and nothing to take over by an id."""
    stack.declare({"alchemer": ALCHEMER})
    stack.up()
    stack.sandbox.http.delete("/sandbox/requests")
    provider = next(one for one in stack.state()["deployment"]["resources"] if one["type"] == "pulumi:providers:brickpass")
    imported = (
        "import",
        "brickpass:index:ObjectPermission",
        "mine",
        "warehouses/1/2",
        "--provider",
        f"brickpass={provider['urn']}",
        "--yes",
    )

    said = said_and_nothing_done(stack, stack.pulumi(*imported))

    assert "mine cannot be imported: declare it in the stack file" in said
