"""`databricks:index/entitlements:Entitlements`."""

from typing import TYPE_CHECKING

from sandbox.plugin import entitlement_flags as flags
from sandbox.plugin.properties import Failure, Field, Properties
from sandbox.plugin.refusals import InvalidInputError, Refused
from sandbox.plugin.resource import Resource

if TYPE_CHECKING:
    from sandbox.plugin.workspace import Body, Workspace

# By the field that names the holder: how the id begins, and the SCIM collection.
_HOLDERS = {"groupId": ("group", "Groups"), "userId": ("user", "Users"), "servicePrincipalId": ("spn", "ServicePrincipals")}
_HAS_NONE = "invalidPath No such attribute with the name : entitlements in the current resource"


class Entitlements(Resource):
    """All entitlements of one principal, user or group, of which it is the owner."""

    noun = "entitlements"
    fields = (*(Field(name, replaces=True) for name in _HOLDERS), *flags.FIELDS, Field("providerConfig", dict, computed=True))
    computed = ("providerConfig",)

    def faults(self, given: Properties) -> list[Failure]:
        failures = flags.conflicts(given)
        if all(given.get(name) is None for name in _HOLDERS):
            failures.append(Failure("servicePrincipalId", f"One of `{'`, `'.join(_HOLDERS)}` must be specified."))
        return failures

    def create(self, workspace: "Workspace", inputs: Properties) -> str:
        field = next(name for name in _HOLDERS if inputs.get(name))
        resource_id = f"{_HOLDERS[field][0]}/{inputs[field]}"
        self._patch(workspace, resource_id, "replace", inputs)
        return resource_id

    def read(self, workspace: "Workspace", resource_id: str, state: Properties) -> Properties:
        field, path = _holder(resource_id)
        found = workspace.scim("GET", path, query={"attributes": "entitlements"})
        # Unlike a principal's own flags, these are cleared first: what was taken away elsewhere is drift. (api-facts: 11)
        none = dict.fromkeys(flags.FLAGS, False)
        return {**state, field: path.rsplit("/", 1)[1], **none, **flags.flags_of(found.get("entitlements"))}

    def update(self, workspace: "Workspace", resource_id: str, inputs: Properties) -> None:
        self._patch(workspace, resource_id, "replace", inputs)

    def delete(self, workspace: "Workspace", resource_id: str, state: Properties) -> None:
        if flags.entitlements_of(state) != [{}]:
            self._patch(workspace, resource_id, "remove", state)

    def _patch(self, workspace: "Workspace", resource_id: str, op: str, properties: Properties) -> None:
        operation = {"op": op, "path": "entitlements", "value": flags.entitlements_of(properties)}
        body: Body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
        try:
            workspace.scim("PATCH", _holder(resource_id)[1], body)
        except Refused as error:
            if _HAS_NONE not in str(error):
                raise


def _holder(resource_id: str) -> tuple[str, str]:
    """The field and the path that an id stands for."""
    beginning, _, holder_id = resource_id.partition("/")
    for field, (word, collection) in _HOLDERS.items():
        if word == beginning.lower() and holder_id:
            return field, f"/{collection}/{holder_id}"
    raise InvalidInputError(f"the id must be one of spn/ID, user/ID, group/ID, not {resource_id!r}")
