"""The verbs of a resource, on plain values: what the engine asks, and what it is answered."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from pulumi.runtime.rpc import UNKNOWN

from sandbox.plugin import entitlement_flags
from sandbox.plugin.assignments import MwsPermissionAssignment, PermissionAssignment
from sandbox.plugin.entitlements import Entitlements
from sandbox.plugin.federation_policy import ServicePrincipalFederationPolicy
from sandbox.plugin.group_member import GroupMember
from sandbox.plugin.properties import DEFAULTS, Difference, Failure, Properties, differences, unfit, with_defaults
from sandbox.plugin.refusals import Gone, InvalidInputError, Refused
from sandbox.plugin.resource import Made, Resource
from sandbox.plugin.secret_acl import SecretAcl
from sandbox.plugin.service_principal import ServicePrincipal

if TYPE_CHECKING:
    from sandbox.plugin.workspace import Workspace

RESOURCES: dict[str, Resource] = {
    "databricks:index/servicePrincipal:ServicePrincipal": ServicePrincipal(),
    "databricks:index/entitlements:Entitlements": Entitlements(),
    "databricks:index/groupMember:GroupMember": GroupMember(),
    "databricks:index/mwsPermissionAssignment:MwsPermissionAssignment": MwsPermissionAssignment(),
    "databricks:index/permissionAssignment:PermissionAssignment": PermissionAssignment(),
    "databricks:index/secretAcl:SecretAcl": SecretAcl(),
    "databricks:index/servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy": ServicePrincipalFederationPolicy(),
}
_Answer = TypeVar("_Answer")


class HalfMadeError(Exception):
    """It was made, but could not be read back: the engine must keep what is known of it."""

    def __init__(self, reason: str, made: Made) -> None:
        super().__init__(reason)
        self.made = made


def resource_of(resource_type: str) -> Resource:
    """The type's handler.

    Raises:
        InvalidInputError: where the stand-in does not have it.
    """
    if resource_type not in RESOURCES:
        raise InvalidInputError(
            f"The stand-in for the databricks plugin has no resource type {resource_type!r}: it has {', '.join(sorted(RESOURCES))}."
        )
    return RESOURCES[resource_type]


def check(resource: Resource, given: Properties) -> tuple[Properties, list[Failure]]:
    """The inputs with the official plugin's defaults, and what is wrong with them."""
    failures = [*unfit(resource.fields, given), *resource.faults(given)]
    return with_defaults(resource.fields, given, excluded=entitlement_flags.excluded_defaults(given)), failures


def diff(resource: Resource, old: Properties, new: Properties, *, workspace_id: str | None) -> dict[str, Difference]:
    """What would change, by property."""
    found = differences([field for field in resource.fields if field.name != "providerConfig"], old, new)
    before, after = _workspace_of(old), _workspace_of(new) or workspace_id
    # A thing of one workspace cannot become one of another: the official plugin replaces it when the host changes, too.
    if before and after and before != after and not resource.of_an_account(new):
        found["providerConfig.workspaceId"] = Difference("UPDATE", replaces=True)
    return found


def preview(resource: Resource, inputs: Properties, old: Properties | None = None) -> Properties:
    """What is known of the state before it is made or changed."""
    unknown: Properties = dict.fromkeys(resource.computed, UNKNOWN)
    known = old or (unknown if not resource.of_an_account(inputs) else {**unknown, "providerConfig": None})
    return {**known, **dict.fromkeys(resource.renewed, UNKNOWN), **_own(resource, inputs)}


def create(resource: Resource, workspace: "Workspace", inputs: Properties) -> Made:
    """Makes it and reads it back, where the official plugin does."""
    resource_id = _saying("create", resource, lambda: resource.create(workspace, inputs))
    if isinstance(resource_id, Made):
        return resource_id
    try:
        return Made(resource_id, _placed(resource, workspace, resource.made(workspace, resource_id, _own(resource, inputs))))
    except Refused as error:
        raise HalfMadeError(resource.refusal("read", error), Made(resource_id, _own(resource, inputs))) from None


def read(
    resource: Resource, workspace: "Workspace", resource_id: str, state: Properties, inputs: Properties
) -> tuple[Made, Properties] | None:
    """State and inputs as they are now; None where it is gone."""
    try:
        found = _saying("read", resource, lambda: _state(resource, workspace, resource_id, state))
    except Gone:
        return None
    resource_id = resource.common_id or resource_id
    if not inputs:
        # An import: whatever a program could have said, so that it can be written down from this.
        written = [field.name for field in resource.fields if not field.computed or field.name in resource.imported]
        given = {name: found[name] for name in written if found.get(name) is not None}
        defaults = [field.name for field in resource.fields if field.default is not None and given.get(field.name) == field.default]
        return Made(resource_id, found), {**given, DEFAULTS: sorted(defaults)}
    # A refresh: the inputs that were given, with the values of today, so that a drift shows as a change of them.
    given = {name: found.get(name, value) if name != DEFAULTS else value for name, value in inputs.items()}
    return Made(resource_id, found), {name: value for name, value in given.items() if value is not None}


def update(resource: Resource, workspace: "Workspace", resource_id: str, old: Properties, inputs: Properties) -> Properties:
    """Changes it in place and reads it back, where the official plugin does."""
    wanted = {**{name: old.get(name) for name in resource.computed}, **_own(resource, inputs)}
    answered = _saying("update", resource, lambda: resource.update(workspace, resource_id, wanted))
    return answered or _saying("read", resource, lambda: _state(resource, workspace, resource_id, wanted))


def delete(resource: Resource, workspace: "Workspace", resource_id: str, state: Properties) -> None:
    """Takes it away; one that is gone already is as good."""
    try:
        _saying("delete", resource, lambda: resource.delete(workspace, resource_id, state))
    except Gone:
        return


def _state(resource: Resource, workspace: "Workspace", resource_id: str, state: Properties) -> Properties:
    return _placed(resource, workspace, resource.read(workspace, resource_id, state))


def _placed(resource: Resource, workspace: "Workspace", found: Properties) -> Properties:
    """The state with the workspace that it is of, which the official plugin keeps for each resource of one."""
    if not resource.of_an_account(found) and not _workspace_of(found):
        found["providerConfig"] = {"workspaceId": workspace.workspace_id()}
    return found


def _own(resource: Resource, inputs: Properties) -> Properties:
    """What of the inputs goes into the state: Terraform has its defaults there, too."""
    given = {name: value for name, value in inputs.items() if name != DEFAULTS}
    return {**{field.name: False for field in resource.fields if field in entitlement_flags.FIELDS}, **given}


def _workspace_of(properties: Properties) -> str | None:
    config = properties.get("providerConfig")
    workspace_id = config.get("workspaceId") if isinstance(config, dict) else None
    return str(workspace_id) if workspace_id not in (None, UNKNOWN) else None


def _saying(verb: str, resource: Resource, call: Callable[[], _Answer]) -> _Answer:
    try:
        return call()
    except (Refused, InvalidInputError) as error:
        raise type(error)(resource.refusal(verb, error)) from None
