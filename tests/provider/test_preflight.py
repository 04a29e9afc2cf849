"""`preflight` against the sandbox's workspace: the ids of all that is named, and every fault at once."""

from typing import Any

import pytest

from checks import troubles
from provider.question import Finding, Findings, Question
from provider.wire import Plain
from tests.harness import Sandbox
from tests.provider.conftest import Drive

EXTERNAL_ID = "brickpass:brickpass/test/alchemer"
BOTH = ("databricks-sql-access", "workspace-access")


def asking(
    *, objects: dict[str, str] | None = None, securables: dict[str, str] | None = None, entitlements: tuple[str, ...] = BOTH
) -> dict[str, Any]:
    """The question of a stack with one integration; objects and securables by name, with their kind."""
    named = [{"kind": kind, "reference": name, "path": ["grants", kind, name]} for name, kind in (objects or {}).items()]
    guarded = [
        {"kind": kind, "fullName": name, "privileges": ["SELECT"], "path": ["grants", kind, name]}
        for name, kind in (securables or {}).items()
    ]
    alchemer = {"name": "alchemer", "externalId": EXTERNAL_ID, "entitlements": list(entitlements), "objects": named, "securables": guarded}
    return {"externalIdsBegin": "brickpass:brickpass/test/", "integrations": [alchemer]}


def answer(drive: Drive, question: dict[str, Plain]) -> Findings:
    return drive(lambda provider: provider.preflight.run(Question.model_validate(question)))


def summaries(found: Findings) -> list[str]:
    return [finding.summary for finding in found.findings]


def test_names_become_ids_for_one_listing_a_kind(sandbox: Sandbox, drive: Drive) -> None:
    """However many are named, each flat listing is asked for once; a job is filtered by its name."""
    warehouses = [warehouse.name or "" for warehouse in sandbox.admin.warehouses.list() if warehouse.name != "etl-shared"][:10]
    named = dict.fromkeys(warehouses, "warehouses") | {"shared-analytics": "clusters", "nightly-survey-load": "jobs"}

    found = answer(drive, asking(objects=named))
    listed = sorted(asked for asked in drive.asked() if "list" in asked or "warehouses" in asked)

    assert listed == ["GET /api/2.0/sql/warehouses", "GET /api/2.1/clusters/list", "GET /api/2.2/jobs/list"]
    assert found.findings == ()
    ids = {each.reference: each.id for each in found.objects}
    assert ids["shared-analytics"] == sandbox.cluster()
    assert ids["nightly-survey-load"] == str(sandbox.job())
    assert len(ids) == 12


def test_nothing_but_reading_is_done(drive: Drive) -> None:
    """A preview may be made by who may only read."""
    answer(drive, asking(objects={"bi-serverless": "warehouses"}, securables={"main.surveys": "schemas", "main": "catalogs"}))

    assert {asked.split()[0] for asked in drive.asked()} == {"GET"}


@pytest.mark.parametrize(
    ("kind", "name", "summary"),
    [
        ("warehouses", "bi-serverles", 'there is no SQL warehouse "bi-serverles" in this workspace; did you mean "bi-serverless"?'),
        ("jobs", "nightly-survey-lod", 'there is no job "nightly-survey-lod" in this workspace; did you mean "nightly-survey-load"?'),
        ("clusters", "id:no-such", 'there is no cluster with the id "no-such" in this workspace'),
        ("warehouses", "id:bi-classic", 'there is no SQL warehouse with the id "bi-classic", which is the name of one; leave id: out'),
        ("jobs", "1", 'there is no job "1" in this workspace'),
        (
            "dashboards",
            "/Teams/cx/Ticket backlog.lvdash.json",
            (
                'there is no dashboard called "/Teams/cx/Ticket backlog.lvdash.json"; dashboards are named by what people call them, '
                'not by a path; did you mean "Ticket backlog"?'
            ),
        ),
        ("jobs", "id:1", 'there is no job with the id "1" in this workspace'),
        (
            "warehouses",
            "etl-shared",
            (
                '2 SQL warehouses are called "etl-shared"; write the one that is meant as '
                '"id:5d0e7a3c91b2f864" (bruno.costa@acme.example), "id:c27f18a4e6b05d39" (daniel.osei@acme.example)'
            ),
        ),
    ],
)
def test_an_object_that_is_not_one_is_a_fault(drive: Drive, kind: str, name: str, summary: str) -> None:
    """Missing or ambiguous, by name or by id: the sentence holds the way out."""
    found = answer(drive, asking(objects={name: kind}))

    assert found.findings == (Finding(integration="alchemer", path=("grants", kind, name), summary=summary, about=name),)


def test_an_object_that_is_named_twice_is_a_fault(sandbox: Sandbox, drive: Drive) -> None:
    """By name and by id, with two levels, the last written would win."""
    found = answer(drive, asking(objects={"bi-serverless": "warehouses", f"id:{sandbox.warehouse()}": "warehouses"}))

    assert summaries(found) == ['is the same SQL warehouse as "bi-serverless"; keep one of the two']


@pytest.mark.parametrize("kind", ["warehouses", "clusters", "jobs"])
def test_an_object_can_be_named_by_its_id(sandbox: Sandbox, drive: Drive, kind: str) -> None:
    """What people call it is not needed then."""
    object_id = {"warehouses": sandbox.warehouse, "clusters": sandbox.cluster, "jobs": lambda: str(sandbox.job())}[kind]()

    found = answer(drive, asking(objects={f"id:{object_id}": kind}))

    assert found.findings == ()
    assert [each.id for each in found.objects] == [object_id]


def test_a_securable_that_is_not_there_is_a_fault(drive: Drive) -> None:
    """With the one beside it that was probably meant."""
    found = answer(drive, asking(securables={"main.survey": "schemas", "nowhere.surveys": "schemas", "main.surveys": "schemas"}))

    assert sorted(summaries(found)) == [
        'there is no schema "main.survey"; did you mean "main.surveys"?',
        'there is no schema "nowhere.surveys"',
    ]


def test_a_missing_entitlement_is_a_fault(drive: Drive) -> None:
    """A level is of no use to a principal that may not use such things at all."""
    named = {"bi-serverless": "warehouses", "shared-analytics": "clusters"}

    found = answer(drive, asking(objects=named, entitlements=("workspace-access",)))

    [summary] = summaries(found)
    assert summary.startswith("a SQL warehouse can only be used with the entitlement databricks-sql-access or workspace-consume")


def test_an_entitlement_of_all_users_is_enough(sandbox: Sandbox, drive: Drive) -> None:
    """What the group `users` has, every principal has."""
    users = next(iter(sandbox.admin.groups.list(filter='displayName eq "users"')))
    body = {"Operations": [{"op": "add", "path": "entitlements", "value": [{"value": "databricks-sql-access"}]}]}
    assert sandbox.http.patch(f"/api/2.0/preview/scim/v2/Groups/{users.id}", json=body).is_success

    assert answer(drive, asking(objects={"bi-serverless": "warehouses"}, entitlements=())).findings == ()


def test_two_principals_under_one_external_id_are_a_fault(sandbox: Sandbox, drive: Drive) -> None:
    """The sentence names both, of which a killed run left one."""
    principals = [sandbox.admin.service_principals.create(display_name="alchemer", external_id=EXTERNAL_ID) for _ in range(2)]
    ids = ", ".join(sorted(principal.application_id or "" for principal in principals))

    [summary] = summaries(answer(drive, asking()))

    assert summary.startswith(f"there are 2 service principals with the external id {EXTERNAL_ID}: {ids}. An interrupted run made one")


def test_who_may_not_grant_is_told_so_for_each_grant(sandbox: Sandbox, drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A principal that may manage one warehouse may grant on that, and on nothing else."""
    deployer = sandbox.newcomer("deployer")
    sandbox.grant("sql/warehouses", sandbox.warehouse(), deployer, "CAN_MANAGE")
    sandbox.grant("clusters", sandbox.cluster(), deployer, "CAN_ATTACH_TO")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", deployer.application_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", deployer.secret)

    objects = {"bi-serverless": "warehouses", "shared-analytics": "clusters"}

    found = answer(drive, asking(objects=objects, securables={"main.surveys": "schemas"}))

    of_the_login, *of_grants = sorted(found.findings, key=lambda finding: finding.integration)
    assert {finding.path[1]: finding.weight for finding in of_grants} == {"clusters": "rights", "schemas": "rights"}
    assert of_the_login.path == ("integrations",)
    assert "cannot make service principals, which takes a workspace admin" in of_the_login.summary


def test_what_a_reader_may_not_see_is_not_said_to_be_missing(sandbox: Sandbox, drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Listings hold what one may see: only an admin knows that what is not listed is not there."""
    reader = sandbox.newcomer("reader")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", reader.application_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", reader.secret)

    findings = answer(drive, asking(objects={"shared-analytics": "clusters"})).findings

    [finding] = [each for each in findings if each.integration]
    assert finding.weight == "rights"
    assert finding.summary.endswith(f"or {reader.application_id} may not see it")


def test_a_lookup_that_breaks_is_its_askers_alone(sandbox: Sandbox, drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """What else the stack names is found."""
    monkeypatch.setattr(troubles, "LIMIT_S", 1.0)
    sandbox.fail(method="GET", path="/api/2.1/unity-catalog/schemas/main.surveys", status=500, message="broken", times=100)

    found = answer(drive, asking(objects={"bi-serverless": "warehouses"}, securables={"main.surveys": "schemas"}))

    assert [each.reference for each in found.objects] == ["bi-serverless"]
    [summary] = summaries(found)
    assert summary.startswith("could not be looked up. GET /api/2.1/unity-catalog/schemas/main.surveys was tried for ")
    assert summary.endswith("last: broken")


def test_many_jobs_cost_a_page_and_not_a_request_each(sandbox: Sandbox, drive: Drive) -> None:
    """By name and by id; a few are asked for one by one, since a workspace may have thousands."""
    jobs = [(str(job.job_id), job.settings.name or "") for job in sandbox.admin.jobs.list() if job.settings]
    unique = [(job_id, name) for job_id, name in jobs if [other for _, other in jobs].count(name) == 1]
    named = dict.fromkeys([f"id:{job_id}" for job_id, _ in unique[:20]] + [name for _, name in unique[20:40]], "jobs")

    found = answer(drive, asking(objects=named))

    assert len(found.objects) == 40
    assert [asked for asked in drive.asked() if "jobs" in asked] == ["GET /api/2.2/jobs/list"]


def test_a_person_among_the_groups_is_told_from_a_misspelt_one(drive: Drive) -> None:
    """`groups` is not who belongs to the integration, though somebody may read it so."""
    question = asking()
    question["integrations"][0]["groups"] = ["anna.lindholm@acme.example", "analytic"]

    assert sorted(summaries(answer(drive, question))) == [
        'there is no group "analytic" in this workspace; did you mean "analytics"?',
        'there is no group "anna.lindholm@acme.example" in this workspace; that looks like a person, and this takes groups',
    ]
