"""The configuration that the OHIF in MONAI Label's wheel reads from our server."""

from __future__ import annotations

import itertools

import numpy as np

from ssb_app.answers import LABELS
from ssb_app.ohif_route import STOCK, label_colors
from tests.ssb_app.conftest import Server


def test_ours_follows_theirs(server: Server) -> None:
    status, content = server.ask("/ohif/app-config.js")
    text = content.decode()
    assert status == 200
    assert text.startswith(STOCK.read_text())
    assert 'const COLORS = {"consensus": [255, 242, 89, 255]' in text


def test_every_label_has_a_bright_colour_of_its_own() -> None:
    colors = label_colors()
    assert set(colors) == set(LABELS)
    for one, other in itertools.combinations(colors.values(), 2):
        assert np.linalg.norm(np.subtract(one, other)) > 70
    assert min(max(color[:3]) for color in colors.values()) > 150
