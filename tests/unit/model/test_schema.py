"""What an editor is told, and that it is what the models say."""

import json
import re
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft7Validator
from pydantic import TypeAdapter
from ruamel.yaml.error import YAMLError

from model.__main__ import made
from model.config import AccountConfig, IntegrationConfig, StackConfig
from model.faults import ConfigFault, ConfigFaults
from model.schedule import SecretSchedule
from model.workloads import WORKLOADS
from tests.unit.model.editors import SCHEMA, Json, complaints, what_fits
from tests.unit.model.mutations import mutated
from tests.unit.model.saying import NAMED, stack_file

HERE = Path(__file__).parent
GOOD = {path.stem: path.read_text(encoding="utf-8") for path in sorted((HERE / "good").glob("*.yaml"))}
GOOD["the sandbox's"] = Path("stacks/Pulumi.sandbox.yaml").read_text(encoding="utf-8")
GOOD["the reference's"] = re.search(
    r"```yaml\n(# yaml-language-server.*?)```", Path("stacks/README.md").read_text(encoding="utf-8"), re.DOTALL
)[1]  # type: ignore[index]
GOOD["the README's"] = re.search(r"```yaml\n(# yaml-language-server.*?)```", Path("README.md").read_text(encoding="utf-8"), re.DOTALL)[1]  # type: ignore[index]
MALFORMED = sorted((HERE / "malformed").glob("*.yaml"))
PARTS = (StackConfig, AccountConfig, IntegrationConfig, SecretSchedule, *WORKLOADS.values())

# What JSON Schema cannot say; ours refuses it all the same.
BEYOND_A_SCHEMA = {
    "alias_bomb",
    "authorization",
    "duplicate_keys",
    "entitlements_of_presets",
    "half_a_character",
    "holds_itself",
    "merge_of_a_word",
    "nested_too_deep",
    "overlaps",
    "renaming_in_a_circle",
    "trusted_hosts_twice",
    "untrusted_hosts",
}


def faults_in(text: str) -> tuple[ConfigFault, ...]:
    """What ours says of a text, which is never anything but faults with their places."""
    try:
        file = stack_file(text)
        file.spoiled_when_rewritten()
        file.config()
    except ConfigFaults as wrong:
        return wrong.faults
    return ()


@pytest.mark.parametrize(("path", "text"), made().items(), ids=lambda each: each.name if isinstance(each, Path) else "")
def test_what_is_made_from_the_models_is_current(path: Path, text: str) -> None:
    """Whoever changes the language runs `make reference`."""
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(("path", "text"), made().items(), ids=lambda each: each.name if isinstance(each, Path) else "")
def test_what_is_made_from_the_models_holds_nothing_unprintable(path: Path, text: str) -> None:
    """Whatever a text is folded from, no mark of a parser comes with it."""
    assert [each for each in text if not (each.isprintable() or each == "\n")] == [], path


def test_the_schema_is_one() -> None:
    """Draft 7, in which editors' YAML servers are at home; and each key has a sentence to show."""
    Draft7Validator.check_schema(SCHEMA)
    for name in ("AccountConfig", "IntegrationConfig", "SecretSchedule"):
        for key, said in SCHEMA["definitions"][name]["properties"].items():
            assert said["description"], f"{name}.{key}"


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_each_key_has_an_example_that_is_valid(part: type[StackConfig]) -> None:
    """It is what an editor offers, and what the reference shows."""
    for name, field in part.model_fields.items():
        assert field.description
        assert field.examples, name
        for example in field.examples:
            TypeAdapter(part.__pydantic_fields__[name].rebuild_annotation()).validate_python(example)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_good_to_ours_and_to_an_editor(name: str) -> None:
    """In all spellings that are taken."""
    assert faults_in(GOOD[name]) == ()
    assert complaints(GOOD[name]) == []


@pytest.mark.parametrize("malformed", [path for path in MALFORMED if path.stem not in BEYOND_A_SCHEMA], ids=lambda path: path.stem)
def test_an_editor_underlines_what_ours_refuses(malformed: Path) -> None:
    """As far as a schema can say it, and the text is YAML at all."""
    try:
        found = complaints(malformed.read_text(encoding="utf-8"))
    except (YAMLError, RecursionError, AttributeError):
        return
    assert found


@cache
def spoilt(seed: int) -> tuple[str, tuple[ConfigFault, ...]]:
    """A file that went wrong, which can be had again by its number, and what is wrong with it."""
    chance = Random(seed)  # noqa: S311 -- nothing is kept secret by it
    text = mutated(GOOD[chance.choice(sorted(GOOD))], chance)
    return text, faults_in(text)


@pytest.mark.parametrize("seed", range(400))
def test_a_file_that_went_wrong_is_refused_with_file_line_and_path(seed: int) -> None:
    """And what an editor would underline is never taken."""
    text, found = spoilt(seed)

    for fault in found:
        assert fault.place.file == NAMED
        assert 1 <= fault.place.line <= text.count("\n") + 1
        assert fault.place.path
        assert str(fault).isprintable()
    assert found or complaints(text) == []


def test_there_are_two_hundred_of_them_and_more() -> None:
    """Those that are still good after what was done to them are not counted."""
    refused = {text for text, found in map(spoilt, range(400)) if found}

    assert len(refused) > 300


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(what_fits(SCHEMA))
def test_what_fits_the_schema_is_taken_or_refused_with_its_place(said: Json) -> None:
    """What a schema cannot say is a fault like any other, and never a traceback."""
    text = json.dumps(said)

    for fault in faults_in(text):
        assert str(fault).startswith(f"{NAMED}:1: ")
