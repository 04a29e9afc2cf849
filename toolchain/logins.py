"""An environment without anybody's login, for what needs none: other people's code that is built, installed or only looked at."""

import re
from collections.abc import Mapping

ENGINES = re.compile(r"PULUMI_CONFIG_PASSPHRASE(_FILE)?")
"""What opens the stacks' secrets, and is the engine's alone."""
_LOGINS = re.compile(rf"DATABRICKS_.*|PULUMI_ACCESS_TOKEN|{ENGINES.pattern}")


def without_logins(environment: Mapping[str, str], which: re.Pattern[str] = _LOGINS) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not which.fullmatch(name)}
