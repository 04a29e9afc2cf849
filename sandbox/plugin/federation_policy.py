"""`databricks:index/servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy`."""

from typing import TYPE_CHECKING

from pulumi.runtime.rpc import UNKNOWN

from sandbox.plugin.properties import Failure, Field, Properties
from sandbox.plugin.refusals import InvalidInputError
from sandbox.plugin.resource import Made, Resource

if TYPE_CHECKING:
    from sandbox.plugin.workspace import Body, Workspace

# By the property: how the API names it, and of which type it is.
_OIDC: dict[str, tuple[str, type]] = {
    "issuer": ("issuer", str),
    "audiences": ("audiences", list),
    "subject": ("subject", str),
    "subjectClaim": ("subject_claim", str),
    "jwksJson": ("jwks_json", str),
    "jwksUri": ("jwks_uri", str),
}
# The official plugin looks for snake_case names among camelCase ones, finds none, and says this of every policy.
_ID = "id"
_OUTPUTS = {"name": "name", "uid": "uid", "createTime": "create_time", "updateTime": "update_time"}


class ServicePrincipalFederationPolicy(Resource):
    """Whose tokens log a principal of the account in. What is wrong beyond names and types the official plugin leaves to the account."""

    noun = "service_principal_federation_policy"
    fields = (
        # A number comes through the engine as a double, which holds 2**53 at most.
        Field("servicePrincipalId", float, replaces=True, computed=True),
        Field("policyId", replaces=True, computed=True),
        Field("description"),
        Field("oidcPolicy", dict),
    )
    computed = ("servicePrincipalId", "policyId", *_OUTPUTS)
    imported = ("servicePrincipalId", "policyId")
    renewed = ("updateTime",)
    common_id = _ID

    def faults(self, given: Properties) -> list[Failure]:
        policy = given.get("oidcPolicy")
        return [failure for name, value in policy.items() if (failure := _unfit(name, value))] if isinstance(policy, dict) else []

    def create(self, workspace: "Workspace", inputs: Properties) -> Made:
        policy_id = str(inputs.get("policyId") or "")
        query = {"policy_id": policy_id} if policy_id else {}
        answer = workspace.account_api("POST", _of_principal(inputs), _body(inputs), query=query)
        return Made(_ID, _state(answer))

    def read(self, workspace: "Workspace", resource_id: str, state: Properties) -> Properties:
        return _state(workspace.account_api("GET", _path(state or _imported(resource_id))))

    def update(self, workspace: "Workspace", resource_id: str, inputs: Properties) -> Properties:  # noqa: ARG002 - it says nothing
        mask = {"update_mask": "description,oidc_policy"}
        return _state(workspace.account_api("PATCH", _path(inputs), _body(inputs), query=mask))

    def delete(self, workspace: "Workspace", resource_id: str, state: Properties) -> None:  # noqa: ARG002 - it says nothing
        workspace.account_api("DELETE", _path(state))

    def refusal(self, verb: str, reason: object) -> str:
        # Of the provider's newer half, which has other words.
        return f"failed to {'get' if verb == 'read' else verb} {self.noun}: {reason}"

    def of_an_account(self, properties: Properties) -> bool:  # noqa: ARG002 - whatever they are
        return True


def _of_principal(properties: Properties) -> str:
    return f"/servicePrincipals/{_number(properties)}/federationPolicies"


def _path(properties: Properties) -> str:
    return f"{_of_principal(properties)}/{properties.get('policyId')}"


def _number(properties: Properties) -> int:
    # Terraform's zero of a number that was not given.
    given = properties.get("servicePrincipalId")
    return int(given) if isinstance(given, int | float) else 0


def _body(properties: Properties) -> "Body":
    """All that is known of it: the official plugin sends the computed ones along."""
    policy = properties.get("oidcPolicy")
    oidc = {word: policy.get(name) for name, (word, _) in _OIDC.items()} if isinstance(policy, dict) else {}
    body: Body = {
        "description": properties.get("description"),
        "oidc_policy": {word: value for word, value in oidc.items() if value},
        "policy_id": properties.get("policyId"),
        "service_principal_id": _number(properties),
        **{word: properties.get(name) for name, word in _OUTPUTS.items() if name != "updateTime"},
    }
    return {word: value for word, value in body.items() if value}


def _state(answer: "Body") -> Properties:
    oidc = answer.get("oidc_policy")
    policy = {name: oidc[word] for name, (word, _) in _OIDC.items() if oidc.get(word)} if isinstance(oidc, dict) else None
    return {
        "servicePrincipalId": answer.get("service_principal_id"),
        "policyId": answer.get("policy_id"),
        "description": answer.get("description"),
        "oidcPolicy": policy,
        **{name: answer.get(word) for name, word in _OUTPUTS.items()},
    }


def _imported(resource_id: str) -> Properties:
    principal_id, _, policy_id = resource_id.partition(",")
    if not principal_id.isdecimal() or not policy_id:
        raise InvalidInputError(f"the id must be PRINCIPAL,POLICY, not {resource_id!r}")
    return {"servicePrincipalId": int(principal_id), "policyId": policy_id}


def _unfit(name: str, value: object) -> Failure | None:
    if name not in _OIDC:
        return Failure(f"oidcPolicy.{name}", f"`{name}` is not a property of `oidcPolicy`; it has {', '.join(_OIDC)}.")
    kind = _OIDC[name][1]
    if value is None or value == UNKNOWN or isinstance(value, kind):
        return None
    return Failure(f"oidcPolicy.{name}", f"`oidcPolicy.{name}` must be a {kind.__name__}, not {value!r}.")
