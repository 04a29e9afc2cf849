"""Exit codes, each with one meaning."""

GOOD = 0
FOUND_SOMETHING = 1
MISUSE = 2
WORKSPACE_UNREACHABLE = 3
