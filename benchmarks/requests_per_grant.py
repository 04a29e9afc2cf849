"""How many requests a first `pulumi up` costs, and what each is for: grants spread over objects or tables, many on one, and a thousand."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks._report import Row, report
from tests.end_to_end.harness import Engine, Integrations
from tests.harness import Sandbox

RUNS = 3
COUNTS = (1, 10, 100)
PHASES = ("preflight", "principal", "secret", "grants", "verification", "login")
BOTH = ["databricks-sql-access", "workspace-access"]
# The engine's file backend writes the whole state at each step; without that, what is left is ours.
NO_CHECKPOINTS = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}

Request = dict[str, Any]


class Deployed(NamedTuple):
    seconds: float
    phases: Counter[str]
    granting: float
    """Seconds from the first write of a grant to the last."""


def spread_over_objects(sandbox: Sandbox, count: int) -> Integrations:
    """One integration with grants on as many warehouses, clusters and jobs, in turn."""
    warehouses = [("warehouses", f"id:{one.id}", "CAN_USE") for one in sandbox.admin.warehouses.list()]
    clusters = [("clusters", f"id:{one.cluster_id}", "CAN_ATTACH_TO") for one in sandbox.admin.clusters.list()]
    jobs = [("jobs", f"id:{one.job_id}", "CAN_VIEW") for one in sandbox.admin.jobs.list()]
    in_turn = [named for named in chain.from_iterable(zip_longest(warehouses, clusters, jobs)) if named]
    assert len(in_turn) >= count, f"the sandbox has only {len(in_turn)} objects"
    grants: dict[str, dict[str, str]] = {}
    for kind, reference, level in in_turn[:count]:
        grants.setdefault(kind, {})[reference] = level
    return {"alchemer": {"entitlements": BOTH, "grants": grants}}


def on_one_warehouse(_: Sandbox, count: int) -> Integrations:
    """So many integrations with one grant each, all on the same warehouse."""
    return {f"integration-{n}": {"entitlements": BOTH, "grants": {"warehouses": {"bi-serverless": "CAN_USE"}}} for n in range(count)}


def spread_over_tables(sandbox: Sandbox, count: int) -> Integrations:
    """One integration with SELECT on as many tables; what that needs on their schemas and catalogs comes with it."""
    schemas = [schema for catalog in ("main", "sales", "finance") for schema in sandbox.admin.schemas.list(catalog)]
    tables = [
        table.full_name or "" for schema in schemas for table in sandbox.admin.tables.list(schema.catalog_name or "", schema.name or "")
    ]
    assert len(tables) >= count, f"these catalogs have only {len(tables)} tables"
    return {"alchemer": {"entitlements": BOTH, "grants": {"tables": {name: ["SELECT"] for name in tables[:count]}}}}


def on_one_schema(_: Sandbox, count: int) -> Integrations:
    """So many integrations, each with SELECT on the same schema, which needs its catalog."""
    return {f"integration-{n}": {"grants": {"schemas": {"main.surveys": ["SELECT"]}}} for n in range(count)}


def of_ten_integrations(sandbox: Sandbox, count: int) -> Integrations:
    """Ten integrations with a tenth of the grants each, all on the same objects."""
    wanted = spread_over_objects(sandbox, count // 10)["alchemer"]
    return {f"integration-{n}": wanted for n in range(10)}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine.at(Path(folder) / "engine")

        def row(made: Callable[[Sandbox, int], Integrations], count: int, remark: str = "", **environment: str) -> Row:
            runs = []
            for _ in range(RUNS):
                place = Path(tempfile.mkdtemp(dir=folder))
                runs.append(_deployed(engine, place, lambda sandbox: made(sandbox, count), environment))
            return _row(f"{count} {made.__name__.replace('_', ' ')}{remark}", count, runs)

        rows = [row(made, count) for made in (spread_over_objects, on_one_warehouse) for count in COUNTS]
        rows += [row(made, COUNTS[-1]) for made in (spread_over_tables, on_one_schema)]
        rows.append(row(of_ten_integrations, 1000))
        rows.append(row(on_one_warehouse, COUNTS[-1], ", no checkpoints", **NO_CHECKPOINTS))
    report("requests_per_grant", f"Requests and seconds of a first `pulumi up --skip-preview`, median of {RUNS}", rows)


def _row(title: str, count: int, runs: Sequence[Deployed]) -> Row:
    phases = {phase: [run.phases[phase] for run in runs] for phase in PHASES}
    per_grant = {
        "grants each": [run.phases["grants"] / count for run in runs],
        "with preflight": [(run.phases["grants"] + run.phases["preflight"]) / count for run in runs],
    }
    return {"grants on": title, **phases, **per_grant, "granting s": [run.granting for run in runs], "up s": [run.seconds for run in runs]}


def _deployed(engine: Engine, folder: Path, declared: Callable[[Sandbox], Integrations], environment: dict[str, str]) -> Deployed:
    sandbox = Sandbox(folder / "sandbox")
    sandbox.start()
    try:
        stack = engine.stack(folder / "project", sandbox)
        stack.declare(declared(sandbox))
        sandbox.http.delete("/sandbox/requests")
        began = time.perf_counter()
        stack.up(**environment)
        seconds = time.perf_counter() - began
        requests = [request for request in sandbox.requests() if not request["path"].startswith("/sandbox/")]
    finally:
        sandbox.stop()
    writes = [datetime.fromisoformat(request["at"]) for request in requests if _writes_a_grant(request)]
    return Deployed(seconds, _phases(requests, sandbox.admin_credentials[0]), (max(writes) - min(writes)).total_seconds())


def _phases(requests: Sequence[Request], admin: str) -> Counter[str]:
    """Counts what each request was for, in the order in which they came: the program waits for preflight before it makes anything.

    A proof reads access lists as the admin. Such a read before any integration logged in would be the grants' own.
    """
    phases: Counter[str] = Counter()
    made_something = proving = False
    for request in requests:
        method, path = request["method"], request["path"]
        if path.startswith(("/.well-known/", "/oidc/")):
            phase = "login"
        elif request["principal"] != admin:
            phase, proving = "verification", True
        elif "/credentials/secrets" in path:
            phase = "secret"
        elif method == "GET" and not made_something:
            phase = "preflight"
        elif "/scim/v2/ServicePrincipals" in path:
            phase = "principal"
        elif "/permissions/" in path:
            phase = "verification" if method == "GET" and proving else "grants"
        else:
            raise AssertionError(f"nobody knows what {method} {path} is for")
        made_something |= method != "GET" and phase != "login"
        phases[phase] += 1
    return phases


def _writes_a_grant(request: Request) -> bool:
    return request["method"] == "PATCH" and "/permissions/" in request["path"]


if __name__ == "__main__":
    main()
