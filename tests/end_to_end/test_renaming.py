"""A renaming whose run breaks off: the next run goes on, and costs neither a Client ID nor a secret."""

from typing import Any

import pytest

from tests.end_to_end.harness import ALCHEMER, Stack
from tests.harness import ACCOUNT_ID


@pytest.mark.parametrize("in_account", [False, True], ids=["in a workspace", "in an account"])
def test_a_renaming_that_breaks_off_keeps_the_client_id(stack: Stack, *, in_account: bool) -> None:
    """The principal's update is refused once; the run after it only updates."""
    settings: dict[str, Any] = {"account": {"id": ACCOUNT_ID, "host": stack.sandbox.host}} if in_account else {}
    stack.declare({"alchemer": ALCHEMER}, **settings)
    stack.up()
    before = stack.bundles()["alchemer"]
    stack.sandbox.fail(method="PUT", path="ServicePrincipals", status=400, error_code="BAD_REQUEST", message="not today", times=1)
    stack.declare({"surveys": {**ALCHEMER, "was": "alchemer"}}, **settings)

    failed = stack.try_up()
    renamed = stack.up()

    after = stack.bundles()["surveys"]
    assert failed.exit_code != 0
    assert not {"create", "delete", "replace"} & set(renamed.changes())
    assert (after["client_id"], after["secret_id"]) == (before["client_id"], before["secret_id"])
    assert stack.logs_in("surveys")
