"""The language host over a real gRPC channel, as the engine talks to it."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import language_pb2 as pb
from pulumi.runtime.proto import language_pb2_grpc

from toolchain.language_host.packages import plugin_version
from toolchain.launcher import START
from toolchain.pins import DATABRICKS_PLUGIN_VERSION, PULUMI_VERSION

ROOT = Path(__file__).parents[2]

# Stands where the official executor stands, and writes down what it was started with.
EXECUTOR = """
import json, os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[-1])
seen = {"arguments": sys.argv[1:], "config": os.environ["PULUMI_CONFIG"], "keys": os.environ["PULUMI_CONFIG_SECRET_KEYS"]}
(folder / "seen").write_text(json.dumps(seen))
if (folder / "waits").exists():
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        (folder / "interrupted").touch()
        sys.exit(1)
sys.exit(int((folder / "exit").read_text()))
"""


@dataclass(frozen=True)
class Host:
    process: subprocess.Popen[str]
    port: int
    folder: Path

    def stub(self, channel: grpc.Channel) -> language_pb2_grpc.LanguageRuntimeStub:
        return language_pb2_grpc.LanguageRuntimeStub(channel)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Started as the launcher starts it."""
    (tmp_path / "executor.py").write_text(EXECUTOR)
    command = [sys.executable, "-P", "-c", START, str(ROOT), "--executor", str(tmp_path / "executor.py"), "-v=9", "127.0.0.1:1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    try:
        yield Host(process, int(process.stdout.readline()), tmp_path)
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture
def engine(host: Host) -> Iterator[language_pb2_grpc.LanguageRuntimeStub]:
    with grpc.insecure_channel(f"127.0.0.1:{host.port}") as channel:
        yield host.stub(channel)


def program(folder: Path, **options: str) -> pb.ProgramInfo:
    runtime = struct_pb2.Struct()
    runtime.update({"virtualenv": sys.prefix, **options})
    return pb.ProgramInfo(root_directory=str(folder), program_directory=str(folder), entry_point=".", options=runtime)


def run_request(folder: Path, *, exit_code: int = 0) -> pb.RunRequest:
    (folder / "exit").write_text(str(exit_code))
    return pb.RunRequest(
        project="brickpass",
        stack="sandbox",
        monitor_address="127.0.0.1:2",
        pwd=str(folder),
        dryRun=True,
        parallel=64,
        organization="organization",
        config={"brickpass:protect": "false"},
        configSecretKeys=["brickpass:token"],
        info=program(folder),
        args=[str(folder)],
    )


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1].startswith("Z")
    except FileNotFoundError:
        return True


def until(true: Path, *, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true.exists():
        assert time.monotonic() < end, f"{true} did not appear"
        time.sleep(0.02)


def test_it_says_which_version_it_stands_in_for(engine: language_pb2_grpc.LanguageRuntimeStub) -> None:
    """The engine is told the version of the CLI that it was made for."""
    assert engine.GetPluginInfo(empty_pb2.Empty()).version == PULUMI_VERSION


def test_a_program_gets_all_that_the_engine_says(engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path) -> None:
    """Config and its secret keys are in the environment, and everything else is an argument of the executor."""
    answer = engine.Run(run_request(tmp_path))

    assert (answer.error, answer.bail) == ("", False)
    seen = json.loads((tmp_path / "seen").read_text())
    assert json.loads(seen["config"]) == {"brickpass:protect": "false"}
    assert json.loads(seen["keys"]) == ["brickpass:token"]
    options = dict(zip(seen["arguments"][:-2:2], seen["arguments"][1:-2:2], strict=True))
    assert options == {
        "--monitor": "127.0.0.1:2",
        "--engine": "127.0.0.1:1",
        "--project": "brickpass",
        "--root_directory": str(tmp_path),
        "--stack": "sandbox",
        "--pwd": str(tmp_path),
        "--dry_run": "true",
        "--parallel": "64",
        "--organization": "organization",
    }
    assert seen["arguments"][-2:] == [".", str(tmp_path)]


def test_an_error_that_was_shown_is_not_shown_again(engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path) -> None:
    """Exit code 32 means that the executor has told the user, so the engine is only asked to stop."""
    answer = engine.Run(run_request(tmp_path, exit_code=32))
    assert (answer.error, answer.bail) == ("", True)


def test_another_exit_code_is_an_error(engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path) -> None:
    """A program that ends badly by itself fails the run, with its exit code."""
    assert engine.Run(run_request(tmp_path, exit_code=3)).error == "program exited with non-zero exit code: 3"


@pytest.mark.parametrize("how", ["request", "cancel"])
def test_a_cancelled_program_is_interrupted(engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path, how: str) -> None:
    """When the engine cancels the run, in either of its ways, the program ends as after Ctrl-C and can clean up."""
    (tmp_path / "waits").touch()
    running = engine.Run.future(run_request(tmp_path))
    until(tmp_path / "seen")
    if how == "request":
        running.cancel()
    else:
        engine.Cancel(empty_pb2.Empty())
    until(tmp_path / "interrupted")


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_the_host_ends_with_its_programs(
    host: Host, engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path, end: signal.Signals
) -> None:
    """An interrupted host interrupts what it runs, waits for it, and ends without an error."""
    (tmp_path / "waits").touch()
    running = engine.Run.future(run_request(tmp_path))
    until(tmp_path / "seen")
    host.process.send_signal(end)
    assert host.process.wait(timeout=10) == 0
    assert (tmp_path / "interrupted").exists()
    assert running.exception() is not None


def test_a_killed_engine_leaves_nothing_behind(tmp_path: Path) -> None:
    """When the engine is killed, which interrupts nobody, the host notices and ends with its plugins."""
    (tmp_path / "__main__.py").write_text("import os, sys, time; print(os.getpid(), flush=True); time.sleep(60)")
    # An "engine" that starts the host, asks it to run a plugin, says who they are and waits to be killed.
    script = f"""
import subprocess, sys, time, grpc
sys.path.insert(0, {str(ROOT)!r})
from tests.toolchain.test_language_host import START, program, Path, pb, language_pb2_grpc
command = [sys.executable, "-P", "-c", START, {str(ROOT)!r}, "--executor", "none", "127.0.0.1:1"]
host = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
channel = grpc.insecure_channel("127.0.0.1:" + host.stdout.readline().strip())
stub = language_pb2_grpc.LanguageRuntimeStub(channel)
plugin = stub.RunPlugin(pb.RunPluginRequest(info=program(Path({str(tmp_path)!r})), pwd={str(tmp_path)!r}, kind="resource"))
print(host.pid, next(plugin).stdout.decode().strip(), flush=True)
time.sleep(60)
"""
    engine = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert engine.stdout is not None
    host, plugin = map(int, engine.stdout.readline().split())
    assert not is_gone(host)
    assert not is_gone(plugin)

    engine.kill()
    engine.communicate()

    end = time.monotonic() + 10
    while not (is_gone(host) and is_gone(plugin)):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_plugins_output_and_end_are_passed_on(engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path) -> None:
    """A plugin runs in its virtual environment, in the engine's folder and environment, and its last message is its exit code."""
    (tmp_path / "plugin").mkdir()
    (tmp_path / "plugin" / "__main__.py").write_text(
        "import os, sys\nprint(sys.argv[1], os.getcwd(), os.environ['FROM'], sys.prefix)\nprint('oops', file=sys.stderr)\nsys.exit(5)"
    )
    request = pb.RunPluginRequest(
        info=program(tmp_path / "plugin"), pwd=str(tmp_path), args=["127.0.0.1:1"], env=["FROM=engine"], kind="resource"
    )
    messages = list(engine.RunPlugin(request))
    assert b"".join(message.stdout for message in messages).decode() == f"127.0.0.1:1 {tmp_path} engine {sys.prefix}\n"
    assert b"".join(message.stderr for message in messages) == b"oops\n"
    assert messages[-1].exitcode == 5


def test_a_plugin_that_the_engine_is_done_with_is_gone(engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path) -> None:
    """A cancelled request ends the plugin's process, and leaves no zombie."""
    (tmp_path / "__main__.py").write_text("import os, time; print(os.getpid(), flush=True); time.sleep(60)")
    plugin = engine.RunPlugin(pb.RunPluginRequest(info=program(tmp_path), pwd=str(tmp_path), kind="resource"))
    pid = int(next(plugin).stdout)
    plugin.cancel()
    end = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_missing_virtual_environment_is_told(engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path) -> None:
    """A `virtualenv` that is not there is one message with the commands that make it."""
    request = run_request(tmp_path)
    request.info.options.update({"virtualenv": "nowhere"})
    with pytest.raises(grpc.RpcError) as told:
        engine.Run(request)
    assert f"there is no virtual environment in {tmp_path}/nowhere; make it with" in str(told.value)


def test_another_package_manager_is_told(engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path) -> None:
    """The stand-in knows pip alone, and says so rather than run a program in the wrong environment."""
    with pytest.raises(grpc.RpcError) as told:
        engine.GetRequiredPackages(pb.GetRequiredPackagesRequest(info=program(tmp_path, toolchain="poetry")))
    assert "'toolchain' option is 'poetry'" in str(told.value)


def test_installed_pulumi_packages_name_their_plugins(engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path) -> None:
    """The databricks SDK of this environment asks for the plugin of its own version, and pulumi itself for none."""
    packages = engine.GetRequiredPackages(pb.GetRequiredPackagesRequest(info=program(tmp_path))).packages
    assert [(package.name, package.version, package.kind) for package in packages] == [
        ("databricks", f"v{DATABRICKS_PLUGIN_VERSION}", "resource")
    ]


def test_the_program_is_described(engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path) -> None:
    """`pulumi about` is told which Python runs the program, what is installed there, and that this is a stand-in."""
    about = engine.About(pb.AboutRequest(info=program(tmp_path)))
    assert about.executable == f"{sys.prefix}/bin/python"
    assert "stand-in" in about.metadata["language host"]
    installed = engine.GetProgramDependencies(pb.GetProgramDependenciesRequest(info=program(tmp_path), transitiveDependencies=True))
    assert ("pulumi", PULUMI_VERSION) in [(package.name, package.version) for package in installed.dependencies]


def test_dependencies_are_installed_where_they_belong(engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path) -> None:
    """`pulumi install` makes the virtual environment and installs the requirements, and passes on what that says."""
    (tmp_path / "requirements.txt").write_text("# none\n")
    messages = list(engine.InstallDependencies(pb.InstallDependenciesRequest(info=program(tmp_path, virtualenv="venv"))))
    assert (tmp_path / "venv" / "bin" / "python").exists()
    assert messages


def test_code_generation_is_not_implemented(engine: language_pb2_grpc.LanguageRuntimeStub) -> None:
    """What the engine can do without is answered in the way that it understands."""
    with pytest.raises(grpc.RpcError) as told:
        engine.GeneratePackage(pb.GeneratePackageRequest())
    assert told.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(
    ("package", "plugin"),
    [
        ("1.118.0", "1.118.0"),
        ("1.2", "1.2.0"),
        ("3", "3.0.0"),
        ("1.2.3.4", "1.2.3.4"),
        ("1.2.3a4", "1.2.3-alpha.4"),
        ("1.2.3rc1", "1.2.3-rc.1"),
        ("1.2.3.post4", "1.2.3+post4"),
        ("1.2.3.post4.dev5", "1.2.3+post4dev5"),
        ("1!2.0", None),
        ("1.2.3+local", None),
    ],
)
def test_a_packages_version_tells_its_plugins(package: str, plugin: str | None) -> None:
    """A PEP 440 version becomes the semantic version that the official host makes of it, or none."""
    assert plugin_version(package) == plugin
