import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from toolchain.clone import Clone
from toolchain.environment import Admin, Environment
from toolchain.errors import ToolchainError

ADMIN = Admin("http://127.0.0.1:41233", "8fc51070", "dose$it's`quoted`")


def sourced(shell: str, file: Path, **before: str) -> dict[str, str]:
    """The environment of a shell after it has sourced the file."""
    script = 'set -eu; . "$1"; exec env -0'
    asked = subprocess.run(
        [shell, "-c", script, shell, file], env={"PATH": "/usr/bin:/bin", **before}, capture_output=True, check=True, text=True
    )
    return dict(entry.split("=", 1) for entry in asked.stdout.split("\0") if entry)


@pytest.fixture
def odd_clone(tmp_path: Path) -> Clone:
    """In a folder whose name a shell would take apart."""
    clone = Clone.at(tmp_path / "it's a $HOME")
    clone.sandbox.mkdir(parents=True)
    return clone


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_file_says_what_make_up_itself_uses(odd_clone: Clone, shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that sources the file has exactly the variables that `make up` ran pulumi with, whatever characters are in them."""
    environment = Environment.of(odd_clone, odd_clone.pulumi, ADMIN)
    environment.write(odd_clone.env_file)
    monkeypatch.setattr(os, "environ", {"PATH": "/usr/bin:/bin", "NO_PROXY": "intern"})

    after = sourced(shell, odd_clone.env_file, NO_PROXY="intern")

    expected = environment.process()
    assert {name: after.get(name) for name in expected} == expected
    assert after["DATABRICKS_CLIENT_SECRET"] == ADMIN.client_secret
    assert after["NO_PROXY"] == "127.0.0.1,localhost,intern"
    assert after["PULUMI_CONTINUE_ON_ERROR"] == "true"


def test_the_clones_python_comes_before_the_clis_folder(odd_clone: Clone) -> None:
    """The CLI may be in a folder with another Python, which must not take the place of the clone's."""
    Environment.of(odd_clone, Path("/usr/local/bin"), ADMIN).write(odd_clone.env_file)
    path = sourced("sh", odd_clone.env_file)["PATH"]
    assert path == f"{odd_clone.venv}/bin:/usr/local/bin:/usr/bin:/bin"


def test_a_persons_own_credentials_do_not_mix_with_the_sandboxs(odd_clone: Clone) -> None:
    """A token or profile in the shell is unset, since the SDK refuses two kinds of credentials at once."""
    Environment.of(odd_clone, odd_clone.pulumi, ADMIN).write(odd_clone.env_file)
    after = sourced("sh", odd_clone.env_file, DATABRICKS_TOKEN="dapi", DATABRICKS_CONFIG_PROFILE="PROD")
    assert not {"DATABRICKS_TOKEN", "DATABRICKS_CONFIG_PROFILE"} & after.keys()
    assert after["DATABRICKS_AUTH_TYPE"] == "oauth-m2m"


def test_nobody_else_can_read_the_file(odd_clone: Clone) -> None:
    """The file holds the admin's secret and is 0600, also where there was one before that was not."""
    odd_clone.env_file.write_text("")
    odd_clone.env_file.chmod(0o644)
    Environment.of(odd_clone, odd_clone.pulumi, ADMIN).write(odd_clone.env_file)
    assert stat.S_IMODE(odd_clone.env_file.stat().st_mode) == 0o600


def test_the_admins_secret_is_in_no_repr() -> None:
    """What is logged or shown of the admin has no secret in it."""
    assert ADMIN.client_secret not in repr(ADMIN)


@pytest.mark.parametrize("content", [None, "", "{}", '{"host": "http://127.0.0.1:1"}'])
def test_unreadable_admin_credentials_are_told_in_one_sentence(odd_clone: Clone, content: str | None) -> None:
    """A missing or half-written admin.json is named, with what to do."""
    if content is not None:
        (odd_clone.sandbox / "admin.json").write_text(content)
    with pytest.raises(ToolchainError, match=r"admin credentials are not in .*`make down` and `make up`"):
        Admin.of(odd_clone)


def test_the_admin_is_who_the_sandbox_says(odd_clone: Clone) -> None:
    """admin.json is read as the sandbox writes it."""
    written = {"host": ADMIN.host, "client_id": ADMIN.client_id, "client_secret": ADMIN.client_secret}
    (odd_clone.sandbox / "admin.json").write_text(json.dumps(written))
    assert Admin.of(odd_clone) == ADMIN


def test_logs_are_in_a_folder_for_nobody_else(clone: Clone) -> None:
    """The folder with the state, the credentials and the logs is 0700."""
    clone.log("packages")
    assert stat.S_IMODE(clone.sandbox.stat().st_mode) == 0o700
