"""One sample set in the scene: its masks as segments, its disagreement as a volume, and which of the masks is shown."""

from __future__ import annotations

from typing import Any

import slicer

from ssb_review.answer import Answer
from ssb_review.errors import ReviewError
from ssb_review.geometry import check_same_grid
from ssb_review.heat import Heat
from ssb_review.nodes import mask_of, segment_id, segmentation_from

FILL = 0.35


class Review:
    """The nodes of an answer over the volume it is about.

    Raises ReviewError where the volume is another image than the answer's, was closed meanwhile, or the files cannot be read; the scene
    is then as it was.
    """

    def __init__(self, answer: Answer, volume: Any) -> None:
        if volume.GetScene() is None:
            raise ReviewError("The volume was closed while the server was sampling: load it again.")
        check_same_grid(volume, answer.summary["grid"])
        self.answer, self.volume = answer, volume
        self.masks = segmentation_from(answer.layers, f"samples of {volume.GetName()}", volume)
        try:
            self.heat = Heat(answer.disagreement, f"disagreement of {volume.GetName()}", volume)
        except ReviewError:
            slicer.mrmlScene.RemoveNode(self.masks)
            raise
        found = self.masks.GetSegmentation()
        names = [found.GetNthSegment(n).GetName() for n in range(found.GetNumberOfSegments())]
        self.consensus, self.interpretations = names[0], names[1 : 1 + len(answer.rows)]
        self.samples = names[1 + len(answer.rows) :]
        self.shown = ""
        self.show(self.consensus)

    def show(self, name: str) -> None:
        """Show one mask, filled, and the consensus as an outline, under which the disagreement stays visible; all others are hidden."""
        display, found = self.masks.GetDisplayNode(), self.masks.GetSegmentation()
        wanted = segment_id(self.masks, name)
        for n in range(found.GetNumberOfSegments()):
            segment = found.GetNthSegmentID(n)
            consensus = found.GetSegment(segment).GetName() == self.consensus
            display.SetSegmentVisibility(segment, consensus or segment == wanted)
            display.SetSegmentOpacity2DFill(segment, 0.0 if consensus else FILL)
        display.SetVisibility(True)
        self.shown = name

    def describe(self, sample: int) -> str:
        """Sample 1, 2, ... in words: which of how many, its interpretation and its volume."""
        mask = mask_of(self.masks, segment_id(self.masks, self.samples[sample - 1]), self.volume)
        x, y, z = self.volume.GetSpacing()
        volume = f"{mask.sum() * x * y * z / 1000:.2f} mL"
        return f"sample {sample} of {len(self.samples)}: {self.answer.interpretation_of(sample)}, {volume}"

    def remove(self) -> None:
        """Take it out of the scene; a reader's own mask is a node of its own and stays."""
        self.heat.remove()
        slicer.mrmlScene.RemoveNode(self.masks)
