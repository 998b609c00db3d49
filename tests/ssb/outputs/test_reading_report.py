"""The reading report says what the summary says, on one page that fetches nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timezone
from html.parser import HTMLParser

import pytest

from ssb.interpretations import interpret
from ssb.outputs.reading_report import reading_report, sentence

WHEN = datetime(2026, 3, 4, 15, 6, tzinfo=timezone.utc)


class Page(HTMLParser):
    """Words, pictures, and everything that a page would fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words, self.pictures, self.sources, self.open = "", [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.open.append(tag)
        self.sources += [found[name] for name in ("src", "href") if name in found]
        if tag == "img":
            self.pictures.append(found["alt"])

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.words += f"{data} "

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass


@pytest.fixture
def affine(oblique_affine):
    return oblique_affine


def told(page: str) -> str:
    return re.sub(r"\s+", " ", Page(page).words)


def test_it_tells_interpretations_measurements_and_what_made_it(volume, make_set, affine):
    found = make_set((8.0, 8.0, 3.5, 0.0), affine, notes=("The lesion reaches the window's edge.",))
    page = reading_report(volume, found, WHEN)
    words = told(page)
    for part in (
        "4 masks that experts might draw. The masks fall into 2 readings of the lesion; 1 of 4 sees no lesion.",
        f"Model {found.checkpoint}",
        "Seed 3",
        "8 evaluations a mask, guidance 0.5",
        "The lesion reaches the window's edge.",
        "written 2026-03-04 15:06 UTC",
        "Not for clinical use.",
    ):
        assert part in words
    shown = interpret(found)
    assert f"interpretation 1 50 %, 2 of 4 {shown[0].volume_ml:.2f} mL" in words
    assert [name.split(",")[0] for name in Page(page).pictures] == [
        "Image and click",
        "All masks and the consensus",
        "Disagreement",
        *(one.name for one in shown),
    ]


def test_it_needs_no_other_file_and_escapes_names(volume, make_set, affine):
    page = reading_report(volume, replace(make_set((5.0,), affine), image="<script>alert(1)</script>"), WHEN)
    assert "<script" not in page
    assert all(source.startswith("data:image/png;base64,") for source in Page(page).sources)
    assert not re.findall(r"url\(|@import|https?://", page)


def test_the_same_set_gives_the_same_page(volume, make_set, affine):
    found = make_set((6.0, 4.0), affine)
    assert reading_report(volume, found, WHEN) == reading_report(volume, found, WHEN)


@pytest.mark.parametrize(
    ("radii", "said"),
    [
        ((0.0, 0.0), "None of the 2 masks holds a lesion at this point."),
        ((6.0, 6.0), "All masks are alike; every one of the 2 sees a lesion."),
        ((6.0, 0.0), "All masks are alike; 1 of 2 sees no lesion."),
    ],
)
def test_the_finding_in_one_sentence(make_set, affine, radii, said):
    found = make_set(radii, affine)
    assert sentence(found, interpret(found)) == said


def test_an_empty_set_has_a_report_too(volume, make_set, affine):
    words = told(reading_report(volume, make_set((0.0,), affine), WHEN))
    assert "no lesion" in words
    assert "nan" not in words
