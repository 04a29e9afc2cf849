"""The browser for the tests of the sandbox's console page: one that this machine has, else Debian's own."""

import os
import shutil
from pathlib import Path

from toolchain.clone import Clone
from toolchain.commands import CommandError, run
from toolchain.console import Step
from toolchain.errors import ToolchainError
from toolchain.logins import without_logins

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
WITHOUT = "no browser: install Chromium or Chrome, or let CHROMIUM name one"

# Another clone on this machine may be installing the same at this moment.
APT = ("apt-get", "-o", "DPkg::Lock::Timeout=300")


def find() -> Path | None:
    """`CHROMIUM` says which; else the first of the usual ones on PATH."""
    if said := os.environ.get("CHROMIUM"):
        if shutil.which(said) is None:
            raise ToolchainError(f"CHROMIUM is {said}, which is no program that can be started; let it name one, or unset it.")
        return Path(said)
    return next((Path(file) for name in NAMES if (file := shutil.which(name))), None)


def ensure(clone: Clone, step: Step) -> None:
    """Installs one where that needs nobody's password. A machine that cannot have one still runs all other tests."""
    browser = find()
    if browser is None and os.geteuid() == 0 and shutil.which("apt-get"):
        step.note("installing Debian's chromium")
        browser = _installed(clone)
    step.result = str(browser) if browser else "none; the tests that need one are skipped"


def _installed(clone: Clone) -> Path | None:
    log, environment = clone.log("browser"), without_logins(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        run([*APT, "update", "--quiet"], log=log, seconds=300, env=environment)
        run([*APT, "install", "--yes", "--quiet", "--no-install-recommends", "chromium"], log=log, seconds=900, env=environment)
    except CommandError:
        return None
    return find()
