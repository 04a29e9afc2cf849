"""A backend that keeps files: who holds a stack's lock, and what a kill leaves beside its files."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from operate.engine import pulumi
from operate.recovery.locks import Lock

# What the engine then says of each command: the checkpoint itself is whole.
_NO_ATTRIBUTES = "EOF"
_NO_CHECKPOINT = "unexpected end of JSON input"


class Files:
    """Those of one stack. A backend of another kind has none."""

    def __init__(self, *, project: str, stack: str) -> None:
        self._folder = _folder()
        self._project, self._stack = project, stack.rpartition("/")[2]

    @property
    def locks(self) -> list[Lock] | None:
        """Who holds the stack's lock; None where one of them does not say."""
        found = []
        for file in self._in("locks/organization"):
            if file.suffix == ".json":
                try:
                    held = json.loads(file.read_text(encoding="utf-8"))
                    found.append(Lock.of(user=held["username"], host=held["hostname"], pid=held["pid"], time=held["timestamp"]))
                except (OSError, ValueError, KeyError, TypeError):
                    return None
        return found

    def emptied(self, unreadable: str) -> list[Path]:
        """What stands in the way of reading the stack, where the engine fails with this.

        Beside each file that the engine replaces at once it writes another with its attributes, in place; killed between emptying and
        writing that, it can read neither. (gocloud.dev: blob/fileblob) An empty one says nothing, and is not needed.
        """
        if not unreadable.rstrip().endswith(_NO_ATTRIBUTES) or self._folder is None:
            return []
        beside = [
            *self._folder.glob("meta.yaml.attrs"),
            *(each for each in self._folder.glob("stacks/*/*.attrs") if self._is_ours(each)),
            *self._in("locks/organization"),
        ]
        return [each for each in beside if each.suffix == ".attrs" and each.stat().st_size == 0]

    def before(self, unreadable: str) -> list[Path]:
        """The checkpoint before the last, where the engine fails with this, since a full disk left the last one empty."""
        if _NO_CHECKPOINT not in unreadable or self._folder is None:
            return []
        found = [each for each in self._folder.glob("stacks/*/*.bak") if self._is_ours(each) and each.stat().st_size]
        return [each for each in found if each.with_suffix("").exists() and each.with_suffix("").stat().st_size == 0]

    def _is_ours(self, file: Path) -> bool:
        return file.parent.name == self._project and file.name.startswith(f"{self._stack}.json")

    def _in(self, kind: str) -> Iterator[Path]:
        if self._folder is not None:
            yield from (self._folder / kind / self._project / self._stack).glob("*")


def _folder() -> Path | None:
    url = urlsplit(os.environ.get("PULUMI_BACKEND_URL") or _logged_in_at())
    # `file://~` and `file://./state` are meant as they would be without file://.
    return Path(unquote(url.netloc + url.path) or "/").expanduser() / ".pulumi" if url.scheme == "file" else None


def _logged_in_at() -> str:
    told = pulumi("whoami", "--verbose", "--json", stack=None)
    return str(json.loads(told.stdout).get("url", "")) if told.returncode == 0 else ""
