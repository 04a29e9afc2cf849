"""A workspace in which much goes wrong, the same things for the same seed."""

import json
from collections import Counter
from typing import Any

from operate.state import plain
from tests.end_to_end.harness import Stack
from tests.harness import Sandbox

API = "^/api/"
# The official plugin's own requests. It repeats 429, 503 and connections that were reset, but neither a 500 or 504 nor one that was closed
# before the answer or in the middle of it (api-facts: 2.3): then its resource fails, and the next run finishes.
NOT_THE_PLUGINS = "^/api/(?!.*/scim/v2/(ServicePrincipals|Me))"

REPEATED_BY_ALL: tuple[dict[str, object], ...] = (
    {"path": API, "status": 429, "error_code": "REQUEST_LIMIT_EXCEEDED", "retry_after": 1, "chance": 0.05},
    {"path": API, "status": 503, "error_code": "TEMPORARILY_UNAVAILABLE", "retry_after": 1, "chance": 0.02},
    {"path": API, "cut": "before", "reset": True, "chance": 0.005},
    {"path": API, "cut": "after", "reset": True, "chance": 0.01},
)
REPEATED_BY_US: tuple[dict[str, object], ...] = (
    {"path": NOT_THE_PLUGINS, "status": 500, "error_code": "INTERNAL_ERROR", "when": "after", "chance": 0.02},
    {"path": NOT_THE_PLUGINS, "status": 504, "error_code": "DEADLINE_EXCEEDED", "chance": 0.02},
    {"path": NOT_THE_PLUGINS, "cut": "before", "chance": 0.005},
    {"path": NOT_THE_PLUGINS, "cut": "after", "chance": 0.01},
    {"path": NOT_THE_PLUGINS, "cut": "middle", "chance": 0.02},
)
# Of SCIM's four requests at once, somebody else takes three.
CONDITIONS = {"latency_ms": 5, "latency_spread_ms": 30, "scim_at_once": 1, "scim_wraps_429": 0.5, "propagation_s": 2}
# 0: the connection was cut.
NO_ANSWERS = {0, 401, 429, 500, 503, 504}

WATCHED = {
    "warehouse": "/api/2.0/permissions/sql/warehouses/{warehouse}",
    "cluster": "/api/2.0/permissions/clusters/{cluster}",
    "job": "/api/2.0/permissions/jobs/{job}",
    "catalog": "/api/2.1/unity-catalog/permissions/catalog/main",
    "schema": "/api/2.1/unity-catalog/permissions/schema/main.surveys",
    "scope": "/api/2.0/secrets/acls/list?scope=cx-vendors",
}


def begin(sandbox: Sandbox, seed: int, **conditions: object) -> None:
    faults = [*REPEATED_BY_ALL, *REPEATED_BY_US]
    answer = sandbox.http.post("/sandbox/faults", json={"seed": seed, "faults": faults, **CONDITIONS, **conditions})
    assert answer.status_code == 200, answer.text


def end(sandbox: Sandbox) -> Counter[str]:
    """How many requests met each kind of fault."""
    faults = sandbox.http.get("/sandbox/faults").json()["faults"]
    assert sandbox.http.delete("/sandbox/faults").is_success
    met: Counter[str] = Counter()
    for fault in faults:
        met[str(fault["status"] or f"cut {fault['cut']}")] += fault["met"]
    return met


def answered_with(requests: list[dict[str, Any]]) -> Counter[str]:
    """What came in the place of answers, by status: also where SCIM was asked for too much at once, and where tokens had ended."""
    return Counter(str(request["status"]) for request in requests if request["status"] in NO_ANSWERS)


def repeated(requests: list[dict[str, Any]]) -> int:
    """Requests that were sent again after an answer that was none."""
    failed: Counter[tuple[str, ...]] = Counter()
    again = 0
    for request in requests:
        key = (request["method"], request["path"], str(request["principal"]))
        if failed[key]:
            failed[key] -= 1
            again += 1
        if request["status"] in NO_ANSWERS:
            failed[key] += 1
    return again


def access_of_others(stack: Stack) -> bytes:
    """All that anybody but the stack's principals has on what it grants on, as the workspace writes it."""
    sandbox = stack.sandbox
    ids = {"warehouse": sandbox.warehouse(), "cluster": sandbox.cluster(), "job": sandbox.job()}
    ours = set(principals(stack))
    kept: dict[str, list[Any]] = {}
    for name, path in WATCHED.items():
        answer = sandbox.http.get(path.format(**ids))
        assert answer.status_code == 200, answer.text
        (entries,) = (value for value in answer.json().values() if isinstance(value, list))
        kept[name] = [entry for entry in entries if not ours & {str(value) for value in entry.values()}]
    return json.dumps(kept).encode()


def principals(stack: Stack) -> dict[str, str]:
    """The external id of each service principal that the stack made, by application id."""
    found = stack.sandbox.admin.service_principals.list(filter='externalId sw "brickpass:brickpass/test/"')
    return {str(each.application_id): str(each.external_id) for each in found}


def secrets(stack: Stack) -> dict[str, set[str]]:
    """The live secrets of each integration, by its external id."""
    admin = stack.sandbox.admin
    found = admin.service_principals.list(filter='externalId sw "brickpass:brickpass/test/"')
    return {
        str(each.external_id).rsplit("/", 1)[1]: {str(secret.id) for secret in admin.service_principal_secrets_proxy.list(str(each.id))}
        for each in found
    }


def known_secrets(stack: Stack) -> dict[str, set[str]]:
    """Those that the state knows, by integration."""
    resources = [plain(each) for each in stack.state("--show-secrets")["deployment"]["resources"]]
    outputs = [each["outputs"] for each in resources if each["type"] == "brickpass:index:RotatingSecret"]
    earlier = {each["integration"]: {one["secretId"] for one in each.get("earlier") or ()} for each in outputs}
    return {each["integration"]: {each["secretId"], *earlier[each["integration"]], *(each.get("toEnd") or ())} for each in outputs}
