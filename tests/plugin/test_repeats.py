"""What the stand-in asks again: as much as the official plugin's Go SDK, which tests/clients/go tries on the same sandbox."""

import grpc
import pytest

from tests.harness import Sandbox
from tests.plugin.conftest import Plugin

MADE = "/scim/v2/ServicePrincipals$"
LIMIT = "REQUEST_LIMIT_EXCEEDED: Workspace 1234 exceeded the concurrent limit of 4 requests."


@pytest.fixture
def admins_plugin(plugin: Plugin, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    """Logged in as the sandbox's admin before anything goes wrong."""
    client_id, secret = sandbox.admin_credentials
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", client_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", secret)
    plugin.configure(host=sandbox.host)
    return plugin


def principals(sandbox: Sandbox, name: str) -> int:
    return len(list(sandbox.admin.service_principals.list(filter=f'displayName eq "{name}"')))


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429},
        {"status": 503},
        {"status": 500, "message": LIMIT},
        {"status": 400, "message": "worker env WorkerEnvId(workerenv-1) not found"},
        {"cut": True, "reset": True},
    ],
    ids=str,
)
def test_what_the_official_plugin_repeats_is_repeated(admins_plugin: Plugin, sandbox: Sandbox, fault: dict[str, object]) -> None:
    """A POST too, whose work was not done: one principal is made, at the second try."""
    sandbox.fail(method="POST", path=MADE, **fault)

    admins_plugin.create("ServicePrincipal", displayName="tried")

    assert principals(sandbox, "tried") == 1


@pytest.mark.parametrize("fault", [{"status": 503}, {"cut": True, "reset": True}], ids=str)
def test_a_lost_post_is_done_twice(admins_plugin: Plugin, sandbox: Sandbox, fault: dict[str, object]) -> None:
    """Where the work was done and only the answer lost, a second principal arises, as with the official plugin."""
    sandbox.fail(method="POST", path=MADE, when="after", **fault)

    admins_plugin.create("ServicePrincipal", displayName="twice")

    assert principals(sandbox, "twice") == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 502},
        {"status": 504},
        {"status": 500, "message": "Unexpected error"},
        {"status": 403, "error_code": "PERMISSION_DENIED"},
        {"cut": True},
        {"cut": "middle"},
        {"cut": "middle", "reset": True},
    ],
    ids=str,
)
def test_what_the_official_plugin_does_not_repeat_fails(admins_plugin: Plugin, sandbox: Sandbox, fault: dict[str, object]) -> None:
    """At once, in one sentence."""
    sandbox.fail(method="POST", path=MADE, **fault)

    with pytest.raises(grpc.RpcError) as failed:
        admins_plugin.create("ServicePrincipal", displayName="failed")

    assert str(failed.value.details()).startswith("cannot create service principal: ")
    assert "\n" not in str(failed.value.details())
    assert len([one for one in sandbox.requests() if one["method"] == "POST" and one["path"].endswith("/ServicePrincipals")]) == 1


def test_scims_limit_is_waited_out(admins_plugin: Plugin, sandbox: Sandbox) -> None:
    """A 500 with a 429 inside is none that the official plugin fails of."""
    sandbox.fail(method="GET", path="/ServicePrincipals/", status=500, message=LIMIT)

    principal_id, state = admins_plugin.create("ServicePrincipal", displayName="waited")

    assert sandbox.admin.service_principals.get(principal_id).application_id == state["applicationId"]


def test_a_busy_login_is_tried_again(admins_plugin: Plugin, sandbox: Sandbox) -> None:
    """Go's token source does; databricks-sdk for Python does not."""
    sandbox.fail(method="POST", path="^/oidc/v1/token$", status=503)

    admins_plugin.create("ServicePrincipal", displayName="logged-in")

    assert principals(sandbox, "logged-in") == 1
