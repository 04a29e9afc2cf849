"""Why a statement fails. To HTTP that is a 200; the words are in its status (api-facts: 8.1)."""


class StatementError(Exception):
    """A failed statement: its error class, message and SQLSTATE, as Spark words them."""

    def __init__(self, error_class: str, message: str, sql_state: str) -> None:
        super().__init__(f"[{error_class}] {message} SQLSTATE: {sql_state}")
        self.sql_state = sql_state


class InsufficientPermissionsError(StatementError):
    def __init__(self, missing: str) -> None:
        super().__init__("INSUFFICIENT_PERMISSIONS", f"Insufficient privileges:\n{missing}", "42501")


class ParseSyntaxError(StatementError):
    def __init__(self, message: str) -> None:
        super().__init__("PARSE_SYNTAX_ERROR", message, "42601")


class NotFoundError(StatementError):
    def __init__(self, parts: tuple[str, ...]) -> None:
        name = ".".join(f"`{part}`" for part in parts)
        super().__init__(
            "TABLE_OR_VIEW_NOT_FOUND",
            f"The table or view {name} cannot be found. Verify the spelling and correctness of the schema and catalog.",
            "42P01",
        )


class AlreadyExistsError(StatementError):
    def __init__(self, parts: tuple[str, ...]) -> None:
        name = ".".join(f"`{part}`" for part in parts)
        super().__init__("TABLE_OR_VIEW_ALREADY_EXISTS", f"Cannot create table or view {name} because it already exists.", "42P07")


class InvalidNameError(StatementError):
    def __init__(self, name: str) -> None:
        rule = "Valid names only contain alphabet characters, numbers and _."
        super().__init__("INVALID_SCHEMA_OR_RELATION_NAME", f"`{name}` is not a valid name for tables/schemas. {rule}", "42602")


class UnsupportedError(StatementError):
    """What the real engine can do and the sandbox cannot."""

    def __init__(self, what: str) -> None:
        served = "SELECT, INSERT, UPDATE, DELETE, CREATE TABLE and DROP TABLE"
        super().__init__("UNSUPPORTED_FEATURE.SANDBOX", f"The sandbox runs {served}; it does not run {what}.", "0A000")
