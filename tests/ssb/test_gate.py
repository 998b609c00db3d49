"""The gate on tiny networks and made crops."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import Model
from ssb.datasets.batches import draw_batch
from ssb.datasets.crops import CropSet
from ssb.datasets.lidc import LidcCrops
from ssb.gate import judge, measure_set
from ssb.metrics import d_ddi, ged
from ssb.options import Options
from ssb.training import Schedule, Trainer

OPTIONS = Options(samples=6, nfe=4, guidance=0.0, seed=0)
STEPS = 80


def discs_of(images: int, crops: int = 2) -> CropSet:
    """Held-out discs like those that the tiny network learnt: `images` patients with `crops` crops each, radii 4 to 9, three raters."""
    rng, distance = np.random.default_rng(7), np.hypot(*(np.indices((128, 128)) - 64))
    radii = [4 + n % 6 for n in range(images * crops)]
    made = np.stack([np.clip((distance < r) * 200 + rng.integers(0, 40, distance.shape), 0, 255).astype(np.uint8) for r in radii])
    bits = np.stack([sum(((distance < r - 1 + s).astype(np.uint8) << s) for s in range(3)) for r in radii]).astype(np.uint8)
    patients = [f"study {n // crops}" for n in range(images * crops)]
    return CropSet("val", made, bits, [f"{patient} n0" for patient in patients], patients, list(range(images * crops)), 3)


@pytest.fixture(scope="module")
def shuffled(model: Model, discs: LidcCrops) -> Model:
    """The tiny network, trained further on masks that belong to other images: each moved off, so that image and mask do not go together."""
    rng = np.random.default_rng(1)
    moved = np.stack([np.roll(bits, rng.integers(-9, 10, size=2), axis=(0, 1)) for bits in discs.bits[rng.permutation(len(discs))]])
    wrong = CropSet("train", discs.images, moved, discs.nodules, discs.patients, discs.slices, 3)
    network = copy.deepcopy(model.network).requires_grad_(True).train()
    trainer = Trainer(BridgeMethod(model.preset, network), Schedule(steps=STEPS, batch=8, rate=1e-2, warmup=5, ema=0.9))
    for step in range(STEPS):
        trainer.advance(draw_batch(wrong, model.preset, 8, 3, step))
    return replace(model, network=trainer.average.network.eval(), name="shuffled")


def test_the_same_model_is_published_with_no_change_at_all(model: Model) -> None:
    verdict = judge(model, replace(model, name="again"), discs_of(3), OPTIONS)
    assert verdict.published
    assert verdict.reason.startswith("Not worse on 3 held-out images: GED ")
    report = json.loads(json.dumps(verdict.report, allow_nan=False))
    assert (report["old"], report["new"], report["images"], report["crops"]) == ("tiny-1", "again", 3, 6)
    assert all((one["difference"], one["interval"], one["images"]) == (0, [0, 0], 3) for one in report["measures"].values())
    assert [(one["image"], one["crops"]) for one in report["per_image"]] == [("study 0", 2), ("study 1", 2), ("study 2", 2)]
    assert report["per_image"][1]["old"]["ged"] == report["per_image"][1]["new"]["ged"]
    means = np.mean([one["old"]["dice"] for one in report["per_image"]])
    assert means == pytest.approx(report["measures"]["dice"]["old"])


@pytest.mark.parametrize("images", [3, 6])
def test_shuffled_masks_are_refused_and_the_way_back_is_open(model: Model, shuffled: Model, images: int) -> None:
    crops = discs_of(images)
    refused = judge(model, shuffled, crops, OPTIONS)
    assert not refused.published
    assert refused.reason.startswith(f"Worse on {images} held-out images: GED ")
    assert refused.report["measures"]["ged"]["difference"] > 0.2
    back = judge(shuffled, model, crops, OPTIONS)
    assert back.published
    assert back.report["measures"]["ged"]["difference"] == pytest.approx(-refused.report["measures"]["ged"]["difference"])


def test_a_diverged_training_is_refused_without_sampling(model: Model) -> None:
    network = copy.deepcopy(model.network)
    next(iter(network.parameters())).data.flatten()[0] = torch.nan
    verdict = judge(model, replace(model, network=network), discs_of(3), OPTIONS)
    assert (verdict.published, verdict.reason) == (False, "The new model's weights are not all finite numbers: its training diverged.")


@pytest.mark.parametrize(("images", "held"), [(1, "1 held-out image"), (2, "2 held-out images")])
def test_too_few_images_publish_nothing(model: Model, images: int, held: str) -> None:
    verdict = judge(model, model, discs_of(images), OPTIONS)
    assert not verdict.published
    assert verdict.reason == f"Only {held}: at least 3 are needed to tell that the new model is not worse."
    assert verdict.report["measures"] == {}


def test_raters_who_are_alone_leave_the_diversity_open(model: Model) -> None:
    crops = discs_of(3)
    crops.present = np.full(len(crops), 0b010, dtype=np.uint8)
    verdict = judge(model, model, crops, OPTIONS)
    assert verdict.published
    assert "D_DDI" not in verdict.reason
    assert verdict.report["measures"]["d_ddi"]["old"] is None
    assert verdict.report["measures"]["ged"]["old"] > 0


def test_progress_grows_to_one_and_may_stop_it(model: Model) -> None:
    done: list[float] = []
    judge(model, model, discs_of(3, crops=1), OPTIONS, on_progress=done.append)
    assert done == pytest.approx([1 / 3, 2 / 3, 1])

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(model, model, discs_of(3), OPTIONS, on_progress=stop)


def test_measures_of_one_image_are_those_of_the_metrics() -> None:
    rng = np.random.default_rng(0)
    samples, raters = rng.random((3, 8, 8)) < 0.4, rng.random((2, 8, 8)) < 0.5
    assert tuple(measure_set(samples, raters)[:3]) == (ged(samples, raters), ged(samples, raters, unbiased=True), d_ddi(samples, raters))
    # Two of three cover the first pixel: Dice of {1, 0} with {1, 1} is 2/3, with {0, 0} it is 0.
    drawn = np.array([[True, False], [True, False], [False, True]])
    assert measure_set(drawn, np.array([[True, True], [False, False]]))[3] == pytest.approx(1 / 3)
