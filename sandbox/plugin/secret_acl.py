"""`databricks:index/secretAcl:SecretAcl`."""

import time
from typing import TYPE_CHECKING

from sandbox.plugin.properties import Failure, Field, Properties
from sandbox.plugin.refusals import Gone, InvalidInputError, Refused
from sandbox.plugin.resource import Resource

if TYPE_CHECKING:
    from sandbox.plugin.workspace import Workspace

_ACLS = "/api/2.0/secrets/acls"
_LONGEST_WAIT_S = 300.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0


class SecretAcl(Resource):
    """One principal's level on one secret scope; any change replaces it."""

    noun = "secret acl"
    fields = (
        Field("scope", required=True, replaces=True),
        Field("principal", required=True, replaces=True),
        Field("permission", required=True, replaces=True),
        Field("providerConfig", dict, computed=True),
    )
    computed = ("providerConfig",)

    def faults(self, given: Properties) -> list[Failure]:  # noqa: ARG002 - the official plugin leaves the level to the workspace
        return []

    def create(self, workspace: "Workspace", inputs: Properties) -> str:
        workspace.api("POST", f"{_ACLS}/put", {name: inputs[name] for name in ("scope", "principal", "permission")})
        return f"{inputs['scope']}|||{inputs['principal']}"

    def made(self, workspace: "Workspace", resource_id: str, state: Properties) -> Properties:
        """Waits until the level shows: the service caches, and may answer the one before for seconds. (api-facts: 7.4, 10.3)"""
        until, pause = time.monotonic() + _LONGEST_WAIT_S, _FIRST_PAUSE_S
        while True:
            found = self._found(workspace, resource_id)
            if found == state["permission"]:
                return state
            if time.monotonic() > until:
                raise Refused(f"secret ACL for {state['principal']} is {found or 'not there'}, but has to be {state['permission']}")
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def read(self, workspace: "Workspace", resource_id: str, state: Properties) -> Properties:
        scope, principal = _parts(resource_id)
        query = {"scope": scope, "principal": principal}
        return {**state, **query, "permission": workspace.api("GET", f"{_ACLS}/get", query=query).get("permission")}

    def delete(self, workspace: "Workspace", resource_id: str, state: Properties) -> None:
        scope, principal = _parts(resource_id)
        if state.get("permission") == "MANAGE" and workspace.me() == principal:
            # Whoever took its own MANAGE away could take nothing else away after it.
            return
        workspace.api("POST", f"{_ACLS}/delete", {"scope": scope, "principal": principal})

    def _found(self, workspace: "Workspace", resource_id: str) -> object:
        try:
            return self.read(workspace, resource_id, {})["permission"]
        except Gone:
            return None


def _parts(resource_id: str) -> tuple[str, str]:
    scope, _, principal = resource_id.partition("|||")
    if not principal:
        raise InvalidInputError(f"the id must be SCOPE|||PRINCIPAL, not {resource_id!r}")
    return scope, principal
