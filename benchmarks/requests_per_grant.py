"""How many requests a first `pulumi up` costs, by what they are for: grants spread over objects, and many on one object."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks._report import Row, report
from tests.end_to_end.harness import Engine, Integrations, Stack
from tests.harness import Sandbox

COUNTS = (1, 10, 100)
BOTH = ["databricks-sql-access", "workspace-access"]


def spread_over_objects(sandbox: Sandbox, count: int) -> Integrations:
    """One integration with grants on as many warehouses, clusters and jobs as there are names for."""
    named = [("warehouses", f"id:{one.id}", "CAN_USE") for one in sandbox.admin.warehouses.list()]
    named += [("clusters", f"id:{one.cluster_id}", "CAN_ATTACH_TO") for one in sandbox.admin.clusters.list()]
    named += [("jobs", f"id:{one.job_id}", "CAN_VIEW") for one in sandbox.admin.jobs.list()]
    grants: dict[str, dict[str, str]] = {"warehouses": {}, "clusters": {}, "jobs": {}}
    for kind, reference, level in named[:count]:
        grants[kind][reference] = level
    return {"alchemer": {"entitlements": BOTH, "grants": grants}}


def on_one_warehouse(_: Sandbox, count: int) -> Integrations:
    """So many integrations with one grant each, all on the same warehouse."""
    return {f"integration-{n}": {"entitlements": BOTH, "grants": {"warehouses": {"bi-serverless": "CAN_USE"}}} for n in range(count)}


def main() -> None:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine.at(Path(folder) / "engine")
        for made in (spread_over_objects, on_one_warehouse):
            for count in COUNTS:
                what: Row = {"grants": f"{count} {made.__name__.replace('_', ' ')}"}
                rows.append(what | _deployed(engine, Path(folder) / f"{made.__name__}-{count}", made, count))
    report("requests_per_grant", "Requests and seconds of a first `pulumi up --skip-preview`", rows)


def _deployed(engine: Engine, folder: Path, made: Callable[[Sandbox, int], Integrations], count: int) -> Row:
    sandbox = Sandbox(folder / "sandbox")
    sandbox.start()
    try:
        stack = engine.stack(folder / "project", sandbox)
        stack.declare(made(sandbox, count))
        sandbox.http.delete("/sandbox/requests")
        began = time.perf_counter()
        stack.up()
        seconds = time.perf_counter() - began
        spent = Counter(_purpose(request, stack) for request in sandbox.requests() if not request["path"].startswith("/sandbox/"))
        columns: Row = {purpose: spent[purpose] for purpose in ("login", "preflight", "principals", "secrets", "writes", "proof")}
        return columns | {"writes per grant": f"{spent['writes'] / count:.2f}", "seconds": f"{seconds:.1f}"}
    finally:
        sandbox.stop()


def _purpose(request: dict[str, Any], stack: Stack) -> str:
    """What a request is for. The proof's are those of the integrations themselves, and the admin's after the last write."""
    method, path = request["method"], request["path"]
    if path.startswith(("/.well-known/", "/oidc/")):
        return "login"
    if request["principal"] != stack.sandbox.admin_credentials[0] or (path.startswith("/api/2.0/permissions/") and method == "GET"):
        return "proof"
    if "/credentials/secrets" in path:
        return "secrets"
    if method == "PATCH":
        return "writes"
    # The official provider makes a principal, and reads it by its id; preflight lists them.
    return "principals" if method == "POST" or path.rpartition("/")[2].isdigit() else "preflight"


if __name__ == "__main__":
    main()
