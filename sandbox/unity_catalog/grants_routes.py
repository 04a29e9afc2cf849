from collections.abc import Iterable

from sandbox.errors import InvalidParameterValueError, Json
from sandbox.routing import Call, Routes
from sandbox.unity_catalog import rendering
from sandbox.unity_catalog.pages import cut, flag, page
from sandbox.unity_catalog.rows import Grant

routes = Routes()
BASE = "/api/2.1/unity-catalog"

SMALLEST_PAGE_OF_GRANTS = 150


@routes.get(f"{BASE}/permissions/{{securable_type}}/{{full_name}}")
def get_permissions(call: Call, securable_type: str, full_name: str) -> Json:
    return cut(call, "privilege_assignments", _grants(call, securable_type, full_name), _size_of_grants(call, "max_results", unset=None))


@routes.get(f"{BASE}/privilege-assignments/{{securable_type}}/{{full_name}}")
def list_privilege_assignments(call: Call, securable_type: str, full_name: str) -> Json:
    """The same, always in pages."""
    size = _size_of_grants(call, "page_size", unset=SMALLEST_PAGE_OF_GRANTS)
    return cut(call, "privilege_assignments", _grants(call, securable_type, full_name), size)


@routes.patch(f"{BASE}/permissions/{{securable_type}}/{{full_name}}")
def update_permissions(call: Call, securable_type: str, full_name: str) -> Json:
    """Adds and removes, all changes or none."""
    items = rendering.assignments(call.workspace.unity_catalog.change(call.caller, securable_type, full_name, call.body))
    return {"privilege_assignments": items} if items and not call.body.get("omit_permissions_in_response") else {}


@routes.get(f"{BASE}/effective-permissions/{{securable_type}}/{{full_name}}")
def get_effective_permissions(call: Call, securable_type: str, full_name: str) -> Json:
    items = _effective(call, securable_type, full_name)
    return cut(call, "privilege_assignments", items, _size_of_grants(call, "max_results", unset=None))


@routes.get(f"{BASE}/effective-privilege-assignments/{{securable_type}}/{{full_name}}")
def list_effective_privilege_assignments(call: Call, securable_type: str, full_name: str) -> Json:
    """The same, always in pages."""
    size = _size_of_grants(call, "page_size", unset=SMALLEST_PAGE_OF_GRANTS)
    return cut(call, "effective_privilege_assignments", _effective(call, securable_type, full_name), size)


@routes.get(f"{BASE}/shares/{{name}}/permissions")
def get_share_permissions(call: Call, name: str) -> Json:
    return page(call, "privilege_assignments", _of_a_share(call.workspace.unity_catalog.sharing.grants(call.caller, name)))


@routes.patch(f"{BASE}/shares/{{name}}/permissions")
def update_share_permissions(call: Call, name: str) -> Json:
    items = _of_a_share(call.workspace.unity_catalog.sharing.change(call.caller, name, call.body))
    return {"privilege_assignments": items} if items and not call.body.get("omit_permissions_in_response") else {}


def _grants(call: Call, securable_type: str, full_name: str) -> list[Json]:
    found = call.workspace.unity_catalog.grants(
        call.caller,
        securable_type,
        full_name,
        principal=call.query.get("principal"),
        include_deleted=flag(call, "include_deleted_principals"),
    )
    return rendering.assignments(found)


def _effective(call: Call, securable_type: str, full_name: str) -> list[Json]:
    found = call.workspace.unity_catalog.effective(call.caller, securable_type, full_name, principal=call.query.get("principal"))
    return [{"principal": principal, "privileges": items} for principal, items in sorted(found.items())]


def _of_a_share(grants: Iterable[Grant]) -> list[Json]:
    return rendering.assignments((grant, None) for grant in grants)


def _size_of_grants(call: Call, parameter: str, *, unset: int | None) -> int | None:
    """Here a page has at least 150 items (api-facts: 6.2)."""
    asked = call.number(parameter, default=unset or 0)
    if asked < 0 or 0 < asked < SMALLEST_PAGE_OF_GRANTS:
        raise InvalidParameterValueError(f"{parameter} must be 0 or at least {SMALLEST_PAGE_OF_GRANTS}, but is {asked}.")
    return asked or (SMALLEST_PAGE_OF_GRANTS if parameter in call.query else unset)
