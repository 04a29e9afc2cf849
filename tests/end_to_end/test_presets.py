"""Presets and consumers from the stack file to the workspace."""

from tests.end_to_end.harness import Stack

TEAM = """
presets:
  survey-reader:
    entitlements: [databricks-sql-access]
    grants:
      warehouses: CAN_USE
      volumes: {main.surveys.exports: [READ_VOLUME]}
"""


def test_a_preset_is_shown_expanded_and_granted(stack: Stack) -> None:
    """The preview says what came of the consumer's and of the team's own preset, and what is implied; the workspace has it."""
    (stack.folder / "stacks" / "presets.yaml").write_text(TEAM, encoding="utf-8")
    stack.declare(
        {
            "reports": {"consumer": "power-bi", "targets": {"warehouses": ["bi-serverless"], "schemas": ["main.surveys"]}},
            "exports": {"preset": "survey-reader", "targets": {"warehouses": ["bi-serverless"]}},
        }
    )
    sandbox = stack.sandbox

    preview = stack.preview()
    stack.up()
    bundles = stack.bundles()

    assert "reports: consumer power-bi gives databricks-sql-access; CAN_USE on SQL warehouse bi-serverless; " in preview.text
    assert (
        "exports: implied, since the rest is useless without: USE_CATALOG on catalog main; USE_SCHEMA on schema main.surveys"
        in preview.text
    )
    levels = sandbox.direct_levels("sql/warehouses", sandbox.warehouse())
    assert {levels[bundles[name]["client_id"]] for name in bundles} == {"CAN_USE"}
    granted = sandbox.http.get("/api/2.1/unity-catalog/permissions/volume/main.surveys.exports").json()["privilege_assignments"]
    assert {"principal": bundles["exports"]["client_id"], "privileges": ["READ_VOLUME"]}.items() <= next(
        one for one in granted if one["principal"] == bundles["exports"]["client_id"]
    ).items()


def test_wrong_presets_are_faults_before_anything_is_asked(stack: Stack) -> None:
    """An unknown one, a missing target, and a product that only knows sign-in by a person."""
    stack.declare(
        {
            "a": {"preset": "sql-redaer"},
            "b": {"preset": "sql-reader", "targets": {"warehouses": ["bi-serverless"]}},
            "c": {"consumer": "looker"},
        }
    )
    stack.sandbox.http.delete("/sandbox/requests")

    refused = stack.preview()

    assert refused.exit_code != 0
    assert "integrations.a.preset" in refused.text
    assert 'did you mean "sql-reader"?' in refused.text
    assert 'integrations.b.preset: preset sql-reader grants access to schemas; name them as "targets: {schemas: [...]}"' in refused.text
    assert "integrations.c.consumer: Looker cannot use a service principal's secret" in refused.text
    assert not [asked for asked in stack.sandbox.requests() if not asked["path"].startswith("/sandbox")]


def test_what_a_preset_grants_on_by_itself_is_said_to_come_from_it(stack: Stack) -> None:
    """Nobody wrote that name in the stack file, where the fault has its place."""
    (stack.folder / "stacks" / "presets.yaml").write_text(TEAM.replace("main.surveys.exports", "main.surveys.nowhere"), encoding="utf-8")
    stack.declare({"exports": {"preset": "survey-reader", "targets": {"warehouses": ["bi-serverless"]}}})

    refused = stack.preview()

    assert refused.exit_code != 0
    assert 'integrations.exports.preset: asked for by preset survey-reader: there is no volume "main.surveys.nowhere"' in refused.text
