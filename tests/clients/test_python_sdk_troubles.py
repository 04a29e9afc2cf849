"""databricks-sdk with a service that is busy, or says nothing (api-facts: 1.1, 2.3)."""

import pytest

from tests.harness import WORKSPACE_ID, Newcomer, Sandbox


@pytest.mark.parametrize("fault", [{"status": 429, "retry_after": 1}, {"status": 503, "retry_after": 1}, {"cut": True}], ids=str)
def test_what_may_pass_is_asked_again(sandbox: Sandbox, fault: dict[str, int]) -> None:
    """A throttled, an unavailable and a lost answer are followed by a second request, which is answered."""
    sandbox.fail(method="GET", path="/catalogs/main$", **fault)

    assert sandbox.admin.catalogs.get("main").name == "main"


@pytest.mark.parametrize("fault", [{"status": 503, "retry_after": 1}, {"cut": True}], ids=str)
def test_a_post_whose_answer_is_lost_is_done_twice(sandbox: Sandbox, newcomer: Newcomer, fault: dict[str, int]) -> None:
    """The SDK repeats it, knowing nothing of the first: two secrets are made, and one is known to nobody."""
    sandbox.fail(method="POST", path="/credentials/secrets$", when="after", **fault)

    sandbox.admin.service_principal_secrets_proxy.create(newcomer.id)

    assert len(list(sandbox.admin.service_principal_secrets_proxy.list(newcomer.id))) == 1 + 2


def test_the_workspace_is_known_where_the_metadata_are_silent(sandbox: Sandbox) -> None:
    """A client that was not told the workspace's id finds it in a header of its own identity's answer."""
    assert sandbox.http.post("/sandbox/faults", json={"workspace_id_in_metadata": False}).status_code == 200

    client = sandbox.client(*sandbox.admin_credentials)

    assert not client.config.workspace_id
    assert client.get_workspace_id() == WORKSPACE_ID
