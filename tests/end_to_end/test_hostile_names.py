"""Names that are somebody's syntax, through the whole of `pulumi up`."""

from tests.end_to_end.harness import Stack
from tests.harness import Sandbox

NAMES = (
    *('it\'s "quoted"', "back\\slash `tick`", "a/b/../c", "%2F%2e%2e", "  two  blanks ", "line\nbreak\r\n", "tab\tand \x1b[31mred"),
    *(
        "😀 👩\u200d💻",
        "שלום \u202e עולם",
        "' OR 1=1 --",
        '" or displayName co "',
        "{{ 7*7 }} ${x} %s",
        "- &a *a: !!x",
        "<script>alert(1)</script>",
    ),
    *("null", "1.0", "x" * 1000, "e\u0301", "é", "Nightly", "nightly"),
)


def job_levels(sandbox: Sandbox, jobs: dict[str, str]) -> dict[str, dict[str, str]]:
    return {name: sandbox.direct_levels("jobs", job_id) for name, job_id in jobs.items()}


def test_each_name_is_granted_on_as_it_is_written(stack: Stack) -> None:
    """One stack names every second of them, and nobody's list but theirs changes; a refused one is a sentence in a single line."""
    sandbox = stack.sandbox
    jobs = {name: str(sandbox.http.post("/api/2.2/jobs/create", json={"name": name}).json()["job_id"]) for name in NAMES}
    before = job_levels(sandbox, jobs)
    named = NAMES[::2]
    stack.declare({"alchemer": {"entitlements": ["workspace-access"], "grants": {"jobs": dict.fromkeys(named, "CAN_VIEW")}}})

    stack.up()
    client_id = stack.bundles()["alchemer"]["client_id"]
    granted = job_levels(sandbox, jobs)
    verified = stack.run("brickpass", "verify")
    again = stack.up().changes()
    stack.declare({"alchemer": {"grants": {"jobs": {"no such\n\x1b[31mjob \u202e": "CAN_VIEW"}}}})
    refused = stack.preview()
    stack.destroy()

    assert granted == {name: levels | ({client_id: "CAN_VIEW"} if name in named else {}) for name, levels in before.items()}
    assert verified.exit_code == 0, verified.text
    assert set(again) == {"unchanged"}
    assert 'there is no job "no such\\n\\x1b[31mjob \\u202e" in this workspace' in refused.text
    assert job_levels(sandbox, jobs) == before
