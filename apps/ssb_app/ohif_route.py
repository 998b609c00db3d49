"""GET /ohif/app-config.js: the configuration of the OHIF that MONAI Label brings, with what its panel leaves out added."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi import Depends, FastAPI
from fastapi.responses import Response
from monailabel.endpoints import ohif as stock

from ssb.outputs.labelmap import BANDS, CONSENSUS
from ssb.outputs.palette import CONSENSUS as CONSENSUS_COLOR
from ssb.outputs.palette import INTERPRETATIONS
from ssb_app.web import put_before, reader

STOCK = Path(stock.__file__).parent / "static" / "ohif" / "app-config.js"
ADDED = Path(__file__).with_name("ohif_config.js")

_BAND_COLORS = ((126, 79, 224), (240, 96, 90), (253, 166, 54))
"""From little to full agreement, our choice: they differ in lightness too."""


def label_colors() -> dict[str, list[int]]:
    """Red, green, blue and opacity, 0 to 255, of each label of the tasks."""
    named = {CONSENSUS: CONSENSUS_COLOR, "interpretation": INTERPRETATIONS[0], "sample": INTERPRETATIONS[2]}
    colors = {name: tuple(round(255 * part) for part in color) for name, color in named.items()}
    return {name: [*color, 255] for name, color in {**colors, **dict(zip(BANDS, _BAND_COLORS, strict=True))}.items()}


def configuration() -> Response:
    """MONAI Label's own configuration, then ours."""
    added = f"const COLORS = {json.dumps(label_colors())};\n{ADDED.read_text(encoding='utf-8')}"
    text = f"{STOCK.read_text(encoding='utf-8')}\n{{\n{added}}}\n"  # in a block, so that no name of ours becomes the page's
    return Response(text, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def add_to_ohif(app: FastAPI) -> None:
    """Put our route before MONAI Label's own, which serves the file alone."""
    put_before(app, "/ohif/app-config.js", configuration, "GET", [Depends(reader)])
