"""No secret gets out on the way: after all that can be done with a stack, everything that is left behind is searched for every one.

What the engine itself writes in clear is named here: at `-v=9`, and not below, the values that it exchanges with its plugins.
(pulumi: sdk/go/common/resource/plugin/rpc.go) With PULUMI_DEBUG_GRPC it writes them to a file, as it is asked to.
"""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.end_to_end.harness import ALCHEMER, Run, Stack
from tests.end_to_end.watching import watched

TALKATIVE = ("-v=9", "--logtostderr", "--logflow")
OF_THE_ENGINE = ("Marshaling property for RPC[", "Unmarshaling property for RPC[")
# As our commands start it, and with nobody's login.
READS_A_STATE = re.compile(rb"pulumi\0(stack|cancel|whoami)\0.*--non-interactive\0", re.DOTALL)
SECRET = re.compile(rb"dose[0-9a-f]{32}")
TOKEN = re.compile(rb"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{40,}")
SIGNATURE = "4dabf18193072939515e22adb298388d"
DBT = {"entitlements": ["databricks-sql-access"], "grants": {"warehouses": {"bi-serverless": "CAN_USE"}}}
HANDED_OUT = "handed-out.json"
ENCRYPTED = {
    "RotatingSecret.outputs.clientSecret",
    "RotatingSecret.outputs.earlier.clientSecret",
    "Verification.inputs.clientSecret",
    "Verification.outputs.clientSecret",
    "Delivery.inputs.bundle",
    "Delivery.outputs.bundle",
    "Stack.outputs.bundles",
}
"""Where a state has secrets: each of these is one encrypted value, or a list that is."""


def alchemer(generation: int) -> Mapping[str, Any]:
    return {**ALCHEMER, "secret": {"generation": generation}, "deliver": ["secret-scope:cx-vendors"]}


def forms(secret: bytes) -> Iterator[bytes]:
    """How it could be written: as it is, in a URL, in JSON, and in base64 behind whatever."""
    yield secret
    yield quote(secret).encode()
    yield json.dumps(secret.decode())[1:-1].encode()
    for behind in range(3):
        # The first and last letters are also of what stands beside it.
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(b"\0" * behind + secret)[4 if behind else 0 : -4].rstrip(b"=")


@pytest.fixture
def left(stack: Stack, tmp_path: Path) -> list[Path]:
    """All folders in which something may be left behind."""
    places = {name: tmp_path / name.lower() for name in ("HOME", "TMPDIR")}
    for place in places.values():
        place.mkdir()
    stack.environment = {**stack.environment, **{name: str(place) for name, place in places.items()}}
    return [stack.folder, Path(stack.environment["PULUMI_HOME"]), *places.values()]


@dataclass(frozen=True)
class Life:
    """What all of it came to."""

    told: Mapping[str, Run]
    known: frozenset[bytes]
    """Every secret that its state ever had, and the admin's."""
    kept: Mapping[str, bytes]
    """The engine's files of the state at the last moment before it was destroyed."""

    def sightings(self, text: bytes) -> set[bytes]:
        """The secrets and tokens in a text, of any run."""
        known = (form for secret in self.known for form in forms(secret) if form in text)
        return {*SECRET.findall(text), *TOKEN.findall(text), *known}


def a_life(stack: Stack) -> Life:
    """All that can be done with a stack, also where it goes wrong."""

    def brickpass(*words: str) -> Run:
        return stack.run("brickpass", *words, "--stack", "test")

    stack.declare({"alchemer": alchemer(1)})
    told = {
        "up": stack.pulumi("up", "--yes", "--diff", *TALKATIVE),
        "verify": brickpass("verify", "--json"),
        "bundle": brickpass("bundle", "alchemer"),
        "schedule": brickpass("schedule"),
        "deliver": brickpass("deliver", "alchemer"),
        "file": brickpass("bundle", "alchemer", "--format", "json", "--output", HANDED_OUT),
    }
    stack.sandbox.fail(method="POST", path="/api/2.0/secrets/put", status=400, times=1)
    # A host that is trusted besides changes the provider of a stack that was deployed.
    stack.declare({"alchemer": alchemer(2), "dbt": DBT}, trusted_hosts=["databricks.acme.example"])
    told["fails"] = stack.try_up("--debug", "-v=8", "--logflow")
    told["recover"] = brickpass("recover", "--yes")
    known = SECRET.findall(json.dumps(stack.state("--show-secrets")).encode())
    state = stack.folder / "state" / ".pulumi"
    kept = {str(file.relative_to(state)): file.read_bytes() for file in state.rglob("*") if file.is_file()}
    told["destroy"] = stack.pulumi("destroy", "--yes", "--skip-preview", *TALKATIVE)
    return Life(told, frozenset({*known, stack.sandbox.admin_credentials[1].encode()}), kept)


def encrypted(value: object, place: str = "") -> Iterator[str]:
    """Where something stands encrypted, by the names of properties that lead there."""
    if isinstance(value, dict) and SIGNATURE in value:
        assert set(value) == {SIGNATURE, "ciphertext"}
        yield place
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from encrypted(inner, f"{place}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for inner in value:
            yield from encrypted(inner, place)


def encrypted_in(checkpoint: bytes) -> set[str]:
    """The type and property of whatever a file of the engine's has encrypted."""
    resources = json.loads(checkpoint)["checkpoint"]["latest"]["resources"]
    return {f"{each['type'].rpartition(':')[2]}.{place}" for each in resources for place in encrypted(each)}


def without_the_engines_own(text: str) -> bytes:
    return "\n".join(line for line in text.splitlines() if not said_by(line).startswith(OF_THE_ENGINE)).encode()


def said_by(line: str) -> str:
    try:
        return str(json.loads(line)["msg"])
    except (ValueError, KeyError, TypeError):
        return ""


def test_nothing_that_is_left_behind_holds_a_secret(stack: Stack, left: list[Path]) -> None:
    """Logs, diffs, errors, states, histories, temporary files, arguments, environments: but for a file that was asked for, which its owner
    alone may read.
    """
    with watched() as watch:
        life = a_life(stack)
    files = [file for folder in left for file in folder.rglob("*") if file.is_file() and not file.is_symlink()]
    admins = stack.sandbox.admin_credentials[1].encode()
    reading = [process for process in watch.seen if READS_A_STATE.match(process.arguments)]

    assert {name: run.exit_code for name, run in life.told.items() if run.exit_code} == {"fails": 1}, life.told["fails"].text
    assert len(life.known) == len(("the admin's", "alchemer's first", "alchemer's second", "dbt's"))

    for name, run in life.told.items():
        assert not life.sightings(without_the_engines_own(run.text)), name
    assert [file for file in files if life.sightings(file.read_bytes())] == [stack.folder / HANDED_OUT]
    assert (stack.folder / HANDED_OUT).stat().st_mode & 0o077 == 0

    assert not [name for name, text in life.kept.items() if life.sightings(text)]
    assert encrypted_in(life.kept["stacks/brickpass/test.json"]) == ENCRYPTED
    assert encrypted_in(life.kept["stacks/brickpass/test.json.bak"]) == ENCRYPTED
    histories = [encrypted_in(text) for name, text in life.kept.items() if name.endswith(".checkpoint.json")]
    assert set().union(*histories) == ENCRYPTED

    assert not [process for process in watch.seen if life.sightings(process.arguments)]
    assert {secret for process in watch.seen for secret in life.sightings(process.environment)} <= set(forms(admins))
    assert reading
    assert not [process for process in reading if admins in process.environment]
