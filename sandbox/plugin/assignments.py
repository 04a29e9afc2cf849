"""Who is in a workspace, and as what: `MwsPermissionAssignment` through the account, `PermissionAssignment` from the workspace itself."""

from typing import TYPE_CHECKING

from pulumi.runtime.rpc import UNKNOWN

from sandbox.plugin.properties import Failure, Field, Properties
from sandbox.plugin.refusals import Gone, InvalidInputError, Refused
from sandbox.plugin.resource import Resource

if TYPE_CHECKING:
    from sandbox.plugin.workspace import Body, Workspace

_OF_WORKSPACE = "/api/2.0/preview/permissionassignments"
_LEVELS = ("ADMIN", "USER")
# By the field: how the API names it.
_NAMES = {"servicePrincipalName": "service_principal_name", "userName": "user_name", "groupName": "group_name"}


class MwsPermissionAssignment(Resource):
    """A principal of the account in one of its workspaces; any change replaces it."""

    noun = "mws permission assignment"
    fields = (
        Field("workspaceId", required=True, replaces=True),
        Field("principalId", required=True, replaces=True),
        Field("permissions", list, required=True, replaces=True),
    )

    def faults(self, given: Properties) -> list[Failure]:
        return [*_unknown_levels(given), *(failure for name in ("workspaceId", "principalId") for failure in _no_number(name, given))]

    def create(self, workspace: "Workspace", inputs: Properties) -> str:
        path = f"{_of_account(inputs['workspaceId'])}/principals/{inputs['principalId']}"
        workspace.account_api("PUT", path, {"permissions": inputs["permissions"]})
        return f"{inputs['workspaceId']}|{inputs['principalId']}"

    def read(self, workspace: "Workspace", resource_id: str, state: Properties) -> Properties:
        workspace_id, principal_id = _parts(resource_id)
        found = _assignment(workspace.account_api("GET", _of_account(workspace_id)), principal_id)
        return {**state, "workspaceId": workspace_id, "principalId": principal_id, "permissions": found.get("permissions")}

    def delete(self, workspace: "Workspace", resource_id: str, state: Properties) -> None:  # noqa: ARG002 - the id says all
        workspace_id, principal_id = _parts(resource_id)
        workspace.account_api("DELETE", f"{_of_account(workspace_id)}/principals/{principal_id}")

    def of_an_account(self, properties: Properties) -> bool:  # noqa: ARG002 - whatever they are
        return True


class PermissionAssignment(Resource):
    """A principal in the workspace that is asked, found by its id or by its name."""

    noun = "permission assignment"
    fields = (
        Field("principalId", replaces=True, computed=True),
        *(Field(name, replaces=True, computed=True) for name in _NAMES),
        Field("permissions", list, required=True),
        Field("providerConfig", dict, computed=True),
    )
    computed = ("principalId", *_NAMES, "displayName", "providerConfig")
    imported = ("principalId",)

    def faults(self, given: Properties) -> list[Failure]:
        named = [name for name in ("principalId", *_NAMES) if given.get(name) is not None]
        failures = [*_unknown_levels(given), *_no_number("principalId", given)]
        if len(named) != 1:
            failures.append(Failure("principalId", f"Exactly one of `principalId`, `{'`, `'.join(_NAMES)}` must be specified."))
        return failures

    def create(self, workspace: "Workspace", inputs: Properties) -> str:
        if inputs.get("principalId"):
            principal_id = str(inputs["principalId"])
            _put(workspace, principal_id, inputs)
            return principal_id
        principal_id = self._post(workspace, inputs)
        if inputs["permissions"] != ["USER"]:
            # By name nobody becomes an admin. (api-facts: 9.2)
            try:
                _put(workspace, principal_id, inputs)
            except Refused:
                workspace.api("DELETE", f"{_OF_WORKSPACE}/principals/{principal_id}")
                raise
        return principal_id

    def read(self, workspace: "Workspace", resource_id: str, state: Properties) -> Properties:
        found = _assignment(workspace.api("GET", _OF_WORKSPACE), resource_id)
        principal = _principal(found)
        names = {field: principal.get(name) for field, name in _NAMES.items()}
        known = {"principalId": resource_id, "displayName": principal.get("display_name"), "permissions": found.get("permissions")}
        return {**state, **known, **names}

    def update(self, workspace: "Workspace", resource_id: str, inputs: Properties) -> None:
        _put(workspace, resource_id, inputs)

    def delete(self, workspace: "Workspace", resource_id: str, state: Properties) -> None:  # noqa: ARG002 - the id says all
        workspace.api("DELETE", f"{_OF_WORKSPACE}/principals/{resource_id}")

    def _post(self, workspace: "Workspace", inputs: Properties) -> str:
        named = {name: inputs[field] for field, name in _NAMES.items() if inputs.get(field)}
        answer = workspace.api("POST", _OF_WORKSPACE, {"permission_assignments": [{**named, "permissions": ["USER"]}]})
        items = answer.get("permission_assignments")
        first: Body = items[0] if isinstance(items, list) and items else {}
        # A fault of one item is in that item of a good answer. (api-facts: 9.2)
        if first.get("error"):
            raise Refused(str(first["error"]))
        return str(_principal(first).get("principal_id"))


def _put(workspace: "Workspace", principal_id: str, inputs: Properties) -> None:
    workspace.api("PUT", f"{_OF_WORKSPACE}/principals/{principal_id}", {"permissions": inputs["permissions"]})


def _of_account(workspace_id: object) -> str:
    return f"/workspaces/{workspace_id}/permissionassignments"


def _assignment(answer: "Body", principal_id: str) -> "Body":
    """The one of the principal, in a list of all."""
    items = answer.get("permission_assignments")
    for item in items if isinstance(items, list) else ():
        if str(_principal(item).get("principal_id")) == principal_id:
            found: Body = item
            return found
    raise Gone(f"permission assignment of {principal_id} not found")


def _principal(item: "Body") -> "Body":
    found = item.get("principal")
    return found if isinstance(found, dict) else {}


def _parts(resource_id: str) -> tuple[str, str]:
    workspace_id, _, principal_id = resource_id.partition("|")
    if not principal_id:
        raise InvalidInputError(f"the id must be WORKSPACE|PRINCIPAL, not {resource_id!r}")
    return workspace_id, principal_id


def _unknown_levels(given: Properties) -> list[Failure]:
    levels = given.get("permissions")
    if not isinstance(levels, list):
        return []
    unknown = [level for level in levels if level not in (*_LEVELS, UNKNOWN)]
    return [Failure("permissions", f"`permissions` may hold {' and '.join(_LEVELS)}, not {level!r}.") for level in unknown]


def _no_number(name: str, given: Properties) -> list[Failure]:
    # They are numbers to Terraform, and strings to Pulumi.
    value = given.get(name)
    if value in (None, UNKNOWN) or str(value).isdecimal():
        return []
    return [Failure(name, f"`{name}` must be a number in a string, not {value!r}.")]
