"""The README's picture of the review page, and how long a reader waits there after the click.

    .venv/bin/python benchmarks/review_page.py -o OUT

Starts the server on the phantom of `make demo`, opens /ssb/review in headless Chromium, clicks on a lesion with the default settings, in
five pages one after another, and writes OUT/review.png (1600 x 1000) and OUT/review.json, medians: seconds from the click until the first
consensus and until the result are handed to the drawing, seconds that sampling took by itself, ms for which the page answered nothing at a
stretch (the longest task of its main thread), and the longest time in ms between two of its frames, which Chromium draws on the CPU here.
Needs `make review` and Chromium.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps"), str(ROOT)]

from ssb.datasets.phantom import make_phantom  # noqa: E402 (needs the path above)
from ssb.volumes import write_nifti  # noqa: E402
from ssb_app.demo import PHANTOM_LESION, PHANTOM_SEED  # noqa: E402
from ssb_app.server_process import running_server  # noqa: E402
from tests.browser import running_browser  # noqa: E402
from tests.ssb_app.reviewing import Reader  # noqa: E402

ROUNDS = 5

WATCH = """() => {
  const {overlay} = ssbReview;
  const set = overlay.setShapes.bind(overlay);
  const start = performance.now();
  let last = start;
  window.seen = {shapes: [], task: 0, frame: 0};
  overlay.setShapes = shapes => {
    set(shapes);
    if (shapes) seen.shapes.push((performance.now() - start) / 1000);
  };
  const longest = list => list.getEntries().forEach(one => { seen.task = Math.max(seen.task, one.duration); });
  new PerformanceObserver(longest).observe({entryTypes: ['longtask']});
  const tick = now => {
    seen.frame = Math.max(seen.frame, now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
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
            rounds = [
                look(
                    Reader(browser.new_page(viewport={"width": 1600, "height": 1000})),
                    server,
                    phantom.lesions[PHANTOM_LESION].centre,
                    turn,
                    out,
                )
                for turn in range(ROUNDS)
            ]
    figures = {name: round(median(one[name] for one in rounds), 2) for name in rounds[0]}
    (out / "review.json").write_text(json.dumps({**figures, "rounds": rounds}, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


def look(reader: Reader, server: str, lesion: tuple[int, int, int], turn: int, out: Path) -> dict[str, float]:
    """Open, click, wait, and take the picture the first time; each turn has a seed of its own, so that nothing is remembered."""
    reader.open(server, "phantom")
    reader.scroll_to(lesion[2])
    reader.page.locator("#seed").evaluate("(field, value) => { field.value = value; }", str(turn))
    reader.page.wait_for_timeout(1000)
    reader.page.evaluate(WATCH)
    reader.click(lesion)
    reader.page.locator("#result").wait_for()
    reader.page.wait_for_timeout(2000)
    seen = reader.page.evaluate("window.seen")
    figures = {
        "first_consensus_s": seen["shapes"][0],
        "result_s": seen["shapes"][-1],
        "sampling_s": reader.page.evaluate("ssbReview.page.shapes.summary.seconds"),
        "longest_task_ms": seen["task"],
        "longest_frame_ms": seen["frame"],
    }
    if turn == 0:
        reader.page.locator("#show-all").check()
        reader.page.locator(".card").last.click()
        reader.page.locator("#headline").scroll_into_view_if_needed()
        reader.page.wait_for_timeout(3000)
        reader.page.screenshot(path=out / "review.png")
    reader.page.close()
    return figures


if __name__ == "__main__":
    main()
