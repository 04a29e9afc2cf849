"""Directories and what lies in them: who inherits what, who sees what, who may write."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from databricks.sdk.errors import BadRequest, InvalidParameterValue, NotFound, PermissionDenied, ResourceAlreadyExists
from databricks.sdk.service.workspace import ExportFormat, ImportFormat, Language, ObjectType

from tests.harness import Newcomer, Sandbox

Names = Callable[[], list[str | None]]

DEEP = "/Teams/cx/surveys/nightly/load"
HOME = "/Users/katya.ivanova@acme.example"


def object_id(sandbox: Sandbox, path: str) -> str:
    return str(sandbox.admin.workspace.get_status(path).object_id)


def levels_of(sandbox: Sandbox, kind: str, identity: str, who: str) -> list[dict[str, Any]]:
    entries = sandbox.http.get(f"/api/2.0/permissions/{kind}/{identity}").json()["access_control_list"]
    return [
        level
        for one in entries
        if who in (one.get("group_name"), one.get("user_name"), one.get("service_principal_name"))
        for level in one["all_permissions"]
    ]


def put(sandbox: Sandbox, kind: str, identity: str, *entries: dict[str, str]) -> Any:  # noqa: ANN401 - what the server answers
    return sandbox.http.put(f"/api/2.0/permissions/{kind}/{identity}", json={"access_control_list": list(entries)})


def test_three_directories_hand_down_what_each_has(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A notebook shows its own entry and those of all directories above, each with the one that gives it."""
    above = {"/Teams/cx": "CAN_READ", "/Teams/cx/surveys": "CAN_EDIT", "/Teams/cx/surveys/nightly": "CAN_READ"}
    for path, level in above.items():
        sandbox.grant("directories", object_id(sandbox, path), newcomer, level)
    sandbox.grant("notebooks", object_id(sandbox, DEEP), newcomer, "CAN_RUN")

    reading = [f"/directories/{object_id(sandbox, path)}" for path in ("/Teams/cx/surveys/nightly", "/Teams/cx")]
    assert levels_of(sandbox, "notebooks", object_id(sandbox, DEEP), newcomer.application_id) == [
        {"permission_level": "CAN_RUN", "inherited": False},
        {"permission_level": "CAN_READ", "inherited": True, "inherited_from_object": reading},
        {
            "permission_level": "CAN_EDIT",
            "inherited": True,
            "inherited_from_object": [f"/directories/{object_id(sandbox, '/Teams/cx/surveys')}"],
        },
    ]


def test_the_highest_level_from_anywhere_counts(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """CAN_MANAGE from a directory far above beats CAN_READ on the object itself; taken away, the lower is left."""
    notebook, top = object_id(sandbox, DEEP), object_id(sandbox, "/Teams")
    sandbox.grant("notebooks", notebook, newcomer, "CAN_READ")
    http = sandbox.http_as(newcomer)
    assert http.get(f"/api/2.0/permissions/notebooks/{notebook}").status_code == 403

    sandbox.grant("directories", top, newcomer, "CAN_MANAGE")
    assert http.get(f"/api/2.0/permissions/notebooks/{notebook}").status_code == 200

    put(sandbox, "directories", top)
    assert http.get(f"/api/2.0/permissions/notebooks/{notebook}").status_code == 403
    assert sandbox.client_of(newcomer).workspace.get_status(DEEP).path == DEEP


def test_a_nested_group_inherits_too(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A member of a group within a group sees what the outer group was given on a directory above."""
    inner = sandbox.admin.groups.create(display_name="inner").id
    outer = sandbox.admin.groups.create(display_name="outer").id
    for group, member in ((inner, newcomer.id), (outer, inner)):
        operation = {"op": "add", "path": "members", "value": [{"value": member}]}
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
        assert sandbox.http.patch(f"/api/2.0/preview/scim/v2/Groups/{group}", json=body).status_code < 300
    client = sandbox.client_of(newcomer)
    with pytest.raises(NotFound):
        client.workspace.get_status(DEEP)

    entry = {"group_name": "outer", "permission_level": "CAN_READ"}
    folder = object_id(sandbox, "/Teams/cx")
    sandbox.http.patch(f"/api/2.0/permissions/directories/{folder}", json={"access_control_list": [entry]})

    assert client.workspace.get_status(DEEP).object_type == ObjectType.NOTEBOOK


@pytest.mark.parametrize("kind", ["queries", "dashboards", "genie", "experiments"])
def test_what_has_a_listing_of_its_own_inherits_too(sandbox: Sandbox, newcomer: Newcomer, kind: str) -> None:
    """A query, a dashboard, a Genie space, an experiment lie in a directory, and are seen with a level on it."""
    client = sandbox.client_of(newcomer)
    listings: dict[str, Names] = {
        "queries": lambda: [one.display_name for one in client.queries.list()],
        "dashboards": lambda: [one.display_name for one in client.lakeview.list()],
        "genie": lambda: [one.title for one in client.genie.list_spaces().spaces or []],
        "experiments": lambda: [one.name for one in client.experiments.list_experiments()],
    }
    seen = {
        "queries": "Response rate",
        "dashboards": "Ticket backlog",
        "genie": "Ask the survey data",
        "experiments": "/Teams/cx/surveys/topic-model",
    }
    assert seen[kind] not in listings[kind]()
    sandbox.grant("directories", object_id(sandbox, "/Teams/cx"), newcomer, "CAN_RUN")
    assert seen[kind] in listings[kind]()


def test_an_experiment_has_no_run_level_to_inherit(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """CAN_RUN on its directory is CAN_READ on it."""
    sandbox.grant("directories", object_id(sandbox, "/Teams/science"), newcomer, "CAN_RUN")
    experiment = sandbox.admin.experiments.get_by_name("/Teams/science/forecast").experiment
    assert experiment
    assert experiment.experiment_id

    (level,) = levels_of(sandbox, "experiments", experiment.experiment_id, newcomer.application_id)
    assert (level["permission_level"], level["inherited"]) == ("CAN_READ", True)


def test_the_root_gives_to_everything(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """It is shown as `/directories/`; admins have theirs from it."""
    sandbox.grant("directories", "0", newcomer, "CAN_READ")
    notebook = object_id(sandbox, DEEP)

    for who, level in ((newcomer.application_id, "CAN_READ"), ("admins", "CAN_MANAGE")):
        assert levels_of(sandbox, "notebooks", notebook, who) == [
            {"permission_level": level, "inherited": True, "inherited_from_object": ["/directories/"]}
        ]
    assert levels_of(sandbox, "directories", "0", "admins") == [{"permission_level": "CAN_MANAGE", "inherited": False}]


@pytest.mark.parametrize(
    ("where", "refusal"),
    [
        ("directories/0", "Cannot remove admins's CAN_MANAGE permission on 0"),
        ("registered-models/root", "Cannot change permissions for group 'admins' to None."),
        ("authorization/tokens", "Cannot remove admins's CAN_MANAGE permission on tokens"),
    ],
)
def test_a_root_keeps_its_admins(sandbox: Sandbox, newcomer: Newcomer, where: str, refusal: str) -> None:
    """A PUT there must name `admins` with CAN_MANAGE; with them it is done, and a PATCH needs no such word."""
    kind, _, identity = where.partition("/")
    level = "CAN_USE" if kind == "authorization" else "CAN_READ"
    before = sandbox.direct_levels(kind, identity)
    mine = {"service_principal_name": newcomer.application_id, "permission_level": level}

    for entries in ((), (mine,), (mine, {"group_name": "admins", "permission_level": level})):
        answer = put(sandbox, kind, identity, *entries)
        assert (answer.status_code, answer.json()["error_code"], answer.json()["message"]) == (400, "BAD_REQUEST", refusal)
    assert sandbox.direct_levels(kind, identity) == before

    sandbox.grant(kind, identity, newcomer, level)
    assert sandbox.direct_levels(kind, identity) == before | {newcomer.application_id: level}
    assert put(sandbox, kind, identity, mine, {"group_name": "admins", "permission_level": "CAN_MANAGE"}).status_code == 200
    assert sandbox.direct_levels(kind, identity) == {newcomer.application_id: level, "admins": "CAN_MANAGE"}


def test_the_root_of_all_models_gives_to_each(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A level on `registered-models/root` is one on every model; the root itself is in no list."""
    client = sandbox.client_of(newcomer)
    assert list(client.model_registry.list_models()) == []

    sandbox.grant("registered-models", "root", newcomer, "CAN_READ")

    assert {one.name for one in client.model_registry.list_models()} == {one.name for one in sandbox.admin.model_registry.list_models()}
    model = client.model_registry.get_model("fraud").registered_model_databricks
    assert model
    assert str(model.permission_level) == "PermissionLevel.CAN_READ"
    assert "root" not in {one.name for one in client.model_registry.search_models()}


def test_passwords_are_only_used(sandbox: Sandbox) -> None:
    """`authorization/passwords` has one level, and each authorization its own type."""
    shown = {name: sandbox.http.get(f"/api/2.0/permissions/authorization/{name}").json() for name in ("tokens", "passwords")}
    levels = {
        name: [
            one["permission_level"]
            for one in sandbox.http.get(f"/api/2.0/permissions/authorization/{name}/permissionLevels").json()["permission_levels"]
        ]
        for name in shown
    }

    assert levels == {"tokens": ["CAN_USE", "CAN_MANAGE"], "passwords": ["CAN_USE"]}
    for name, one in shown.items():
        assert (one["object_type"], one["object_id"]) == (name, f"/authorization/{name}")
    missing = sandbox.http.get("/api/2.0/permissions/authorization/keys")
    assert (missing.status_code, missing.json()["message"]) == (404, "keys keys does not exist")


def test_the_shared_directory_is_everybodys(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """`users` manage it, so a newcomer writes there without any grant."""
    assert levels_of(sandbox, "directories", object_id(sandbox, "/Shared"), "users") == [
        {"permission_level": "CAN_MANAGE", "inherited": False}
    ]
    client = sandbox.client_of(newcomer)
    client.workspace.mkdirs("/Shared/mine/deeper")

    assert client.workspace.get_status("/Shared/mine/deeper").object_type == ObjectType.DIRECTORY
    assert sandbox.direct_levels("directories", object_id(sandbox, "/Shared/mine")) == {newcomer.application_id: "CAN_MANAGE"}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_home_keeps_its_owner(sandbox: Sandbox, newcomer: Newcomer, method: str) -> None:
    """Whatever is written, a person manages its own home."""
    home = object_id(sandbox, HOME)
    lowered = [
        {"user_name": "katya.ivanova@acme.example", "permission_level": "CAN_READ"},
        {"service_principal_name": newcomer.application_id, "permission_level": "CAN_RUN"},
    ]
    answer = sandbox.http.request(method, f"/api/2.0/permissions/directories/{home}", json={"access_control_list": lowered})

    assert answer.status_code == 200
    assert sandbox.direct_levels("directories", home) == {
        "katya.ivanova@acme.example": "CAN_MANAGE",
        newcomer.application_id: "CAN_RUN",
    }


def test_a_service_principal_has_a_home_when_it_needs_one(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """`/Users/{application id}` is made with the first thing in it; another's home stays closed."""
    client = sandbox.client_of(newcomer)
    home = f"/Users/{newcomer.application_id}"
    client.workspace.mkdirs(f"{home}/notes")

    assert sandbox.direct_levels("directories", object_id(sandbox, home)) == {newcomer.application_id: "CAN_MANAGE"}
    with pytest.raises(PermissionDenied):
        client.workspace.mkdirs(f"{HOME}/notes")


def test_a_way_leads_to_what_was_granted(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """The directories above one notebook are seen by name, and nothing else in them."""
    sandbox.grant("notebooks", object_id(sandbox, DEEP), newcomer, "CAN_READ")
    client = sandbox.client_of(newcomer)

    assert [one.path for one in client.workspace.list("/")] == ["/Shared", "/Teams"]
    assert [one.path for one in client.workspace.list("/Teams/cx")] == ["/Teams/cx/surveys"]
    assert [one.path for one in client.workspace.list("/Teams/cx/surveys/nightly")] == [DEEP]
    with pytest.raises(NotFound, match=r"Path \(/Teams/cx/nps\) doesn't exist\."):
        client.workspace.get_status("/Teams/cx/nps")
    with pytest.raises(PermissionDenied, match=f"{newcomer.application_id} does not have Manage permissions on /Teams/cx"):
        client.workspace.delete("/Teams/cx", recursive=True)


def test_a_listing_says_what_lies_there(sandbox: Sandbox) -> None:
    """Directories, notebooks with their language, files, and dashboards with their own id beside their number."""
    found = {str(one.path): one for one in sandbox.admin.workspace.list("/Teams/cx")}
    dashboard = next(one for one in sandbox.admin.lakeview.list() if one.display_name == "Ticket backlog")

    assert found["/Teams/cx/surveys"].object_type == ObjectType.DIRECTORY
    assert found["/Teams/cx/nps"].language == Language.SQL
    assert found["/Teams/cx/Ticket backlog.lvdash.json"].object_type == ObjectType.DASHBOARD
    assert found["/Teams/cx/Ticket backlog.lvdash.json"].resource_id == dashboard.dashboard_id
    repos = sandbox.admin.workspace.list("/Repos/production")
    assert {one.object_type for one in repos} == {ObjectType.REPO}
    assert sandbox.admin.workspace.get_status("/Workspace/Teams/cx/nps") == found["/Teams/cx/nps"]


def test_a_notebook_is_read_under_its_level(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Without any level it is not there; with CAN_READ its text comes, whole or as JSON."""
    client = sandbox.client_of(newcomer)
    with pytest.raises(NotFound, match="doesn't exist"):
        client.workspace.export("/Teams/cx/nps")
    sandbox.grant("notebooks", object_id(sandbox, "/Teams/cx/nps"), newcomer, "CAN_READ")

    exported = client.workspace.export("/Teams/cx/nps", format=ExportFormat.SOURCE)
    assert exported.file_type == "sql"
    assert base64.b64decode(exported.content or "") == b"SELECT score FROM main.surveys.responses"
    with client.workspace.download("/Teams/cx/nps") as text:
        assert text.read() == b"SELECT score FROM main.surveys.responses"


def test_writing_takes_a_level_too(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A new notebook wants its directory managed, an old one CAN_EDIT; and it keeps its list when it is overwritten."""
    client, text = sandbox.client_of(newcomer), base64.b64encode(b"SELECT 1").decode()

    def write(path: str, *, overwrite: bool) -> None:
        client.workspace.import_(path, content=text, format=ImportFormat.SOURCE, language=Language.SQL, overwrite=overwrite)

    sandbox.grant("notebooks", object_id(sandbox, "/Teams/cx/nps"), newcomer, "CAN_RUN")
    with pytest.raises(PermissionDenied, match="Edit permissions on /Teams/cx/nps"):
        write("/Teams/cx/nps", overwrite=True)
    with pytest.raises(PermissionDenied, match="Manage permissions on /Teams/cx"):
        write("/Teams/cx/new", overwrite=False)

    sandbox.grant("notebooks", object_id(sandbox, "/Teams/cx/nps"), newcomer, "CAN_EDIT")
    before = sandbox.direct_levels("notebooks", object_id(sandbox, "/Teams/cx/nps"))
    with pytest.raises(ResourceAlreadyExists):
        write("/Teams/cx/nps", overwrite=False)
    write("/Teams/cx/nps", overwrite=True)
    assert client.workspace.export("/Teams/cx/nps").content == text
    assert sandbox.direct_levels("notebooks", object_id(sandbox, "/Teams/cx/nps")) == before

    sandbox.grant("directories", object_id(sandbox, "/Teams/cx"), newcomer, "CAN_MANAGE")
    write("/Teams/cx/new", overwrite=False)
    assert client.workspace.get_status("/Teams/cx/new").object_type == ObjectType.NOTEBOOK


def test_a_directory_goes_with_all_that_lies_in_it(sandbox: Sandbox) -> None:
    """Not without `recursive` while there is something in it; then notebooks, queries and lists are gone."""
    queries = {one.display_name: one.id for one in sandbox.admin.queries.list()}
    notebook = object_id(sandbox, DEEP)
    with pytest.raises(BadRequest, match="is not empty"):
        sandbox.admin.workspace.delete("/Teams/cx")

    sandbox.admin.workspace.delete("/Teams/cx", recursive=True)

    with pytest.raises(NotFound):
        sandbox.admin.workspace.get_status(DEEP)
    with pytest.raises(NotFound):
        sandbox.admin.queries.get(queries["Unanswered"] or "")
    with pytest.raises(NotFound):
        sandbox.admin.permissions.get("notebooks", notebook)


@pytest.mark.parametrize(
    ("path", "error"), [("no/slash", InvalidParameterValue), ("/nowhere", NotFound)], ids=["not absolute", "not there"]
)
def test_a_wrong_path_is_refused(sandbox: Sandbox, path: str, error: type[Exception]) -> None:
    """By get and delete; and what is not base64 cannot be imported."""
    with pytest.raises(error):
        sandbox.admin.workspace.get_status(path)
    with pytest.raises(error):
        sandbox.admin.workspace.delete(path)
    body = {"path": "/Shared/x", "format": "SOURCE", "language": "SQL", "content": "no base64!"}
    assert sandbox.http.post("/api/2.0/workspace/import", json=body).status_code == 400
