"""The versions at a glance."""

from __future__ import annotations

from pathlib import Path

from ssb.versions import Version, row_of, table
from tests.model_folders import FACTS, PASSED, REFUSED


def made(name: str, published: bool, **more: object) -> Version:
    verdict = PASSED if published else REFUSED
    values = {"time": "2026-11-25T19:31:07+00:00", "facts": FACTS, "report": verdict.report, **more}
    return Version(name, Path(name), shipped=False, published=published, reason=verdict.reason, **values)  # type: ignore[arg-type]


def test_rows_count_what_a_version_was_trained_on() -> None:
    row = row_of(made("tiny-site-1", True), Path("tiny-site-1"))
    assert (row["raters"], row["images"], row["ged_old"], row["ged_new"]) == (3, 2, 0.31, 0.25)
    assert (row["current"], row["status"]) == (True, "published")
    assert row_of(made("tiny-site-1", True, facts={"images": 30}), Path("other"))["images"] == 30
    assert row_of(made("tiny-site-1", True, damage="Gone."), Path("other"))["status"] == "damaged"


def test_the_table_marks_the_one_in_use_and_gives_reasons() -> None:
    shipped = Version("lung_nodule_ct-2", Path("s"), shipped=True, published=True, reason="Came with the program.")
    versions = [shipped, made("tiny-site-1", True), made("tiny-site-2", False)]
    assert table([row_of(version, Path("tiny-site-1")) for version in versions]).splitlines() == [
        "                   status     time                 raters images  GED old -> new",
        "  lung_nodule_ct-2 shipped",
        "* tiny-site-1      published  2026-11-25 19:31 UTC      3      2  0.310 -> 0.250",
        "  tiny-site-2      refused    2026-11-25 19:31 UTC      3      2",
        "tiny-site-2: Worse on 4 held-out images: GED 0.310 -> 0.900.",
    ]
