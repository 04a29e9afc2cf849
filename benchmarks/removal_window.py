"""How long the window of a removal is: from a list as it was read to the list as it was written, by the sandbox's own request log.

What somebody else writes in between is undone. It holds one round trip, so it is measured on workspaces that are so far away; also for
twenty removals at once, as a `pulumi up` makes them, on one machine with all its threads.
"""

import asyncio
import os
import statistics
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks._report import Row, report
from provider.access_writer import AccessWriter, Entry
from provider.declared import Declared
from provider.engine_log import EngineLog
from provider.workspace import Workspace
from tests.harness import Newcomer, Sandbox
from tests.soak.test_two_ups import OBJECTS, twenty

LATENCIES_MS = (0, 20, 50)
REMOVALS = 200


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(Path(folder))
        sandbox.start()
        try:
            os.environ["DATABRICKS_CLIENT_ID"], os.environ["DATABRICKS_CLIENT_SECRET"] = sandbox.admin_credentials
            rows = asyncio.run(_measured(sandbox))
        finally:
            sandbox.stop()
    report("removal_window", f"Milliseconds between reading and writing a list, of {REMOVALS} removals", rows)


async def _measured(sandbox: Sandbox) -> Sequence[Row]:
    principal, lists = sandbox.newcomer(), [thing.path for thing in twenty(sandbox)]
    writer = AccessWriter(Workspace(sandbox.host), Declared(), EngineLog("127.0.0.1:1"))
    rows: list[Row] = []
    for latency_ms in LATENCIES_MS:
        for at_once in (1, OBJECTS):
            windows = [
                window
                for _ in range(REMOVALS // at_once)
                for window in await _removed(sandbox, writer, lists[:at_once], principal, latency_ms)
            ]
            ninety_nine = statistics.quantiles(windows, n=100)[-1]
            rows.append({"round trip ms": str(latency_ms), "at once": str(at_once), "window ms": windows, "99 % within": [ninety_nine]})
    return rows


async def _removed(sandbox: Sandbox, writer: AccessWriter, lists: Sequence[str], principal: Newcomer, latency_ms: int) -> list[float]:
    """The windows of removals from all these lists at once."""
    await asyncio.gather(*(writer.write(each, Entry(principal.application_id, "CAN_MANAGE")) for each in lists))
    assert sandbox.http.post("/sandbox/faults", json={"latency_ms": latency_ms}).is_success
    assert sandbox.http.delete("/sandbox/requests").is_success
    await asyncio.gather(*(writer.write(each, Entry(principal.application_id, None)) for each in lists))
    requests = sandbox.requests()
    assert sandbox.http.delete("/sandbox/faults").is_success
    return [_window([request for request in requests if request["path"] == each]) for each in lists]


def _window(requests: Sequence[dict[str, Any]]) -> float:
    assert [request["method"] for request in requests] == ["GET", "PUT", "GET"], requests
    read, written, _ = (datetime.fromisoformat(request["at"]) for request in requests)
    return (written - read).total_seconds() * 1000


if __name__ == "__main__":
    main()
