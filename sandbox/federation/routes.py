"""The account's API of federation policies. No path of the workspace leads here (api-facts: 4.2)."""

from sandbox.errors import Json
from sandbox.paging import page_of
from sandbox.routing import Call, Routes

routes = Routes(plane="account")

_OF_PRINCIPAL = "/api/2.0/accounts/{account_id}/servicePrincipals/{principal_id}/federationPolicies"
_OF_ACCOUNT = "/api/2.0/accounts/{account_id}/federationPolicies"


@routes.post(_OF_PRINCIPAL)
@routes.post(_OF_ACCOUNT)
def create_policy(call: Call, account_id: str, principal_id: str | None = None) -> Json:
    call.caller.require_account_admin()
    return call.workspace.federation.create(principal_id, call.query.get("policy_id"), call.body).as_json(account_id)


@routes.get(_OF_PRINCIPAL)
@routes.get(_OF_ACCOUNT)
def list_policies(call: Call, account_id: str, principal_id: str | None = None) -> Json:
    call.caller.require_account_admin()
    size = call.number("page_size", default=0) or 100
    page, token = page_of(call.workspace.federation.listed(principal_id), size=size, token=call.query.get("page_token"))
    return {"policies": [row.as_json(account_id) for row in page], **({"next_page_token": token} if token else {})} if page else {}


@routes.get(f"{_OF_PRINCIPAL}/{{policy_id}}")
@routes.get(f"{_OF_ACCOUNT}/{{policy_id}}")
def get_policy(call: Call, account_id: str, policy_id: str, principal_id: str | None = None) -> Json:
    call.caller.require_account_admin()
    return call.workspace.federation.get(principal_id, policy_id).as_json(account_id)


@routes.patch(f"{_OF_PRINCIPAL}/{{policy_id}}")
@routes.patch(f"{_OF_ACCOUNT}/{{policy_id}}")
def update_policy(call: Call, account_id: str, policy_id: str, principal_id: str | None = None) -> Json:
    call.caller.require_account_admin()
    row = call.workspace.federation.update(principal_id, policy_id, call.body, call.query.get("update_mask"))
    return row.as_json(account_id)


@routes.delete(f"{_OF_PRINCIPAL}/{{policy_id}}")
@routes.delete(f"{_OF_ACCOUNT}/{{policy_id}}")
def delete_policy(call: Call, account_id: str, policy_id: str, principal_id: str | None = None) -> Json:  # noqa: ARG001 - the gate looked at it
    call.caller.require_account_admin()
    call.workspace.federation.delete(principal_id, policy_id)
    return {}
