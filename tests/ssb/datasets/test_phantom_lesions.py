import numpy as np
import pytest

from ssb.datasets.phantom_lesions import KINDS, draw_lesion

PIXEL = 0.7
STEPS = np.arange(-20, 20.1, PIXEL)
GRID = STEPS[:, None, None], STEPS[None, :, None], STEPS[None, None, :]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind(kind, seed):
    drawn = draw_lesion(kind, np.random.default_rng(seed), *GRID, radius=6.0, pixel=PIXEL)
    shape = (len(STEPS),) * 3
    chances = [chance for _, chance in drawn.truths]
    assert sum(chances) == 1.0
    assert all((16 * chance).is_integer() and chance > 0 for chance in chances)
    for share, hu in drawn.layers:
        assert share.shape == shape and share.dtype == np.float32
        assert share.min() == 0 and 0 < share.max() <= 1
        assert -1000 < hu < 100
    for mask, _ in drawn.truths:
        assert mask.shape == shape and mask.dtype == bool
        assert not mask[[0, -1]].any() and not mask[:, [0, -1]].any() and not mask[:, :, [0, -1]].any()
    masks = [mask for mask, _ in drawn.truths if mask.any()]
    core, wide = min(masks, key=np.sum), max(masks, key=np.sum)
    assert not (core & ~wide).any()
    assert wide.sum() > 1.2 * core.sum()
    # the core is a ball of 6 mm, uneven and stretched by up to 15 % an axis
    radius = (3 * core.sum() * PIXEL**3 / (4 * np.pi)) ** (1 / 3)
    assert 6 * 0.7 < radius < 6 * 1.4
    assert len(drawn.truths) == (3 if kind == "faint" else len(masks))
