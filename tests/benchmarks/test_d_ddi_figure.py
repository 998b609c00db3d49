"""The picture of what D_DDI sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.d_ddi_figure import MODELS, TRUTH, UNIT, beside_copies, discs, draw, report, scores


def test_draws_a_small_picture(tmp_path: Path) -> None:
    draw(tmp_path / "d_ddi.png", 1)
    with Image.open(tmp_path / "d_ddi.png") as picture:
        assert picture.size == (1150, 630)
        assert np.ptp(np.asarray(picture.convert("L"))) == 255
    assert [path.name for path in tmp_path.iterdir()] == ["d_ddi.png"]
    assert (tmp_path / "d_ddi.png").stat().st_size < 150_000


def test_its_three_models_have_one_ged_and_one_d_max() -> None:
    raters = discs([area * UNIT for area in TRUTH])
    little, near, much = (scores(discs([area * UNIT for area in units]), raters) for _, units in MODELS)
    assert [*little[:2], *much[:2]] == pytest.approx([*near[:2], *near[:2]], abs=1e-9)
    assert min(little[2], much[2]) > 1.9 * near[2]


def test_copies_of_the_raters_are_without_fault_and_junk_is_not() -> None:
    assert beside_copies(0) == pytest.approx([0, 0, 0], abs=1e-12)
    assert beside_copies(3)[1] == 0 < beside_copies(3)[2] < beside_copies(6)[2]


def test_reports_three_models_and_four_numbers_of_samples() -> None:
    lines = report(1).splitlines()
    assert [line.split()[-3:-1] for line in lines[1:4]] == [["0.16875", "0.94156"]] * 3
    assert [line.split()[:4] for line in lines[4:]] == [["perfect", "model,", n, "samples"] for n in ("4", "16", "32", "100")]
