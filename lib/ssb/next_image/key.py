"""What a score was made from: it holds for as long as nothing of this changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from ssb.annotations.annotation import Annotation
from ssb.checkpoint import Model
from ssb.next_image.score import MOST_LESIONS, SAMPLES, SEED

_RULE = 1
"""Counts the changes of how a score is made: a new number makes every kept score old."""


def model_digest(model: Model) -> str:
    """SHA-256 of the weights and the preset, 64 hex digits: two checkpoints of one name differ, and a renamed one does not."""
    digest = hashlib.sha256(json.dumps(model.preset.as_dict(), sort_keys=True).encode())
    for name, tensor in sorted(model.network.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def score_key(image: str, annotations: Iterable[Annotation], model: str) -> str:
    """64 hex digits. image: a text that changes with the image's voxels. annotations: the raters' latest. model: `model_digest`."""
    read = sorted((annotation.rater, annotation.version, annotation.sha256) for annotation in annotations)
    made = [_RULE, SAMPLES, SEED, MOST_LESIONS, image, read, model]
    return hashlib.sha256(json.dumps(made).encode()).hexdigest()
