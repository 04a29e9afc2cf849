"""`brickpass check`: what is wrong with stack files, said without a workspace and without the engine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from model.faults import WrongUse
from operate.__main__ import app
from operate.check import check

GOOD = "config: {brickpass:integrations: {alchemer: {grants: {jobs: {nightly: CAN_VIEW}}}}}\n"
WRONG = "config:\n  brickpass:integrations:\n    alchemer: {grants: {jobs: {nightly: CAN_RUN}}, retire: maybe}\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, in which the command runs."""
    (tmp_path / "stacks").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str) -> str:
    path = Path("stacks", name)
    path.write_text(text, encoding="utf-8")
    return str(path)


def said(*words: str) -> tuple[int, list[str]]:
    """The exit code, and what is printed."""
    done = CliRunner().invoke(app, ["check", *words])
    return done.exit_code, done.output.splitlines()


def test_all_stack_files_are_checked_where_none_is_named() -> None:
    """As a commit hook wants it; each fault is one line, that an editor can follow."""
    write("Pulumi.good.yaml", GOOD)
    write("Pulumi.wrong.yaml", WRONG)

    assert said() == (
        1,
        [
            (
                'stacks/Pulumi.wrong.yaml:3: integrations.alchemer.grants.jobs.nightly: "CAN_RUN" is not a level of a job. '
                'A job has CAN_VIEW, CAN_MANAGE_RUN, CAN_MANAGE; did you mean "CAN_MANAGE_RUN"?'
            ),
            'stacks/Pulumi.wrong.yaml:3: integrations.alchemer.retire: "maybe" is neither true nor false',
            "2 faults in 2 stack files.",
        ],
    )


def test_a_named_file_or_stack_is_checked_alone() -> None:
    """By its path, or by the stack's name, which may bear an organization and a project."""
    good = write("Pulumi.good.yaml", GOOD)
    write("Pulumi.wrong.yaml", WRONG)

    assert said(good) == (0, ["No faults in 1 stack file."])
    assert said("--stack", "good") == (0, ["No faults in 1 stack file."])
    assert said("--stack", "acme/brickpass/good") == (0, ["No faults in 1 stack file."])
    assert said("--stack", "wrong")[0] == 1


def test_a_named_folder_is_checked_whole(tmp_path: Path) -> None:
    """Wherever the stack files of a project stand."""
    write("Pulumi.good.yaml", GOOD)
    write("Pulumi.wrong.yaml", WRONG)

    assert said("stacks") == said()
    assert said(str(tmp_path / "stacks"))[1][-1] == "2 faults in 2 stack files."
    with pytest.raises(WrongUse, match=r"there is no .*/Pulumi\.\*\.yaml here"):
        check([str(tmp_path)])


def test_the_json_says_the_same() -> None:
    """It has the files, and each fault's place in parts."""
    wrong = write("Pulumi.wrong.yaml", WRONG)

    code, lines = said("--json")

    assert code == 1
    told = json.loads("\n".join(lines))
    assert told["files"] == [wrong]
    assert told["faults"][1] == {
        "file": wrong,
        "line": 3,
        "column": 60,
        "path": "integrations.alchemer.retire",
        "summary": '"maybe" is neither true nor false',
    }


def test_a_file_that_is_not_there_is_a_fault() -> None:
    """So that a hook with a misspelt name does not pass."""
    assert said("stacks/Pulumi.nope.yaml") == (
        1,
        ["stacks/Pulumi.nope.yaml:1: the file: there is no such file; write it, or select another stack", "1 fault in 1 stack file."],
    )


def test_a_folder_without_stack_files_is_wrong_use() -> None:
    """Nothing was checked, and that is not the same as no fault."""
    with pytest.raises(WrongUse, match=r"there is no stacks/Pulumi\.\*\.yaml here; go to the folder of Pulumi\.yaml"):
        check([])


def test_what_is_wrong_in_a_teams_presets_is_said_once() -> None:
    """However many stack files stand beside them; and they can be checked alone."""
    write("Pulumi.one.yaml", GOOD)
    write("Pulumi.two.yaml", GOOD)
    presets = write("presets.yaml", "presets:\n  mine: {grants: {jobs: CAN_RUN}}\n")

    [first, last] = said()[1]

    assert first.startswith('stacks/presets.yaml:2: presets.mine.grants.jobs: "CAN_RUN" is not a level of a job.')
    assert last == "1 fault in 2 stack files."
    assert said(presets)[1][0] == first


@pytest.mark.parametrize(
    ("grants", "word", "reading"),
    [
        ("connections: {0923: [USE_CONNECTION]}", "0923", "a number"),
        ("jobs: {1.10: CAN_VIEW}", "1.10", "a number"),
        ("jobs: {1e3: CAN_VIEW}", "1e3", "a number"),
        ("jobs: {0x1f: CAN_VIEW}", "0x1f", "a number"),
        ("jobs: {.inf: CAN_VIEW}", ".inf", "a number"),
        ("jobs: {2027-03-31: CAN_VIEW}", "2027-03-31", "a date"),
        ("jobs: {True: CAN_VIEW}", "True", "true or false"),
        ("jobs: {~: CAN_VIEW}", "~", "nothing"),
    ],
)
def test_a_name_that_pulumi_would_write_back_otherwise_is_said(grants: str, word: str, reading: str) -> None:
    """The program reads it as it stands, until the first `pulumi config set`."""
    write("Pulumi.a.yaml", f"config: {{brickpass:integrations: {{a: {{grants: {{{grants}}}}}}}}}")

    assert said()[1] == [
        (
            f'stacks/Pulumi.a.yaml:1: integrations.a.grants.{grants.partition(":")[0]}.{word}: "{word}" is {reading} to Pulumi, '
            'and "pulumi config set" would spell it otherwise; put it in quotes'
        ),
        "1 fault in 1 stack file.",
    ]


@pytest.mark.parametrize(
    "said_so", ["grants: {jobs: {7121869683408819: CAN_VIEW}}", "targets: {jobs: [7121869683408819]}, preset: job-runner"]
)
def test_a_number_that_may_be_an_id_is_asked_about(said_so: str) -> None:
    """A job's id stands in its address, without "id:" before it; only its writer knows whether it is a name."""
    write("Pulumi.a.yaml", f"config: {{brickpass:integrations: {{a: {{{said_so}}}}}}}")

    [fault, _] = said()[1]

    assert fault.endswith('put it in quotes if it is a name, or write "id:7121869683408819" if it is an id')


@pytest.mark.parametrize(
    "said_so",
    [
        '{grants: {jobs: {"0923": CAN_VIEW, 923: CAN_VIEW, 1.5: CAN_VIEW, on: CAN_VIEW, "id:0923": CAN_VIEW, 09-23: CAN_VIEW}}}',
        "{until: 2027-03-31, secret: {anchor: 2027-03-31T06:00:00Z, generation: 3}, retire: True}",
    ],
)
def test_what_survives_pulumis_writing_is_left_alone(said_so: str) -> None:
    """Quotes, plain numbers, and what is read in Pulumi's spelling as well."""
    write("Pulumi.a.yaml", f"config: {{aws:account: 0123, brickpass:integrations: {{a: {said_so}}}}}")

    assert said() == (0, ["No faults in 1 stack file."])


def test_nothing_is_loaded_that_takes_time() -> None:
    """Neither Pulumi, nor the SDK, nor what draws tables: a commit hook waits for it."""
    write("Pulumi.good.yaml", GOOD)
    program = (
        "import sys\nfrom operate.__main__ import main\nsys.argv = ['brickpass', 'check']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sorted({'pulumi', 'databricks', 'grpc', 'rich', 'requests'} & {name.partition('.')[0] for name in sys.modules}))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout == "No faults in 1 stack file.\n\n"
