"""What the inter-rater report says about one image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ssb.raters.estimate import number
from ssb.raters.facts import ImageFacts, LesionFacts
from ssb.raters.lesions import Presence


def image_report(facts: ImageFacts, raters: Sequence[str], handed: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """One image in plain JSON types: who handed in what, the pairs' likeness over the whole image, and its lesions.

    raters: all raters of the report; those who never handed in this image stand as absent in its lesions. handed: what is known of each
    rater's files, taken over as it is.
    """
    return {
        "raters": {rater: {**handed.get(rater, {}), **_rater(facts, place)} for place, rater in enumerate(facts.raters)},
        "pairs": _pairs(facts.raters, facts.dice, facts.iou),
        "lesions": [
            {
                "lesion": count,
                "centre": list(lesion.centre),
                "raters": {rater: _said(facts, lesion, rater) for rater in raters},
                "pairs": _pairs(facts.raters, lesion.dice, lesion.iou),
                "majority_ml": lesion.majority_ml,
                "staple_ml": lesion.staple_ml,
            }
            for count, lesion in enumerate(facts.lesions, start=1)
        ],
    }


def lesion_rows(facts: ImageFacts, raters: Sequence[str]) -> Iterator[dict[str, Any]]:
    """One row for each lesion and rater, as a table has it; an absent rater has no volume."""
    for count, lesion in enumerate(facts.lesions, start=1):
        i, j, k = lesion.centre
        for rater in raters:
            said = _said(facts, lesion, rater)
            place = {"image": facts.image, "lesion": count, "i": i, "j": j, "k": k, "rater": rater}
            yield {**place, **said, "majority_ml": lesion.majority_ml, "staple_ml": lesion.staple_ml}


def _rater(facts: ImageFacts, place: int) -> dict[str, Any]:
    left_out = [float(lesion.left_out[place]) for lesion in facts.lesions]
    return {
        "lesions": sum(bool(lesion.marked[place]) for lesion in facts.lesions),
        "volume_ml": float(sum(lesion.volume_ml[place] for lesion in facts.lesions)),
        "diameter_mm": float(max((lesion.diameter_mm[place] for lesion in facts.lesions), default=0.0)),
        "d_ddi_left_out": number(float(np.mean(left_out))) if left_out else None,
    }


def _said(facts: ImageFacts, lesion: LesionFacts, rater: str) -> dict[str, Any]:
    """What a rater said about a lesion; volume and diameter are None for one who never looked and 0 for one who did not mark it."""
    if rater not in facts.raters:
        absent = dict.fromkeys(("volume_ml", "diameter_mm", "d_ddi_left_out", "staple_sensitivity", "staple_specificity"))
        return {"presence": Presence.ABSENT.value, **absent}
    place = facts.raters.index(rater)
    return {
        "presence": (Presence.MARKED if lesion.marked[place] else Presence.NOT_MARKED).value,
        "volume_ml": float(lesion.volume_ml[place]),
        "diameter_mm": float(lesion.diameter_mm[place]),
        "d_ddi_left_out": number(float(lesion.left_out[place])),
        "staple_sensitivity": number(float(lesion.sensitivity[place])),
        "staple_specificity": number(float(lesion.specificity[place])),
    }


def _pairs(raters: Sequence[str], dice: np.ndarray, iou: np.ndarray) -> list[dict[str, Any]]:
    return [
        {"raters": [raters[a], raters[b]], "dice": float(dice[a, b]), "iou": float(iou[a, b])}
        for a, b in combinations(range(len(raters)), 2)
    ]
