"""The floor that no model gets under: what an oracle that draws from the raters' true distribution reaches."""

from __future__ import annotations

import time

import numpy as np
from tqdm import tqdm

from ssb.crop_scores import CropScores, Evaluation
from ssb.datasets.phantom_crops import PhantomCrops, Truth, draw_truths
from ssb.evaluation import chosen, nodule_seed
from ssb.metrics import iou_matrix, set_scores
from ssb.options import Options

ORACLE = "oracle"


def oracle_floor(crops: PhantomCrops, options: Options, limit: int | None = None, *, show_progress: bool = True) -> Evaluation:
    """The scores of an oracle on the same crops, raters, number of samples and limit as `ssb.evaluation.evaluate` gives a model.

    The oracle's samples are independent draws from the truth, one choice for all slices of a lesion. With N samples and M raters its
    biased GED is above 0 all the same, see `expected_floor`; its unbiased GED is 0 in the mean. It has no steps: nfe 0, guidance 0.
    """
    started = time.monotonic()
    rows = []
    for index in tqdm(chosen(len(crops), limit, options.seed), desc="oracle", unit="crop", disable=not show_progress):
        crop, truth = crops[int(index)], crops.truths[int(index)]
        rng = np.random.default_rng(nodule_seed(options.seed, f"{ORACLE} {crop.nodule}"))
        samples = truth.masks[draw_truths(rng, truth.chances, options.samples)]
        rows.append(CropScores(crop.nodule, crop.patient, crop.slice_index, bool(crop.masks.any()), set_scores(samples, crop.masks)))
    asked = Options(options.samples, 0, 0.0, options.seed)
    return Evaluation(tuple(rows), asked, crops.split, ORACLE, "cpu", time.monotonic() - started)


def expected_distance(masks: np.ndarray, chances: np.ndarray) -> float:
    """E d(Y, Y') with d = 1 - IoU and Y, Y' two independent raters, who draw the masks (T, ...) with the probabilities `chances` (T,).

    How much the raters of a lesion truly disagree, in [0, 1]: 0 where all draw the same mask.
    """
    return float(chances @ (1.0 - iou_matrix(masks, masks)) @ chances)


def expected_floor(truth: Truth, samples: int, raters: int) -> float:
    """The oracle's biased GED in the mean over draws: (1 / N + 1 / M) E d(Y, Y'), with Y, Y' two independent draws of the truth.

    From the definition in `ssb.metrics.ged`: all three means have the expectation E d(Y, Y'), but the inner two lose the shares 1 / N
    and 1 / M to each mask's pairing with itself.
    """
    return (1.0 / samples + 1.0 / raters) * expected_distance(truth.masks, truth.chances)


def mean_expected_floor(crops: PhantomCrops, options: Options, limit: int | None = None) -> float:
    """`expected_floor` in the mean over the crops that `oracle_floor` scores: the floor without the luck of its draws."""
    indices = chosen(len(crops), limit, options.seed)
    return float(np.mean([expected_floor(crops.truths[int(index)], options.samples, crops.raters) for index in indices]))
