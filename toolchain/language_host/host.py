"""The `LanguageRuntime` service, as far as the engine calls it for a program, a plugin or a policy pack."""

import asyncio
import json
import platform
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2 as pb
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2
from typing_extensions import override

from toolchain.language_host.environments import HostError, PythonEnvironment, python_on_path
from toolchain.language_host.packages import dependencies, required_plugins
from toolchain.language_host.processes import GRACE, Processes
from toolchain.logins import ENGINES, without_logins

SHOWN_ALREADY = 32
"""The executor's exit code after it showed a program's error itself, so that nothing needs to be added."""


class Context(Protocol):
    """What is used of gRPC's context, which comes without types."""

    async def abort(self, code: grpc.StatusCode, details: str) -> None: ...


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """What it does not override (code generation, packing, linking) answers UNIMPLEMENTED, which the engine understands."""

    def __init__(self, executor: Path, engine_address: str, version: str, tracing: str = "") -> None:
        self.executor = executor
        self.engine_address = engine_address
        self.version = version
        self.tracing = tracing
        self.processes = Processes()

    @override
    async def Handshake(self, request: pb.LanguageHandshakeRequest, _: Context) -> pb.LanguageHandshakeResponse:
        self.engine_address = request.engine_address
        return pb.LanguageHandshakeResponse()

    @override
    async def GetPluginInfo(self, _request: empty_pb2.Empty, _: Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self.version)

    @override
    async def GetRequiredPackages(self, request: pb.GetRequiredPackagesRequest, context: Context) -> pb.GetRequiredPackagesResponse:
        async with _faults_told(context):
            return pb.GetRequiredPackagesResponse(packages=await required_plugins(PythonEnvironment.of(request.info)))

    @override
    async def GetProgramDependencies(
        self, request: pb.GetProgramDependenciesRequest, context: Context
    ) -> pb.GetProgramDependenciesResponse:
        async with _faults_told(context):
            listed = await dependencies(PythonEnvironment.of(request.info), transitive=request.transitiveDependencies)
            return pb.GetProgramDependenciesResponse(dependencies=listed)

    @override
    async def About(self, request: pb.AboutRequest, context: Context) -> pb.AboutResponse:
        async with _faults_told(context):
            python = PythonEnvironment.of(request.info).python
            stand_in = {"toolchain": "pip", "language host": "Brickpass's stand-in for the official one"}
            return pb.AboutResponse(executable=str(python), version=platform.python_version(), metadata=stand_in)

    @override
    async def Run(self, request: pb.RunRequest, context: Context) -> pb.RunResponse:
        """Runs a program to its end. A cancelled request, or `Cancel`, interrupts it as Ctrl-C does."""
        async with _faults_told(context):
            environment = PythonEnvironment.of(request.info)
            config = {
                "PULUMI_CONFIG": json.dumps(dict(request.config)),
                "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
            }
            command: list[str | Path] = [environment.python, self.executor, *self._executor_arguments(request)]
            # What a program prints goes where the engine reads this host's own output.
            async with self.processes.start(command, env=environment.variables(config), grace=GRACE) as program:
                exit_code = await program.wait()
        if exit_code == SHOWN_ALREADY:
            return pb.RunResponse(bail=True)
        return pb.RunResponse(error=f"program exited with non-zero exit code: {exit_code}" if exit_code else "")

    def _executor_arguments(self, request: pb.RunRequest) -> list[str]:
        named = {
            "monitor": request.monitor_address,
            "engine": self.engine_address,
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "pwd": request.pwd,
            "dry_run": "true" if request.dryRun else "false",
            "parallel": str(request.parallel),
            "tracing": self.tracing,
            "organization": request.organization,
        }
        options = [argument for name, value in named.items() if value for argument in (f"--{name}", value)]
        return [*options, request.info.entry_point, *request.args]

    @override
    async def RunPlugin(self, request: pb.RunPluginRequest, context: Context) -> AsyncIterator[pb.RunPluginResponse]:
        """Runs a plugin until it ends, or until the engine is done with it and cancels the request."""
        async with _faults_told(context):
            policy_pack = request.kind == "analyzer"
            # A plugin never runs in whatever Python is on PATH; a policy pack may, as it always could.
            environment = PythonEnvironment.of(request.info, default_virtualenv="" if policy_pack else "venv")
            folder = request.info.program_directory
            if not (Path(folder) / "__main__.py").is_file():
                raise HostError(f"The plugin in {folder} has no __main__.py, so it cannot be run.")
            arguments = ["-u", "-m", "pulumi.policy", *request.args, folder] if policy_pack else [folder, *request.args]
            async with self.processes.start(
                [environment.python, *arguments],
                cwd=folder if policy_pack else request.pwd,
                env=without_logins(environment.variables(dict(entry.split("=", 1) for entry in request.env)), ENGINES),
                piped=True,
                grace=0,  # the engine has told the plugin to end before it cancels the request, and waits for it to be gone
            ) as plugin:
                async for stream, data in _output(plugin):
                    yield pb.RunPluginResponse(stdout=data) if stream == "stdout" else pb.RunPluginResponse(stderr=data)
                yield pb.RunPluginResponse(exitcode=await plugin.wait())

    @override
    async def InstallDependencies(
        self, request: pb.InstallDependenciesRequest, context: Context
    ) -> AsyncIterator[pb.InstallDependenciesResponse]:
        """Makes the virtual environment where there is none, and installs the program's requirements.txt into it."""
        async with _faults_told(context):
            environment = PythonEnvironment.of(request.info, default_virtualenv="venv" if request.is_plugin else "", must_exist=False)
            folder = request.info.program_directory
            steps: list[list[str | Path]] = []
            if environment.virtualenv is not None and not environment.python.is_file():
                steps.append([python_on_path(), "-m", "venv", environment.virtualenv])
            if (Path(folder) / "requirements.txt").is_file():
                steps.append([environment.python, "-m", "pip", "install", "-r", "requirements.txt"])
            for step in steps:
                async with self.processes.start(
                    step, cwd=folder, env=without_logins(environment.variables()), piped=True, grace=GRACE
                ) as process:
                    async for stream, data in _output(process):
                        yield pb.InstallDependenciesResponse(**{stream: data})
                    if await process.wait():
                        raise HostError(f"`{' '.join(map(str, step))}` failed in {folder}; its output is above.")

    @override
    async def Cancel(self, _request: empty_pb2.Empty, _: Context) -> empty_pb2.Empty:
        self.processes.interrupt()
        return empty_pb2.Empty()


@asynccontextmanager
async def _faults_told(context: Context) -> AsyncIterator[None]:
    """A fault of the project's files ends the call with its sentence, which the engine shows as it is."""
    try:
        yield
    except HostError as fault:
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(fault))


async def _output(process: Process) -> AsyncIterator[tuple[str, bytes]]:
    """What a process writes, as it comes, with the name of the stream; ends when it has closed both."""
    chunks: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()

    async def read(name: str, stream: asyncio.StreamReader | None) -> None:
        while stream is not None:
            data = await stream.read(65536)
            chunks.put_nowait((name, data))
            if not data:
                return

    readers = [asyncio.create_task(read("stdout", process.stdout)), asyncio.create_task(read("stderr", process.stderr))]
    try:
        still_open = len(readers)
        while still_open:
            name, data = await chunks.get()
            if data:
                yield name, data
            else:
                still_open -= 1
    finally:
        for reader in readers:
            reader.cancel()
