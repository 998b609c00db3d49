"""The inter-rater report: what the facts of all images say, for each image and over all, ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ssb import __version__
from ssb.datasets.study import Skipped
from ssb.outputs.summary import DISCLAIMER
from ssb.raters.agreement import Agreement, agreements
from ssb.raters.detection import Detection, detections
from ssb.raters.estimate import Estimate, mean_over_images
from ssb.raters.facts import ImageFacts, raters_of
from ssb.raters.findings import findings
from ssb.raters.image_report import image_report
from ssb.raters.size import Size, sizes

Handed = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""image -> rater -> what is known of the files the rater handed in, such as its versions."""

DEFINITIONS = {
    "dice": "mean over the lesions that one of the two raters marked, 0 where only one did; dice_both over those that both marked",
    "size": "a rater's volumes as multiples of those of the middle one of the other raters, over lesions that both marked; the interval "
    "holds against more than half of the others, with 95 % for all raters together",
    "sensitivity": "share of the lesions that more than half of the other raters who looked marked, with Wilson's interval of 95 %",
    "d_ddi_left_out": "D_DDI between the raters without this one and all raters, mean over lesions that at least three raters looked at: "
    "0 where the set says the same without the rater",
    "consensus": "majority: voxels that more than half of the raters who looked marked; staple: probability above one half",
    "presence": "marked; not marked: the rater handed in the image without this lesion; absent: the rater never handed in the image",
}


@dataclass(frozen=True)
class RatersReport:
    """What several raters' annotations of several images say about the raters. skipped: the images that it leaves out, and why."""

    images: tuple[ImageFacts, ...]
    handed: Handed
    skipped: tuple[Skipped, ...] = ()

    @property
    def raters(self) -> tuple[str, ...]:
        """All raters, sorted."""
        return raters_of(self.images)

    @cached_property
    def agreements(self) -> list[Agreement]:
        """One for each pair of raters who share an image."""
        return agreements(self.images)

    @cached_property
    def sizes(self) -> dict[str, Size]:
        """Of each rater."""
        return sizes(self.images)

    @cached_property
    def detections(self) -> dict[str, Detection]:
        """Of each rater."""
        return detections(self.images)

    @property
    def findings(self) -> list[str]:
        """Who draws systematically larger or smaller, and who misses lesions, a sentence each."""
        return findings(self.sizes, self.detections)

    def left_out(self, rater: str) -> Estimate:
        """Mean over lesions of D_DDI between the raters without this one and all (`ssb.raters.facts.left_out`)."""
        values, names = [], []
        for facts in self.images:
            if rater in facts.raters:
                values += [float(lesion.left_out[facts.raters.index(rater)]) for lesion in facts.lesions]
                names += [facts.image] * len(facts.lesions)
        return mean_over_images(values, names)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types. Volumes are in mL, diameters in mm, points are voxels i, j, k from 0; what is not defined is None."""
        return {
            "findings": self.findings,
            "raters": {rater: self._rater(rater) for rater in self.raters},
            "pairs": [_pair(found) for found in self.agreements],
            "images": {facts.image: image_report(facts, self.raters, self.handed.get(facts.image, {})) for facts in self.images},
            "skipped": [asdict(one) for one in self.skipped],
            "definitions": DEFINITIONS,
            "version": __version__,
            "disclaimer": DISCLAIMER,
        }

    def _rater(self, rater: str) -> dict[str, Any]:
        own = [facts for facts in self.images if rater in facts.raters]
        marked = [
            (float(lesion.volume_ml[place]), float(lesion.diameter_mm[place]))
            for facts in own
            for place in [facts.raters.index(rater)]
            for lesion in facts.lesions
            if lesion.marked[place]
        ]
        size, detection = self.sizes[rater], self.detections[rater]
        return {
            "images": len(own),
            "images_without_lesion": sum(not any(lesion.marked[facts.raters.index(rater)] for lesion in facts.lesions) for facts in own),
            "lesions": len(marked),
            "volume_ml": _quartiles([volume for volume, _ in marked]),
            "diameter_mm": _quartiles([diameter for _, diameter in marked]),
            "size": {
                "ratio": size.ratio.as_dict(),
                "lesions": size.lesions,
                "verdict": size.verdict,
                "against": {other: ratio.as_dict() for other, ratio in size.against.items()},
            },
            "detection": {
                "sensitivity": detection.sensitivity.as_dict(),
                "found": detection.found,
                "lesions": detection.lesions,
                "missed_median_ml": detection.missed_ml if detection.found < detection.lesions else None,
                "alone": detection.alone,
                "misses": detection.misses,
            },
            "d_ddi_left_out": self.left_out(rater).as_dict(),
        }


def _quartiles(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    low, median, high = np.percentile(values, [25, 50, 75])
    return {"median": float(median), "low_quartile": float(low), "high_quartile": float(high)}


def _pair(found: Agreement) -> dict[str, Any]:
    likeness = {name: getattr(found, name).as_dict() for name in ("dice", "iou", "dice_both", "iou_both")}
    return {"raters": list(found.raters), "images": found.images, "lesions": found.lesions, "both": found.both, **likeness}
