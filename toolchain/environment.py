"""The variables under which `pulumi` and `brickpass` work on the sandbox, for `make up` itself and, as a file to source, for a person."""

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from toolchain.clone import Clone
from toolchain.errors import ToolchainError

# Pulumi writes the salt that belongs to a passphrase into the stack's file, which is under version control and must be the same in
# all clones. What is encrypted with it are secrets of a made-up workspace that only this machine reaches, in a folder of 0700.
PASSPHRASE = "sandbox"  # noqa: S105 - see above

# A person's own, which would be mixed with the sandbox's: the SDK refuses two kinds of credentials at once.
FOREIGN = (
    "DATABRICKS_ACCOUNT_ID",
    "DATABRICKS_CLUSTER_ID",
    "DATABRICKS_CONFIG_PROFILE",
    "DATABRICKS_PASSWORD",
    "DATABRICKS_TOKEN",
    "DATABRICKS_USERNAME",
)


@dataclass(frozen=True)
class Admin:
    """Who administers the sandbox, as the sandbox itself wrote it down."""

    host: str
    client_id: str
    client_secret: str

    @classmethod
    def of(cls, clone: Clone) -> "Admin":
        file = clone.sandbox / "admin.json"
        try:
            said = json.loads(file.read_text())
            return cls(said["host"], said["client_id"], said["client_secret"])
        except (OSError, ValueError, KeyError):
            raise ToolchainError(
                f"The sandbox's admin credentials are not in {file} as they should be; `make down` and `make up` make a new one."
            ) from None

    def __repr__(self) -> str:
        return f"Admin(host={self.host!r}, client_id={self.client_id!r})"


@dataclass(frozen=True)
class Environment:
    path: tuple[Path, ...]
    variables: Mapping[str, str]

    @classmethod
    def of(cls, clone: Clone, pulumi: Path, admin: Admin) -> "Environment":
        return cls(
            # The clone's Python first: the CLI's folder may be one like /usr/local/bin, with another.
            path=(clone.venv / "bin", pulumi),
            variables={
                "PULUMI_HOME": str(clone.pulumi_home),
                "PULUMI_BACKEND_URL": clone.state.as_uri(),
                "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
                "PULUMI_CONTINUE_ON_ERROR": "true",
                "PULUMI_PARALLEL": "64",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                "DATABRICKS_HOST": admin.host,
                "DATABRICKS_AUTH_TYPE": "oauth-m2m",
                "DATABRICKS_CLIENT_ID": admin.client_id,
                "DATABRICKS_CLIENT_SECRET": admin.client_secret,
            },
        )

    def process(self) -> dict[str, str]:
        """This process's environment, changed as sourcing the file would change it."""
        mine = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        path = os.pathsep.join([*map(str, self.path), *filter(None, [mine.get("PATH")])])
        beside = {name: ",".join(["127.0.0.1", "localhost", *filter(None, [mine.get(name)])]) for name in ("NO_PROXY", "no_proxy")}
        return mine | {"PATH": path} | beside | dict(self.variables)

    def file(self) -> str:
        """For sh and bash."""
        path = ":".join(shlex.quote(str(folder)) for folder in self.path)
        lines = [
            "# Source it: pulumi and brickpass then work on this clone's sandbox. Written by `make up`; holds a secret.",
            f"unset {' '.join(FOREIGN)}",
            f'export PATH={path}:"$PATH"',
            # Requests to this machine must not go to a proxy.
            *(f'export {name}="127.0.0.1,localhost${{{name}:+,${name}}}"' for name in ("NO_PROXY", "no_proxy")),
            *(f"export {name}={shlex.quote(value)}" for name, value in self.variables.items()),
        ]
        return "\n".join(lines) + "\n"

    def write(self, file: Path) -> None:
        """Whole or not at all, and never readable for others, not even for a moment."""
        aside = file.with_name(f"{file.name}.new")
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
            target.write(self.file())
        aside.replace(file)
