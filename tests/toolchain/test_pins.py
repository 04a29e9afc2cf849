import re
from pathlib import Path

import pytest

from toolchain.pins import DATABRICKS_PLUGIN_VERSION, PULUMI_VERSION

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("module", ["github.com/pulumi/pulumi/pkg/v3", "github.com/pulumi/pulumi/sdk/v3"])
def test_the_cli_is_built_at_its_pinned_version(module: str) -> None:
    """go.mod asks for the version that the rest of the toolchain is told of."""
    required = re.search(rf"{re.escape(module)} v(\S+)", (ROOT / "toolchain" / "go" / "go.mod").read_text())
    assert required is not None
    assert required[1] == PULUMI_VERSION


@pytest.mark.parametrize(("package", "version"), [("pulumi", PULUMI_VERSION), ("pulumi[-_]databricks", DATABRICKS_PLUGIN_VERSION)])
def test_the_python_packages_go_with_the_cli_and_the_plugin(package: str, version: str) -> None:
    """requirements.txt pins the SDKs to the versions of the CLI and of the plugin."""
    pinned = re.search(rf"^{package}==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    assert pinned[1] == version
