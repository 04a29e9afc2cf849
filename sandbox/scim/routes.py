from collections.abc import Callable

from sandbox.errors import Json, ScimError
from sandbox.routing import Answer, Call, Routes
from sandbox.scim.rendering import GROUPS, SERVICE_PRINCIPALS, USERS, Level, Resource, selected

workspace = Routes()
account = Routes(plane="account")

DEFAULT_COUNT = 100


@workspace.get("/api/2.0/preview/scim/v2/Me")
def get_me(call: Call) -> Json:
    return _selected(call, call.workspace.scim.me(call.caller))


def _selected(call: Call, whole: Json) -> Json:
    return selected(whole, call.query.get("attributes"), call.query.get("excludedAttributes"))


def _reading(routes: Routes, base: str, level: Level, resource: Resource) -> None:
    """Listing and getting, the same for each collection on each level."""

    @routes.get(f"{base}/{resource.collection}")
    def list_all(call: Call, **_: str) -> Json:
        found = call.workspace.scim.listed(call.caller, level, resource, call.query.get("filter"))
        start, count = max(1, _number(call, "startIndex", 1)), max(0, _number(call, "count", DEFAULT_COUNT))
        page = [_selected(call, one) for one in found[start - 1 : start - 1 + count]]
        return {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": len(found),
            "startIndex": start,
            "itemsPerPage": len(page),
            # Clients go on until a page has none (api-facts: 3.3).
            **({"Resources": page} if page else {}),
        }

    @routes.get(f"{base}/{resource.collection}/{{principal_id}}")
    def get_one(call: Call, principal_id: str, **_: str) -> Json:
        return _selected(call, call.workspace.scim.get(call.caller, level, resource, principal_id))


def _patching(routes: Routes, base: str, level: Level, resource: Resource) -> None:
    @routes.patch(f"{base}/{resource.collection}/{{principal_id}}")
    def patch(call: Call, principal_id: str, **_: str) -> Json:
        return call.workspace.scim.patch(call.caller, level, resource, principal_id, call.body)


def _writing(routes: Routes, base: str, level: Level, resource: Resource, create: Callable[[Call], Json]) -> None:
    one = f"{base}/{resource.collection}/{{principal_id}}"

    @routes.post(f"{base}/{resource.collection}")
    def post(call: Call, **_: str) -> Answer:
        return Answer(create(call), 201)

    @routes.put(one)
    def put(call: Call, principal_id: str, **_: str) -> Json:
        return call.workspace.scim.replace(call.caller, level, resource, principal_id, call.body)

    @routes.delete(one)
    def delete(call: Call, principal_id: str, **_: str) -> Answer:
        call.workspace.scim.delete(call.caller, level, resource, principal_id)
        return Answer(None, 204)


def _number(call: Call, name: str, default: int) -> int:
    try:
        return int(call.query.get(name, default))
    except ValueError as reason:
        raise ScimError(400, f"{name} must be a number.", scim_type="invalidValue") from reason


def _all(routes: Routes, base: str, level: Level) -> None:
    for resource in (SERVICE_PRINCIPALS, USERS, GROUPS):
        _reading(routes, base, level, resource)
        _patching(routes, base, level, resource)
    _writing(
        routes, base, level, SERVICE_PRINCIPALS, lambda call: call.workspace.scim.create_service_principal(call.caller, level, call.body)
    )
    _writing(routes, base, level, GROUPS, lambda call: call.workspace.scim.create_group(call.caller, level, call.body))


_all(workspace, "/api/2.0/preview/scim/v2", "workspace")
_all(account, "/api/2.0/accounts/{account_id}/scim/v2", "account")
