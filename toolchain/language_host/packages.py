"""What a program's environment has installed, and which plugins the installed Pulumi packages need."""

import asyncio
import json
import re

from pulumi.runtime.proto import language_pb2 as pb
from pulumi.runtime.proto import plugin_pb2

from toolchain.language_host.environments import HostError, PythonEnvironment
from toolchain.logins import without_logins

# Known to have no plugin although they say so nowhere.
WITHOUT_PLUGIN = {"pulumi", "pulumi-policy", "pulumi-esc-sdk"}

STAGES = {"a": "alpha", "b": "beta", "rc": "rc"}

# Runs in the program's Python, since only that one knows where its packages are. A tenth of the time of `pip list`.
LIST_PULUMI_PACKAGES = """
import importlib.metadata, importlib.util, json, pathlib
found = []
for distribution in importlib.metadata.distributions():
    name = distribution.metadata["Name"].lower().replace("_", "-")
    module = name.replace("-", "_")
    try:
        folders = list(importlib.util.find_spec(module).submodule_search_locations or [])
    except (AttributeError, ImportError, ValueError):
        folders = []
    says = next((path.read_text() for path in (pathlib.Path(f, "pulumi-plugin.json") for f in folders) if path.is_file()), None)
    if says or name.startswith("pulumi-"):
        found.append({"name": name, "version": distribution.version, "plugin": json.loads(says) if says else {}})
print(json.dumps(found))
"""


async def _output_of(environment: PythonEnvironment, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        environment.python,
        *arguments,
        env=without_logins(environment.variables()),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    if process.returncode:
        raise HostError(f"{environment.python} could not list its packages: {err.decode(errors='replace').strip()}")
    return out.decode()


async def required_plugins(environment: PythonEnvironment) -> list[plugin_pb2.PackageDependency]:
    """The plugins that the installed Pulumi packages were generated for, with the versions that they name."""
    required = []
    for package in json.loads(await _output_of(environment, "-c", LIST_PULUMI_PACKAGES)):
        says = package["plugin"]
        version = says.get("version") or plugin_version(package["version"])
        if package["name"] in WITHOUT_PLUGIN or says.get("resource", True) is False or version is None:
            continue
        required.append(
            plugin_pb2.PackageDependency(
                name=says.get("name") or package["name"].removeprefix("pulumi-"),
                kind="resource",
                version="v" + version.removeprefix("v"),
                server=says.get("server", ""),
            )
        )
    return required


def plugin_version(package_version: str) -> str | None:
    """The semantic version of a plugin from its package's PEP 440 version; None where that cannot be told."""
    match = re.fullmatch(r"(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?(?:\.post(\d+))?(?:\.dev(\d+))?", package_version)
    if match is None:
        return None
    release, stage, number, post, dev = match.groups()
    version = release + ".0" * (2 - release.count("."))
    if stage:
        version += f"-{STAGES[stage]}.{number}"
    built = "".join(filter(None, [post and f"post{post}", dev and f"dev{dev}"]))
    return f"{version}+{built}" if built else version


async def dependencies(environment: PythonEnvironment, *, transitive: bool) -> list[pb.DependencyInfo]:
    only_wanted = [] if transitive else ["--not-required"]
    listed = json.loads(await _output_of(environment, "-m", "pip", "list", "--format", "json", *only_wanted))
    return [pb.DependencyInfo(name=package["name"], version=package["version"]) for package in listed]
