"""The provider's one way to a workspace."""

import asyncio

import pytest

from checks import login
from model.faults import WorkspaceUnreachable
from provider.workspace import Workspace


def test_where_nobody_answers_that_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred resources do not each wait for a time-out."""
    tried: list[str] = []

    def nobody(host: str) -> dict[str, object]:
        tried.append(host)
        raise WorkspaceUnreachable(f"nobody answers at {host}")

    monkeypatch.setattr(login, "metadata", nobody)

    async def ask() -> list[object]:
        workspace = Workspace("http://127.0.0.1:9")
        return list(await asyncio.gather(*(workspace.do("GET", "/") for _ in range(10)), return_exceptions=True))

    results = asyncio.run(ask())

    assert [type(result) for result in results] == [WorkspaceUnreachable] * 10
    assert tried == ["http://127.0.0.1:9"]
