"""Which workspace a stack is for, where its file does not say it."""

from pathlib import Path

import pytest

from components.host import WrongHost, host_of
from model.stackfile import StackFile

FILE = StackFile("config: {brickpass:integrations: {}}", "stacks/Pulumi.acme.yaml")


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of profiles, of which one is chosen."""
    file = tmp_path / "databrickscfg"
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(file))
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "acme")
    return file


def test_an_untrusted_host_of_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can set a variable cannot send the admin's login anywhere."""
    monkeypatch.setenv("DATABRICKS_HOST", "databricks.acme.example")

    with pytest.raises(WrongHost, match=r"the host of DATABRICKS_HOST: .* is no address of Databricks.*trusted_hosts: \[databricks"):
        host_of(FILE, [])
    assert host_of(FILE, ["databricks.acme.example"]) == "https://databricks.acme.example"


def test_an_untrusted_host_of_a_profile_is_refused(profile: Path) -> None:
    """As in a file that somebody else wrote."""
    profile.write_text("[acme]\nhost = https://databricks.acme.example\n")

    with pytest.raises(WrongHost, match=r"the host of the profile: .* is no address of Databricks"):
        host_of(FILE, [])
    assert host_of(FILE, ["databricks.acme.example"]) == "https://databricks.acme.example"
