"""What a schedule's trace says that access lists hold, and what they would hold if nobody undid anybody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Levels = dict[str, str]
"""Whom to which level, by an entry of its own."""
Trace = Iterable[Mapping[str, Any]]


@dataclass
class History:
    """Goes through a trace twice at once: as it was, and as it would be had each step changed its own entries alone.

    The ideal lists hold what the rival did; what the actors want for their own principals comes at the end.
    """

    lists: dict[str, Levels]
    """By path, as they were at the beginning; then as they are."""
    own: Mapping[str, frozenset[str]]
    """Which principals are whose: the entries that an actor may change."""
    strict: bool = True
    """Whether a step that touches more than its own is a fault; else it is only counted, in what differs at the end."""
    windows: list[tuple[int, str, str]] = field(default_factory=list)
    """Step, path and principal of each entry that a removal undid between its reading and its writing."""
    removals: int = 0

    def __post_init__(self) -> None:
        self.ideal = {path: dict(levels) for path, levels in self.lists.items()}
        self._read: dict[tuple[str, str], Levels] = {}
        self._read_at: dict[tuple[str, str], int] = {}
        self._put_at: dict[tuple[str, str], int] = {}
        self._last: dict[str, tuple[str, str]] = {}
        self._removed: dict[tuple[str, str], set[str]] = {}
        self._seen_gone: dict[tuple[str, str], int] = {}

    def follow(self, trace: Trace) -> None:
        for number, step in enumerate(trace):
            if step["path"] in self.lists and step["status"] == 200:
                self._take(number, step)
            self._last[step["actor"]] = step["method"], step["path"]

    def _take(self, number: int, step: Mapping[str, Any]) -> None:
        match step["actor"], step["method"]:
            case "rival", _:
                self._by_rival(step)
            case actor, "GET":
                self._read[actor, step["path"]] = dict(self.lists[step["path"]])
                self._read_at[actor, step["path"]] = number
                for who in self._removed.pop((actor, step["path"]), set()):
                    self._seen_gone[step["path"], who] = number
            case actor, "PATCH":
                self._added(actor, step["path"], named(step["given"]))
            case actor, "PUT":
                self._replaced(number, actor, step["path"], named(step["given"]))

    def _by_rival(self, step: Mapping[str, Any]) -> None:
        (who,) = step["who"].values()
        for levels in (self.lists[step["path"]], self.ideal[step["path"]]):
            if step["level"] is not None:
                if step["level"] == "IS_OWNER":
                    # The one before is left CAN_MANAGE. (api-facts: 5.3)
                    levels.update({each: "CAN_MANAGE" for each, level in levels.items() if level == "IS_OWNER"})
                levels[who] = step["level"]
            elif levels.get(who) != "IS_OWNER":
                levels.pop(who, None)

    def _added(self, actor: str, path: str, given: Levels) -> None:
        assert not self.strict or set(given) <= self.own[actor], f"{actor} wrote the entries of others: {given}"
        self.lists[path].update(given)

    def _replaced(self, number: int, actor: str, path: str, given: Levels) -> None:
        own, before = self.own[actor], self.lists[path]
        read = self._read.get((actor, path), {})
        if self.strict:
            assert self._last.get(actor) == ("GET", path), f"{actor} did something between reading a list and writing it"
            removed = set(read) - set(given)
            assert removed <= own, f"{actor} left out others: {removed - own}"
            assert given == {who: level for who, level in read.items() if who not in removed}, f"{actor} put back other than it read"
        self.removals += 1
        self._removed.setdefault((actor, path), set()).update(set(read) & own - set(given))
        self._put_at[actor, path] = number
        for who in (set(before) | set(given)) - own:
            if before.get(who) != given.get(who):
                self.windows.append((number, path, who))
        self.lists[path] = dict(given)

    def in_windows(self) -> set[tuple[str, str]]:
        """Path and principal of all entries that some removal undid."""
        return {(path, who) for _, path, who in self.windows}

    def looked_again(self) -> bool:
        """Whether each actor looked at a list after it had taken something from it for the last time."""
        return all(number < self._read_at[key] for key, number in self._put_at.items())

    def undone_unseen(self) -> set[tuple[str, str]]:
        """Those of them that were undone when whoever took them away had looked for the last time, and so could not see it."""
        return {(path, who) for number, path, who in self.windows if number > self._seen_gone.get((path, who), -1)}

    def undone(self, wanted: Mapping[tuple[str, str], str]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        """Path and principal of the entries that were lost (or have another level), and of those that came back.

        `wanted` has what the actors gave their own principals last: one that finds its entry gone, and wants it gone, writes nothing.
        """
        for (path, who), level in wanted.items():
            self.ideal[path][who] = level
        lost, back = set(), set()
        for path, ideal in self.ideal.items():
            there = self.lists[path]
            lost |= {(path, who) for who, level in ideal.items() if there.get(who) != level}
            back |= {(path, who) for who in there if who not in ideal}
        return lost, back


def named(given: Iterable[Mapping[str, str]]) -> Levels:
    """The entries that a request named; of several for the same principal the last one counts. (api-facts: 5.4)"""
    return {_who(entry): entry["permission_level"] for entry in given}


def held(access_list: Mapping[str, Any]) -> Levels:
    """The entries of an object's own that an answer shows."""
    return {
        _who(entry): one["permission_level"]
        for entry in access_list["access_control_list"]
        for one in entry["all_permissions"]
        if not one["inherited"]
    }


def _who(entry: Mapping[str, Any]) -> str:
    return str(next(entry[key] for key in ("service_principal_name", "user_name", "group_name") if key in entry))
