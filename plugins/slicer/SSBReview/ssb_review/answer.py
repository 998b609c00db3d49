"""The server's answer to a click: numbers, masks, disagreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ssb_review.server import Server


@dataclass(frozen=True)
class Answer:
    """summary: as GET /ssb/sample_sets/{id} gives it. layers, disagreement: the files' content."""

    summary: dict[str, Any]
    layers: bytes
    disagreement: bytes

    @property
    def rows(self) -> list[tuple[str, str, str, str]]:
        """Name, share, volume and longest axial diameter of each interpretation, the most frequent first; for the list."""
        return [
            (found["name"], f"{found['share']:.0%}", f"{found['volume_ml']:.2f} mL", f"{found['diameter_mm']:.1f} mm")
            for found in self.summary["interpretations"]
        ]

    @property
    def measured(self) -> str:
        """Volume and diameter with their intervals over the samples, in words."""
        volume, diameter = (self.summary["measurements"][key] for key in ("volume_ml", "diameter_mm"))
        return (
            f"Volume {volume['median']:.2f} mL ({volume['low']:.2f} to {volume['high']:.2f}), "
            f"diameter {diameter['median']:.1f} mm ({diameter['low']:.1f} to {diameter['high']:.1f})"
        )

    @property
    def notes(self) -> list[str]:
        """Sentences that the reader must see; the last says what this is not for."""
        return [*self.summary["notes"], self.summary["disclaimer"]]

    def interpretation_of(self, sample: int) -> str:
        """The name of the interpretation that sample 1, 2, ... belongs to."""
        return next(found["name"] for found in self.summary["interpretations"] if sample in found["members"])


def ask(server: Server, image: str, point_mm: list[float], options: dict[str, Any]) -> Answer:
    """Sample at a click and fetch all of it. Touches no node, so it may run beside Slicer's own thread."""
    summary = server.sample(image, point_mm, options)
    return Answer(summary, server.layers(summary["id"]), server.disagreement(summary["id"]))
