"""The names of the internet, for the targets that clients know by name alone."""

from collections.abc import Iterator

import pytest

import provider.server  # noqa: F401 -- as in the provider's process, which has Pulumi's messages before a target's library is loaded
from tests.delivery.internet import Exchange, Internet


@pytest.fixture(scope="session")
def _exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with Exchange.opened(tmp_path_factory.mktemp("exchange")) as exchange:
        yield exchange


@pytest.fixture
def internet(_exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> Iterator[Internet]:
    """An internet where no name leads anywhere yet."""
    internet = Internet(_exchange, monkeypatch)
    yield internet
    internet.close()
