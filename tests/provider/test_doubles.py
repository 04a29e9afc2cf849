"""A second principal of an integration, made by a repeated request of this run, is found by its external id and removed."""

import pytest
from databricks.sdk.service.iam import Patch, PatchOp

from provider.question import Question
from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Engine, Provider
from tests.provider.test_preflight import EXTERNAL_ID, asking
from tests.provider.test_rotating_secret import URN, wanted

OTHERS = {"another integration's": f"{EXTERNAL_ID}2", "another stack's": EXTERNAL_ID.replace("test", "Test")}


def double(sandbox: Sandbox, external_id: str = EXTERNAL_ID) -> str:
    made = sandbox.admin.service_principals.create(display_name="alchemer", external_id=external_id)
    assert made.id
    return made.id


def there(sandbox: Sandbox) -> set[str]:
    return {each.id for each in sandbox.admin.service_principals.list() if each.id}


async def asked(provider: Provider) -> None:
    await provider.preflight.run(Question.model_validate(asking()))


async def made(provider: Provider, newcomer: Newcomer) -> str:
    return (await provider.rotating_secret.create(wanted(newcomer), urn=URN)).id


def doubled(drive: Drive, newcomer: Newcomer, *, with_secret: bool = False) -> str:
    """A run in which a double is made after preflight; its id."""

    async def run(provider: Provider) -> str:
        await asked(provider)
        second = double(drive.sandbox)
        if with_secret:
            drive.sandbox.admin.service_principal_secrets_proxy.create(second)
        assert await made(provider, newcomer)
        return second

    return drive(run)


def test_a_double_that_nobody_can_be_is_removed_and_named(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]
) -> None:
    """Of all with the integration's external id, the recorded one stays."""
    sandbox.admin.service_principals.patch(newcomer.id, operations=[_external_id(EXTERNAL_ID)])

    second = doubled(drive, newcomer)

    assert second not in there(sandbox)
    assert newcomer.id in there(sandbox)
    assert ["removed a second service principal" in heard for heard in engine[0].heard] == [True]


@pytest.mark.parametrize("external_id", OTHERS.values(), ids=OTHERS)
def test_others_principals_are_not_even_looked_at(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str], external_id: str
) -> None:
    """Though one is made during the run, and though the workspace takes it for ours: it compares without regard to case."""

    async def run(provider: Provider) -> str:
        await asked(provider)
        others = double(sandbox, external_id)
        await made(provider, newcomer)
        return others

    assert drive(run) in there(sandbox)
    assert engine[0].heard == []


def test_a_double_that_has_a_secret_stays(sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str]) -> None:
    """Its bundle may be in use: it is named, now and by each preflight."""
    second = doubled(drive, newcomer, with_secret=True)

    assert second in there(sandbox)
    assert ["has a second service principal" in heard for heard in engine[0].heard] == [True]


@pytest.mark.parametrize("seen", ["by preflight", "by nobody, without a preflight", "by nobody, where it cannot be listed"])
def test_what_was_there_before_the_run_stays(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str], seen: str
) -> None:
    """Of a state that was lost, or of a run that was killed: it is left to preflight's fault and to `brickpass recover`."""
    first = double(sandbox)

    async def run(provider: Provider) -> None:
        if "list" in seen:
            sandbox.fail(method="GET", path="/ServicePrincipals", status=403, error_code="PERMISSION_DENIED", message="no", times=1)
        if "without" not in seen:
            await asked(provider)
        await made(provider, newcomer)

    drive(run)

    assert first in there(sandbox)
    assert ["has a second service principal" in heard for heard in engine[0].heard] == [True]


@pytest.mark.parametrize("method", ["DELETE", "GET"])
def test_a_double_that_cannot_be_removed_is_a_warning(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, engine: tuple[Engine, str], method: str
) -> None:
    """The secret is made all the same: the integration works, and the next preflight names the two."""
    path = "ServicePrincipals/" if method == "DELETE" else rf"/servicePrincipals/(?!{newcomer.id}).*/secrets$"
    sandbox.fail(method=method, path=path, status=403, message="no", times=1)

    doubled(drive, newcomer)

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
