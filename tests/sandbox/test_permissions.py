from typing import Any

import httpx
import pytest
from databricks.sdk.errors import InvalidParameterValue, NotFound, PermissionDenied

from tests.harness import ACCOUNT_ID, Newcomer, Sandbox

ADVICE = "Please contact the owner or an administrator for access."


def path(kind: str, object_id: object) -> str:
    return f"/api/2.0/permissions/{kind}/{object_id}"


def patch(sandbox: Sandbox, where: str, **entry: str) -> httpx.Response:
    return sandbox.http.patch(where, json={"access_control_list": [entry]})


@pytest.fixture
def cluster(sandbox: Sandbox) -> str:
    return sandbox.cluster()


def test_an_access_list_looks_as_databricks_shows_it(sandbox: Sandbox, newcomer: Newcomer, cluster: str) -> None:
    """One entry per principal, people and service principals with their display names, admins inherited from the root."""
    sandbox.grant("clusters", cluster, newcomer, "CAN_RESTART")
    shown = sandbox.http.get(path("clusters", cluster)).json()
    entries = shown["access_control_list"]

    assert (shown["object_id"], shown["object_type"]) == (f"/clusters/{cluster}", "cluster")
    assert {
        "service_principal_name": newcomer.application_id,
        "display_name": "newcomer",
        "all_permissions": [{"permission_level": "CAN_RESTART", "inherited": False}],
    } in entries
    assert entries[-1] == {
        "group_name": "admins",
        "all_permissions": [{"permission_level": "CAN_MANAGE", "inherited": True, "inherited_from_object": ["/clusters/"]}],
    }
    assert all("display_name" not in entry for entry in entries if "group_name" in entry)


def test_warehouses_answer_to_both_their_names(sandbox: Sandbox) -> None:
    """`warehouses` is another spelling of `sql/warehouses`, for one and the same list."""
    warehouse = sandbox.warehouse()

    assert sandbox.http.get(path("warehouses", warehouse)).content == sandbox.http.get(path("sql/warehouses", warehouse)).content
    assert sandbox.http.get(path("warehouses", warehouse)).json()["object_id"] == f"/sql/warehouses/{warehouse}"


def test_patch_merges(sandbox: Sandbox, newcomer: Newcomer, cluster: str) -> None:
    """A PATCH adds or changes the entries that it names, to a lower level too, and leaves all others."""
    before = sandbox.direct_levels("clusters", cluster)

    sandbox.grant("clusters", cluster, newcomer, "CAN_MANAGE")
    assert sandbox.direct_levels("clusters", cluster) == before | {newcomer.application_id: "CAN_MANAGE"}
    sandbox.grant("clusters", cluster, newcomer, "CAN_ATTACH_TO")
    assert sandbox.direct_levels("clusters", cluster) == before | {newcomer.application_id: "CAN_ATTACH_TO"}


def test_put_replaces(sandbox: Sandbox, newcomer: Newcomer, cluster: str) -> None:
    """A PUT leaves its own entries only, and its answer is that of the next GET."""
    entry = {"service_principal_name": newcomer.application_id, "permission_level": "CAN_RESTART"}
    answer = sandbox.http.put(path("clusters", cluster), json={"access_control_list": [entry]})

    assert answer.status_code == 200
    assert sandbox.direct_levels("clusters", cluster) == {newcomer.application_id: "CAN_RESTART"}
    assert answer.json() == sandbox.http.get(path("clusters", cluster)).json()


def test_an_empty_put_removes_everybody(sandbox: Sandbox, cluster: str) -> None:
    """The wipe that Brickpass exists to avoid is real here."""
    assert sandbox.direct_levels("clusters", cluster) != {}
    assert sandbox.http.put(path("clusters", cluster), json={}).status_code == 200
    assert sandbox.direct_levels("clusters", cluster) == {}


def test_of_the_same_principal_the_last_entry_wins(sandbox: Sandbox, newcomer: Newcomer, cluster: str) -> None:
    """Twice in one list is no error."""
    entries = [{"service_principal_name": newcomer.application_id, "permission_level": level} for level in ("CAN_MANAGE", "CAN_ATTACH_TO")]
    assert sandbox.http.patch(path("clusters", cluster), json={"access_control_list": entries}).status_code == 200
    assert sandbox.direct_levels("clusters", cluster)[newcomer.application_id] == "CAN_ATTACH_TO"


def test_a_service_principal_may_be_named_as_a_user(sandbox: Sandbox, newcomer: Newcomer, cluster: str) -> None:
    """The official plugin names its own caller so, and it is answered as a service principal, whatever the case."""
    patch(sandbox, path("clusters", cluster), user_name=newcomer.application_id.upper(), permission_level="CAN_RESTART")

    entries = sandbox.http.get(path("clusters", cluster)).json()["access_control_list"]
    assert newcomer.application_id in {entry.get("service_principal_name") for entry in entries}


def test_admins_cannot_be_lowered(sandbox: Sandbox, cluster: str) -> None:
    """An entry that would lower `admins` is ignored."""
    patch(sandbox, path("clusters", cluster), group_name="admins", permission_level="CAN_ATTACH_TO")

    assert "admins" not in sandbox.direct_levels("clusters", cluster)


@pytest.mark.parametrize(
    ("entry", "refused"),
    [
        (
            {"service_principal_name": "newcomer", "permission_level": "CAN_RESTART"},
            (404, "Principal: ServicePrincipalName(newcomer) does not exist"),
        ),
        ({"user_name": "no@body.example", "permission_level": "CAN_RESTART"}, (404, "Principal: UserName(no@body.example) does not exist")),
        ({"group_name": "Analytics", "permission_level": "CAN_RESTART"}, (404, "Principal: GroupName(Analytics) does not exist")),
        (
            {"group_name": "analytics", "permission_level": "CAN_USE"},
            (400, "Permission level CAN_USE is not supported for cluster; supported levels: CAN_ATTACH_TO, CAN_RESTART, CAN_MANAGE."),
        ),
        (
            {"permission_level": "CAN_RESTART"},
            (
                400,
                "Exactly one of user_name, group_name and service_principal_name must be specified in each entry of access_control_list.",
            ),
        ),
    ],
    ids=["display name of a principal", "unknown person", "group in another case", "level of another kind", "nobody"],
)
def test_wrong_entries_are_refused(
    sandbox: Sandbox, newcomer: Newcomer, cluster: str, entry: dict[str, str], refused: tuple[int, str]
) -> None:
    """A list with a good and a wrong entry is refused whole, in Databricks' words."""
    before = sandbox.direct_levels("clusters", cluster)
    good = {"service_principal_name": newcomer.application_id, "permission_level": "CAN_RESTART"}

    answer = sandbox.http.patch(path("clusters", cluster), json={"access_control_list": [good, entry]})

    assert (answer.status_code, answer.json()["message"]) == refused
    assert sandbox.direct_levels("clusters", cluster) == before


@pytest.mark.parametrize(
    ("kind", "object_id", "error", "message"),
    [
        ("jobs", "123", NotFound, "Job 123 does not exist."),
        ("clusters", "0101-000000-nothing1", NotFound, "Cluster 0101-000000-nothing1 does not exist"),
        ("gardens", "1", InvalidParameterValue, "'gardens' is not a valid request object type"),
    ],
)
def test_unknown_objects_are_told_apart(sandbox: Sandbox, kind: str, object_id: str, error: type[Exception], message: str) -> None:
    """A missing object is NotFound, a kind that does not exist is a wrong parameter."""
    with pytest.raises(error, match=message):
        sandbox.admin.permissions.get(kind, object_id)


@pytest.mark.parametrize(
    ("kind", "granted", "message"),
    [
        (
            "clusters",
            "CAN_RESTART",
            "{app} does not have Owner permissions on shared-analytics.",
        ),
        (
            "jobs",
            "CAN_MANAGE_RUN",
            "{app} does not have Manage permissions on Job with ID: ElasticJobId({id}).",
        ),
        (
            "sql/warehouses",
            "CAN_MONITOR",
            "{app} does not have Manage permissions on bi-serverless.",
        ),
    ],
)
def test_a_principal_cannot_read_its_own_entry(sandbox: Sandbox, newcomer: Newcomer, kind: str, granted: str, message: str) -> None:
    """Every level below CAN_MANAGE keeps the access list closed, for reading, writing and asking for the levels."""
    object_id = {"clusters": sandbox.cluster, "jobs": sandbox.job, "sql/warehouses": sandbox.warehouse}[kind]()
    sandbox.grant(kind, str(object_id), newcomer, granted)

    with sandbox.http_as(newcomer) as http:
        for answer in (
            http.get(path(kind, object_id)),
            http.patch(path(kind, object_id), json={}),
            http.put(path(kind, object_id), json={}),
            http.get(f"{path(kind, object_id)}/permissionLevels"),
        ):
            assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")
            assert answer.json()["message"] == f"{message} {ADVICE}".format(app=newcomer.application_id, id=object_id)


def test_can_manage_opens_the_access_list(sandbox: Sandbox, newcomer: Newcomer, cluster: str) -> None:
    """Whoever has CAN_MANAGE may read and write it without being an admin."""
    sandbox.grant("clusters", cluster, newcomer, "CAN_MANAGE")
    other = sandbox.newcomer("other")

    with sandbox.http_as(newcomer) as http:
        entry = {"service_principal_name": other.application_id, "permission_level": "CAN_ATTACH_TO"}
        assert http.patch(path("clusters", cluster), json={"access_control_list": [entry]}).status_code == 200
    assert sandbox.direct_levels("clusters", cluster)[other.application_id] == "CAN_ATTACH_TO"


@pytest.mark.parametrize(
    ("kind", "levels"),
    [
        ("sql/warehouses", ["CAN_VIEW", "CAN_USE", "CAN_MONITOR", "CAN_MANAGE", "IS_OWNER"]),
        ("clusters", ["CAN_ATTACH_TO", "CAN_RESTART", "CAN_MANAGE"]),
        ("jobs", ["CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER"]),
    ],
)
def test_each_kind_tells_its_levels(sandbox: Sandbox, kind: str, levels: list[str]) -> None:
    """`permissionLevels` names the levels of the kind, each with a description."""
    object_id = {"clusters": sandbox.cluster, "jobs": sandbox.job, "sql/warehouses": sandbox.warehouse}[kind]()
    told = sandbox.http.get(f"{path(kind, object_id)}/permissionLevels").json()["permission_levels"]

    assert [one["permission_level"] for one in told] == levels
    assert all(one["description"] for one in told)


def owner(sandbox: Sandbox, kind: str, object_id: object) -> str | None:
    return next((name for name, level in sandbox.direct_levels(kind, str(object_id)).items() if level == "IS_OWNER"), None)


def test_a_job_has_exactly_one_owner(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A list without an owner, with two, and a PATCH that lowers the only one are all refused, and change nothing."""
    job = sandbox.job()
    before = sandbox.direct_levels("jobs", str(job))
    present = owner(sandbox, "jobs", job)
    two = [
        {"user_name": present, "permission_level": "IS_OWNER"},
        {"service_principal_name": newcomer.application_id, "permission_level": "IS_OWNER"},
    ]
    lowered = [{"user_name": present, "permission_level": "CAN_VIEW"}]
    attempts: list[tuple[str, list[Any]]] = [("PUT", []), ("PUT", two), ("PATCH", lowered)]

    for method, entries in attempts:
        answer = sandbox.http.request(method, path("jobs", job), json={"access_control_list": entries})
        assert (answer.status_code, answer.json()["message"]) == (400, "The job must have exactly one owner.")
    assert sandbox.direct_levels("jobs", str(job)) == before


def test_a_group_cannot_own_a_job(sandbox: Sandbox) -> None:
    """Runs act as the owner, and a group is nobody to act as."""
    answer = sandbox.http.put(
        path("jobs", sandbox.job()), json={"access_control_list": [{"group_name": "analytics", "permission_level": "IS_OWNER"}]}
    )

    assert answer.status_code == 400


@pytest.mark.parametrize("kind", ["jobs", "sql/warehouses"])
def test_a_transfer_leaves_the_old_owner_can_manage(sandbox: Sandbox, newcomer: Newcomer, kind: str) -> None:
    """PATCH with IS_OWNER makes a new owner, and the old one keeps managing."""
    object_id = str(sandbox.job() if kind == "jobs" else sandbox.warehouse())
    before = sandbox.direct_levels(kind, object_id)
    old = owner(sandbox, kind, object_id)
    assert old

    sandbox.grant(kind, object_id, newcomer, "IS_OWNER")

    assert sandbox.direct_levels(kind, object_id) == before | {old: "CAN_MANAGE", newcomer.application_id: "IS_OWNER"}


def test_only_an_admin_transfers(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """CAN_MANAGE is not enough to become the owner."""
    warehouse = sandbox.warehouse()
    sandbox.grant("sql/warehouses", warehouse, newcomer, "CAN_MANAGE")

    with sandbox.http_as(newcomer) as http:
        entry = {"service_principal_name": newcomer.application_id, "permission_level": "IS_OWNER"}
        answer = http.patch(path("sql/warehouses", warehouse), json={"access_control_list": [entry]})

    assert answer.status_code == 403
    assert sandbox.direct_levels("sql/warehouses", warehouse)[newcomer.application_id] == "CAN_MANAGE"


def test_a_warehouse_keeps_its_owner(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A PUT that names no owner leaves the one that is there."""
    warehouse = sandbox.warehouse()
    before = owner(sandbox, "sql/warehouses", warehouse)
    entry = {"service_principal_name": newcomer.application_id, "permission_level": "CAN_USE"}

    assert sandbox.http.put(path("sql/warehouses", warehouse), json={"access_control_list": [entry]}).status_code == 200
    assert sandbox.direct_levels("sql/warehouses", warehouse) == {newcomer.application_id: "CAN_USE", before: "IS_OWNER"}


def test_a_warehouse_without_an_owner_wants_one(sandbox: Sandbox) -> None:
    """When the owner was lowered away, the next PUT must name one, in the words that the official plugin looks for."""
    warehouse = sandbox.warehouse()
    patch(
        sandbox, path("sql/warehouses", warehouse), user_name=owner(sandbox, "sql/warehouses", warehouse) or "", permission_level="CAN_USE"
    )

    answer = sandbox.http.put(path("sql/warehouses", warehouse), json={"access_control_list": []})

    assert answer.status_code == 400
    assert answer.json()["message"] == f"PUT requests for warehouse {warehouse} with no existing owner must provide a new owner."


def test_the_official_plugins_put_on_a_warehouse_ends_as_owner(sandbox: Sandbox) -> None:
    """It names its own caller twice, as a user, with CAN_MANAGE and then IS_OWNER."""
    me = sandbox.admin.current_user.me().user_name
    entries = [{"user_name": me, "permission_level": level} for level in ("CAN_MANAGE", "IS_OWNER")]

    assert sandbox.http.put(path("sql/warehouses", sandbox.warehouse()), json={"access_control_list": entries}).status_code == 200
    assert sandbox.direct_levels("sql/warehouses", sandbox.warehouse()) == {me: "IS_OWNER"}


def test_a_dead_owner_stays_by_its_name(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """Deleting a job's owner from the account leaves its entry, without a display name."""
    job = sandbox.job()
    sandbox.grant("jobs", str(job), newcomer, "IS_OWNER")

    sandbox.account.service_principals.delete(newcomer.id)

    entries = sandbox.http.get(path("jobs", job)).json()["access_control_list"]
    dead = [{"permission_level": "IS_OWNER", "inherited": False}]
    assert {"service_principal_name": newcomer.application_id, "all_permissions": dead} in entries


def test_a_level_may_come_through_nested_groups(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """The effective level is the highest over the principal's own entry and all its groups', those above them included."""
    inner = sandbox.account.groups.create(display_name="inner", members=[])
    sandbox.http.patch(
        f"/api/2.0/accounts/{ACCOUNT_ID}/scim/v2/Groups/{inner.id}",
        json={"Operations": [{"op": "add", "path": "members", "value": [{"value": newcomer.id}]}]},
    )
    outer = sandbox.http.post(
        f"/api/2.0/accounts/{ACCOUNT_ID}/scim/v2/Groups",
        json={"displayName": "outer", "members": [{"value": inner.id}]},
    ).json()
    sandbox.http.put(f"/api/2.0/preview/permissionassignments/principals/{outer['id']}", json={"permissions": ["USER"]})
    cluster = sandbox.cluster()
    sandbox.grant("clusters", cluster, newcomer, "CAN_ATTACH_TO")
    client = sandbox.client_of(newcomer)
    with pytest.raises(PermissionDenied):
        client.permissions.get("clusters", cluster)

    patch(sandbox, path("clusters", cluster), group_name="outer", permission_level="CAN_MANAGE")

    assert client.permissions.get("clusters", cluster).object_type == "cluster"


def test_users_are_all_who_are_in_the_workspace(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """A grant to `users` reaches a newcomer at once."""
    patch(sandbox, path("clusters", sandbox.cluster()), group_name="users", permission_level="CAN_ATTACH_TO")

    assert [one.cluster_name for one in sandbox.client_of(newcomer).clusters.list()] == ["shared-analytics"]


def test_a_new_principal_is_unknown_for_a_while(sandbox: Sandbox) -> None:
    """With a propagation delay, a grant to a principal just made is refused as if there were none, and accepted later."""
    cluster = sandbox.cluster()
    sandbox.http.post("/sandbox/faults", json={"propagation_s": 60})
    newcomer = sandbox.newcomer()
    entry = {"service_principal_name": newcomer.application_id, "permission_level": "CAN_RESTART"}
    early = patch(sandbox, path("clusters", cluster), **entry)

    now = sandbox.http.get("/sandbox/clock").json()["now"]
    sandbox.set_clock(now.replace(now[:4], str(int(now[:4]) + 1), 1))
    sandbox.renew()
    late = patch(sandbox, path("clusters", cluster), **entry)

    assert early.status_code == 404
    assert early.json()["message"] == f"Principal: ServicePrincipalName({newcomer.application_id}) does not exist"
    assert late.status_code == 200
