"""The provider starts without the services of databricks-sdk, and nobody notices."""

import subprocess
import sys

SEES = """
from provider import databricks_sdk

databricks_sdk.enter()
import sys

import provider.server

heavy = "databricks.sdk.service.catalog"
before = heavy in sys.modules
import databricks.sdk
from databricks.sdk import WorkspaceClient, core

try:
    from databricks.sdk import no_such_thing
except ImportError as error:
    told = str(error)
print(before, heavy in sys.modules, WorkspaceClient.__name__, databricks.sdk.core is core, "no_such_thing" in told)
"""


def test_the_provider_starts_without_what_only_the_checks_need() -> None:
    """The services are loaded for whoever asks for the client, as if the package had been imported whole; what is not there is not."""
    told = subprocess.run([sys.executable, "-c", SEES], capture_output=True, text=True, check=True, timeout=60)

    assert told.stdout.split() == ["False", "True", "WorkspaceClient", "True", "True"]
