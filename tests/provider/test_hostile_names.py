"""Whatever things are called, what is granted stands on exactly the one that is named, or nowhere."""

import asyncio
import base64
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from model.faults import ConfigFaults
from model.kinds import OBJECT_KINDS
from provider.engine_log import EngineLog
from provider.object_permission import PermissionInputs
from provider.question import Findings, Question
from provider.securable_grant import PrivilegesInputs
from provider.workspace import Workspace
from tests.harness import ALL_ENTITLEMENTS, Newcomer, Sandbox
from tests.provider.conftest import Engine, Provider
from tests.soak.scale import report, runs, seed
from tests.unit.model.saying import faults_of, integration

Make = Callable[[Sandbox, str], str | None]
"""Makes an object of a name; its id, or None where the workspace does not take the name."""

PIECES = (
    *("'", '"', "`", "\\", "/", ".", " ", "  ", "../", "..", "%2F", "%2e%2e%2f", "%00", "%", "+", "&", "?", "#", ";", ":", "=", "*", "_"),
    *(
        "\n",
        "\r\n",
        "\t",
        "\x00",
        "\x1b[31m",
        "\x7f",
        "\u200b",
        "\u202e",
        "\u2028",
        "\ufeff",
        "é",
        "e\u0301",
        "\u017f",
        "\u212a",
        "ß",
        "İ",
        "ﬁ",
        "Å",
    ),
    *(
        "😀",
        "👩\u200d💻",
        "שלום",
        "مرحبا",
        "日本",
        "\uff21",
        "' OR '1'='1",
        '" or displayName co "',
        "') --",
        "{{ 7*7 }}",
        "{% raw %}",
        "${x}",
        "$(id)",
    ),
    *("<script>alert(1)</script>", "- !!python/object:x {}", "&a *a", "null", "~", "true", "0x1F", "id:", "%s", "x" * 1000),
)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
hostile = st.lists(st.one_of(st.sampled_from(PIECES), text, st.sampled_from("aAbB12-")), min_size=1, max_size=5).map("".join)


def near(name: str) -> list[str]:
    """What some part of some system could take the name for."""
    changed = [
        *(name.lower(), name.upper(), name.casefold(), name.swapcase(), name.strip(), f"{name} ", f" {name}", f"{name}\n", f"{name}/"),
        *(quote(name), quote(name, safe=""), unquote(name), unquote(unquote(name)), name.replace("+", " "), name.replace(" ", "+")),
        *(unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC", "NFKD")),
        *(
            name.replace("\\", "\\\\"),
            name.replace("'", "''"),
            name.replace('"', '\\"'),
            name.replace("\x00", ""),
            name.partition("\x00")[0],
        ),
        *(name.rpartition("/")[2], name.removeprefix("id:"), "".join(each for each in name if each.isprintable()), name[:128], name[:255]),
        *(name.encode("ascii", "ignore").decode(), name.encode("ascii", "replace").decode(), " ".join(name.split())),
    ]
    return [each for each in dict.fromkeys(changed) if each != name and each.strip()]


@st.composite
def families(draw: st.DrawFn) -> list[str]:
    """A name, which is the one that is meant, and up to three that are near it."""
    name = draw(hostile.filter(lambda each: each.strip() != ""))
    siblings = near(name)
    chosen = draw(st.lists(st.sampled_from(siblings), max_size=3, unique=True)) if siblings else []
    return [name, *chosen]


def posted(path: str, name: str, *, id_field: str, **more: object) -> Make:
    def make(sandbox: Sandbox, called: str) -> str | None:
        answer = sandbox.http.post(path, json={name: called, **more})
        assert answer.status_code < 500, answer.text
        return str(answer.json()[id_field]) if answer.is_success else None

    return make


def notebook(sandbox: Sandbox, path: str) -> str | None:
    folder = path.rpartition("/")[0]
    made = sandbox.http.post("/api/2.0/workspace/mkdirs", json={"path": folder})
    body = {"path": path, "language": "PYTHON", "format": "SOURCE", "content": base64.b64encode(b"1").decode()}
    written = sandbox.http.post("/api/2.0/workspace/import", json=body)
    assert max(made.status_code, written.status_code) < 500, written.text
    if not written.is_success:
        return None
    return str(sandbox.http.get("/api/2.0/workspace/get-status", params={"path": path}).json()["object_id"])


def model(sandbox: Sandbox, name: str) -> str | None:
    made = sandbox.http.post("/api/2.0/mlflow/registered-models/create", json={"name": name})
    assert made.status_code < 500, made.text
    if not made.is_success:
        return None
    answer = sandbox.http.get("/api/2.0/mlflow/databricks/registered-models/get", params={"name": name})
    return str(answer.json()["registered_model_databricks"]["id"])


def scope(sandbox: Sandbox, name: str) -> str | None:
    made = sandbox.http.post("/api/2.0/secrets/scopes/create", json={"scope": name})
    assert made.status_code < 500, made.text
    return name if made.is_success else None


@dataclass
class Way:
    """How objects of one kind are addressed, and made."""

    kind: str
    level: str
    make: Make
    below: str = ""
    """The directory in which they lie, where their names are paths."""


WAYS = (
    Way("warehouses", "CAN_USE", posted("/api/2.0/sql/warehouses", "name", id_field="id", cluster_size="Small")),
    Way("jobs", "CAN_VIEW", posted("/api/2.2/jobs/create", "name", id_field="job_id")),
    Way("pipelines", "CAN_VIEW", posted("/api/2.0/pipelines", "name", id_field="pipeline_id")),
    Way("notebooks", "CAN_READ", notebook, below="/Shared/"),
    Way("experiments", "CAN_READ", posted("/api/2.0/mlflow/experiments/create", "name", id_field="experiment_id"), below="/Shared/"),
    Way("registered_models", "CAN_READ", model),
    Way("serving_endpoints", "CAN_QUERY", posted("/api/2.0/serving-endpoints", "name", id_field="id")),
    Way("apps", "CAN_USE", posted("/api/2.0/apps", "name", id_field="name")),
    Way("secret_scopes", "READ", scope),
)


@dataclass
class Court:
    """The provider on a real workspace, for many names in one run."""

    sandbox: Sandbox
    runner: asyncio.Runner
    provider: Provider
    grantee: Newcomer
    outcomes: dict[str, int] = field(default_factory=dict)

    def count(self, outcome: str) -> None:
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    def preflight(self, **asked: object) -> Findings:
        asking = {"name": "alchemer", "externalId": "brickpass:brickpass/test/alchemer", "entitlements": list(ALL_ENTITLEMENTS)}
        question = {"externalIdsBegin": "brickpass:brickpass/test/", "integrations": [asking | {"objects": [], "securables": []} | asked]}
        return self.runner.run(self.provider.preflight.run(Question.model_validate(question)))

    def writes(self) -> list[tuple[str, str]]:
        """Method and path of each request that changed something, and forgets them."""
        asked = [(each["method"], each["path"]) for each in self.sandbox.requests() if not each["path"].startswith(("/sandbox", "/oidc"))]
        self.sandbox.http.delete("/sandbox/requests")
        return [each for each in asked if each[0] != "GET"]


@pytest.fixture
def court(as_admin: Sandbox, newcomer: Newcomer, engine: tuple[Engine, str]) -> Iterator[Court]:
    with asyncio.Runner() as runner:

        async def provided() -> Provider:
            return Provider(Workspace(as_admin.host), EngineLog(engine[1]))

        yield Court(as_admin, runner, runner.run(provided()), newcomer)


def access_list(sandbox: Sandbox, kind: str, object_id: str) -> dict[str, Any]:
    request_type = OBJECT_KINDS[kind].request_type
    if kind == "secret_scopes":
        answer = sandbox.http.get("/api/2.0/secrets/acls/list", params={"scope": object_id})
    else:
        answer = sandbox.http.get(f"/api/2.0/permissions/{request_type}/{object_id}")
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


def many(whole: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """So many examples, the same for the same seed; nothing is kept between runs, and a failure names the example as it was found."""
    fixed = settings(
        max_examples=runs(whole),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )
    return lambda test: seeded(seed())(fixed(test))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.kind)
def test_a_level_goes_to_the_object_that_is_named_and_to_no_other(court: Court, way: Way) -> None:
    """Beside others whose names are nearly the same: in case, in Unicode's forms, in blanks, in escapes of any kind."""
    number = iter(range(10**6))

    @many(200)
    @given(family=families())
    def one(family: list[str]) -> None:
        unique = f"{next(number)}-"
        made = {name: way.make(court.sandbox, name) for name in (way.below + unique + each for each in family)}
        ids = {name: made_as for name, made_as in made.items() if made_as}
        meant = next(iter(made))
        before = {object_id: access_list(court.sandbox, way.kind, object_id) for object_id in ids.values()}
        court.writes()

        outcome = granted(court, way, meant)

        written = court.writes()
        after = {object_id: access_list(court.sandbox, way.kind, object_id) for object_id in before}
        changed = [object_id for object_id in before if before[object_id] != after[object_id]]
        court.count(outcome)
        if outcome == "granted":
            assert changed == [ids[meant]]
            assert court.grantee.application_id in str(after[ids[meant]])
            assert len(written) == 1
        else:
            assert (changed, written) == ([], [])
            assert meant not in ids, f"{meant!r} is there, and was refused"

    one()
    report(f"hostile names of {way.kind}", dict(court.outcomes))
    assert court.outcomes.get("granted")


def granted(court: Court, way: Way, name: str) -> str:
    """What became of a grant on the object of this name: granted, or refused by what."""
    if not read_as_written(way.kind, name, way.level):
        return "refused by the config language"
    found = court.preflight(objects=[{"kind": way.kind, "reference": name, "path": ["grants", way.kind, name]}])
    if not found.objects:
        assert found.findings
        return "refused by preflight"
    [resolved] = found.objects
    wanted = PermissionInputs(
        integration="alchemer",
        principal=court.grantee.application_id,
        kind=way.kind,
        object_id=resolved.id,
        object_name=resolved.name,
        level=way.level,
    )
    court.runner.run(court.provider.object_permission.create(wanted, urn="alchemer"))
    return "granted"


def read_as_written(kind: str, name: str, said: str) -> bool:
    """Whether a stack file may have a grant on what is called so; if it may, then on just that."""
    # With its question mark, since without one YAML takes no key of more than 1,024 characters.
    text = f"{{grants: {{{kind}: {{? {yaml(name)} : {said}}}}}}}"
    try:
        grants = integration(text).grants
    except ConfigFaults:
        assert all(fault.isprintable() for fault in faults_of(text))
        return False
    assert list(grants[kind]) == [name]
    return True


def yaml(name: str) -> str:
    """The name as YAML's double quotes hold it, all that is not a plain letter escaped."""
    return '"' + "".join(each if each.isascii() and each.isalnum() else f"\\U{ord(each):08x}" for each in name) + '"'


@pytest.mark.parametrize("kind", ["jobs", "apps", "warehouses", "notebooks", "registered_models", "secret_scopes"])
def test_an_id_that_is_none_leads_to_nothing(court: Court, kind: str) -> None:
    """Whatever it would mean in an address: preflight finds nothing of that id."""
    made_up = (".", "..", "../clusters", "%2e%2e", "1/../2", "x?y=1", "a#b", "a b", "\x00", "😀", "\u202e", "'")
    asked = [{"kind": kind, "reference": f"id:{each}", "path": ["grants", kind, each]} for each in made_up]

    found = court.preflight(objects=asked)

    assert found.objects == ()
    assert [(finding.path[-1], finding.weight) for finding in found.findings] == [(each, "fault") for each in made_up]


def securables() -> st.SearchStrategy[str]:
    """A part of a full name: hostile, and often such that Unity Catalog takes it."""
    friendly = st.sampled_from(
        ("'", '"', "\\", "%2F", "%", "+", "&", "?", "#", ";", ":", "*", "é", "e\u0301", "ß", "\u017f", "\u212a", "İ", "😀", "שלום")
    )
    return st.one_of(hostile, st.lists(st.one_of(friendly, st.sampled_from("aAb1_-")), min_size=1, max_size=5).map("".join))


def test_privileges_go_to_the_securable_that_is_named_and_to_no_other(court: Court) -> None:
    """A schema beside others whose names are nearly the same; one that Unity Catalog cannot hold is refused before it is asked for."""
    number = iter(range(10**6))
    assert court.sandbox.http.post("/api/2.1/unity-catalog/catalogs", json={"name": "shelf"}).is_success

    def made(full_name: str) -> str | None:
        answer = court.sandbox.http.post(
            "/api/2.1/unity-catalog/schemas", json={"catalog_name": "shelf", "name": full_name.removeprefix("shelf.")}
        )
        assert answer.status_code < 500, answer.text
        return str(answer.json()["full_name"]) if answer.is_success else None

    def held(full_name: str) -> dict[str, Any]:
        answer = court.sandbox.http.get(f"/api/2.1/unity-catalog/permissions/schema/{quote(full_name, safe='')}")
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    @many(500)
    @given(name=securables().filter(lambda each: each.strip() != ""), data=st.data())
    def one(name: str, data: st.DataObject) -> None:
        siblings = near(name)
        chosen = data.draw(st.lists(st.sampled_from(siblings), max_size=3, unique=True)) if siblings else []
        unique = f"s{next(number)}_"
        names = [f"shelf.{unique}{each}" for each in (name, *chosen)]
        stored = {each: made(each) for each in names}
        before = {each: held(each) for each in stored.values() if each}
        court.writes()

        outcome = granted_on_schema(court, names[0])

        written = court.writes()
        changed = [each for each in before if before[each] != held(each)]
        court.count(outcome)
        if outcome == "granted":
            # Unity Catalog keeps names in lower case, so that two of the family may be one. (api-facts: 6)
            assert changed == [stored[names[0]] or names[0].lower()]
            assert len(written) == 1
        else:
            assert (changed, written) == ([], [])
            assert not stored[names[0]] or "`" in name, f"{name!r} is there, and was refused"

    one()
    report("hostile names of schemas", dict(court.outcomes))
    assert court.outcomes.get("granted")


def granted_on_schema(court: Court, full_name: str) -> str:
    if not read_as_written("schemas", full_name, "[SELECT]"):
        return "refused by the config language"
    path = ["grants", "schemas", full_name]
    asked = {"kind": "schemas", "fullName": full_name.lower(), "privileges": ["SELECT"], "path": path}
    found = court.preflight(securables=[asked])
    if any(finding.weight == "fault" for finding in found.findings):
        return "refused by preflight"
    wanted = PrivilegesInputs(
        integration="alchemer",
        principal=court.grantee.application_id,
        kind="schemas",
        full_name=full_name.lower(),
        privileges=("SELECT",),
    )
    court.runner.run(court.provider.securable_grant.create(wanted, urn="alchemer"))
    return "granted"


def test_an_integration_takes_over_the_principal_that_is_named_and_no_other(court: Court) -> None:
    """By a name that is a filter's syntax, or nearly another's; and joins the group that is named."""
    number = iter(range(10**6))

    @many(150)
    @given(family=families())
    def one(family: list[str]) -> None:
        unique = f"{next(number)}-"
        names = [unique + each for each in family]
        principals = {}
        groups = {}
        for name in dict.fromkeys(names):
            principals[name] = court.sandbox.admin.service_principals.create(display_name=name).application_id
            made = court.sandbox.http.post("/api/2.0/preview/scim/v2/Groups", json={"displayName": name})
            assert made.status_code < 500, made.text
            groups[name] = made.json().get("id") if made.is_success else None

        found = court.preflight(adopt=names[0], groups=[names[0]])

        faults = [each for each in found.findings if each.weight != "hint"]
        if not names[0].startswith("id:"):
            assert [each.application_id for each in found.adopted] == [principals[names[0]]], faults
        assert {each.id for each in found.groups} == ({groups[names[0]]} if groups[names[0]] else set()), faults

    one()
