"""Another generation in a stack file: one place of it changes, whatever YAML it is written in."""

import difflib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.config import StackConfig
from model.generation import NotRaised, raised
from tests.unit.model.saying import stack_file


def again(text: str, name: str = "alchemer") -> str:
    return raised(text, stack_file(text), name).text


def config(text: str) -> StackConfig:
    return stack_file(text).config()


def with_generation(before: StackConfig, name: str, generation: int) -> StackConfig:
    integration = before.integrations[name]
    secret = integration.secret.model_copy(update={"generation": generation})
    return before.model_copy(update={"integrations": before.integrations | {name: integration.model_copy(update={"secret": secret})}})


def changed(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


def in_common(one: str, other: str) -> int:
    """How many characters they begin with."""
    return next((at for at, both in enumerate(zip(one, other, strict=False)) if both[0] != both[1]), min(len(one), len(other)))


BLOCK = """\
# What the vendor has.
config:
  brickpass:integrations:
    fivetran: {secret: {generation: 1}}
    alchemer:   # the surveys
      purpose: "Survey responses"
      # As they asked for.
      secret:   # since May
        # Four times a year.
        rotate_every: 90d
        overlap: '14d'   # two weeks
      grants: {jobs: {nightly: CAN_VIEW}}

encryptionsalt: v1:abc=
"""


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("secret: {generation: 3}", "secret: {generation: 4}"),
        ("secret: {rotate_every: 30d, generation: '3', overlap: 7d}", "secret: {rotate_every: 30d, generation: '4', overlap: 7d}"),
        ('secret: {"generation": "3"}', 'secret: {"generation": "4"}'),
        ("secret: {generation: !!int 3}", "secret: {generation: !!int 4}"),
        ("secret: {generation: &g 3}  # 3 of 3", "secret: {generation: &g 4}  # 3 of 3"),
        ("secret: {generation: 9}", "secret: {generation: 10}"),
        ("secret: {}", "secret: {generation: 2}"),
        ("secret: { }", "secret: { generation: 2}"),
        ("secret: {rotate_every: 30d}", "secret: {generation: 2, rotate_every: 30d}"),
        ("secret: { rotate_every: 30d, } # {30}", "secret: { generation: 2, rotate_every: 30d, } # {30}"),
        ("secret: &s {rotate_every: 30d}", "secret: &s {generation: 2, rotate_every: 30d}"),
    ],
)
def test_the_generation_is_raised_where_it_stands(said: str, line: str) -> None:
    """Within its quotes and behind its anchor or tag; as the first key of its mapping where there was none."""
    text = f"config:\n  brickpass:integrations:\n    alchemer:\n      {said}\n      retire: true\n"

    assert again(text) == text.replace(said, line)


def test_a_block_gets_a_line_below_its_key() -> None:
    """Each comment stays above what it is about."""
    assert changed(BLOCK, again(BLOCK)) == ["+         generation: 2"]
    assert "since May\n        generation: 2\n        # Four times" in again(BLOCK)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "config:\n  brickpass:config:integrations:\n    alchemer:\n        # why\n        retire: true\n",
            "+         secret: {generation: 2}",
        ),
        ("config:\n  brickpass:integrations:\n    alchemer: {}  # new", "+     alchemer: {secret: {generation: 2}}  # new"),
        (
            'config: {"brickpass:integrations": {alchemer: {purpose: a, groups: [b]}}}',
            '+ config: {"brickpass:integrations": {alchemer: {secret: {generation: 2}, purpose: a, groups: [b]}}}',
        ),
        (
            "config:\n  brickpass:integrations:\n    alchemer: {\n      # why\n      retire: true,\n    }\n",
            "+     alchemer: {secret: {generation: 2},",
        ),
    ],
    ids=["block", "nothing", "flow", "flow in lines"],
)
def test_without_a_secret_one_is_written(text: str, line: str) -> None:
    """With what the rest of it is by default."""
    after = again(text)

    assert changed(text, after)[-1] == line
    assert config(after) == with_generation(config(text), "alchemer", 2)


def test_lines_end_as_they_did() -> None:
    """As in a file that is edited on Windows."""
    text = BLOCK.replace("\n", "\r\n")

    assert again(text) == again(BLOCK).replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("said", "way_out"),
    [
        (
            "a: &a {secret: {rotate_every: 30d}}\n    alchemer: *a",
            'write "secret: {rotate_every: 30d, generation: 2}" below "alchemer" by hand',
        ),
        (
            "a: {secret: &s {rotate_every: 30d}}\n    alchemer: {secret: *s}",
            'write "secret: {rotate_every: 30d, generation: 2}" below "alchemer" by hand',
        ),
        (
            "a: &a {secret: {rotate_every: 30d}}\n    alchemer:\n      <<: *a\n      retire: true",
            'write "secret: {rotate_every: 30d, generation: 2}" below "alchemer" by hand',
        ),
        (
            "a: {secret: {generation: &g 3}}\n    alchemer: {secret: {generation: *g}}",
            'write "secret: {generation: 4}" below "alchemer" by hand',
        ),
        (
            "alchemer: &a {secret: {rotate_every: 30d}}\n    b: {<<: *a, retire: true}",
            '"b" shares it, by an alias or <<, and would get another secret as well; write "secret: {rotate_every: 30d}" out there first',
        ),
        (
            "alchemer: {secret: &s {generation: 2}}\n    b: {secret: *s}",
            '"b" shares it, by an alias or <<, and would get another secret as well; write "secret: {generation: 2}" out there first',
        ),
        (
            'alchemer: {secret: {generation: "\\x33"}}',
            'write "secret: {generation: 4}" below "alchemer" by hand',
        ),
    ],
    ids=["an alias of another", "an alias of a secret", "a merge", "an alias of the number", "merged elsewhere", "shared", "escaped"],
)
def test_what_is_shared_is_left_to_people(said: str, way_out: str) -> None:
    """Whoever shares it would rotate as well, or lose what they share: the sentence says what to write."""
    with pytest.raises(NotRaised) as refused:
        again(f"config:\n  brickpass:integrations:\n    {said}\n")

    assert way_out in str(refused.value)
    assert str(refused.value).startswith("stacks/Pulumi.acme.yaml:")
    assert "integrations.alchemer.secret.generation: " in str(refused.value)


def test_merged_keys_may_stand_beside_the_generation() -> None:
    """Where it is alchemer's own, nothing else changes."""
    text = (
        "config:\n  brickpass:integrations:\n    a: {secret: &s {generation: 3, overlap: 7d}}\n"
        "    alchemer:\n      secret:\n        <<: *s\n        rotate_every: 30d\n"
    )

    assert changed(text, again(text)) == ["+         generation: 4"]


WORDS = st.sampled_from(("Survey responses", "90d", "{a: b}", "generation: 3", "secret:", "# no comment", "*x", "ünïcode", "'quoted'"))
COMMENTS = st.sampled_from(("", "  # why", "   # generation: 7, {", "  # a\ttab"))
QUOTES = st.sampled_from(("'", '"'))
SPANS = {"rotate_every": "30d", "overlap": "7d", "anchor": "2027-01-04T06:00:00Z"}


@st.composite
def secrets(draw: st.DrawFn, indent: str) -> str:
    """A secret: block or flow, with or without a generation, its keys in any order."""
    number = draw(st.none() | st.integers(1, 120))
    keys = dict(draw(st.permutations([*SPANS.items(), *([("generation", str(number))] if number else [])])))
    keys = {key: value for key, value in keys.items() if key == "generation" or draw(st.booleans())}
    quoted = {key: value if draw(st.booleans()) else f"{(quote := draw(QUOTES))}{value}{quote}" for key, value in keys.items()}
    if not quoted or draw(st.booleans()):
        blank, comma = draw(st.sampled_from(("", " ", "  "))), draw(st.sampled_from((", ", ",", f",\n{indent}    ")))
        return f"secret: {{{blank}{comma.join(f'{key}: {value}' for key, value in quoted.items())}{blank}}}{draw(COMMENTS)}\n"
    step = indent + " " * draw(st.integers(1, 4))
    lines = [f"{step}{key}: {value}{draw(COMMENTS)}\n" for key, value in quoted.items()]
    for at in range(len(lines), -1, -1):
        if draw(st.booleans()):
            lines.insert(at, draw(st.sampled_from(("\n", f"{step}# generation: 5\n", "# secret: {\n"))))
    return f"secret:{draw(COMMENTS)}\n{''.join(lines)}"


@st.composite
def files(draw: st.DrawFn) -> str:
    """A stack file with a few integrations."""
    text = draw(st.sampled_from(("", "---\n", "# generation: 1\n"))) + f"config:{draw(COMMENTS)}\n"
    text += f"  {draw(st.sampled_from(('brickpass:integrations', 'brickpass:config:integrations')))}:\n"
    indent = " " * draw(st.integers(3, 6))
    for name in draw(st.permutations(("alchemer", "fivetran", "secret"))):
        own = indent + " " * draw(st.integers(1, 4))
        parts = [f"{own}{draw(secrets(own))}"] if draw(st.booleans()) else []
        parts += [f"{own}purpose: {(quote := draw(QUOTES))}{draw(WORDS).replace(quote, '')}{quote}{draw(COMMENTS)}\n"]
        text += f"{indent}{name}:{draw(COMMENTS)}\n{''.join(draw(st.permutations(parts)))}"
    text += draw(st.sampled_from(("", "\n", "\nencryptionsalt: v1:abc=\n", "  brickpass:protect: false")))
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@settings(deadline=None)
@given(files(), st.sampled_from(("alchemer", "fivetran", "secret")))
def test_only_the_generation_changes(text: str, name: str) -> None:
    """In any style: the number alone, or the key with it in one place, and all else byte for byte."""
    before = config(text)
    expected = before.integrations[name].secret.generation + 1

    after = again(text, name)

    assert config(after) == with_generation(before, name, expected)
    begin = in_common(text, after)
    end = min(in_common(text[::-1], after[::-1]), len(text) - begin, len(after) - begin)
    assert re.fullmatch("[0-9]*", text[begin : len(text) - end])
    assert re.fullmatch(r"[0-9]+|\s*(secret: {)?generation: [0-9]+}?,?\s*", after[begin : len(after) - end])
