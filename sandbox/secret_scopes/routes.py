import base64

from sandbox.clock import epoch_ms
from sandbox.errors import InvalidParameterValueError, Json
from sandbox.permissions.access_list import Entry
from sandbox.routing import Call, Routes

routes = Routes()


def acl_as_json(entry: Entry) -> Json:
    return {"principal": entry.who.name, "permission": entry.level}


@routes.get("/api/2.0/secrets/scopes/list")
def list_scopes(call: Call) -> Json:
    found = [{"name": scope.name, "backend_type": "DATABRICKS"} for scope in call.workspace.secret_scopes.visible(call.caller)]
    return {"scopes": found} if found else {}


@routes.post("/api/2.0/secrets/scopes/create")
def create_scope(call: Call) -> Json:
    call.workspace.secret_scopes.create(call.caller, call.required("scope"), call.body.get("initial_manage_principal"))
    return {}


@routes.post("/api/2.0/secrets/scopes/delete")
def delete_scope(call: Call) -> Json:
    call.workspace.secret_scopes.delete(call.caller, call.required("scope"))
    return {}


@routes.get("/api/2.0/secrets/list")
def list_secrets(call: Call) -> Json:
    secrets = call.workspace.secret_scopes.secrets(call.caller, call.required("scope"))
    found = [{"key": secret.name, "last_updated_timestamp": epoch_ms(secret.updated_at)} for secret in secrets]
    return {"secrets": found} if found else {}


@routes.get("/api/2.0/secrets/get")
def get_secret(call: Call) -> Json:
    secret = call.workspace.secret_scopes.secret(call.caller, call.required("scope"), call.required("key"))
    return {"key": secret.name, "value": secret.value}


@routes.post("/api/2.0/secrets/put")
def put_secret(call: Call) -> Json:
    text, encoded = call.body.get("string_value"), call.body.get("bytes_value")
    given = text if text is not None else encoded
    if not isinstance(given, str) or (text is not None and encoded is not None):
        raise InvalidParameterValueError("Exactly one of string_value and bytes_value must be given.")
    value = base64.b64encode(given.encode()).decode() if text is not None else given
    call.workspace.secret_scopes.put_secret(call.caller, call.required("scope"), call.required("key"), value)
    return {}


@routes.post("/api/2.0/secrets/delete")
def delete_secret(call: Call) -> Json:
    call.workspace.secret_scopes.delete_secret(call.caller, call.required("scope"), call.required("key"))
    return {}


@routes.get("/api/2.0/secrets/acls/list")
def list_acls(call: Call) -> Json:
    entries = call.workspace.secret_scopes.acls(call.caller, call.required("scope"))
    return {"items": [acl_as_json(entry) for entry in entries]} if entries else {}


@routes.get("/api/2.0/secrets/acls/get")
def get_acl(call: Call) -> Json:
    return acl_as_json(call.workspace.secret_scopes.acl(call.caller, call.required("scope"), call.required("principal")))


@routes.post("/api/2.0/secrets/acls/put")
def put_acl(call: Call) -> Json:
    principal, level = call.required("principal"), call.required("permission")
    call.workspace.secret_scopes.put_acl(call.caller, call.required("scope"), principal, level)
    return {}


@routes.post("/api/2.0/secrets/acls/delete")
def delete_acl(call: Call) -> Json:
    call.workspace.secret_scopes.delete_acl(call.caller, call.required("scope"), call.required("principal"))
    return {}
