"""`databricks:index/servicePrincipal:ServicePrincipal`."""

from typing import TYPE_CHECKING

from sandbox.plugin import entitlement_flags as flags
from sandbox.plugin.properties import Failure, Field, Properties
from sandbox.plugin.refusals import Gone, InvalidInputError
from sandbox.plugin.resource import Resource, unknown_level

if TYPE_CHECKING:
    from sandbox.plugin.workspace import Body, Workspace

_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal"
_READ_ATTRIBUTES = {"attributes": "userName,displayName,active,externalId,entitlements"}


class ServicePrincipal(Resource):
    """A principal of the workspace (or, with `api: account`, of the account)."""

    noun = "service principal"
    fields = (
        Field("displayName", computed=True),
        Field("applicationId", replaces=True, computed=True),
        Field("active", bool, default=True),
        Field("externalId", kept=True),
        *flags.FIELDS,
        Field("api"),
        Field("home", computed=True),
        Field("repos", computed=True),
        Field("aclPrincipalId", computed=True),
        Field("forceDeleteRepos", bool),
        Field("forceDeleteHomeDir", bool),
        Field("disableAsUserDeletion", bool),
        Field("providerConfig", dict, computed=True),
    )
    computed = ("applicationId", "home", "repos", "aclPrincipalId", "providerConfig")
    imported = ("displayName",)

    def faults(self, given: Properties) -> list[Failure]:
        failures = flags.conflicts(given)
        if given.get("displayName") is None and given.get("applicationId") is None:
            failures.append(Failure("displayName", "One of `applicationId`, `displayName` must be specified."))
        return [*failures, *unknown_level(given)]

    def create(self, workspace: "Workspace", inputs: Properties) -> str:
        body = _body(inputs)
        if inputs.get("applicationId"):
            body["applicationId"] = inputs["applicationId"]
        return str(workspace.scim("POST", "/ServicePrincipals", body, account=self.of_an_account(inputs))["id"])

    def read(self, workspace: "Workspace", resource_id: str, state: Properties) -> Properties:
        path = f"/ServicePrincipals/{resource_id}"
        found = workspace.scim("GET", path, query=_READ_ATTRIBUTES, account=self.of_an_account(state))
        application_id = found.get("applicationId", "")
        return {
            **state,
            "displayName": found.get("displayName"),
            "active": bool(found.get("active")),
            "externalId": found.get("externalId"),
            "applicationId": application_id,
            "home": f"/Users/{application_id}",
            "repos": f"/Repos/{application_id}",
            "aclPrincipalId": f"servicePrincipals/{application_id}",
            # Only what is there is set: an entitlement that was taken away elsewhere is no drift here. (api-facts: 11)
            **flags.flags_of(found.get("entitlements")),
        }

    def update(self, workspace: "Workspace", resource_id: str, inputs: Properties) -> None:
        path, account = f"/ServicePrincipals/{resource_id}", self.of_an_account(inputs)
        # A PUT replaces the whole principal, so what is not ours goes along as it is.
        found = workspace.scim("GET", path, query={"attributes": "groups,roles"}, account=account)
        kept = {name: found[name] for name in ("groups", "roles") if found.get(name)}
        workspace.scim("PUT", path, {**_body(inputs), **kept}, account=account)

    def delete(self, workspace: "Workspace", resource_id: str, state: Properties) -> None:
        account = self.of_an_account(state)
        # Out of an account nobody is deleted unless that is asked for. (api-facts: 0)
        only_deactivate = state.get("disableAsUserDeletion", account) is True
        folders = [] if account else [f"/{root}/{state.get('applicationId')}" for flag, root in _FOLDERS.items() if state.get(flag) is True]
        if only_deactivate and folders:
            raise InvalidInputError("a folder cannot be deleted with a principal that `disableAsUserDeletion` only deactivates")
        if only_deactivate:
            operation = {"op": "replace", "path": "active", "value": [{"value": "false"}]}
            body: Body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
            workspace.scim("PATCH", f"/ServicePrincipals/{resource_id}", body, account=account)
            return
        workspace.scim("DELETE", f"/ServicePrincipals/{resource_id}", account=account)
        for folder in folders:
            _delete_folder(workspace, folder)


_FOLDERS = {"forceDeleteRepos": "Repos", "forceDeleteHomeDir": "Users"}


def _body(inputs: Properties) -> "Body":
    body: Body = {
        "schemas": [_SCHEMA],
        "displayName": inputs.get("displayName"),
        "active": inputs.get("active") is True,
        "entitlements": flags.entitlements_of(inputs),
        "externalId": inputs.get("externalId"),
    }
    return {name: value for name, value in body.items() if value not in (None, "")}


def _delete_folder(workspace: "Workspace", folder: str) -> None:
    try:
        workspace.delete_folder(folder)
    except Gone:
        return
