"""A sample set in numbers and words, ready for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from ssb.interpretations import interpret
from ssb.measurements import axial_diameter_mm, measure, voxel_ml
from ssb.plausible import SampleSet

DISCLAIMER = "Not for clinical use."


def summary(sample_set: SampleSet) -> dict[str, Any]:
    """Everything about the set except its voxels, in plain dicts, lists, text and numbers.

    Units are in the names (ml, mm); points are voxel indices i, j, k from 0; samples are numbered from 1. An interpretation's volume
    and longest axial diameter are those of its representative. `affine_lps` maps voxel indices to LPS mm. `disagreement` gives its
    definition, its maximum, and its mean over the voxels that any sample covers.
    """
    request = sample_set.request
    bits = sample_set.disagreement[sample_set.possible]
    return {
        "image": sample_set.image,
        "grid": {
            "shape": list(sample_set.shape),
            "spacing_mm": [float(v) for v in np.linalg.norm(sample_set.affine[:3, :3], axis=0)],
            "affine_lps": np.asarray(sample_set.affine, dtype=float).tolist(),
        },
        "request": {
            "point": list(request.point),
            "samples": request.samples,
            "nfe": request.nfe,
            "guidance": request.guidance,
            "seed": request.seed,
            "raters": request.raters,
            "inside": [list(point) for point in request.inside],
            "outside": [list(point) for point in request.outside],
        },
        "checkpoint": sample_set.checkpoint,
        "samples": len(sample_set.masks),
        "interpretations": [
            {
                "name": found.name,
                "share": found.share,
                "volume_ml": found.volume_ml,
                "diameter_mm": axial_diameter_mm(sample_set.masks[found.representative], sample_set.affine),
                "representative": found.representative + 1,
                "members": [member + 1 for member in found.members],
            }
            for found in interpret(sample_set)
        ],
        "measurements": measure(sample_set).as_dict(),
        "consensus": {"volume_ml": int(sample_set.consensus.sum()) * voxel_ml(sample_set.affine)},
        "disagreement": {
            "definition": "entropy of the mean over the samples, in bits: 0 where all agree, 1 where they split evenly",
            "maximum": float(bits.max()) if bits.size else 0.0,
            "mean": float(bits.mean()) if bits.size else 0.0,
        },
        "notes": list(sample_set.notes),
        "seconds": sample_set.seconds,
        "disclaimer": DISCLAIMER,
    }
