"""What a kill leaves in a backend that keeps files."""

import json
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from operate.engine import pulumi

# What the engine then says of each command: the checkpoint itself is whole.
_NO_ATTRIBUTES = "EOF"


def mend(unreadable: str) -> bool:
    """Whether there was something to mend, after which the state may be read again.

    Beside each file that the engine replaces at once it writes another with its attributes, in place; killed between emptying and
    writing that, it can read neither. (gocloud.dev: blob/fileblob) An empty one says nothing, and is not needed.
    """
    if not unreadable.rstrip().endswith(_NO_ATTRIBUTES):
        return False
    url = urlsplit(os.environ.get("PULUMI_BACKEND_URL") or _logged_in_at())
    if url.scheme != "file":
        return False
    empty = [each for each in (Path(unquote(url.path)) / ".pulumi").rglob("*.attrs") if each.stat().st_size == 0]
    for each in empty:
        each.unlink()
    return bool(empty)


def _logged_in_at() -> str:
    told = pulumi("whoami", "--verbose", "--json", stack=None)
    return str(json.loads(told.stdout).get("url", "")) if told.returncode == 0 else ""
