"""A principal that was there before the stack: what people change meanwhile is theirs, and what it had is given back."""

from typing import Any

import pytest
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel
from databricks.sdk.service.workspace import AclPermission

from provider.handler import Created, Handler, PartlyDone
from provider.memberships import Memberships
from provider.object_permission import PermissionInputs, PermissionState
from provider.question import Group
from provider.securable_grant import PrivilegesInputs
from provider.wire import plain_map, properties
from provider.workspace_membership import MembershipInputs, MembershipState, WorkspaceMembership
from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Provider
from tests.provider.test_securable_grant import held

Access = tuple[PermissionInputs, PrivilegesInputs, MembershipInputs]

WAREHOUSES = "sql/warehouses"
ASSIGNMENTS = "/api/2.0/preview/permissionassignments"
PERSON = "ann.lee@acme.example"


class Adopting:
    """An adopted principal's level on one object; each call is a run of its own."""

    def __init__(self, drive: Drive, principal: Newcomer, kind: str, object_id: str) -> None:
        self._drive = drive
        self.sandbox = drive.sandbox
        self.principal = principal
        self._request_type = {"warehouses": WAREHOUSES}.get(kind, kind)
        self._known = {"kind": kind, "object_id": object_id, "object_name": object_id, "adopted": True}
        self.object_id = object_id
        self.state: PermissionState | None = None

    def wanted(self, level: str, integration: str = "alchemer") -> PermissionInputs:
        who = {"integration": integration, "principal": self.principal.application_id}
        return PermissionInputs.model_validate(self._known | who | {"level": level})

    def up(self, level: str) -> PermissionState:
        wanted, old = self.wanted(level), self.state

        async def run(provider: Provider) -> PermissionState:
            if old is None:
                return (await provider.object_permission.create(wanted, urn="alchemer")).state
            return await provider.object_permission.update("id", old, wanted, urn="alchemer")

        self.state = self._drive(run)
        return self.state

    def refresh(self) -> PermissionState | None:
        old = self.state
        assert old
        self.state = self._drive(lambda provider: provider.object_permission.read("id", old))
        return self.state

    def destroy(self) -> None:
        old = self.state
        assert old
        self._drive(lambda provider: provider.object_permission.delete("id", old, urn="alchemer"))

    def somebody_gives(self, level: str) -> None:
        self.sandbox.grant(self._request_type, self.object_id, self.principal, level)

    def somebody_becomes_owner(self) -> None:
        entry = AccessControlRequest(user_name=PERSON, permission_level=PermissionLevel.IS_OWNER)
        self.sandbox.admin.permissions.update(self._request_type, self.object_id, access_control_list=[entry])

    @property
    def levels(self) -> dict[str, str]:
        return self.sandbox.direct_levels(self._request_type, self.object_id)

    @property
    def level(self) -> str | None:
        return self.levels.get(self.principal.application_id)


@pytest.fixture
def on_warehouse(drive: Drive, newcomer: Newcomer) -> Adopting:
    return Adopting(drive, newcomer, "warehouses", drive.sandbox.warehouse())


@pytest.fixture
def on_job(drive: Drive, newcomer: Newcomer) -> Adopting:
    return Adopting(drive, newcomer, "jobs", str(drive.sandbox.job()))


@pytest.fixture
def on_scope(drive: Drive, newcomer: Newcomer) -> Adopting:
    drive.sandbox.admin.secrets.create_scope("vendor")
    return Adopting(drive, newcomer, "secret_scopes", "vendor")


def test_a_level_that_is_strong_enough_is_only_read(on_warehouse: Adopting, drive: Drive) -> None:
    """Nothing is written where the principal has as much as is declared, and nothing is taken away after."""
    on_warehouse.somebody_gives("CAN_MONITOR")

    on_warehouse.up("CAN_USE")
    created = drive.asked()
    on_warehouse.destroy()

    assert [asked.split()[0] for asked in created] == ["GET"]
    assert drive.asked() == []
    assert on_warehouse.level == "CAN_MONITOR"


def test_a_former_owner_does_not_become_the_owner_again(on_job: Adopting) -> None:
    """A person took the job over: neither an update nor a destroy gives it back."""
    on_job.somebody_gives("IS_OWNER")
    on_job.up("CAN_VIEW")
    on_job.somebody_becomes_owner()
    taken_over = on_job.levels

    on_job.up("CAN_MANAGE_RUN")
    updated = on_job.levels
    on_job.destroy()

    assert taken_over[PERSON] == "IS_OWNER"
    assert updated == on_job.levels == taken_over


def test_ownership_is_never_sent(on_job: Adopting) -> None:
    """Whatever a state says of the level before, the owner of now stays, and the owner of then manages."""
    on_job.somebody_becomes_owner()
    on_job.somebody_gives("CAN_VIEW")
    on_job.state = PermissionState(**on_job.wanted("CAN_VIEW").model_dump(), level_before="IS_OWNER", written="CAN_VIEW", revision="1")

    on_job.destroy()

    assert on_job.levels[PERSON] == "IS_OWNER"
    assert on_job.level == "CAN_MANAGE"


def test_a_level_that_somebody_lowered_to_the_declared_one_stays(on_warehouse: Adopting) -> None:
    """An admin made CAN_USE of CAN_MANAGE while CAN_USE was declared: that is not ours to undo."""
    on_warehouse.somebody_gives("CAN_MANAGE")
    on_warehouse.up("CAN_USE")
    on_warehouse.somebody_gives("CAN_USE")

    on_warehouse.destroy()

    assert on_warehouse.level == "CAN_USE"


def test_a_level_that_somebody_raised_stays(on_warehouse: Adopting) -> None:
    """It is no drift, and a destroy leaves it."""
    on_warehouse.somebody_gives("CAN_VIEW")
    given = on_warehouse.up("CAN_USE")
    on_warehouse.somebody_gives("CAN_MANAGE")

    found = on_warehouse.refresh()
    on_warehouse.destroy()

    assert found == given
    assert on_warehouse.level == "CAN_MANAGE"


def test_a_level_that_somebody_raised_outlives_an_update(on_warehouse: Adopting) -> None:
    """From then on it is theirs, whatever the stack file says."""
    on_warehouse.somebody_gives("CAN_VIEW")
    on_warehouse.up("CAN_USE")
    on_warehouse.somebody_gives("CAN_MANAGE")

    updated = on_warehouse.up("CAN_MONITOR")
    on_warehouse.destroy()

    assert updated.written is None
    assert on_warehouse.level == "CAN_MANAGE"


def test_what_we_raised_is_lowered_as_declared_and_given_back(on_warehouse: Adopting) -> None:
    """Our own level follows the stack file, and at the end the one before is there again."""
    on_warehouse.somebody_gives("CAN_VIEW")
    on_warehouse.up("CAN_MANAGE")

    on_warehouse.up("CAN_USE")
    lowered = on_warehouse.level
    on_warehouse.destroy()

    assert lowered == "CAN_USE"
    assert on_warehouse.level == "CAN_VIEW"


def test_what_we_raised_is_not_lowered_below_what_was_there(on_warehouse: Adopting) -> None:
    """With less declared than it had before, the principal has its own level again, which is not ours to take."""
    on_warehouse.somebody_gives("CAN_USE")
    on_warehouse.up("CAN_MANAGE")

    lowered = on_warehouse.up("CAN_VIEW")
    given_back = on_warehouse.level
    on_warehouse.destroy()

    assert lowered.written is None
    assert given_back == on_warehouse.level == "CAN_USE"


def test_a_level_that_somebody_lowered_is_drift_and_comes_back_after_the_stack(on_warehouse: Adopting) -> None:
    """A refresh sees the weaker level, the next run gives the declared one, and a destroy leaves what the person chose."""
    on_warehouse.up("CAN_USE")
    on_warehouse.somebody_gives("CAN_VIEW")

    found = on_warehouse.refresh()
    on_warehouse.up("CAN_USE")
    repaired = on_warehouse.level
    on_warehouse.destroy()

    assert found
    assert found.level == "CAN_VIEW"
    assert repaired == "CAN_USE"
    assert on_warehouse.level == "CAN_VIEW"


def test_an_entry_that_was_not_there_before_goes(on_warehouse: Adopting) -> None:
    """All other entries stay as they were."""
    before = on_warehouse.levels

    on_warehouse.up("CAN_USE")
    on_warehouse.destroy()

    assert on_warehouse.levels == before


def test_an_entry_that_somebody_took_away_is_gone(on_scope: Adopting) -> None:
    """A refresh drops it, and a destroy without one does not bring back what was there before."""
    secrets = on_scope.sandbox.admin.secrets
    secrets.put_acl("vendor", on_scope.principal.application_id, AclPermission.READ)
    given = on_scope.up("WRITE")
    secrets.delete_acl("vendor", on_scope.principal.application_id)

    found = on_scope.refresh()
    on_scope.state = given
    on_scope.destroy()

    assert found is None
    assert on_scope.principal.application_id not in {acl.principal for acl in secrets.list_acls("vendor")}


def test_a_destroy_succeeds_after_the_object_was_deleted(on_job: Adopting) -> None:
    """There is nothing to give back on a job that is gone."""
    on_job.somebody_gives("CAN_VIEW")
    on_job.up("CAN_MANAGE_RUN")
    on_job.sandbox.admin.jobs.delete(int(on_job.object_id))

    on_job.destroy()

    assert on_job.refresh() is None


@pytest.mark.parametrize(
    ("status", "error_code", "message"),
    [
        (404, "RESOURCE_DOES_NOT_EXIST", "Job 1 does not exist."),
        (400, "INVALID_PARAMETER_VALUE", "Principal: ServicePrincipalName(it) does not exist"),
    ],
    ids=["the object", "the principal"],
)
def test_a_destroy_succeeds_though_what_it_restores_is_deleted_at_that_moment(
    on_job: Adopting, status: int, error_code: str, message: str
) -> None:
    """Between the look at the level and the request that gives the one before back."""
    on_job.somebody_gives("CAN_VIEW")
    on_job.up("CAN_MANAGE_RUN")
    on_job.sandbox.fail(method="PATCH", path="/api/2.0/permissions/jobs", status=status, error_code=error_code, message=message, times=1)

    on_job.destroy()

    assert [request["status"] for request in on_job.sandbox.requests() if request["method"] == "PATCH"] == [status]


def test_a_destroy_succeeds_after_the_principal_was_deleted(on_warehouse: Adopting) -> None:
    """Its entries went with it."""
    on_warehouse.somebody_gives("CAN_VIEW")
    on_warehouse.up("CAN_USE")
    on_warehouse.sandbox.admin.service_principals.delete(on_warehouse.principal.id)

    on_warehouse.destroy()

    assert on_warehouse.level is None


def test_a_destroy_succeeds_after_the_secret_scope_was_deleted(on_scope: Adopting) -> None:
    """Secret scopes have an API of their own, which says so in its own way."""
    secrets = on_scope.sandbox.admin.secrets
    secrets.put_acl("vendor", on_scope.principal.application_id, AclPermission.READ)
    on_scope.up("WRITE")
    secrets.delete_scope("vendor")

    on_scope.destroy()

    assert on_scope.refresh() is None


def membership_of(provider: Provider) -> WorkspaceMembership:
    return WorkspaceMembership(Memberships(provider.workspace, None), provider.object_permission._patience)


class Run:
    """One run of the engine: it makes what is declared, and then takes away what is not declared any more."""

    def __init__(self, provider: Provider) -> None:
        self._handlers: tuple[Handler[Any, Any], ...] = (
            provider.object_permission,
            provider.securable_grant,
            membership_of(provider),
        )

    async def create(self, integration: str, wanted: Access) -> list[Created[Any]]:
        return [await handler.create(one, urn=integration) for handler, one in zip(self._handlers, wanted, strict=True)]

    async def delete(self, integration: str, made: list[Created[Any]]) -> None:
        for handler, one in zip(self._handlers, made, strict=True):
            await handler.delete(one.id, one.state, urn=integration)

    def finds_unchanged(self, made: list[Created[Any]], wanted: Access) -> bool:
        differences = [
            handler.diff(plain_map(properties(one.state)), plain_map(properties(same)))
            for handler, one, same in zip(self._handlers, made, wanted, strict=True)
        ]
        for handler, same in zip(self._handlers, wanted, strict=True):
            handler.unchanged(same)
        return not any(differences)


def much(sandbox: Sandbox, integration: str, principal: Newcomer) -> Access:
    """A level, privileges and a place in the workspace."""
    who = {"integration": integration, "principal": principal.application_id}
    group = next(iter(sandbox.admin.groups.list(filter='displayName eq "sandbox-pilots"')))
    assert group.id
    warehouse = {"kind": "warehouses", "object_id": sandbox.warehouse(), "object_name": "bi-serverless", "level": "CAN_MANAGE"}
    schema = {"kind": "schemas", "full_name": "main.surveys", "privileges": ("SELECT", "MODIFY")}
    groups = (Group(name="sandbox-pilots", id=group.id, of_account=False),)
    return (
        PermissionInputs.model_validate({**who, **warehouse, "adopted": True}),
        PrivilegesInputs.model_validate({**who, **schema, "adopted": True}),
        MembershipInputs(
            **who, principal_id=principal.id, adopted=True, role="ADMIN", entitlements=("databricks-sql-access",), groups=groups
        ),
    )


def less(sandbox: Sandbox, integration: str, principal: Newcomer) -> Access:
    """Some of that."""
    level, privileges, membership = much(sandbox, integration, principal)
    return (
        level.model_copy(update={"level": "CAN_USE"}),
        privileges.model_copy(update={"privileges": ("SELECT",)}),
        membership.model_copy(update={"role": "USER", "groups": ()}),
    )


def place(sandbox: Sandbox, principal: Newcomer) -> dict[str, object]:
    """What a principal has of it."""
    known = sandbox.admin.service_principals.get(principal.id)
    assignments = sandbox.http.get(ASSIGNMENTS).json()["permission_assignments"]
    return {
        "level": sandbox.direct_levels(WAREHOUSES, sandbox.warehouse()).get(principal.application_id),
        "privileges": held(sandbox).get(principal.application_id, set()),
        "entitlements": {entitlement.value for entitlement in known.entitlements or []},
        "groups": {group.display for group in known.groups or [] if group.type == "direct"} - {"admins", "users"},
        "role": [each["permissions"] for each in assignments if str(each["principal"]["principal_id"]) == principal.id],
    }


MUCH: dict[str, object] = {
    "level": "CAN_MANAGE",
    "privileges": {"SELECT", "MODIFY"},
    "entitlements": {"workspace-access", "databricks-sql-access"},
    "groups": {"sandbox-pilots"},
    "role": [["ADMIN"]],
}
LESS = MUCH | {"level": "CAN_USE", "privileges": {"SELECT"}, "groups": set(), "role": [["USER"]]}


@pytest.fixture
def old_hand(sandbox: Sandbox) -> Newcomer:
    """Who was there before, and can log in to the workspace."""
    return sandbox.newcomer("old-hand", entitlements=["workspace-access"])


def test_two_integrations_that_swap_principals_keep_all_access(sandbox: Sandbox, old_hand: Newcomer, drive: Drive) -> None:
    """What was made for the new one is not taken away with the old one."""
    other = sandbox.newcomer("other-hand", entitlements=["workspace-access"])

    async def first(provider: Provider) -> tuple[list[Created[Any]], list[Created[Any]]]:
        run = Run(provider)
        return await run.create("a", much(sandbox, "a", old_hand)), await run.create("b", much(sandbox, "b", other))

    async def swapped(provider: Provider) -> None:
        run = Run(provider)
        await run.create("a", much(sandbox, "a", other))
        await run.create("b", much(sandbox, "b", old_hand))
        await run.delete("a", of_a)
        await run.delete("b", of_b)

    of_a, of_b = drive(first)
    drive(swapped)

    assert [place(sandbox, principal) for principal in (old_hand, other)] == [MUCH, MUCH]


def test_an_integration_with_another_key_keeps_what_it_declares(sandbox: Sandbox, old_hand: Newcomer, drive: Drive) -> None:
    """Though the key was renamed without `was`; what is declared no more goes with the old key."""

    async def renamed(provider: Provider) -> None:
        run = Run(provider)
        await run.create("crm", less(sandbox, "crm", old_hand))
        await run.delete("alchemer", made)

    made = drive(lambda provider: Run(provider).create("alchemer", much(sandbox, "alchemer", old_hand)))
    drive(renamed)

    assert place(sandbox, old_hand) == LESS


def test_a_rename_that_broke_off_keeps_what_it_declares(sandbox: Sandbox, old_hand: Newcomer, drive: Drive) -> None:
    """The next run takes the old key's away, and finds the new key's unchanged."""
    wanted = much(sandbox, "crm", old_hand)

    async def broken_off(provider: Provider) -> tuple[list[Created[Any]], list[Created[Any]]]:
        run = Run(provider)
        return await run.create("alchemer", much(sandbox, "alchemer", old_hand)), await run.create("crm", wanted)

    async def gone_on(provider: Provider) -> bool:
        run = Run(provider)
        unchanged = run.finds_unchanged(of_new, wanted)
        await run.delete("alchemer", of_old)
        return unchanged

    of_old, of_new = drive(broken_off)

    assert drive(gone_on)
    assert place(sandbox, old_hand) == MUCH


def test_an_added_entitlement_is_remembered_when_the_removal_after_it_fails(sandbox: Sandbox, old_hand: Newcomer, drive: Drive) -> None:
    """So that a destroy takes it away again."""
    known = MembershipInputs(integration="alchemer", principal=old_hand.application_id, principal_id=old_hand.id, adopted=True)
    first = known.model_copy(update={"entitlements": ("databricks-sql-access",)})
    second = known.model_copy(update={"entitlements": ("allow-cluster-create",)})

    async def refused(provider: Provider) -> MembershipState:
        membership = membership_of(provider)
        made = await membership.create(first, urn="alchemer")
        fault = {"status": 400, "error_code": "BAD_REQUEST", "message": "not today", "skip": 1, "times": 1}
        sandbox.fail(method="PATCH", path="/scim/v2/ServicePrincipals/", **fault)
        with pytest.raises(PartlyDone, match="not today") as failed:
            await membership.update(made.id, made.state, second, urn="alchemer")
        assert isinstance(failed.value.state, MembershipState)
        return failed.value.state

    kept = drive(refused)
    drive(lambda provider: membership_of(provider).delete(old_hand.id, kept, urn="alchemer"))

    assert kept.added_entitlements == ("allow-cluster-create", "databricks-sql-access")
    assert place(sandbox, old_hand)["entitlements"] == {"workspace-access"}


def test_a_role_that_somebody_lowered_is_drift_and_is_given_again(sandbox: Sandbox, old_hand: Newcomer, drive: Drive) -> None:
    """Where the role was given here."""
    known = MembershipInputs(integration="alchemer", principal=old_hand.application_id, principal_id=old_hand.id, adopted=True)
    admin = known.model_copy(update={"role": "ADMIN"})

    async def repaired(provider: Provider) -> MembershipState | None:
        membership = membership_of(provider)
        made = await membership.create(admin, urn="alchemer")
        assert await membership.read(made.id, made.state) == made.state
        lowered = sandbox.http.put(f"{ASSIGNMENTS}/principals/{old_hand.id}", json={"permissions": ["USER"]})
        assert lowered.is_success, lowered.text
        found = await membership.read(made.id, made.state)
        assert found
        await membership.update(made.id, found, admin, urn="alchemer")
        return found

    found = drive(repaired)

    assert found
    assert found.role == "USER"
    assert place(sandbox, old_hand)["role"] == [["ADMIN"]]
