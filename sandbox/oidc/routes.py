from urllib.parse import parse_qsl

from sandbox.errors import Json
from sandbox.oidc.endpoint import TokenEndpoint
from sandbox.oidc.logins import GRANTS
from sandbox.routing import Call, Routes

routes = Routes(plane="open")


def _host(call: Call) -> str:
    return f"http://{call.headers['host']}"


def _metadata(root: str) -> Json:
    return {
        "issuer": root,
        "authorization_endpoint": f"{root}/v1/authorize",
        "token_endpoint": f"{root}/v1/token",
        "jwks_uri": f"{root}/jwks.json",
        "scopes_supported": ["all-apis", "sql", "openid", "profile", "email", "offline_access"],
        "response_types_supported": ["code", "id_token"],
        "grant_types_supported": [*GRANTS],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }


@routes.get("/.well-known/databricks-config")
def databricks_config(call: Call) -> Json:
    """Without an account id: it would land in every client's config (api-facts: 1.1)."""
    known = {"workspace_id": call.workspace.site.workspace_id} if call.workspace.faults.conditions.workspace_id_in_metadata else {}
    return {"oidc_endpoint": f"{_host(call)}/oidc", "cloud": "AWS", **known}


@routes.get("/oidc/.well-known/oauth-authorization-server")
@routes.get("/oidc/.well-known/openid-configuration")
def workspace_metadata(call: Call) -> Json:
    return _metadata(f"{_host(call)}/oidc")


@routes.get("/oidc/accounts/{account_id}/.well-known/oauth-authorization-server")
def account_metadata(call: Call, account_id: str) -> Json:
    return _metadata(f"{_host(call)}/oidc/accounts/{account_id}")


@routes.get("/oidc/jwks.json")
def workspace_keys(call: Call) -> Json:
    return call.workspace.oidc.jwks()


@routes.get("/oidc/accounts/{account_id}/jwks.json")
def account_keys(call: Call, account_id: str) -> Json:  # noqa: ARG001 - one server has one key
    return call.workspace.oidc.jwks()


@routes.post("/oidc/v1/token")
async def workspace_token(call: Call) -> Json:
    site = call.workspace.site
    return await _token(call, TokenEndpoint(f"{_host(call)}/oidc", site.workspace_id, site.account_id, to_workspace=True))


@routes.post("/oidc/accounts/{account_id}/v1/token")
async def account_token(call: Call, account_id: str) -> Json:
    issuer = f"{_host(call)}/oidc/accounts/{account_id}"
    return await _token(call, TokenEndpoint(issuer, account_id, account_id, to_workspace=False))


async def _token(call: Call, endpoint: TokenEndpoint) -> Json:
    form = dict(parse_qsl(call.raw_body.decode("latin-1")))
    return await call.workspace.oidc.token(form, call.headers.get("authorization"), endpoint)
