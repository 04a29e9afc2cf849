"""databricks-sdk, refused: the class, the code and the words of each refusal."""

import re

import pytest
from databricks.sdk.errors.base import DatabricksError

from tests.clients.attempts import ATTEMPTS
from tests.clients.refusals import REFUSALS
from tests.harness import Newcomer, Sandbox


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_databricks_own(sandbox: Sandbox, newcomer: Newcomer, name: str) -> None:
    """The SDK raises the class that callers catch, with the code and the words of the real service."""
    expected = REFUSALS[name]

    with pytest.raises(DatabricksError) as refused:
        ATTEMPTS[name](sandbox, newcomer)

    # To every 401 and 403 the SDK adds how it was configured, and to SCIM's errors without a type a "None" (api-facts: 1.5, 2.1).
    message = str(refused.value).partition(". Config: host=")[0].removeprefix("None ")
    assert (type(refused.value).__name__, str(refused.value.error_code)) == (expected.error, expected.error_code)
    assert re.fullmatch(expected.message.removesuffix(r"\.") + r"\.?", message)
