"""What there is of each row of the tables of kinds, as the official client lists it: a row that it cannot list fails the tests here."""

from collections import Counter
from collections.abc import Iterator

from model.kinds import Fixed, ObjectKind, SecurableKind
from tests.clients.objects import BY_REQUEST_TYPE, Listed
from tests.clients.securables import SECURABLES
from tests.harness import Sandbox

BY_NAME = {kind.name: kind for kind in SECURABLES}


def objects_of(sandbox: Sandbox, kind: ObjectKind) -> list[Listed]:
    """All objects of a kind."""
    if isinstance(kind.found, Fixed):
        return [Listed(name, name) for name in kind.found.names]
    if kind.guarded_by == "secrets":
        return [Listed(str(one.name), str(one.name)) for one in sandbox.admin.secrets.list_scopes()]
    return BY_REQUEST_TYPE[kind.request_type].listed(sandbox.admin, None)


def named_once(sandbox: Sandbox, kind: ObjectKind) -> list[Listed]:
    """Those whose name means one thing."""
    found = objects_of(sandbox, kind)
    times = Counter(each.name for each in found)
    return [each for each in found if times[each.name] == 1]


def not_everybodys(sandbox: Sandbox, kind: ObjectKind) -> Iterator[Listed]:
    """Those of them that not every principal may use anyway."""
    return (each for each in named_once(sandbox, kind) if '"users"' not in sandbox.http.get(kind.access_list(each.id)).text)


def securables_of(sandbox: Sandbox, kind: SecurableKind) -> list[str]:
    """The full names of securables of a kind; of those in a schema, of one schema's."""
    if kind.key == "metastore":
        return [str(one.name) for one in sandbox.admin.metastores.list()]
    return BY_NAME[kind.key.removesuffix("s").replace("_", " ")].listed(sandbox.admin, None)
