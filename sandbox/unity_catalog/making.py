"""Securables made and deleted by the API: who may, and under which names (api-facts: 6, 6.3, 7.3)."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from uuid import uuid4

from sandbox.caller import Caller
from sandbox.clock import Clock
from sandbox.errors import ApiError, BadRequestError, InvalidParameterValueError, Json
from sandbox.unity_catalog.access import Access, denied
from sandbox.unity_catalog.kind import SecurableKind
from sandbox.unity_catalog.kinds import CATALOG, CONNECTION, EXTERNAL_LOCATION, KINDS, STORAGE_CREDENTIAL, TABLE, VOLUME, namesakes
from sandbox.unity_catalog.rows import Column, Securable

_NO_NAME = re.compile(r"[\s./\x00-\x1f\x7f]")
# A connection is made with passwords among its options, which nobody gets to see again: they are not even kept.
_OPTIONS_KEPT = frozenset({"host", "port", "user", "database", "base_path", "httpPath"})


class _Also(NamedTuple):
    """What making one thing takes on another, besides the right to make it in its place."""

    kind: SecurableKind
    name: str
    privilege: str


class Making:
    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._clock = clock

    def create(self, caller: Caller, kind: SecurableKind, body: Json) -> Securable:
        """The new thing, its creator's own."""
        place, name = _place_and_name(kind, body)
        for required in kind.required:
            _required(body, required)
        self._require_right(caller, kind, place)
        for also in self._also(kind, body):
            self._require(caller, also)
        row = Securable(
            type=kind.type,
            full_name=f"{place}.{name}" if place else name,
            owner=caller.name,
            created_at=self._clock.now(),
            created_by=caller.name,
            id=str(uuid4()),
            subtype=_subtype(kind, body),
            comment=str(body.get("comment") or ""),
            details=_details(kind, body),
            columns=_columns(body) if kind is TABLE else (),
            seeded=False,
        )
        self.add(row)
        return row

    def add(self, row: Securable) -> None:
        """Keeps it, unless its name is taken."""
        if any(self._access.securables.get(f"{other.type}/{row.full_name}") for other in namesakes(row.kind)):
            # The Python SDK has no class for most of these codes, and so shows a bad request.
            name = row.name if row.kind.exists_code.startswith("RESOURCE") else row.full_name
            raise ApiError(f"{row.kind.noun} '{name}' already exists", status=400, error_code=row.kind.exists_code)
        self._access.securables.put(row)

    def delete(self, row: Securable, *, force: bool) -> list[Securable]:
        """All that is gone with it."""
        inside = list(self._inside(row))
        if inside and not force:
            raise BadRequestError(f"{row.title_in_texts} is not empty: {len(inside)} things are in it.")
        for gone in (*inside, row):
            self._access.securables.remove(gone.key)
            if self._access.grants.get(gone.key):
                self._access.grants.remove(gone.key)
        return [*inside, row]

    def _inside(self, row: Securable) -> Iterator[Securable]:
        for kind in KINDS:
            if kind.parent is row.kind:
                for child in self._access.inside(kind, row.full_name):
                    yield from self._inside(child)
                    yield child

    def _require_right(self, caller: Caller, kind: SecurableKind, place: str) -> None:
        if kind.parent is None:
            if not self._access.has(caller, self._access.metastore(), kind.created_by):
                raise denied(self._access.metastore(), kind.created_by)
            return
        parent = self._access.find(kind.parent, place)
        if missing := self._access.missing_privileges(caller, parent, (kind.parent.use, kind.created_by)):
            raise missing

    def _require(self, caller: Caller, also: _Also) -> None:
        row = self._access.find(also.kind, also.name)
        if not self._access.has(caller, row, also.privilege):
            raise denied(row, also.privilege)

    def _also(self, kind: SecurableKind, body: Json) -> Iterator[_Also]:
        if kind is CATALOG and body.get("connection_name"):
            yield _Also(CONNECTION, str(body["connection_name"]), "CREATE_FOREIGN_CATALOG")
        if kind is EXTERNAL_LOCATION:
            yield _Also(STORAGE_CREDENTIAL, str(body["credential_name"]), "CREATE_EXTERNAL_LOCATION")
        if kind is TABLE:
            yield _Also(EXTERNAL_LOCATION, self._location_of(str(body["storage_location"])), "CREATE_EXTERNAL_TABLE")
        if kind is VOLUME and body["volume_type"] == "EXTERNAL":
            yield _Also(EXTERNAL_LOCATION, self._location_of(_required(body, "storage_location")), "CREATE_EXTERNAL_VOLUME")

    def _location_of(self, url: str) -> str:
        """The external location that a path lies in."""
        for row in self._access.inside(EXTERNAL_LOCATION, ""):
            if f"{url.rstrip('/')}/".startswith(f"{str(row.details['url']).rstrip('/')}/"):
                return row.full_name
        # The code is known from public reports, the sentence is inferred.
        raise ApiError(f"No external location covers the path '{url}'.", status=404, error_code=EXTERNAL_LOCATION.missing_code)


def _place_and_name(kind: SecurableKind, body: Json) -> tuple[str, str]:
    parents = ("catalog_name", "schema_name")[: kind.parts - 1]
    name = _required(body, "name")
    if _NO_NAME.search(name):
        raise InvalidParameterValueError(f"'{name}' is no name: it may hold no blank, dot, slash or control character.")
    return ".".join(_required(body, part) for part in parents).lower(), name.lower()


def _required(body: Json, name: str) -> str:
    value = body.get(name)
    if value in (None, "", {}):
        raise InvalidParameterValueError(f"Missing required field: {name}")
    return str(value)


def _subtype(kind: SecurableKind, body: Json) -> str:
    if kind is CATALOG:
        return "FOREIGN_CATALOG" if body.get("connection_name") else "MANAGED_CATALOG"
    given = str(body.get(kind.subtype_field) or "")
    if kind is TABLE and given != "EXTERNAL":
        raise InvalidParameterValueError(f"Only EXTERNAL tables are made by this API, others by SQL; table_type is {given}.")
    return given


def _details(kind: SecurableKind, body: Json) -> Json:
    details = {name: body[name] for name in kind.details if body.get(name) is not None}
    if kind is CONNECTION and isinstance(options := details.get("options"), dict):
        details["options"] = {name: value for name, value in options.items() if name in _OPTIONS_KEPT}
    return details


def _columns(body: Json) -> tuple[Column, ...]:
    given = body.get("columns") or []
    try:
        return tuple(Column(column["name"].lower(), column["type_text"].lower()) for column in given)
    except (AttributeError, KeyError, TypeError) as reason:
        raise InvalidParameterValueError("columns must be a list of objects, each with a name and a type_text.") from reason
