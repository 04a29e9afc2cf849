"""A real browser, with a page that tells at its end whether anything went wrong in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize, sync_playwright

from tests.harness import Sandbox
from toolchain.browser import WITHOUT, find

LAPTOP: ViewportSize = {"width": 1280, "height": 800}
TABLET: ViewportSize = {"width": 1024, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}

# What a browser does on its own account has no place here; the machine's root may start it, and it opens only pages of the sandbox.
SWITCHES = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")


@dataclass
class Witness:
    """What happened in a page that should not."""

    host: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        # A refusal of the Content-Security-Policy is said there too.
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.host).netloc:
            self.strangers.append(request.url)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # For a module and no longer: while it is open, its event loop keeps others from running.
    program = find()
    if program is None:
        pytest.skip(WITHOUT)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=program, chromium_sandbox=False, args=SWITCHES) as started,
    ):
        yield started


@pytest.fixture
def witness(sandbox: Sandbox) -> Iterator[Witness]:
    witness = Witness(sandbox.host)
    yield witness
    assert witness.errors == []
    assert witness.strangers == []


@pytest.fixture
def page(browser: Browser, sandbox: Sandbox, witness: Witness) -> Iterator[Page]:
    """On a laptop."""
    with browser.new_context(base_url=sandbox.host, viewport=LAPTOP) as context:
        page = context.new_page()
        witness.watch(page)
        yield page
