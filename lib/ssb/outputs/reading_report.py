"""The reading report of a sample set: one page of HTML that needs no other file and prints on one sheet of A4."""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ssb import __version__
from ssb.interpretations import Interpretation, interpret
from ssb.measurements import Interval, axial_diameter_mm
from ssb.outputs.drawing import MINUS
from ssb.outputs.key_images import KeyImages
from ssb.outputs.palette import Color, interpretation_colors
from ssb.outputs.summary import DISCLAIMER, summary
from ssb.outputs.views import LUNG_WINDOW
from ssb.plausible import SampleSet
from ssb.volumes.volume import Volume

TEMPLATE = "reading_report.html"


def reading_report(volume: Volume, sample_set: SampleSet, written: datetime) -> str:
    """The page of `sample_set`, which was sampled on `volume`: key images, interpretations, measurements, and what made it.

    written: when, with its time zone; it is printed. Image names and notes are escaped. Same arguments, same text, with one version of
    matplotlib.
    """
    interpretations = interpret(sample_set)
    images = KeyImages(volume, sample_set, interpretations)
    window = f"{images.levels[0]:.0f} to {images.levels[1]:.0f} HU" if images.levels == LUNG_WINDOW else ""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"png": _data_url, "interval": _interval, "number": _number}
    return environment.get_template(TEMPLATE).render(
        found=summary(sample_set),
        clicked=images.clicked_slice(),
        cards=[
            {
                "image": images.interpretation(number),
                "color": _css(color),
                "share": f"{100 * one.share:.0f} %",
                "members": len(one.members),
                "volume": one.volume_ml,
                "diameter": axial_diameter_mm(sample_set.masks[one.representative], sample_set.affine),
            }
            for number, (one, color) in enumerate(zip(interpretations, interpretation_colors(interpretations), strict=True))
        ],
        sentence=sentence(sample_set, interpretations),
        window=window.replace("-", MINUS),
        series=volume.series_uid,
        written=written.strftime("%Y-%m-%d %H:%M %Z").strip(),
        version=__version__,
        disclaimer=DISCLAIMER,
    )


def sentence(sample_set: SampleSet, interpretations: tuple[Interpretation, ...]) -> str:
    """The finding in one sentence, for who reads no more than that."""
    count, empty = len(sample_set.masks), sum(len(one.members) for one in interpretations if one.volume_ml == 0)
    kinds = len(interpretations) - bool(empty)
    if not kinds:
        return f"None of the {count} masks holds a lesion at this point."
    said = "All masks are alike" if kinds == 1 else f"The masks fall into {kinds} readings of the lesion"
    without = f"{empty} of {count} {'sees' if empty == 1 else 'see'} no lesion"
    return f"{said}; {without if empty else f'every one of the {count} sees a lesion'}."


def _data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _css(color: Color) -> str:
    return f"#{''.join(f'{round(255 * part):02x}' for part in color)}"


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if value else "\N{EN DASH}"


def _interval(value: dict[str, Any], digits: int) -> str:
    found = Interval(**value)
    return f"{found.low:.{digits}f} to {found.high:.{digits}f}"
