"""The disagreement as a scalar volume over the image, with its colours, colour bar and threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer

from ssb_review.nodes import volume_from

STOPS = ((0.0, 0.23, 0.11, 0.51), (0.4, 0.65, 0.14, 0.53), (0.75, 0.92, 0.24, 0.31), (1.0, 1.0, 0.59, 0.16))
"""Bits, and red, green and blue there: ever lighter, for colour-blind readers; no yellow, which is the consensus. Our choice."""

COLORS = 256
LOWEST = 0.05
"""Bits below which the map is clear when it is made: what one sample of many says alone is let pass. Our choice."""


class Heat:
    """The disagreement's node and what belongs to it; `remove` takes all of it out of the scene."""

    def __init__(self, content: bytes, name: str, volume: Any) -> None:
        self.volume = volume
        self.node = volume_from(content, ".nrrd", name)
        self.node.SetAndObserveTransformNodeID(volume.GetTransformNodeID())
        self.colors = _color_node()
        display = self.node.GetDisplayNode()
        display.SetAndObserveColorNodeID(self.colors.GetID())
        display.AutoWindowLevelOff()
        display.SetWindowLevelMinMax(0.0, 1.0)
        display.InterpolateOff()
        self.threshold(LOWEST)
        self.legend = _legend(self.node)

    def threshold(self, bits: float) -> None:
        """Show only voxels of at least `bits`, in [0, 1]; those on which all samples agree are always clear."""
        display = self.node.GetDisplayNode()
        display.AutoThresholdOff()
        display.SetThreshold(max(float(bits), 1e-6), 1.0)
        display.ApplyThresholdOn()

    def show(self, opacity: float) -> None:
        """Lay the map over the image in every slice view, `opacity` in [0, 1]; 0 takes it off, and what lay there before stays so."""
        for n in range(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSliceCompositeNode")):
            view = slicer.mrmlScene.GetNthNodeByClass(n, "vtkMRMLSliceCompositeNode")
            if opacity > 0:
                view.SetBackgroundVolumeID(self.volume.GetID())
                view.SetForegroundVolumeID(self.node.GetID())
                view.SetForegroundOpacity(opacity)
            elif view.GetForegroundVolumeID() == self.node.GetID():
                view.SetForegroundVolumeID(None)
        self.legend.SetVisibility(opacity > 0)

    def remove(self) -> None:
        """Take the map off the views and out of the scene."""
        self.show(0)
        for node in (self.legend, self.node.GetDisplayNode(), self.node, self.colors):
            slicer.mrmlScene.RemoveNode(node)


def _color_node() -> Any:
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLColorTableNode", "disagreement")
    node.SetTypeToUser()
    node.SetNumberOfColors(COLORS)
    bits, *stops = zip(*STOPS)
    channels = [np.interp(np.linspace(0, 1, COLORS), bits, stop) for stop in stops]
    for n in range(COLORS):
        node.SetColor(n, f"{n / (COLORS - 1):.2f}", *(float(channel[n]) for channel in channels), 1.0)
    return node


def _legend(node: Any) -> Any:
    legend = slicer.modules.colors.logic().AddDefaultColorLegendDisplayNode(node)
    legend.SetTitleText("disagreement (bit)")
    legend.SetLabelFormat("%.1f")
    legend.SetNumberOfLabels(6)
    legend.SetMaxNumberOfColors(COLORS)
    return legend
