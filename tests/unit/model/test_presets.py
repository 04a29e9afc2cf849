"""Presets and consumers: those that Brickpass brings, and a team's own."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from model.config import IntegrationConfig
from model.kinds import OBJECT_KINDS
from model.presets import OURS, Consumer, Needs, Presets
from model.stackfile import StackFile
from tests.unit.model.editors import PRESETS, complaints
from tests.unit.model.saying import a_name_of, declared, faults_at, faults_of, granted, integration

MALFORMED = sorted(Path(__file__).with_name("malformed_presets").glob("*.yaml"))
SHIPPED = Presets.shipped()
ALL: dict[str, Needs] = {**SHIPPED.presets, **SHIPPED.consumers}


def test_a_preset_expands_to_grants_on_its_targets() -> None:
    """What integrations of its kind need is granted, entitlements included, and each grant says where it comes from."""
    reader = declared(preset="sql-reader", targets={"warehouses": ["bi"], "schemas": ["main.surveys"]})

    assert reader.entitlements == ("databricks-sql-access",)
    assert granted(reader) == {
        ("warehouses", "bi"): "CAN_USE",
        ("schemas", "main.surveys"): ("SELECT", "USE_SCHEMA"),
        ("catalogs", "main"): ("USE_CATALOG",),
    }
    assert {grant.source for grant in reader.grants} == {"preset sql-reader"}
    assert reader.grants[0].path == ("targets", "warehouses", "[0]")


def test_an_own_level_goes_before_a_presets() -> None:
    """Also a weaker one: the integration knows better what it needs."""
    own = declared(preset="sql-reader", targets={"warehouses": ["bi"], "schemas": ["a.b"]}, grants={"warehouses": {"bi": "CAN_VIEW"}})

    [warehouse] = [grant for grant in own.grants if grant.kind == "warehouses"]
    assert (granted(own)["warehouses", "bi"], warehouse.source, warehouse.path) == ("CAN_VIEW", None, ("grants", "warehouses", "bi"))


@pytest.mark.parametrize("order", [["seer", "manager"], ["manager", "seer"]])
def test_of_two_presets_the_stronger_level_is_granted(tmp_path: Path, order: list[str]) -> None:
    """In whichever order they are named: what the one needs, the other must not take away."""
    presets = team(tmp_path, "presets: {seer: {grants: {jobs: CAN_VIEW}}, manager: {grants: {jobs: CAN_MANAGE_RUN}}}")

    assert granted(declared(presets, preset=order, targets={"jobs": ["nightly"]})) == {("jobs", "nightly"): "CAN_MANAGE_RUN"}


def test_privileges_of_presets_and_of_the_integration_add_up() -> None:
    """One securable has one grant, with all that anybody asks for there."""
    both = declared(
        preset=["sql-reader", "volume-loader"],
        targets={"warehouses": ["bi"], "schemas": ["main.surveys"]},
        grants={"schemas": {"Main.Surveys": ["MODIFY"]}},
    )

    assert granted(both)["schemas", "main.surveys"] == (
        "CREATE_TABLE",
        "CREATE_VOLUME",
        "MODIFY",
        "READ_VOLUME",
        "SELECT",
        "USE_SCHEMA",
        "WRITE_VOLUME",
    )


def test_a_preset_may_grant_on_a_name_of_its_own() -> None:
    """The system tables are called the same in every workspace, and what is optional needs no target."""
    watcher = declared(preset="observability", targets={"warehouses": ["bi"]})

    assert granted(watcher) == {("warehouses", "bi"): "CAN_USE", ("catalogs", "system"): ("SELECT", "USE_CATALOG", "USE_SCHEMA")}


def test_a_consumer_is_granted_what_its_guide_asks_for() -> None:
    """Its own needs, or those of a preset that fits, under the consumer's name."""
    own = declared(consumer="mixpanel", targets={"warehouses": ["bi"], "schemas": ["main.events"]})
    by_preset = declared(consumer="power-bi", targets={"warehouses": ["bi"], "schemas": ["main.events"]})

    assert granted(own)["schemas", "main.events"] == ("CREATE_TABLE", "CREATE_VOLUME", "USE_SCHEMA")
    assert granted(by_preset)["schemas", "main.events"] == ("SELECT", "USE_SCHEMA")
    assert {grant.source for grant in by_preset.grants} == {"consumer power-bi"}


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("{preset: sql-raeder}", 'preset: "sql-raeder" is not a preset. There are '),
        ("{preset: [job-runner, nonsense], targets: {jobs: [a]}}", 'preset[1]: "nonsense" is not a preset. There are '),
        ("{preset: job-runner}", 'preset: preset job-runner grants access to jobs; name them as "targets: {jobs: [...]}"'),
        ("{consumer: segment, targets: {warehouses: [a]}}", "consumer: consumer segment grants access to catalogs; name them as"),
        (
            "{preset: job-runner, targets: {jobs: [a], clusters: [b]}}",
            "targets.clusters: preset job-runner grants nothing on clusters; leave it out, or write it below grants",
        ),
        ("{targets: {jobs: [a]}}", "targets: are what a preset is granted on, and there is no preset; write grants instead"),
        ("{consumer: segmnt}", 'consumer: "segmnt" is not a consumer that is known here; did you mean "segment"?'),
        (
            "{consumer: zzz}",
            'consumer: "zzz" is not a consumer that is known here; leave it out, and choose a preset or write the grants',
        ),
        (
            "{consumer: looker}",
            "consumer: Looker cannot use a service principal's secret: its OAuth is a person's sign-in through an app connection",
        ),
    ],
)
def test_what_is_wrong_with_presets_and_targets_is_said_at_its_place(said: str, fault: str) -> None:
    """Each sentence names what was wanted and the way out."""
    [found] = faults_of(said)

    assert found.startswith(fault)


@pytest.mark.parametrize(("name", "needs"), ALL.items())
def test_all_that_brickpass_brings_can_be_declared(name: str, needs: Needs) -> None:
    """Its grants pass the same validation as a stack file's, and each object's level comes with an entitlement that it is of use with."""
    if isinstance(needs, Consumer) and needs.refused:
        assert faults_of(f"{{consumer: {name}}}")
        return
    applied = [SHIPPED.presets[needs.preset], needs] if isinstance(needs, Consumer) and needs.preset else [needs]
    kinds = {kind for each in applied for kind in each.applied_to}
    said: dict[str, Any] = {"consumer" if isinstance(needs, Consumer) else "preset": name}
    if kinds:
        said["targets"] = {kind: [a_name_of(kind)] for kind in kinds}

    assert not list(SHIPPED.faults(IntegrationConfig.model_validate(said)))
    declaration = declared(**said)

    assert {kind for kind, _ in granted(declaration)} >= kinds
    for kind in kinds & set(OBJECT_KINDS):
        useful = OBJECT_KINDS[kind].entitlements
        assert not useful or set(useful) & set(declaration.entitlements), kind


@pytest.mark.parametrize(("name", "consumer"), SHIPPED.consumers.items())
def test_every_consumer_says_where_its_needs_come_from(name: str, consumer: Consumer) -> None:
    """A title and a guide's address, or why there is none; where nothing is granted, that is said."""
    assert name == name.lower()
    assert consumer.title
    assert consumer.guide or consumer.refused or consumer.about
    assert not consumer.guide or consumer.guide.startswith("https://")
    assert consumer.grants or consumer.preset or consumer.refused or consumer.about
    assert not consumer.refused or not (consumer.grants or consumer.preset)
    assert not consumer.preset or consumer.preset in SHIPPED.presets


def test_a_form_has_its_makers_labels_in_their_order() -> None:
    """Whoever fills it in goes from one to the next."""
    forms = {name: consumer.form for name, consumer in SHIPPED.consumers.items() if consumer.form}

    assert list((forms["alchemer"] or {}).items()) == [
        ("Databricks Workspace URL", "workspace_url"),
        ("Client ID", "client_id"),
        ("Client Secret", "client_secret"),
    ]
    assert len(forms) >= 20
    for name, form in forms.items():
        asked = list((form or {}).values())
        assert asked.count("client_id") == asked.count("client_secret") == 1, name
        # The numeric id is what forms never mean.
        assert "service_principal_id" not in asked, name


@pytest.mark.parametrize("text", [each.about for each in ALL.values() if each.about], ids=lambda text: text[:20])
def test_what_is_said_of_a_preset_is_one_line_of_text(text: str) -> None:
    """However many lines of the file it is folded from."""
    assert text.isprintable()


TEAMS = """
presets:
  finance-reader:
    entitlements: [databricks-sql-access]
    grants:
      warehouses: CAN_USE
      schemas: [SELECT]
      tables: {main.common.calendar: [SELECT]}
    optional: [schemas]
consumers:
  billing-robot: {title: Our billing robot, preset: finance-reader}
"""


def team(folder: Path, text: str) -> Presets:
    (folder / "presets.yaml").write_text(text)
    return Presets.beside(folder / "Pulumi.acme.yaml")


def test_a_team_has_presets_of_its_own(tmp_path: Path) -> None:
    """They stand beside the stack files, and are used like those that Brickpass brings."""
    team(tmp_path, TEAMS)
    path = tmp_path / "Pulumi.acme.yaml"
    robot_and_ours = "{a: {consumer: billing-robot, targets: {warehouses: [bi]}}, b: {preset: job-runner, targets: {jobs: [nightly]}}}"
    path.write_text(f"config: {{brickpass:integrations: {robot_and_ours}}}")

    file = StackFile.read(path)

    assert list(file.config().integrations) == ["a", "b"]
    robot = declared(file.presets, consumer="billing-robot", targets={"warehouses": ["bi"]})
    assert granted(robot)["tables", "main.common.calendar"] == ("SELECT",)
    assert granted(robot)["warehouses", "bi"] == "CAN_USE"


@pytest.mark.parametrize("malformed", MALFORMED, ids=lambda path: path.stem)
def test_what_is_wrong_in_a_teams_file_is_said_with_its_own_line(tmp_path: Path, malformed: Path) -> None:
    """Beside the faults of the stack file, and without a word on presets that could not be read."""
    (tmp_path / "presets.yaml").write_bytes(malformed.read_bytes())
    path = tmp_path / "Pulumi.acme.yaml"
    path.write_text("config: {brickpass:integrations: {a: {preset: finance-reader, retire: perhaps}}}")

    stack_files, *teams = faults_at(path)

    assert stack_files == 'Pulumi.acme.yaml:1: integrations.a.retire: "perhaps" is neither true nor false'
    assert teams == malformed.with_suffix(".txt").read_text(encoding="utf-8").splitlines()


def test_the_reference_shows_a_teams_file_that_is_good(tmp_path: Path) -> None:
    """What it has as an example can be copied."""
    example = Path("stacks/README.md").read_text(encoding="utf-8").partition("schema=./presets.schema.json\n")[2].partition("```")[0]

    presets = team(tmp_path, example)

    assert complaints(example, PRESETS) == []
    assert "finance-reader" in presets.presets
    robot = presets.consumers["billing-robot"]
    assert robot.preset == "finance-reader"
    assert list(robot.form or {}) == ["Workspace", "Robot's login", "Robot's password", "Grant type"]


def test_a_preset_is_one_word_or_a_list() -> None:
    """Both are the same to all that reads them."""
    targets = "targets: {jobs: [a]}"

    assert integration(f"{{preset: job-runner, {targets}}}").preset == integration(f"{{preset: [job-runner], {targets}}}").preset


def test_what_brickpass_brings_fits_the_schema_of_a_teams_file() -> None:
    """So that a team may begin with a copy of it, and an editor has nothing to say."""
    Draft7Validator.check_schema(PRESETS)

    assert complaints(OURS.read_text(encoding="utf-8"), PRESETS) == []


# Names that are taken, and presets that are not there, are known from elsewhere in the files.
@pytest.mark.parametrize(
    "malformed",
    [path for path in MALFORMED if path.stem not in {"broken", "of_each_other", "optional", "twice"}],
    ids=lambda path: path.stem,
)
def test_an_editor_underlines_what_is_wrong_in_a_teams_file(malformed: Path) -> None:
    """As far as a schema can say it."""
    assert complaints(malformed.read_text(encoding="utf-8"), PRESETS)
