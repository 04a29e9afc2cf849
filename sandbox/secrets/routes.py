from sandbox.errors import Json
from sandbox.paging import page_of
from sandbox.routing import Call, Routes

proxy = Routes()
"""The workspace's way to the account's secrets; its path has no account id (api-facts: 4.1)."""
account = Routes(plane="account")


def _create(call: Call, principal_id: str) -> Json:
    return call.workspace.secrets.create(principal_id, call.body.get("lifetime"), call.body.get("scopes") or [])


def _list(call: Call, principal_id: str) -> Json:
    size = call.number("page_size", default=0) or 100
    page, token = page_of(call.workspace.secrets.live(principal_id), size=size, token=call.query.get("page_token"))
    return {"secrets": [row.as_json() for row in page], **({"next_page_token": token} if token else {})} if page else {}


def _delete(call: Call, principal_id: str, secret_id: str) -> Json:
    call.workspace.secrets.delete(principal_id, secret_id)
    return {}


@proxy.post("/api/2.0/accounts/servicePrincipals/{principal_id}/credentials/secrets")
def create_by_proxy(call: Call, principal_id: str) -> Json:
    call.caller.require_workspace_admin()
    return _create(call, principal_id)


@proxy.get("/api/2.0/accounts/servicePrincipals/{principal_id}/credentials/secrets")
def list_by_proxy(call: Call, principal_id: str) -> Json:
    call.caller.require_workspace_admin()
    return _list(call, principal_id)


@proxy.delete("/api/2.0/accounts/servicePrincipals/{principal_id}/credentials/secrets/{secret_id}")
def delete_by_proxy(call: Call, principal_id: str, secret_id: str) -> Json:
    call.caller.require_workspace_admin()
    return _delete(call, principal_id, secret_id)


@account.post("/api/2.0/accounts/{account_id}/servicePrincipals/{principal_id}/credentials/secrets")
def create_secret(call: Call, account_id: str, principal_id: str) -> Json:  # noqa: ARG001 - the gate looked at it
    call.caller.require_account_admin()
    return _create(call, principal_id)


@account.get("/api/2.0/accounts/{account_id}/servicePrincipals/{principal_id}/credentials/secrets")
def list_secrets(call: Call, account_id: str, principal_id: str) -> Json:  # noqa: ARG001 - the gate looked at it
    call.caller.require_account_admin()
    return _list(call, principal_id)


@account.delete("/api/2.0/accounts/{account_id}/servicePrincipals/{principal_id}/credentials/secrets/{secret_id}")
def delete_secret(call: Call, account_id: str, principal_id: str, secret_id: str) -> Json:  # noqa: ARG001 - the gate looked at it
    call.caller.require_account_admin()
    return _delete(call, principal_id, secret_id)
