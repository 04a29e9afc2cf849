"""Stack files that are wrong, through a real `pulumi preview`: what the engine lets through is answered in our sentences."""

from pathlib import Path

import pytest

from tests.end_to_end.harness import Run, Stack
from tests.end_to_end.test_the_whole_life import writes

MALFORMED = Path(__file__).parents[1] / "unit" / "model" / "malformed"
LET_THROUGH = (
    "account",
    "consumers",
    "days",
    "empty_values",
    "entitlements_that_exclude_each_other",
    "federation",
    "host_unencrypted",
    "keys_of_elsewhere",
    "paths",
    "presets",
    "right_to_left",
    "schedules",
    "wrong_words",
    "zero_width",
)
"""One for each part of the language; all the others go through the program's own entry, in the unit tests."""
REFUSED_BY_THE_ENGINE = (
    "alias_bomb",
    "broken_yaml",
    "control_character",
    "duplicate_keys",
    "encrypted_inside",
    "half_a_character",
    "holds_itself",
    "list_as_a_key",
    "nested_too_deep",
    "pulumis_own_keys",
    "tab",
    "too_many_colons",
)


def preview(stack: Stack, name: str, salt: str) -> Run:
    """With the salt at the end, since Pulumi would else write one there, and the whole file anew."""
    stack.file.write_bytes((MALFORMED / f"{name}.yaml").read_bytes() + f"\n{salt}\n".encode())
    return stack.preview()


@pytest.fixture
def salt(stack: Stack) -> str:
    """What Pulumi wrote into the stack's file when it was made."""
    [line] = [line for line in stack.file.read_text().splitlines() if line.startswith("encryptionsalt:")]
    return line


def test_what_the_engine_lets_through_is_answered_with_all_its_faults(stack: Stack, salt: str) -> None:
    """Each with file, line and path; there is no traceback, and the workspace is not even asked."""
    stack.sandbox.http.delete("/sandbox/requests")
    for name in LET_THROUGH:
        refused = preview(stack, name, salt)

        assert refused.exit_code != 0, name
        assert "Traceback" not in refused.text, refused.text
        expected = (MALFORMED / f"{name}.txt").read_text(encoding="utf-8").replace("Pulumi.acme.yaml", "Pulumi.test.yaml")
        for fault in expected.splitlines():
            assert fault in refused.text, name
        assert "Nothing was changed." in refused.text, name
    assert writes(stack.sandbox) == []


def test_what_the_engine_refuses_itself_is_no_traceback_either(stack: Stack, salt: str) -> None:
    """It has its own words for these, and `brickpass check` has better ones."""
    stack.sandbox.http.delete("/sandbox/requests")
    for name in REFUSED_BY_THE_ENGINE:
        refused = preview(stack, name, salt)
        checked = stack.run("brickpass", "check")

        assert refused.exit_code != 0, name
        assert "Traceback" not in refused.text, refused.text
        assert "goroutine" not in refused.text, refused.text
        assert "Nothing was changed." not in refused.text, f"{name} came through"
        assert checked.exit_code == 1, checked.text
        assert "stacks/Pulumi.test.yaml:" in checked.text, name
    assert writes(stack.sandbox) == []
