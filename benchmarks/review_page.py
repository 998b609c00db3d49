"""The README's picture of the review page, and how long a reader waits there after the click.

    .venv/bin/python benchmarks/review_page.py -o OUT

Starts the server on the phantom of `make demo`, opens /ssb/review in headless Chromium, clicks on a lesion with the default settings, and
writes OUT/review.png (1600 x 1000) and OUT/review.json: seconds from the click until the outlines are on the screen, those that sampling
took by itself, and the longest time in ms between two frames of the page while it waited. Needs `make review` and Chromium.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps"), str(ROOT)]

from ssb.datasets.phantom import make_phantom  # noqa: E402 (needs the path above)
from ssb.volumes import write_nifti  # noqa: E402
from ssb_app.demo import PHANTOM_LESION, PHANTOM_SEED  # noqa: E402
from ssb_app.server_process import running_server  # noqa: E402
from tests.browser import running_browser  # noqa: E402
from tests.ssb_app.reviewing import Reader  # noqa: E402

FRAMES = """() => {
  let last = performance.now();
  window.longest = 0;
  const tick = () => {
    const now = performance.now();
    window.longest = Math.max(window.longest, now - last);
    last = now;
    window.frames = requestAnimationFrame(tick);
  };
  tick();
}"""


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the picture and the figures")
    out: Path = parser.parse_args().output
    out.mkdir(parents=True, exist_ok=True)
    phantom = make_phantom(PHANTOM_SEED)
    with tempfile.TemporaryDirectory() as work:
        studies = Path(work, "studies")
        studies.mkdir()
        write_nifti(studies / "phantom.nii.gz", phantom.volume.array, phantom.volume.affine)
        with running_server(studies, Path(work, "server.log")) as server, running_browser() as browser:
            reader = Reader(browser.new_page(viewport={"width": 1600, "height": 1000}))
            figures = look(reader, server, phantom.lesions[PHANTOM_LESION].centre, out / "review.png")
    (out / "review.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


def look(reader: Reader, server: str, lesion: tuple[int, int, int], picture: Path) -> dict[str, float]:
    """Open, click, wait, and take the picture."""
    reader.open(server, "phantom")
    reader.scroll_to(lesion[2])
    reader.page.evaluate(FRAMES)
    started = time.monotonic()
    reader.click(lesion)
    reader.page.locator("#result").wait_for()
    waited = time.monotonic() - started
    longest = reader.page.evaluate("cancelAnimationFrame(window.frames), window.longest")
    reader.page.locator("#show-all").check()
    reader.page.locator(".card").nth(1).click()
    reader.page.locator("#headline").scroll_into_view_if_needed()
    reader.page.wait_for_timeout(3000)
    reader.page.screenshot(path=picture)
    seconds = reader.page.evaluate("ssbReview.page.shapes.summary.seconds")
    return {"seconds_from_click": round(waited, 2), "seconds_sampling": round(seconds, 2), "longest_frame_ms": round(longest, 1)}


if __name__ == "__main__":
    main()
