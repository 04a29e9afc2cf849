"""The console's pages: for looking at, so that each is a GET, and changes nothing."""

from datetime import UTC, datetime

from sandbox.console.excerpt import excerpt
from sandbox.console.objects import Objects
from sandbox.console.principals import Principals
from sandbox.console.rendering import page, static
from sandbox.console.requests import METHODS, NOBODY, OUTCOMES, SHOWN, Requests, Wanted
from sandbox.console.securables import Securables
from sandbox.routing import Answer, Call, Routes
from sandbox.scim.rows import Group

routes = Routes(plane="console")

ON_OVERVIEW = 12


@routes.get("/")
def show_overview(call: Call) -> Answer:
    workspace = call.workspace
    return page(
        "overview",
        host=call.headers["host"],
        site=workspace.site,
        now=workspace.clock.now(),
        machine_time=datetime.now(UTC),
        propagation_s=workspace.faults.conditions.propagation_s,
        other_conditions=workspace.faults.conditions.model_dump(exclude_defaults=True, exclude={"seed", "propagation_s"}),
        faults=workspace.faults.pending,
        # Who can log in comes first.
        service_principals=sorted(Principals(workspace).service_principals(), key=lambda shown: not shown.can_log_in),
        people=len(workspace.directory.users),
        groups=len(workspace.directory.groups),
        objects=Objects(workspace).counts(),
        securables=len(Securables(workspace)),
        logged=len(Requests(workspace)),
        requests=Requests(workspace).newest(Wanted(), limit=ON_OVERVIEW),
        limit=ON_OVERVIEW,
    )


@routes.get("/console/principals")
def show_principals(call: Call) -> Answer:
    principals, wanted = Principals(call.workspace), _wanted(call)
    return page(
        "principals",
        now=call.workspace.clock.now(),
        wanted=wanted,
        service_principals=principals.service_principals(wanted),
        people=principals.people(wanted),
        groups=principals.groups(wanted),
    )


@routes.get("/console/principal")
def show_principal(call: Call) -> Answer:
    principals = Principals(call.workspace)
    shown = principals.find(call.query.get("id", ""))
    if shown is None:
        return _missing("principal")
    named, show = shown.named, call.query.get("show", "")
    objects = Objects(call.workspace).held_by(named, principals.names_in_workspace(shown.row))
    grants = Securables(call.workspace).held_by(named, principals.names_in_account(shown.row))
    return page(
        "principal",
        now=call.workspace.clock.now(),
        shown=shown,
        members=principals.members(shown.row) if isinstance(shown.row, Group) else [],
        objects=excerpt(objects, show, is_direct=lambda held: held.is_direct),
        grants=excerpt(grants, show, is_direct=lambda granted: granted.holder == named),
    )


@routes.get("/console/objects")
def show_objects(call: Call) -> Answer:
    objects, wanted = Objects(call.workspace), _wanted(call)
    kind = objects.kind(call.query.get("kind", ""))
    found = objects.search(wanted, kind) if kind or wanted else []
    return page("objects", counts=objects.counts(), chosen=kind, wanted=wanted, objects=found)


@routes.get("/console/object")
def show_object(call: Call) -> Answer:
    objects = Objects(call.workspace)
    shown = objects.find(call.query.get("type", ""), call.query.get("id", ""))
    if shown is None:
        return _missing("object")
    return page("object", shown=shown, access_list=objects.access_list(shown), holders=objects.held_on(shown))


@routes.get("/console/securables")
def show_securables(call: Call) -> Answer:
    securables, wanted = Securables(call.workspace), _wanted(call)
    found = securables.search(wanted) if wanted else []
    return page("securables", wanted=wanted, found=found, trees={} if wanted else securables.trees())


@routes.get("/console/securable")
def show_securable(call: Call) -> Answer:
    securables = Securables(call.workspace)
    shown = securables.find(call.query.get("type", ""), call.query.get("name", ""))
    if shown is None:
        return _missing("securable")
    return page(
        "securable",
        shown=shown,
        above=securables.above(shown),
        owner=securables.owner(shown),
        inside=securables.inside(shown),
        granted=securables.grants_on(shown),
        inherited=securables.inherited_by(shown),
    )


@routes.get("/console/requests")
def show_requests(call: Call) -> Answer:
    requests, wanted = Requests(call.workspace), Wanted.by(call.query)
    return page(
        "requests",
        wanted=wanted,
        logged=len(requests),
        requests=requests.newest(wanted),
        callers=requests.callers(),
        nobody=NOBODY,
        methods=METHODS,
        outcomes=dict.fromkeys(OUTCOMES.values()),
    )


@routes.get("/console/requests/rows")
def show_newest_requests(call: Call) -> Answer:
    """The rows alone, for the script that keeps them new."""
    limit = max(0, min(call.number("limit", default=SHOWN), SHOWN))
    return page("request_rows", requests=Requests(call.workspace).newest(Wanted.by(call.query), limit=limit))


@routes.get("/console/style.css")
def get_style(call: Call) -> Answer:  # noqa: ARG001 - the same for all calls
    return static("style.css", "text/css")


@routes.get("/console/live.js")
def get_script(call: Call) -> Answer:  # noqa: ARG001 - as above
    return static("live.js", "text/javascript")


@routes.get("/console/icon.svg")
def get_icon(call: Call) -> Answer:  # noqa: ARG001 - as above
    return static("icon.svg", "image/svg+xml")


def _wanted(call: Call) -> str:
    """What somebody looks for; all, where that is nothing."""
    return call.query.get("q", "").strip()


def _missing(what: str) -> Answer:
    return page("missing", status=404, what=what)
