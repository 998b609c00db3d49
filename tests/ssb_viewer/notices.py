"""OHIF's "Something went wrong": it shows one for any error of any script, and the notice may lie over what one wants to click."""

from __future__ import annotations

from playwright.sync_api import Page

NOTICE = "[data-sonner-toast][data-type=error]"
WENT_WRONG = "Something went wrong"
OURS = ("/ssb-panel/", "/app-config.js")


def wait_notices_away(page: Page) -> None:
    """From now on let each notice run out; it has no button to close it, and stays as long as the mouse is over it.

    Playwright waits until it is gone. What the page's errors were is printed. One of our own scripts is not waited for: an AssertionError.
    """
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{error}\n{error.stack}"))
    page.on("console", lambda said: errors.append(said.text) if "Error Boundary" in said.text else None)

    def move_off() -> None:
        print("OHIF shows an error of a script:", *errors, sep="\n")
        assert not any(script in error for script in OURS for error in errors), errors
        page.mouse.move(0, 0)

    page.add_locator_handler(page.locator(NOTICE, has_text=WENT_WRONG).first, move_off)
