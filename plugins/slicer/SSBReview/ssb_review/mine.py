"""A reader's own mask: started from a mask of the model, edited in the Segment Editor, submitted under the reader's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer

from ssb_review.errors import ReviewError
from ssb_review.images import IMAGE
from ssb_review.nodes import mask_of, nrrd_of, place_with, segment_id
from ssb_review.review import Review
from ssb_review.server import Server

CLIENT = "3D Slicer, SSB Review"
SEGMENT = "mine"
COLOR = (0.2, 0.9, 0.9)
SAMPLE_SET, CHECKPOINT = "SSBReview.SampleSet", "SSBReview.Checkpoint"
"""Attributes of a reader's segmentation: what it started from. They are saved with the scene, so it can be submitted another day."""


def start_mine(review: Review, name: str) -> Any:
    """A new segmentation node with one segment, a copy of the mask `name` of the review; earlier ones stay as they are."""
    source = review.masks.GetSegmentation()
    segment = segment_id(review.masks, name)
    image = review.answer.summary["image"]
    node = slicer.mrmlScene.AddNewNodeByClass(
        "vtkMRMLSegmentationNode", slicer.mrmlScene.GenerateUniqueName(f"mine of {review.volume.GetName()}")
    )
    place_with(node, review.volume)
    own = node.GetSegmentation()
    own.CopySegmentFromSegmentation(source, segment)
    own.GetSegment(segment).SetName(SEGMENT)
    own.GetSegment(segment).SetColor(*COLOR)
    for key, value in ((IMAGE, image), (SAMPLE_SET, review.answer.summary["id"]), (CHECKPOINT, review.answer.summary["checkpoint"])):
        node.SetAttribute(key, value)
    return node


@dataclass(frozen=True)
class Submission:
    """What goes to the server; it holds no node, so it may be sent beside Slicer's own thread."""

    image: str
    mask: bytes
    fields: dict[str, str]

    def send(self, server: Server) -> dict[str, Any]:
        """The record of the annotation, with its version, once it is kept. Raises ReviewError where the server refuses."""
        return server.submit(self.image, self.mask, self.fields)


def submission(node: Any, rater: str) -> Submission:
    """The reader's mask as it is now, all segments of the node together; an empty one says "I see no lesion".

    node: what `start_mine` made. Raises ReviewError for another one or none, without a name, and where the image's volume is no longer
    in the scene.
    """
    if node is None or node.GetAttribute(SAMPLE_SET) is None:
        raise ReviewError("This segmentation was not started here: choose a mask, and 'Edit as mine'.")
    if not rater.strip():
        raise ReviewError("Your name is missing: a mask is kept as the annotation of somebody.")
    volume = node.GetNodeReference(slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole())
    if volume is None or volume.GetImageData() is None:
        raise ReviewError(f"The volume that '{node.GetName()}' was drawn on is not in the scene any more: load it again.")
    found = node.GetSegmentation()
    mask = np.zeros(tuple(reversed(volume.GetImageData().GetDimensions())), dtype=bool)
    for n in range(found.GetNumberOfSegments()):
        mask |= mask_of(node, found.GetNthSegmentID(n), volume)
    fields = {
        "rater": rater.strip(),
        "client": CLIENT,
        "sample_set": node.GetAttribute(SAMPLE_SET),
        "checkpoint": node.GetAttribute(CHECKPOINT),
    }
    return Submission(node.GetAttribute(IMAGE), nrrd_of(mask, volume), fields)


def kept(record: dict[str, Any]) -> str:
    """The server's record in words."""
    return f"Kept as version {record['version']} of {record['rater']} on {record['image']}: {record['voxels']} voxels."
