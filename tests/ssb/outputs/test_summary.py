import json

import numpy as np
import pytest

from ssb.measurements import axial_diameter_mm
from ssb.outputs.summary import summary


def test_everything_is_json_and_says_what_was_asked(make_set, affine):
    sample_set = make_set((6.0, 6.0, 6.0, 0.0), affine, notes=("A note.",))
    found = json.loads(json.dumps(summary(sample_set), allow_nan=False))
    assert found["image"] == "ball"
    assert found["checkpoint"] == "lung_nodule_ct-1"
    asked = {"point": [22, 15, 6], "samples": 4, "nfe": 8, "guidance": 0.5, "seed": 3, "raters": "", "inside": [], "outside": []}
    assert found["request"] == asked
    assert found["grid"]["shape"] == [40, 36, 14]
    assert found["grid"]["spacing_mm"] == pytest.approx([0.7, 0.9, 2.5])
    assert np.allclose(found["grid"]["affine_lps"], affine)
    assert found["notes"] == ["A note."]
    assert found["seconds"] == 1.5
    assert found["disclaimer"] == "Not for clinical use."


def test_interpretations_count_samples_from_one(make_set, affine):
    sample_set = make_set((0.0, 6.0, 6.0, 6.0), affine)
    first, second = summary(sample_set)["interpretations"]
    volume = sample_set.masks[1].sum() * 0.7 * 0.9 * 2.5 / 1000
    assert first["share"] == 0.75 and first["members"] == [2, 3, 4] and first["representative"] in first["members"]
    assert first["volume_ml"] == pytest.approx(volume)
    assert first["diameter_mm"] == pytest.approx(axial_diameter_mm(sample_set.masks[first["representative"] - 1], affine))
    assert (second["name"], second["members"], second["volume_ml"], second["diameter_mm"]) == ("no lesion", [1], 0.0, 0.0)


def test_measurements_consensus_and_disagreement(make_set, affine):
    sample_set = make_set((6.0, 6.0, 4.0, 4.0), affine)
    found = summary(sample_set)
    small, large = (sample_set.masks[n].sum() * 0.7 * 0.9 * 2.5 / 1000 for n in (2, 0))
    assert found["measurements"]["volume_ml"]["median"] == pytest.approx((small + large) / 2)
    assert set(found["measurements"]["diameter_mm"]) == {"median", "low", "high"}
    assert found["consensus"]["volume_ml"] == pytest.approx(small)
    assert found["disagreement"]["maximum"] == 1.0
    # the shell splits evenly (1 bit), the core agrees (0 bits)
    assert found["disagreement"]["mean"] == pytest.approx((large - small) / large)
    assert "bits" in found["disagreement"]["definition"]


def test_a_set_of_empty_masks(make_set, affine):
    found = json.loads(json.dumps(summary(make_set((0.0, 0.0), affine)), allow_nan=False))
    assert found["consensus"]["volume_ml"] == 0
    assert found["disagreement"]["maximum"] == found["disagreement"]["mean"] == 0
    assert [entry["name"] for entry in found["interpretations"]] == ["no lesion"]
