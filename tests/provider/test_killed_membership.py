"""A place in the workspace that a killed run gave, or that a lost state knew: it goes when it leaves the file, as if it were known."""

import pytest

from provider.question import Group
from provider.workspace_membership import MembershipInputs, MembershipState
from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Provider
from tests.provider.test_adopted import ASSIGNMENTS, membership_of, place

BORN = "workspace-access"
GIVEN = "databricks-sql-access"


@pytest.fixture
def pilots(sandbox: Sandbox) -> Group:
    found = next(iter(sandbox.admin.groups.list(filter='displayName eq "sandbox-pilots"')))
    assert found.id
    return Group(name="sandbox-pilots", id=found.id, of_account=False)


@pytest.fixture
def principal(sandbox: Sandbox, pilots: Group) -> Newcomer:
    """Which has all that is declared: an administrator's role, a group and an entitlement."""
    made = sandbox.newcomer("alchemer", entitlements=[BORN, GIVEN])
    member = {"Operations": [{"op": "add", "path": "members", "value": [{"value": made.id}]}]}
    assert sandbox.http.patch(f"/api/2.0/preview/scim/v2/Groups/{pilots.id}", json=member).is_success
    assert sandbox.http.put(f"{ASSIGNMENTS}/principals/{made.id}", json={"permissions": ["ADMIN"]}).is_success
    return made


def declared(principal: Newcomer, **more: object) -> MembershipInputs:
    who = {"integration": "alchemer", "principal": principal.application_id, "principal_id": principal.id}
    return MembershipInputs.model_validate(who | more)


def taken_out(drive: Drive, before: MembershipInputs, after: MembershipInputs) -> MembershipState:
    """The next `up` after the killed run, whose state is the answer, and one with the lines taken out of the file."""

    async def runs(provider: Provider) -> MembershipState:
        membership = membership_of(provider)
        made = await membership.create(after.model_copy(update={"role": None}), urn="alchemer")
        found = await membership.update(made.id, made.state, before, urn="alchemer")
        await membership.update(made.id, found, after, urn="alchemer")
        return found

    return drive(runs)


def test_what_was_given_to_an_own_principal_goes_with_its_line(sandbox: Sandbox, principal: Newcomer, pilots: Group, drive: Drive) -> None:
    """It had nothing in the workspace, so that the administrator's role, the group, the entitlement and the assignment itself are ours."""
    bare = declared(principal, role="USER", entitlements=(BORN,))
    found = taken_out(drive, bare.model_copy(update={"role": "ADMIN", "entitlements": (BORN, GIVEN), "groups": (pilots,)}), bare)

    assert place(sandbox, principal) == {"level": None, "privileges": set(), "entitlements": {BORN}, "groups": set(), "role": [["USER"]]}
    assert (found.raised, found.role_before) == (True, None)


def test_a_principal_that_is_made_in_its_workspace_stays_in_it(sandbox: Sandbox, principal: Newcomer, pilots: Group, drive: Drive) -> None:
    """It is a user by its making, as it has its entitlements by it: those are the official provider's to take away."""
    bare = declared(principal, entitlements=(BORN,), entitled=True)
    found = taken_out(drive, bare.model_copy(update={"role": "ADMIN", "entitlements": (BORN, GIVEN), "groups": (pilots,)}), bare)

    left = place(sandbox, principal)
    assert (left["role"], left["groups"], left["entitlements"]) == ([["USER"]], set(), {BORN, GIVEN})
    assert found.added_entitlements == ()


def test_an_adopted_principal_keeps_what_it_had(sandbox: Sandbox, principal: Newcomer, pilots: Group, drive: Drive) -> None:
    """Nobody knows it from what a killed run gave, and a person's is never taken away."""
    before = place(sandbox, principal)
    bare = declared(principal, adopted=True)
    taken_out(drive, bare.model_copy(update={"role": "ADMIN", "entitlements": (BORN, GIVEN), "groups": (pilots,)}), bare)

    assert place(sandbox, principal) == before


def test_what_is_there_is_not_written_again(principal: Newcomer, pilots: Group, drive: Drive) -> None:
    """A look at the role and one at the rest are all that it costs."""
    wanted = declared(principal, role="ADMIN", entitlements=(BORN, GIVEN), groups=(pilots,))
    drive(lambda provider: membership_of(provider).create(wanted, urn="alchemer"))

    assert [asked.split()[0] for asked in drive.asked()] == ["GET", "GET"]
