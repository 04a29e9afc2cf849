"""The valid value that somebody probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(value: str, candidates: Iterable[str]) -> str | None:
    """The candidate that is most like `value`, or None where none is much like it. Case and blanks do not count."""
    spelled = {_plain(candidate): candidate for candidate in candidates}
    matches = get_close_matches(_plain(value), spelled, n=1)
    return spelled[matches[0]] if matches else None


def did_you_mean(value: str, candidates: Iterable[str]) -> str:
    """What to put behind the sentence about a wrong value: nothing, or `; did you mean "x"?`."""
    near = nearest(value, candidates)
    return one_of([near] if near else [])


def one_of(meant: Iterable[str]) -> str:
    """The same, where it is known what may have been meant."""
    quoted = " or ".join(f'"{each}"' for each in meant)
    return f"; did you mean {quoted}?" if quoted else ""


def _plain(text: str) -> str:
    return text.casefold().replace(" ", "_")
