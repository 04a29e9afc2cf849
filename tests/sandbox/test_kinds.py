"""What holds for each kind of object that the Permissions API guards, one row after the other."""

from typing import Any

import pytest

from sandbox.permissions import kinds as served
from tests.harness import Newcomer, Sandbox
from tests.sandbox.kinds import KINDS, Kind

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.request_type)
each_listed = pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.listing], ids=lambda kind: kind.request_type)

INHERITING = {"notebooks", "directories", "files", "repos", "experiments", "dashboards", "dbsql-dashboards", "sql/queries"}
INHERITING |= {"sql/alerts", "alertsv2", "genie", "registered-models"}
ELSEWHERE = {"sql/warehouses", "clusters", "jobs", "authorization"}
"""Kinds with tests of their own."""


def path(kind: Kind, object_id: str) -> str:
    return f"/api/2.0/permissions/{kind.request_type}/{object_id}"


def entry(newcomer: Newcomer, level: str) -> dict[str, str]:
    return {"service_principal_name": newcomer.application_id, "permission_level": level}


def write(sandbox: Sandbox, method: str, where: str, *entries: dict[str, str]) -> dict[str, Any]:
    answer = sandbox.http.request(method, where, json={"access_control_list": list(entries)})
    assert answer.status_code == 200, answer.text
    written: dict[str, Any] = answer.json()
    return written


def test_every_kind_is_tested() -> None:
    """A row in the server's table that no test knows is noticed."""
    assert {kind.request_type for kind in served.KINDS} == {kind.request_type for kind in KINDS} | ELSEWHERE


@each_kind
def test_a_list_bears_its_types(sandbox: Sandbox, kind: Kind) -> None:
    """`object_type` is what the official provider compares; `object_id` has the path's type, and a Genie space has none."""
    object_id = kind.object_id(sandbox.http)
    shown = sandbox.http.get(path(kind, object_id)).json()

    assert shown["object_type"] == kind.object_type
    assert shown.get("object_id") == (None if kind.request_type == "genie" else f"/{kind.request_type}/{object_id}")
    admins = next(one for one in shown["access_control_list"] if one.get("group_name") == "admins")
    assert {"CAN_MANAGE"} == {one["permission_level"] for one in admins["all_permissions"] if one["inherited"]}


@each_kind
def test_levels_are_told_in_their_order(sandbox: Sandbox, kind: Kind) -> None:
    """Each with a description."""
    answer = sandbox.http.get(f"{path(kind, kind.object_id(sandbox.http))}/permissionLevels").json()

    assert [one["permission_level"] for one in answer["permission_levels"]] == kind.levels
    assert all(one["description"] for one in answer["permission_levels"])


@each_kind
def test_a_patch_leaves_all_others(sandbox: Sandbox, newcomer: Newcomer, kind: Kind) -> None:
    """Whatever the level; and the next GET answers the same as the PATCH."""
    object_id = kind.object_id(sandbox.http)
    before = sandbox.direct_levels(kind.request_type, object_id)
    assert before != {}

    for level in (one for one in kind.levels if one != "IS_OWNER"):
        written = write(sandbox, "PATCH", path(kind, object_id), entry(newcomer, level))
        assert sandbox.direct_levels(kind.request_type, object_id) == before | {newcomer.application_id: level}
        assert sandbox.http.get(path(kind, object_id)).json() == written


@each_kind
def test_a_put_replaces_direct_entries_and_no_inherited_ones(sandbox: Sandbox, newcomer: Newcomer, kind: Kind) -> None:
    """Only what is given is left; what comes from above is as it was."""
    object_id = kind.object_id(sandbox.http)
    before = inherited(sandbox, kind, object_id)

    write(sandbox, "PUT", path(kind, object_id), entry(newcomer, kind.levels[-1]))

    assert sandbox.direct_levels(kind.request_type, object_id) == {newcomer.application_id: kind.levels[-1]}
    assert inherited(sandbox, kind, object_id) == before
    assert (len(before) > 1) == (kind.request_type in INHERITING - {"registered-models", "repos"})


def inherited(sandbox: Sandbox, kind: Kind, object_id: str) -> set[tuple[str, str]]:
    entries = sandbox.http.get(path(kind, object_id)).json()["access_control_list"]
    return {
        (str(one.get("group_name") or one.get("service_principal_name") or one.get("user_name")), level["permission_level"])
        for one in entries
        for level in one["all_permissions"]
        if level["inherited"]
    }


@each_kind
def test_what_is_unknown_is_refused(sandbox: Sandbox, newcomer: Newcomer, kind: Kind) -> None:
    """An object, a principal, a level: each with its own status, and nothing written."""
    object_id = kind.object_id(sandbox.http)
    before = sandbox.direct_levels(kind.request_type, object_id)
    nobody = {"service_principal_name": "00000000-0000-0000-0000-000000000000", "permission_level": kind.levels[0]}

    missing = sandbox.http.get(path(kind, "12345"))
    stranger = sandbox.http.patch(path(kind, object_id), json={"access_control_list": [nobody]})
    level = sandbox.http.patch(path(kind, object_id), json={"access_control_list": [entry(newcomer, "CAN_FLY")]})

    assert (missing.status_code, missing.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert missing.json()["message"].endswith(("12345 does not exist.", "12345 not found."))
    assert (stranger.status_code, stranger.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert stranger.json()["message"] == f"Principal: ServicePrincipalName({nobody['service_principal_name']}) does not exist"
    assert (level.status_code, level.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert "CAN_FLY" in level.json()["message"]
    assert sandbox.direct_levels(kind.request_type, object_id) == before


@each_kind
def test_only_a_manager_reaches_the_list(sandbox: Sandbox, newcomer: Newcomer, kind: Kind) -> None:
    """Not even one's own entry is shown to whoever holds less (api-facts: 5.5)."""
    object_id = kind.object_id(sandbox.http)
    http = sandbox.http_as(newcomer)
    for level in kind.levels:
        sandbox.grant(kind.request_type, object_id, newcomer, level)
        reading = http.get(path(kind, object_id))
        if level in {"CAN_MANAGE", "IS_OWNER"}:
            assert reading.status_code == 200
            continue
        writing = http.patch(path(kind, object_id), json={"access_control_list": [entry(newcomer, "CAN_MANAGE")]})
        for answer in (reading, writing):
            assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")
            assert answer.json()["message"].startswith(f"{newcomer.application_id} does not have Manage permissions on ")


@each_listed
def test_small_pages_hold_everything_once(sandbox: Sandbox, kind: Kind) -> None:
    """The same objects come in pages of two as at once; and there are several, of pipelines more than the largest page."""
    whole = kind.all(sandbox.http)

    assert kind.all(sandbox.http, size=2) == whole
    assert len(whole) >= (120 if kind.request_type == "pipelines" else 4)


@each_listed
def test_a_listing_has_what_the_caller_may_see(sandbox: Sandbox, newcomer: Newcomer, kind: Kind) -> None:
    """A grant shows one object more, and without it that object is refused."""
    object_id = kind.object_id(sandbox.http)
    http = sandbox.http_as(newcomer)
    before = kind.all(http)
    # `/Shared` is everybody's, and so is what lies in it.
    assert before == {} or (kind.request_type in INHERITING and all(shared(sandbox, kind, one) for one in before))
    refused = kind.one(http, object_id)
    assert (refused.status_code, refused.json()["error_code"]) == (403, "PERMISSION_DENIED")

    sandbox.grant(kind.request_type, object_id, newcomer, kind.levels[0])

    assert kind.all(http) == before | {object_id: kind.seeded}
    assert kind.one(http, object_id).status_code == 200


def shared(sandbox: Sandbox, kind: Kind, object_id: str) -> bool:
    return ("users", "CAN_MANAGE") in inherited(sandbox, kind, object_id)


@each_listed
def test_one_object_is_for_admins_alone(sandbox: Sandbox, kind: Kind) -> None:
    """Each kind has one that nobody else has a level on."""
    admins = {"admins", "jonas.weber@acme.example"}

    def holders(object_id: str) -> set[str]:
        entries = sandbox.http.get(path(kind, object_id)).json()["access_control_list"]
        return {str(one.get("group_name") or one.get("service_principal_name") or one.get("user_name")) for one in entries}

    assert any(holders(object_id) <= admins for object_id in kind.all(sandbox.http))


@each_listed
def test_no_object_is_an_empty_answer(sandbox: Sandbox, newcomer: Newcomer, kind: Kind) -> None:
    """Nothing to see is an answer without the key; where pages have numbers, with an empty list."""
    if kind.request_type in INHERITING:
        sandbox.admin.workspace.delete("/Shared", recursive=True)
    answer = sandbox.http_as(newcomer).get(kind.listing).json()

    assert answer.get(kind.items) == ([] if kind.request_type == "dbsql-dashboards" else None)
    assert "next_page_token" not in answer


@each_listed
def test_what_is_not_there_is_not_found(sandbox: Sandbox, kind: Kind) -> None:
    """By its get, too."""
    answer = sandbox.http.get(kind.get.format(id="12345", name="no-such"))

    assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


@each_listed
def test_entitlements_open_the_door(sandbox: Sandbox, kind: Kind) -> None:
    """Without any, most kinds are not to be reached at all; endpoints, apps and databases are."""
    http = sandbox.http_as(sandbox.newcomer("bare", entitlements=()))
    answer = http.get(kind.listing)

    assert answer.status_code == (403 if kind.entitled else 200)
    if kind.entitled:
        assert answer.json()["message"].startswith("This API is disabled for users without the ")


@pytest.mark.parametrize(
    ("entitlement", "reached"),
    [
        ("databricks-sql-access", {"dashboards", "dbsql-dashboards", "sql/queries", "sql/alerts", "alertsv2", "genie"}),
        ("workspace-consume", {"dashboards", "genie"}),
    ],
)
def test_some_entitlements_open_some_kinds(sandbox: Sandbox, entitlement: str, reached: set[str]) -> None:
    """SQL access opens what belongs to SQL; a consumer's, dashboards and Genie spaces."""
    http = sandbox.http_as(sandbox.newcomer("some", entitlements=(entitlement,)))
    wanting = [kind for kind in KINDS if kind.listing and kind.entitled]

    assert {kind.request_type for kind in wanting if http.get(kind.listing).status_code == 200} == reached


@pytest.mark.parametrize("request_type", ["dashboards", "sql/queries", "genie", "alertsv2"])
def test_names_need_not_be_unique(sandbox: Sandbox, request_type: str) -> None:
    """Two objects of one name are there from the beginning."""
    kind = next(kind for kind in KINDS if kind.request_type == request_type)
    names = list(kind.all(sandbox.http).values())

    assert len(names) > len(set(names))


@pytest.mark.parametrize(("alias", "name"), [("queries", "sql/queries"), ("alerts", "sql/alerts")])
def test_two_spellings_are_one_list(sandbox: Sandbox, alias: str, name: str) -> None:
    """The short path answers as the long one does."""
    object_id = next(kind for kind in KINDS if kind.request_type == name).object_id(sandbox.http)

    short, long = (sandbox.http.get(f"/api/2.0/permissions/{one}/{object_id}").json() for one in (alias, name))
    assert short == long
    assert short["object_id"] == f"/{name}/{object_id}"


def test_the_old_name_of_a_level_is_still_taken(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A query's CAN_VIEW is stored as given, and admits what CAN_READ does."""
    query = next(kind for kind in KINDS if kind.request_type == "sql/queries")
    object_id = query.object_id(sandbox.http)
    sandbox.grant("sql/queries", object_id, newcomer, "CAN_VIEW")

    assert sandbox.direct_levels("sql/queries", object_id)[newcomer.application_id] == "CAN_VIEW"
    assert sandbox.client_of(newcomer).queries.get(object_id).display_name == "Response rate"


def test_a_pipeline_has_one_owner(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A PUT without one is refused, and so is a group; a PATCH that names another takes it from the old one, for admins alone."""
    kind = next(kind for kind in KINDS if kind.request_type == "pipelines")
    object_id = kind.object_id(sandbox.http)
    before = sandbox.direct_levels("pipelines", object_id)
    assert before["boris.novak@acme.example"] == "IS_OWNER"

    for entries in ([], [entry(newcomer, "CAN_RUN")]):
        answer = sandbox.http.put(path(kind, object_id), json={"access_control_list": entries})
        assert (answer.status_code, answer.json()["message"]) == (400, "The pipeline must have exactly one owner.")
    group = sandbox.http.patch(
        path(kind, object_id), json={"access_control_list": [{"group_name": "analytics", "permission_level": "IS_OWNER"}]}
    )
    assert (group.status_code, group.json()["message"]) == (400, "A group cannot be the owner of a pipeline.")
    assert sandbox.direct_levels("pipelines", object_id) == before

    sandbox.grant("pipelines", object_id, newcomer, "CAN_MANAGE")
    own = sandbox.http_as(newcomer).patch(path(kind, object_id), json={"access_control_list": [entry(newcomer, "IS_OWNER")]})
    assert own.status_code == 403
    sandbox.grant("pipelines", object_id, newcomer, "IS_OWNER")
    after = sandbox.direct_levels("pipelines", object_id)
    assert after == before | {newcomer.application_id: "IS_OWNER", "boris.novak@acme.example": "CAN_MANAGE"}


def test_pipelines_are_filtered_by_name(sandbox: Sandbox) -> None:
    """`name LIKE` with its percent signs; another filter is refused."""
    found = sandbox.admin.pipelines.list_pipelines(filter="name LIKE 'surveys-%'")

    assert {one.name for one in found} == {f"surveys-{layer}" for layer in ("bronze", "silver", "gold", "quality", "export")}
    assert [one.name for one in sandbox.admin.pipelines.list_pipelines(filter="name LIKE 'surveys'")] == []
    assert sandbox.http.get("/api/2.0/pipelines", params={"filter": "id = 1"}).status_code == 400


def test_legacy_dashboards_are_paged_by_number(sandbox: Sandbox) -> None:
    """Until a page is empty, as the SDK goes on."""
    names = [one.name for one in sandbox.admin.dashboards.list(page_size=2)]

    assert len(names) == len(set(names)) == 5
    page = sandbox.http.get("/api/2.0/preview/sql/dashboards", params={"page": 4, "page_size": 2}).json()
    assert (page["count"], page["page"], page["results"]) == (5, 4, [])


def test_git_folders_are_found_by_their_beginning(sandbox: Sandbox) -> None:
    """`path_prefix` narrows the list."""
    found = [one.path for one in sandbox.admin.repos.list(path_prefix="/Repos/production")]

    assert "/Repos/production/ingest" in found
    assert all(str(one).startswith("/Repos/production/") for one in found)


@pytest.mark.parametrize("size", ["0", "101", "x", "-1"])
def test_a_page_has_a_size_that_makes_sense(sandbox: Sandbox, size: str) -> None:
    """None given is the server's own; too many, negative and no number are refused."""
    answer = sandbox.http.get("/api/2.0/sql/queries", params={"page_size": size})

    assert answer.status_code == (200 if size == "0" else 400)
