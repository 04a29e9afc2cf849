import os
from pathlib import Path

import pytest

from tests.toolchain.conftest import cli, executable, prepend_to_path
from toolchain.cache import Cache
from toolchain.clone import Clone
from toolchain.console import Step
from toolchain.errors import ToolchainError
from toolchain.pins import PULUMI_VERSION
from toolchain.pulumi_cli import Pulumi, find


def found(clone: Clone) -> Pulumi:
    return find(clone, Step("Pulumi"))


def offline(clone: Clone) -> None:
    """Pulumi's installer ends as it does without a network."""
    executable(clone.python, "echo 'urllib.error.URLError: no such host' >&2", "exit 1")


def a_go_that_builds(folder: Path, sdk: Path) -> None:
    """A `go` that writes a CLI where it is told to, and knows where the SDK's module is."""
    for script in ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python"):
        executable(sdk / script, "exit 0")
    executable(
        folder / "go",
        f'[ "$1" = list ] && {{ echo {sdk}; exit; }}',
        'while [ "$1" != -o ]; do shift; done',
        f"mkdir -p $(dirname $2) && printf '#!/bin/sh\\necho v{PULUMI_VERSION}\\n' > $2 && chmod 755 $2",
    )


def test_the_folder_that_one_asks_for_is_used(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """BRICKPASS_PULUMI comes before all that could be found."""
    prepend_to_path(monkeypatch, cli(tmp_path / "on-path"))
    monkeypatch.setenv("BRICKPASS_PULUMI", str(cli(tmp_path / "chosen")))
    assert found(clone).folder == tmp_path / "chosen"


@pytest.mark.parametrize(
    ("version", "language_host", "why"),
    [("3.1.0", True, "is 3.1.0, older than"), (PULUMI_VERSION, False, "there is no pulumi-language-python")],
)
def test_a_folder_that_cannot_be_used_is_refused_not_replaced(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, *, language_host: bool, why: str
) -> None:
    """A wrong BRICKPASS_PULUMI is a fault that is told, even where another CLI could be found."""
    prepend_to_path(monkeypatch, cli(tmp_path / "on-path"))
    monkeypatch.setenv("BRICKPASS_PULUMI", str(cli(tmp_path / "chosen", version=version, language_host=language_host)))
    with pytest.raises(ToolchainError, match=why):
        found(clone)


def test_the_machines_own_cli_comes_before_the_cache(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recent `pulumi` on PATH with its language host is used as it is."""
    cli(Cache.for_this_machine().folder / "bin")
    prepend_to_path(monkeypatch, cli(tmp_path / "on-path", version="3.300.1"))
    assert found(clone) == Pulumi(tmp_path / "on-path", "3.300.1", "on PATH")


def test_a_link_on_path_has_its_language_host_where_it_points(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CLI that a package manager linked into a folder on PATH counts as whole."""
    real = cli(tmp_path / "cellar")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").symlink_to(real / "pulumi")
    prepend_to_path(monkeypatch, tmp_path / "bin")
    assert found(clone).source == "on PATH"


@pytest.mark.parametrize(("version", "language_host"), [("3.258.9", True), (PULUMI_VERSION, False), ("", True)])
def test_an_unfit_cli_on_path_is_passed_over(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, *, language_host: bool
) -> None:
    """One that is too old, has no Python language host or does not say its version, leaves the cache's to be used."""
    cli(Cache.for_this_machine().folder / "bin")
    prepend_to_path(monkeypatch, cli(tmp_path / "on-path", version=version, language_host=language_host))
    assert found(clone).folder == Cache.for_this_machine().folder / "bin"


@pytest.mark.parametrize("whose", ["clone", "another"])
def test_a_clones_own_folder_is_not_the_machines_cli(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whose: str) -> None:
    """After `. .sandbox/env`, in this clone or another, a launcher of ours is on PATH, and is not taken for the official one."""
    cli(Cache.for_this_machine().folder / "bin", language_host=False)
    other = Clone.at(tmp_path / whose)
    for each in (clone, other):
        each.venv.mkdir(parents=True, exist_ok=True)
    prepend_to_path(monkeypatch, found(other).folder)
    assert found(clone).folder == clone.pulumi
    assert found(clone).source == "from the cache"


def test_a_cached_cli_that_does_not_run_is_made_anew(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged entry is replaced by a whole one instead of failing each time."""
    offline(clone)
    executable(Cache.for_this_machine().folder / "bin" / "pulumi", "exit 1")
    (clone.root / "toolchain" / "go").mkdir(parents=True)
    a_go_that_builds(tmp_path / "go", tmp_path / "sdk")
    prepend_to_path(monkeypatch, tmp_path / "go")
    assert found(clone).source == "now in the cache"
    assert found(clone).version == PULUMI_VERSION


def test_a_cached_cli_without_language_host_is_put_together_with_ours(clone: Clone) -> None:
    """The clone's folder then has the CLI, which costs no second 115 MB, and a launcher that ends up in this clone's Python."""
    entry = cli(Cache.for_this_machine().folder / "bin", language_host=False)
    clone.venv.mkdir()

    pulumi = found(clone)

    assert pulumi.folder == clone.pulumi
    assert pulumi.command.samefile(entry / "pulumi")
    launcher = clone.pulumi / "pulumi-language-python"
    assert os.access(launcher, os.X_OK)
    assert f"exec {clone.python} " in launcher.read_text()


def test_what_is_put_together_stays_until_something_changes(clone: Clone) -> None:
    """A second setup leaves the clone's folder alone; another CLI in the cache makes it anew."""
    entry = cli(Cache.for_this_machine().folder / "bin", language_host=False)
    clone.venv.mkdir()
    found(clone)
    first = (clone.pulumi / "pulumi-language-python").stat().st_ino
    found(clone)
    assert (clone.pulumi / "pulumi-language-python").stat().st_ino == first

    (entry / "pulumi").unlink()
    cli(entry, version="3.259.1", language_host=False)
    os.utime(entry / "pulumi", (1, 1))
    assert found(clone).version == "3.259.1"
    assert (clone.pulumi / "pulumi").samefile(entry / "pulumi")


def test_the_cli_is_built_where_the_installer_cannot_be_reached(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network but with Go, the build's result is in the cache, and the next time comes from there."""
    offline(clone)
    (clone.root / "toolchain" / "go").mkdir(parents=True)
    a_go_that_builds(tmp_path / "go", tmp_path / "sdk")
    prepend_to_path(monkeypatch, tmp_path / "go")

    assert found(clone).source == "now in the cache"

    entry = Cache.for_this_machine().folder
    assert {file.name for file in (entry / "bin").iterdir()} == {"pulumi", "pulumi-language-python-exec", "pulumi-resource-pulumi-python"}
    assert found(clone).source == "from the cache"


def test_where_no_way_works_each_is_named_with_its_reason(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message says what was tried, why each failed and what helps; and nothing is left in the cache."""
    offline(clone)
    (clone.root / "toolchain" / "go").mkdir(parents=True)
    executable(tmp_path / "go" / "go", "echo 'go: downloading example.org/a v1' >&2", "echo 'dial tcp: no such host' >&2", "exit 1")
    prepend_to_path(monkeypatch, tmp_path / "go")

    with pytest.raises(ToolchainError) as told:
        found(clone)

    for part in (
        "pulumi on PATH: there is none",
        "the cache: there is nothing in",
        "Pulumi's installer: it ended with exit code 1: urllib.error.URLError: no such host",
        "a build from Go modules: go ended with exit code 1: dial tcp: no such host",
        "BRICKPASS_PULUMI=FOLDER",
    ):
        assert part in str(told.value)
    assert [file.name for file in Cache.for_this_machine().folder.parent.iterdir()] == [f"{Cache.for_this_machine().folder.name}.lock"]


def test_without_go_the_build_says_so(clone: Clone) -> None:
    """A machine without Go is told that it is Go that is missing."""
    offline(clone)
    with pytest.raises(ToolchainError, match="a build from Go modules: there is no go on PATH"):
        found(clone)
