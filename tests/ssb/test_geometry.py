import itertools

import numpy as np
import pytest

from ssb.geometry import Axes, Region, tissue_range
from ssb.presets import PRESETS, Preset
from ssb.volumes.volume import Volume

TINY = PRESETS["tiny"]
ORIENTATIONS = [(order, flips) for order in itertools.permutations(range(3)) for flips in ((1, 1, 1), (-1, 1, -1), (1, -1, -1))]


def oriented(order: tuple[int, ...], flips: tuple[int, ...], tilt: float = 0.0) -> Volume:
    """A volume whose voxel axis n runs along patient axis order[n], forwards or backwards, turned by `tilt` radians."""
    shape, spacing = (70, 74, 9), (0.7, 0.7, 2.5)
    rng = np.random.default_rng(3)
    own_shape = tuple(shape[axis] for axis in order)
    affine = np.eye(4)
    for column, (axis, flip) in enumerate(zip(order, flips, strict=True)):
        affine[:3, column] = np.eye(3)[axis] * spacing[axis] * flip
    turn = np.array([[np.cos(tilt), -np.sin(tilt), 0], [np.sin(tilt), np.cos(tilt), 0], [0, 0, 1]])
    affine[:3, :3] = turn @ affine[:3, :3]
    affine[:3, 3] = (-30.0, 12.0, 55.0)
    return Volume(rng.integers(-1000, 400, own_shape).astype(np.int16), affine)


@pytest.mark.parametrize(("order", "flips"), ORIENTATIONS)
def test_any_orientation_shows_the_same_window(order: tuple[int, ...], flips: tuple[int, ...]) -> None:
    volume = oriented(order, flips)
    axes = Axes.of(volume)
    click = (33, 40, 4)
    turned = axes.turn(volume.array)
    own = next(
        index
        for index in itertools.product(*[(v, n - 1 - v) for v, n in zip((click[a] for a in order), volume.shape, strict=True)])
        if axes.to_patient(index) == click
    )
    assert turned[click] == volume.array[own]
    plane = turned[33 - 32 : 33 + 32, 40 - 32 : 40 + 32, 4].T.astype(float)
    expected = (plane - plane.min()) / (plane.max() - plane.min()) * 2 - 1
    assert np.allclose(Region(volume, own, TINY).window(4), expected, atol=1e-5)


@pytest.mark.parametrize(("order", "flips"), ORIENTATIONS)
@pytest.mark.parametrize("tilt", [0.0, 0.3])
def test_masks_go_back_onto_their_own_voxels_exactly(order: tuple[int, ...], flips: tuple[int, ...], tilt: float) -> None:
    volume = oriented(order, flips, tilt)
    click = tuple(n // 2 - 1 for n in volume.shape)
    region = Region(volume, (click[0], click[1], click[2]), TINY)
    masks = np.stack([region.window(k) > 0.8 for k in range(2, 6)])[None]
    own, box = region.put_back(masks, first=2)
    full = np.zeros(volume.shape, dtype=bool)
    full[box.slices] = own[0]
    assert full.sum() == masks.sum()
    turned = Axes.of(volume).turn(full)
    for k in range(9):
        assert turned[:, :, k].sum() == (masks[0, k - 2].sum() if 2 <= k < 6 else 0)
    scaled = np.stack([region.window(k) for k in range(2, 6)])
    assert np.array_equal(np.sort(volume.array[full]), np.sort(_values(volume, region, masks[0], 2)))
    assert scaled.shape == (4, 64, 64)


def _values(volume: Volume, region: Region, masks: np.ndarray, first: int) -> np.ndarray:
    i, j, _ = region.click
    turned = Axes.of(volume).turn(volume.array)
    return np.concatenate([turned[i - 32 : i + 32, j - 32 : j + 32, first + s].T[mask] for s, mask in enumerate(masks)])


def test_values_below_the_floor_do_not_change_the_scaling(volume: Volume) -> None:
    padded = volume.array.copy()
    padded[:3] = -2048
    floored = np.maximum(padded, -1024)
    click = (20, 24, 6)
    first, second = (Region(Volume(array, volume.affine), click, TINY).window(6) for array in (padded, floored))
    assert np.array_equal(first, second)


def test_a_click_at_the_corner_pads_with_the_minimum(volume: Volume) -> None:
    window = Region(volume, (0, 0, 0), TINY).window(0)
    assert (window[:32] == -1).all()
    assert (window[:, :32] == -1).all()
    assert window[32:, 32:].max() == pytest.approx(1)


def test_a_window_without_contrast_is_black(volume: Volume) -> None:
    flat = volume.array.copy()
    flat[:, :, 3] = 7
    assert (Region(Volume(flat, volume.affine), (20, 24, 6), TINY).window(3) == -1).all()


@pytest.mark.parametrize("spacing", [(0.35, 0.35), (1.5, 1.5), (0.7, 0.9)])
def test_other_spacings_are_interpolated_there_and_back(spacing: tuple[float, float]) -> None:
    shape = tuple(int(40 / s) for s in spacing)
    i, j = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    middle = [n // 2 for n in shape]
    disc = ((i - middle[0]) * spacing[0]) ** 2 + ((j - middle[1]) * spacing[1]) ** 2 < 8**2
    volume = Volume(np.repeat(np.where(disc, 0.0, -1000.0)[:, :, None], 3, axis=2), np.diag([*spacing, 2.0, 1.0]))
    region = Region(volume, (middle[0], middle[1], 1), Preset("x", "x", window=64))
    window = region.window(1)
    assert (window > 0).sum() * 0.7**2 == pytest.approx(np.pi * 8**2, rel=0.05)
    own, box = region.put_back((window > 0)[None, None], first=1)
    full = np.zeros(volume.shape, dtype=bool)
    full[box.slices] = own[0]
    shared, either = (full[:, :, 1] & disc).sum(), (full[:, :, 1] | disc).sum()
    assert shared / either > 0.9


def test_native_pixels_are_kept_within_the_spacing_of_training(volume: Volume) -> None:
    assert Region(volume, (20, 24, 6), TINY).native
    coarse = Volume(volume.array, np.diag([1.2, 1.2, 2.0, 1.0]))
    assert not Region(coarse, (20, 24, 6), TINY).native


def test_padding_below_the_tissue_does_not_squeeze_it() -> None:
    tissue = np.linspace(-900.0, 100.0, 50)
    assert tissue_range(np.concatenate([tissue, [-2000.0, -2000.0, np.nan]])) == (-900.0, 100.0)
    assert tissue_range(np.concatenate([tissue, [-1000.0]])) == (-1000.0, 100.0)
    assert tissue_range(np.array([0.0, 0.0, 7.0])) == (0.0, 7.0)
    assert tissue_range(np.array([3.0, 3.0])) == (3.0, 3.0)
