"""What makes a score old."""

from __future__ import annotations

from dataclasses import replace

import torch

from ssb.annotations.annotation import Annotation, Origin
from ssb.checkpoint import Model
from ssb.next_image.key import model_digest, score_key
from ssb.presets import PRESETS

ANNA = Annotation("ct", "anna", 1, "2026-01-01T00:00:00", Origin(), "mask.nii.gz", "a" * 64, 5)
BERT = replace(ANNA, rater="bert", sha256="b" * 64)


def test_a_key_is_that_of_its_facts_in_any_order() -> None:
    assert score_key("ct", [ANNA, BERT], "m") == score_key("ct", [BERT, ANNA], "m")
    # Who submitted when, and from what, does not change what is scored.
    assert score_key("ct", [ANNA], "m") == score_key("ct", [replace(ANNA, time="2027", origin=Origin("OHIF"))], "m")


def test_any_other_image_annotation_or_model_is_another_key() -> None:
    keys = [
        score_key("ct", [ANNA], "m"),
        score_key("other", [ANNA], "m"),
        score_key("ct", [ANNA, BERT], "m"),
        score_key("ct", [replace(ANNA, version=2)], "m"),
        score_key("ct", [replace(ANNA, sha256="c" * 64)], "m"),
        score_key("ct", [ANNA], "n"),
    ]
    assert len(set(keys)) == len(keys)


def test_a_model_is_its_weights_and_preset(model: Model) -> None:
    assert model_digest(model) == model_digest(replace(model, name="renamed"))
    assert model_digest(model) != model_digest(replace(model, preset=replace(PRESETS["tiny"], neighbour_level=0.1)))
    before, (first, *_) = model_digest(model), model.network.parameters()
    with torch.no_grad():
        first += 1
    try:
        assert model_digest(model) != before
    finally:
        with torch.no_grad():
            first -= 1
