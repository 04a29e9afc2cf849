"""The provider's own guard: whatever the program says, it logs in nowhere but at Databricks and where the stack file trusts."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any, TypeVar

import pytest
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import CheckRequest, CheckResponse, ConfigureRequest

from model.hosts import UntrustedHost
from provider import plugin
from provider.engine_log import EngineLog
from provider.plugin import BrickpassProvider
from provider.wire import property_value
from provider.workspace import Workspace

T = TypeVar("T")

HOST = "https://databricks.acme.example"
NAMED = "databricks.acme.example"
URN = "urn:pulumi:test::brickpass::pulumi:providers:brickpass::brickpass"


def of_a_provider(work: Callable[[BrickpassProvider], Awaitable[T]]) -> T:
    async def worked() -> T:
        return await work(BrickpassProvider(EngineLog("127.0.0.1:9")))

    return asyncio.run(worked())


def values(**said: object) -> dict[str, PropertyValue]:
    return {name: property_value(value) for name, value in said.items()}


def checked(**said: object) -> CheckResponse:
    """Of a stack that was deployed before hosts were looked at."""
    request = CheckRequest(urn=URN, old_inputs=values(host=HOST), new_inputs=values(**said), random_seed=b"")
    return of_a_provider(lambda provider: provider.check_config(request))


def test_an_untrusted_host_is_a_fault_of_the_config(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the way out, which is taken."""
    monkeypatch.setattr(plugin, "metadata", lambda _: {})

    [failure] = checked(host=HOST).failures or []

    assert failure.property == "host"
    assert f"write brickpass:trusted_hosts: [{NAMED}] into the stack file" in failure.reason
    assert not checked(host=HOST, trustedHosts=[NAMED]).failures


def test_an_untrusted_host_gets_no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nothing is checked first, as in a destroy."""
    monkeypatch.setattr("requests.sessions.Session.request", lambda *_, **__: pytest.fail("a request was made"))

    with pytest.raises(UntrustedHost, match=r"No credential was sent there\."):
        asyncio.run(Workspace(HOST).do("GET", "/api/2.0/preview/scim/v2/Me"))


def test_what_the_stack_file_trusts_it_trusts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the workspace and as the account's console."""
    trusted: dict[str, Collection[str]] = {}

    class Noted(Workspace):
        def __init__(self, host: str, **said: Any) -> None:  # noqa: ANN401 -- the workspace's own
            super().__init__(host, **said)
            trusted[host] = self.trusted_hosts

    monkeypatch.setattr(plugin, "Workspace", Noted)
    args = values(host=HOST, accountId="8c1f0f4e", accountHost=f"{HOST}:8443", trustedHosts=[NAMED])
    request = ConfigureRequest(variables={}, args=args, accept_secrets=True, accept_resources=False)

    of_a_provider(lambda provider: provider.configure(request))

    assert trusted == {HOST: (NAMED,), f"{HOST}:8443": (NAMED,)}
