"""Who runs the deployment never loses the access that it takes."""

import pytest
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel

from provider.object_permission import PermissionInputs
from provider.question import Finding, Question
from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Provider

URN = "urn:pulumi:test::brickpass::brickpass:index:ObjectPermission::alchemer"
BEGIN = "brickpass:brickpass/test/"
OBJECTS = {"sql/warehouses": "warehouses", "clusters": "clusters", "jobs": "jobs"}


def asked(drive: Drive, **more: object) -> list[Finding]:
    asking = {"name": "alchemer", "externalId": f"{BEGIN}alchemer", "entitlements": [], "objects": [], "securables": []} | more
    question = Question.model_validate({"externalIdsBegin": BEGIN, "integrations": [asking]})
    return list(drive(lambda provider: provider.preflight.run(question)).findings)


def the_admin_itself(client_id: str, *path: str) -> Finding:
    said = f"is the service principal that this deployment runs as ({client_id}); log in as another admin to give it access"
    return Finding(integration="alchemer", path=path, summary=said, weight="fatal")


@pytest.mark.parametrize("named", ["by its name", "by its Client ID"])
def test_the_principal_that_runs_the_deployment_is_not_adopted(sandbox: Sandbox, drive: Drive, named: str) -> None:
    """A fault that ends a preview and an update before anything is done."""
    client_id, _ = sandbox.admin_credentials
    [admin] = sandbox.admin.service_principals.list(filter=f'applicationId eq "{client_id}"')

    found = asked(drive, adopt=admin.display_name if named == "by its name" else f"id:{client_id}")

    assert found == [the_admin_itself(client_id, "adopt")]


def test_an_integration_does_not_deploy_itself(sandbox: Sandbox, drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one that the stack made, with the role of an admin."""
    made = sandbox.admin.service_principals.create(display_name="alchemer", external_id=f"{BEGIN}alchemer")
    secret = sandbox.admin.service_principal_secrets_proxy.create(made.id or "").secret
    role = sandbox.http.put(f"/api/2.0/preview/permissionassignments/principals/{made.id}", json={"permissions": ["ADMIN"]})
    assert role.is_success
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", made.application_id or "")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", secret or "")

    assert asked(drive) == [the_admin_itself(made.application_id or "")]


@pytest.fixture
def deputy(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Newcomer:
    """Who deploys without being a workspace admin, by what it manages alone."""
    newcomer = sandbox.newcomer("deputy")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", newcomer.application_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", newcomer.secret)
    return newcomer


@pytest.mark.parametrize("request_type", OBJECTS)
def test_an_admin_by_an_entry_of_its_own_keeps_it_through_all_writes(
    sandbox: Sandbox, drive: Drive, deputy: Newcomer, request_type: str
) -> None:
    """An integration's level is given, raised, lowered and removed, and the list is as it was at each step but for that one."""
    object_id = {"sql/warehouses": sandbox.warehouse(), "clusters": sandbox.cluster(), "jobs": str(sandbox.job())}[request_type]
    sandbox.grant(request_type, object_id, deputy, "CAN_MANAGE")
    integration = sandbox.newcomer("alchemer")
    before = sandbox.direct_levels(request_type, object_id)
    lowest = {"sql/warehouses": "CAN_USE", "clusters": "CAN_ATTACH_TO", "jobs": "CAN_VIEW"}[request_type]
    seen = []

    def look() -> None:
        levels = sandbox.direct_levels(request_type, object_id)
        seen.append((levels.pop(integration.application_id, None), levels))

    def wanted(level: str) -> PermissionInputs:
        known = {"integration": "alchemer", "kind": OBJECTS[request_type], "object_id": object_id, "object_name": object_id}
        return PermissionInputs.model_validate(known | {"principal": integration.application_id, "level": level})

    async def life(provider: Provider) -> None:
        grants = provider.object_permission
        created = await grants.create(wanted(lowest), urn=URN)
        look()
        raised = await grants.update(created.id, created.state, wanted("CAN_MANAGE"), urn=URN)
        look()
        lowered = await grants.update(created.id, raised, wanted(lowest), urn=URN)
        look()
        await grants.delete(created.id, lowered, urn=URN)
        look()

    drive(life)

    assert before[deputy.application_id] == "CAN_MANAGE"
    assert seen == [(lowest, before), ("CAN_MANAGE", before), (lowest, before), (None, before)]


def test_an_admin_that_owned_what_it_gives_away_still_manages_it(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """A job passes from the deployment's own principal to an integration, and from that to the next owner."""
    job, (me, _) = str(sandbox.job()), sandbox.admin_credentials
    mine = AccessControlRequest(service_principal_name=me, permission_level=PermissionLevel.IS_OWNER)
    sandbox.admin.permissions.update("jobs", job, access_control_list=[mine])
    known = {"integration": "alchemer", "kind": "jobs", "object_id": job, "object_name": job, "level": "IS_OWNER"}
    wanted = PermissionInputs.model_validate(known | {"principal": newcomer.application_id, "next_owner": "ann.lee@acme.example"})

    async def there_and_back(provider: Provider) -> str:
        created = await provider.object_permission.create(wanted, urn=URN)
        while_granted = sandbox.direct_levels("jobs", job)[me]
        await provider.object_permission.delete(created.id, created.state, urn=URN)
        return while_granted

    assert drive(there_and_back) == "CAN_MANAGE"
    assert sandbox.direct_levels("jobs", job)[me] == "CAN_MANAGE"


def test_an_owner_that_is_no_workspace_admin_gives_nothing_away_by_halves(sandbox: Sandbox, drive: Drive, deputy: Newcomer) -> None:
    """The workspace refuses it a change of the owner: its own ownership stays, and so does the integration's entry."""
    job, integration = str(sandbox.job()), sandbox.newcomer("alchemer")
    sandbox.grant("jobs", job, deputy, "CAN_MANAGE")
    sandbox.grant("jobs", job, integration, "IS_OWNER")
    before = sandbox.direct_levels("jobs", job)
    known = {"integration": "alchemer", "kind": "jobs", "objectId": job, "objectName": job, "level": "IS_OWNER", "revision": "1"}
    state = known | {"principal": integration.application_id, "nextOwner": "ann.lee@acme.example"}

    with pytest.raises(Exception, match="cannot change the owner"):
        drive(lambda provider: provider.object_permission.delete("id", provider.object_permission.state.model_validate(state), urn=URN))

    assert sandbox.direct_levels("jobs", job) == before
