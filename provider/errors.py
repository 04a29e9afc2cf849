"""What went wrong, in one sentence."""

from databricks.sdk.errors.base import DatabricksError
from requests import RequestException

from checks.sdk import without_settings
from model.faults import BrickpassError


def sentence(error: Exception) -> str | None:
    """What to tell the user; None for what is a fault of ours, and must show where it happened."""
    match error:
        case BrickpassError():
            return str(error)
        case DatabricksError():
            return f"Databricks answered: {refusal(error)}"
        case TimeoutError():
            return f"The workspace did not answer in time: {error}" + (f"; last: {error.__cause__}" if error.__cause__ else "")
        case RequestException():
            return f"The connection to the workspace broke: {error}"
        case _:
            return None


def refusal(error: DatabricksError) -> str:
    """The workspace's own words, and the code of the API beside them."""
    return without_settings(str(error)) + (f" ({error.error_code})" if error.error_code else "")
