"""The hand-over sheet, printed."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from model.presets import Presets
from tests.browser.conftest import LAPTOP, PHONE
from tests.unit.operate.handed_out import bundle, deployed, schema, text, warehouse


@pytest.fixture
def sheet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The longest one: all that a form may ask for, several of each, and names without a place to break."""
    monkeypatch.setenv("BRICKPASS_NOW", "2027-01-01")
    monkeypatch.chdir(tmp_path)
    longest = max(Presets.shipped().consumers, key=lambda name: len(Presets.shipped().consumers[name].form or {}))
    several = bundle(warehouses=[warehouse("w" * 60 + str(number), str(number) * 16) for number in range(3)])
    schemas = [schema(f"main.{'s' * 40}{number}") for number in range(3)]
    integration = replace(deployed(several, grants=schemas), consumer=longest, purpose="p" * 200, owner="cx@acme.example")
    file = tmp_path / "sheet.html"
    file.write_text(text("sheet-html", integration))
    return file


def opened(browser: Browser, sheet: Path) -> tuple[Page, list[str]]:
    page = browser.new_page(viewport=LAPTOP)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: complaints.append(request.url) if request.url != sheet.as_uri() else None)
    page.goto(sheet.as_uri())
    return page, complaints


def test_a_sheet_prints_on_one_page(browser: Browser, sheet: Path) -> None:
    """On A4, by the page's own styles; nothing is asked for beside it, and its own policy lets all of it through."""
    page, complaints = opened(browser, sheet)

    printed = page.pdf(prefer_css_page_size=True, print_background=True)

    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    [width, height] = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", printed)[0]
    assert (round(float(width)), round(float(height))) == (595, 842)
    assert complaints == []


def test_a_sheet_is_read_on_a_phone(browser: Browser, sheet: Path) -> None:
    """Without being pushed sideways."""
    page, _ = opened(browser, sheet)
    page.set_viewport_size(PHONE)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
