"""Who holds a stack's lock, and whether that is a run which was killed."""

import os
import re
import socket
import subprocess
from dataclasses import dataclass
from typing import Self

# How a backend says that somebody is at work: one that keeps files, and Pulumi Cloud; the last two are
# a lock that a full disk, and one whose attributes a kill, left empty.
_LOCKED = re.compile(r"currently locked by|Another update is currently in progress|unexpected end of JSON input|^error: EOF$", re.MULTILINE)
_HOLDER = re.compile(r"created by (?P<user>.+)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<time>\S+)")


@dataclass(frozen=True)
class Lock:
    """One that can be read; which it is says its text, in the backend's words."""

    text: str
    host: str
    pid: int

    @classmethod
    def of(cls, *, user: str, host: str, pid: int, time: str) -> Self:
        return cls(f"created by {user}@{host} (pid {pid}) at {time}", host, pid)

    @classmethod
    def told(cls, said: str) -> list[Self]:
        """All that a backend names."""
        return [cls(found[0], found["host"], int(found["pid"])) for found in _HOLDER.finditer(said)]

    @property
    def is_of_this_machine(self) -> bool:
        return self.host == socket.gethostname()

    @property
    def is_held(self) -> bool:
        """Whether the process is there, and an engine: a machine uses the number of one that has ended again."""
        # Without -ww a long path would be cut off, and the name at its end with it.
        command = ["ps", "-ww", "-o", "stat=", "-o", "command=", "-p", str(self.pid)]
        try:
            shown = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": os.environ.get("PATH", os.defpath)})
        except FileNotFoundError:
            return _is_there(self.pid)
        if shown.stderr:
            return _is_there(self.pid)
        # One that was killed and that nobody waited for is still listed.
        return "pulumi" in shown.stdout and not shown.stdout.lstrip().startswith("Z")


def is_locked(said: str) -> bool:
    """Whether a command failed with this because of a lock."""
    return _LOCKED.search(said) is not None


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
