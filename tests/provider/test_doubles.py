"""A second principal of an integration, made by a repeated request, is found by its external id and removed."""

import pytest
from databricks.sdk.service.iam import Patch, PatchOp

from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Engine, Provider
from tests.provider.test_rotating_secret import URN, wanted

OURS = "brickpass:brickpass/test/alchemer"


def double(sandbox: Sandbox, external_id: str = OURS) -> str:
    made = sandbox.admin.service_principals.create(display_name="alchemer", external_id=external_id)
    assert made.id
    return made.id


def there(sandbox: Sandbox) -> set[str]:
    return {each.id for each in sandbox.admin.service_principals.list() if each.id}


def test_a_double_that_nobody_can_be_is_removed_and_named(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]
) -> None:
    """Of all with the integration's external id, the recorded one stays; others' principals are not even looked at."""
    sandbox.admin.service_principals.patch(newcomer.id, operations=[_external_id(OURS)])
    doubled, others = double(sandbox), double(sandbox, "brickpass:brickpass/test/alchemer2")

    drive(lambda provider: provider.rotating_secret.create(wanted(newcomer), urn=URN))

    assert doubled not in there(sandbox)
    assert {newcomer.id, others} <= there(sandbox)
    assert ["removed a second service principal" in heard for heard in engine[0].heard] == [True]


def test_a_double_that_has_a_secret_stays(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]) -> None:
    """The state that knew it may be lost and its bundle in use: it is named, now and by each preflight."""
    doubled = double(sandbox)
    sandbox.admin.service_principal_secrets_proxy.create(doubled)

    drive(lambda provider: provider.rotating_secret.create(wanted(newcomer), urn=URN))

    assert doubled in there(sandbox)
    assert ["has a second service principal" in heard for heard in engine[0].heard] == [True]


@pytest.mark.parametrize("method", ["DELETE", "GET"])
def test_a_double_that_cannot_be_removed_is_a_warning(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str], method: str
) -> None:
    """The secret is made all the same: the integration works, and the next preflight names the two."""
    doubled = double(sandbox)
    path = "ServicePrincipals/" if method == "DELETE" else f"{doubled}/credentials/secrets"
    sandbox.fail(method=method, path=path, status=403, message="no", times=1)

    created = drive(lambda provider: provider.rotating_secret.create(wanted(newcomer), urn=URN))

    assert created.id
    assert ["could not be removed. Databricks answered: no" in heard for heard in engine[0].heard] == [True]


def test_a_rotation_looks_for_no_doubles(newcomer: Newcomer, drive: Drive) -> None:
    """Only what comes right after the principal was made costs the request for it."""

    async def rotated(provider: Provider) -> None:
        created = await provider.rotating_secret.create(wanted(newcomer), urn=URN)
        await provider.rotating_secret.update(created.id, created.state, wanted(newcomer, period=1), urn=URN)

    drive(rotated)

    assert sum("/ServicePrincipals" in asked for asked in drive.asked()) == 1


def _external_id(value: str) -> Patch:
    return Patch(op=PatchOp.REPLACE, path="externalId", value=value)
