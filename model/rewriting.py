"""What becomes of a stack file when Pulumi writes it anew, as `pulumi config set` does."""

import re

# Integers and fractions of up to fifteen digits come back as they were; others lose zeros, digits or their base.
_SAME = re.compile(r"-?(0|[1-9][0-9]{0,14})|-?(0|[1-9][0-9]{0,8})\.[0-9]{0,5}[1-9]")
_READINGS = (
    (
        "a number",
        re.compile(
            r"[-+]?(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|\.[0-9][0-9_]*([eE][-+]?[0-9]+)?)"
        ),
    ),
    ("a number", re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")),
    ("a date", re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")),
    ("true or false", re.compile("True|TRUE|False|FALSE")),
    ("nothing", re.compile("null|Null|NULL|~")),
)


def spoiled(word: str) -> str | None:
    """What the engine takes a word without quotes for, where that comes back in another spelling (tried with Pulumi 3.259)."""
    if _SAME.fullmatch(word):
        return None
    return next((reading for reading, pattern in _READINGS if pattern.fullmatch(word)), None)
