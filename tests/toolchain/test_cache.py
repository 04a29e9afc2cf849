import threading
from pathlib import Path

import pytest

from toolchain.cache import Cache


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    (tmp_path / "3.0.0").mkdir()
    return Cache(tmp_path / "3.0.0" / "linux-x86_64")


def test_an_entry_appears_whole(cache: Cache) -> None:
    """While an entry is being filled there is none; afterwards it has all that was put there."""
    with cache.staging() as staging:
        (staging / "pulumi").write_text("binary")
        assert not cache.folder.exists()
    assert (cache.folder / "pulumi").read_text() == "binary"


def test_an_interruption_leaves_no_entry(cache: Cache) -> None:
    """Ctrl-C in the middle leaves neither an entry nor what was begun."""

    def interrupted() -> None:
        with cache.staging() as staging:
            (staging / "pulumi").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(cache.folder.parent.iterdir()) == []


def test_leftovers_of_a_killed_run_are_cleared(cache: Cache) -> None:
    """What a run that was killed had begun is gone after the next one."""
    leftover = cache.folder.with_name("linux-x86_64.new-killed")
    leftover.mkdir()
    with cache.staging():
        assert not leftover.exists()


def test_two_clones_take_turns(cache: Cache) -> None:
    """The second one is told that it waits, and gets its turn when the first is done."""
    events: list[str] = []
    waits = threading.Event()

    def second() -> None:
        def told() -> None:
            events.append("waits")
            waits.set()

        with cache.turn(told):
            events.append("second")

    with cache.turn(lambda: events.append("never")):
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(10)
        events.append("first")
    thread.join(10)
    assert events == ["waits", "first", "second"]
