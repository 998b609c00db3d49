"""Headless Chromium with software rendering, for the tests of viewers; its pictures are kept in out/tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES = Path(__file__).resolve().parents[1] / "out" / "tests"

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: Debian's package chromium")


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Chromium for the block that uses it."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def keep_picture(page: Page, name: str) -> Path:
    """A picture of what the page shows, in out/tests."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path)
    return path
