"""A workspace that takes one spelling of a name for another."""

from collections.abc import Mapping

import pytest

from provider.question import Question
from provider.workspace import Json, Workspace
from tests.provider.conftest import Drive, Provider
from tests.provider.test_preflight import asking

ANSWERS: dict[str, tuple[str, Json]] = {
    "notebooks": ("/Shared/Load", {"object_type": "NOTEBOOK", "object_id": 1, "path": "/Shared/load"}),
    "experiments": ("/Shared/Churn", {"experiment": {"experiment_id": "1", "name": "/Shared/churn"}}),
    "registered_models": ("Churn", {"registered_model_databricks": {"id": "1", "name": "churn"}}),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_what_is_found_by_another_spelling_is_not_what_was_named(drive: Drive, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """The sandbox never does this, and Databricks says nowhere that it does not: the fault has the spelling that was found."""
    name, answer = ANSWERS[kind]
    question = Question.model_validate(asking(objects={name: kind}))
    real = Workspace.do

    async def lenient(self: Workspace, method: str, path: str, *, query: Mapping[str, object] | None = None) -> Json:
        looked_up = path.endswith(("/get-status", "/get-by-name", "/registered-models/get"))
        return answer if looked_up else await real(self, method, path, query=query)

    monkeypatch.setattr(Workspace, "do", lenient)

    async def asked(provider: Provider) -> list[str]:
        return [each.summary for each in (await provider.preflight.run(question)).findings]

    [said] = drive(asked)
    assert said.endswith(f'"{name}" in this workspace; did you mean "{name.replace("Load", "load").replace("Churn", "churn")}"?')
