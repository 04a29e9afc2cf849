"""What a SCIM body asks for: the attributes of a POST and PUT, the operations of a PATCH (api-facts: 3.3)."""

import re
from dataclasses import dataclass, replace

from sandbox.errors import Json, ScimError
from sandbox.scim.rows import ENTITLEMENTS, Group, Principal, ServicePrincipal

SELECTOR = re.compile(r"""(\w+)\[\s*value\s+eq\s+["']([^"']*)["']\s*\]""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Operation:
    verb: str
    """add, remove or replace."""
    attribute: str
    value: object


def values_of(given: object) -> tuple[str, ...]:
    """The `value`s of a list; an empty object in it means none: the official plugin sends `[{}]` (api-facts: 3.3)."""
    items = [given] if isinstance(given, dict) else given
    if items is None:
        return ()
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _unreadable("a list of objects with a value was expected")
    return tuple(dict.fromkeys(str(item["value"]) for item in items if item.get("value") is not None))


def entitlements_of(given: object) -> tuple[str, ...]:
    words = values_of(given)
    if unknown := [word for word in words if word not in ENTITLEMENTS]:
        raise ScimError(400, f"Entitlement {unknown[0]} is not supported.", scim_type="invalidValue")
    return words


def text_of(given: object) -> str | None:
    given = _single(given)
    return None if given is None else str(given)


def flag_of(given: object) -> bool:
    """`active` comes as a bool, as its word, or as a list of one with the word."""
    given = str(_single(given)).lower()
    if given not in ("true", "false"):
        raise _unreadable(f"active cannot be {given}")
    return given == "true"


def operations_of(body: Json) -> list[Operation]:
    given = body.get("Operations")
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise _unreadable("Operations must be a list")
    return [operation for item in given for operation in _operations(item)]


def changed(row: Principal, operation: Operation) -> Principal:
    """The row after one operation; repeating one is no error."""
    name, value = operation.attribute.lower(), operation.value
    if name == "entitlements":
        return replace(row, entitlements=_combined(row.entitlements, operation, entitlements_of(value)))
    if name == "roles":
        return replace(row, roles=_combined(row.roles, operation, values_of(value)))
    if name == "members" and isinstance(row, Group):
        return replace(row, members=_combined(row.members, operation, values_of(value)))
    if name == "displayname":
        return replace(row, display_name=text_of(value) or row.display_name)
    if name == "externalid":
        return replace(row, external_id=None if operation.verb == "remove" else text_of(value))
    if name == "active" and isinstance(row, ServicePrincipal):
        return replace(row, active=flag_of(value))
    raise ScimError(400, f"No such attribute with the name : {operation.attribute} in the current resource", scim_type="invalidPath")


def _operations(item: Json) -> list[Operation]:
    verb = str(item.get("op", "")).lower()
    if verb not in ("add", "remove", "replace"):
        raise _unreadable(f"op cannot be {item.get('op')}")
    path, value = item.get("path"), item.get("value")
    if path is None:
        if not isinstance(value, dict):
            raise _unreadable("without a path the value must be an object")
        return [Operation(verb, name, one) for name, one in value.items()]
    if selector := SELECTOR.fullmatch(str(path)):
        return [Operation(verb, selector[1], [{"value": selector[2]}])]
    return [Operation(verb, str(path), value)]


def _combined(before: tuple[str, ...], operation: Operation, given: tuple[str, ...]) -> tuple[str, ...]:
    if operation.verb == "replace":
        return given
    if operation.verb == "add":
        return tuple(dict.fromkeys((*before, *given)))
    # Without a value everything goes.
    return tuple(word for word in before if given and word not in given)


def _single(given: object) -> object:
    if isinstance(given, list):
        given = given[0] if given else None
    return given.get("value") if isinstance(given, dict) else given


def _unreadable(what: str) -> ScimError:
    return ScimError(400, f"Request is unparsable, syntactically incorrect, or violates schema: {what}.", scim_type="invalidSyntax")
