"""What a workspace answers instead of doing it, in a module of its own: importing databricks-sdk costs a second that many runs save."""


class Refused(Exception):
    """The workspace's own message."""


class Gone(Refused):
    """What was asked for is not there (any more)."""


class InvalidInputError(Exception):
    """Inputs that the workspace was not even asked about."""
