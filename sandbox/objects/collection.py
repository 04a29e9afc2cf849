"""Where and how one kind of object is listed, got, made and deleted over HTTP (api-facts: 7.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sandbox.errors import Json
from sandbox.objects.rows import NamedObject
from sandbox.permissions.kind import ObjectKind
from sandbox.routing import Call

Rendering = Callable[[Call, NamedObject], Json]
Matching = Callable[[Call, NamedObject], bool]


@dataclass(frozen=True, slots=True)
class Paging:
    size: str = ""
    """The parameter that says how many a page has; without one the server decides."""
    default: int = 20
    largest: int = 100
    token: str = "page_token"  # noqa: S105 - a parameter's name
    numbered: bool = False
    """Pages have numbers from 1, and go on until one is empty."""


@dataclass(frozen=True, slots=True)
class Making:
    """The body that makes one, and what is answered."""

    name: str = "name"
    within: str = ""
    """The field that holds all others, where there is one."""
    content: str = ""
    """What is remembered of it besides its name."""
    answer: Rendering | None = None
    """If not the object as it is got."""


@dataclass(frozen=True, slots=True)
class Collection:
    kind: ObjectKind
    path: str
    items: str
    listed: Rendering
    got: Rendering | None = None
    """If one object has more to it than a listed one."""
    by: Literal["id", "name"] = "id"
    """What one object is asked for by."""
    parameter: str = ""
    """With one, objects are at `{path}/list`, `/get?{parameter}=`, `/create` and `/delete`; else at `{path}` and `{path}/{id}`."""
    missing: str = ""
    """What is answered for an object that is not there, if not what the Permissions API says; `{id}` is what was asked for."""
    paging: Paging | None = None
    making: Making | None = None
    matches: Matching | None = None
    """Which objects a listing is narrowed to by its parameters."""

    def one(self, call: Call, row: NamedObject) -> Json:
        return (self.got or self.listed)(call, row)

    def find(self, call: Call, asked: str, *, at_least: str = "") -> NamedObject:
        objects = call.workspace.objects
        find = objects.get if self.by == "id" else objects.by_name
        return find(call.caller, self.kind, asked, at_least=at_least, missing=self.missing)
