"""`SecurableGrant` beside the privileges of other people: atomic, and nobody else is named."""

import asyncio

import pytest
from databricks.sdk.errors import BadRequest

from provider.securable_grant import PrivilegesInputs, PrivilegesState
from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Provider

SCHEMA = "/api/2.1/unity-catalog/permissions/schema/main.surveys"
URN = "urn:pulumi:test::brickpass::brickpass:index:SecurableGrant::alchemer"


def on_schema(newcomer: Newcomer, *privileges: str, **more: object) -> PrivilegesInputs:
    known = {
        "integration": "alchemer",
        "kind": "schemas",
        "full_name": "main.surveys",
        "principal": newcomer.application_id,
        "privileges": privileges,
    }
    return PrivilegesInputs.model_validate(known | more)


def held(sandbox: Sandbox) -> dict[str, set[str]]:
    """Who was granted what on the schema."""
    assignments = sandbox.http.get(SCHEMA).json().get("privilege_assignments", [])
    return {assignment["principal"]: set(assignment["privileges"]) for assignment in assignments}


def somebody_gives(sandbox: Sandbox, newcomer: Newcomer, *privileges: str) -> None:
    change = {"changes": [{"principal": newcomer.application_id, "add": privileges}]}
    assert sandbox.http.patch(SCHEMA, json=change).status_code == 200


def test_privileges_are_added_in_one_request(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """What others hold on the schema stays, and nothing is read."""
    before = held(sandbox)

    drive(lambda provider: provider.securable_grant.create(on_schema(newcomer, "SELECT", "USE_SCHEMA"), urn=URN))

    assert drive.asked() == [f"PATCH {SCHEMA}"]
    assert held(sandbox) == before | {newcomer.application_id: {"SELECT", "USE_SCHEMA"}}


def test_several_principals_on_one_securable_are_one_request(sandbox: Sandbox, drive: Drive) -> None:
    """Ten integrations that arrive together cost one `PATCH`."""
    newcomers = [sandbox.newcomer(f"integration-{number}") for number in range(10)]

    async def all_at_once(provider: Provider) -> None:
        await asyncio.gather(*(provider.securable_grant.create(on_schema(one, "SELECT"), urn=URN + one.id) for one in newcomers))

    drive(all_at_once)

    assert drive.asked() == [f"PATCH {SCHEMA}"]
    assert all(held(sandbox)[one.application_id] == {"SELECT"} for one in newcomers)


def test_an_edit_adds_and_takes_away_at_once(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """There is no moment without the privileges that stay."""

    async def edited(provider: Provider) -> PrivilegesState:
        created = await provider.securable_grant.create(on_schema(newcomer, "SELECT", "MODIFY"), urn=URN)
        return await provider.securable_grant.update(created.id, created.state, on_schema(newcomer, "SELECT", "EXECUTE"), urn=URN)

    state = drive(edited)

    assert drive.asked() == [f"PATCH {SCHEMA}"] * 2
    assert held(sandbox)[newcomer.application_id] == {"SELECT", "EXECUTE"}
    assert state.added == ("EXECUTE", "SELECT")


def test_what_is_kept_outlives_all_privileges(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """Taking ALL_PRIVILEGES away takes every single one that it implies; those that stay declared are given again."""

    async def lowered(provider: Provider) -> None:
        created = await provider.securable_grant.create(on_schema(newcomer, "ALL_PRIVILEGES", "SELECT"), urn=URN)
        await provider.securable_grant.update(created.id, created.state, on_schema(newcomer, "SELECT"), urn=URN)

    drive(lowered)

    assert held(sandbox)[newcomer.application_id] == {"SELECT"}


def test_a_removed_grant_takes_away_only_what_it_added(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """An adopted principal keeps what it had, though the stack declared it too."""
    somebody_gives(sandbox, newcomer, "SELECT", "EXECUTE")
    before = held(sandbox)

    async def there_and_back(provider: Provider) -> set[str]:
        created = await provider.securable_grant.create(on_schema(newcomer, "SELECT", "MODIFY", adopted=True), urn=URN)
        while_granted = held(sandbox)[newcomer.application_id]
        provider.securable_grant._wanted.clear()  # as in the next run
        await provider.securable_grant.delete(created.id, created.state, urn=URN)
        return while_granted

    assert drive(there_and_back) == {"SELECT", "EXECUTE", "MODIFY"}
    assert held(sandbox) == before


def test_all_privileges_go_without_what_was_there_before(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """Taking ALL_PRIVILEGES away takes every single one along; those that an adopted principal had are given back."""
    somebody_gives(sandbox, newcomer, "SELECT", "USE_SCHEMA")
    before = held(sandbox)

    made = drive(lambda provider: provider.securable_grant.create(on_schema(newcomer, "ALL_PRIVILEGES", adopted=True), urn=URN))
    while_granted = held(sandbox)[newcomer.application_id]
    drive(lambda provider: provider.securable_grant.delete(made.id, made.state, urn=URN))

    assert while_granted == {"ALL_PRIVILEGES", "SELECT", "USE_SCHEMA"}
    assert held(sandbox) == before


@pytest.mark.parametrize("adopted", [True, False])
def test_less_than_all_privileges_keeps_what_somebody_else_gave(
    sandbox: Sandbox, newcomer: Newcomer, drive: Drive, *, adopted: bool
) -> None:
    """What stays beside MODIFY is what was there, or what somebody gave meanwhile."""
    everything, something = (on_schema(newcomer, privilege, adopted=adopted) for privilege in ("ALL_PRIVILEGES", "MODIFY"))
    somebody_gives(sandbox, newcomer, "SELECT")

    async def lowered(provider: Provider) -> PrivilegesState:
        made = await provider.securable_grant.create(everything, urn=URN)
        somebody_gives(sandbox, newcomer, "EXECUTE")
        return await provider.securable_grant.update(made.id, made.state, something, urn=URN)

    assert drive(lowered).added == ("MODIFY",)
    assert held(sandbox)[newcomer.application_id] == {"SELECT", "EXECUTE", "MODIFY"}


def test_a_grant_that_is_replaced_by_itself_stays(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """`pulumi up --replace` makes it anew before the old one goes."""
    grant = on_schema(newcomer, "SELECT")

    async def replaced(provider: Provider) -> None:
        old = await provider.securable_grant.create(grant, urn=URN)
        await provider.securable_grant.create(grant, urn=URN)
        await provider.securable_grant.delete(old.id, old.state, urn=URN)

    drive(replaced)

    assert held(sandbox)[newcomer.application_id] == {"SELECT"}


def test_what_somebody_took_away_is_drift_and_is_given_again(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """A refresh sees the missing privilege; the update adds that one."""
    grant = on_schema(newcomer, "SELECT", "MODIFY")

    async def repaired(provider: Provider) -> tuple[PrivilegesState | None, PrivilegesState]:
        created = await provider.securable_grant.create(grant, urn=URN)
        sandbox.http.patch(SCHEMA, json={"changes": [{"principal": newcomer.application_id, "remove": ["MODIFY"]}]})
        found = await provider.securable_grant.read(created.id, created.state)
        assert found is not None
        return found, await provider.securable_grant.update(created.id, found, grant, urn=URN)

    found, after = drive(repaired)

    assert found is not None
    assert found.privileges == ("SELECT",)
    assert held(sandbox)[newcomer.application_id] == {"SELECT", "MODIFY"}
    assert after.added == ("MODIFY", "SELECT")


def test_what_somebody_else_gave_is_no_drift(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """A privilege beyond the declared ones is seen by nobody here, and stays after a destroy."""

    async def with_more(provider: Provider) -> tuple[PrivilegesState, PrivilegesState | None]:
        created = await provider.securable_grant.create(on_schema(newcomer, "SELECT"), urn=URN)
        sandbox.http.patch(SCHEMA, json={"changes": [{"principal": newcomer.application_id, "add": ["EXECUTE"]}]})
        found = await provider.securable_grant.read(created.id, created.state)
        provider.securable_grant._wanted.clear()  # as in the next run
        await provider.securable_grant.delete(created.id, created.state, urn=URN)
        return created.state, found

    before, found = drive(with_more)

    assert found == before
    assert held(sandbox)[newcomer.application_id] == {"EXECUTE"}


def test_a_grant_on_a_schema_that_is_gone_is_gone(newcomer: Newcomer, drive: Drive) -> None:
    """A refresh drops it, and a destroy succeeds."""
    state = PrivilegesState(**on_schema(newcomer, "SELECT").model_dump() | {"full_name": "main.dropped"}, added=("SELECT",), revision="1")

    async def looked_for(provider: Provider) -> PrivilegesState | None:
        await provider.securable_grant.delete("id", state, urn=URN)
        return await provider.securable_grant.read("id", state)

    assert drive(looked_for) is None


def test_what_the_workspace_refuses_is_said_in_its_words(newcomer: Newcomer, drive: Drive) -> None:
    """A privilege that does not fit the securable is Databricks' own error."""
    with pytest.raises(BadRequest, match="is not applicable to this entity"):
        drive(lambda provider: provider.securable_grant.create(on_schema(newcomer, "CREATE_SCHEMA"), urn=URN))
