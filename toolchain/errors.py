"""How a step ends that cannot do what it is for."""


class ToolchainError(Exception):
    """One sentence for the user: what was wanted, what came, what to do. With the end of the log where that says more."""

    def __init__(self, sentence: str, *, log_tail: str = "") -> None:
        super().__init__(sentence)
        self.log_tail = log_tail


class WayClosedError(Exception):
    """Why one way to get something does not work here; the next way is tried."""
