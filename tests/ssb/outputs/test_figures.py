import numpy as np
import pytest
from PIL import Image

from ssb.outputs.figures import overview
from ssb.outputs.palette import CONSENSUS, INTERPRETATIONS
from ssb.plausible import Box, Request, SampleSet
from ssb.volumes.volume import Volume


@pytest.fixture
def affine(oblique_affine):
    """One grid is enough here: the views are tested on every grid."""
    return oblique_affine


def picture(volume, sample_set, path):
    overview(volume, sample_set, path)
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def count(pixels, color):
    """Pixels within 12 of `color` (RGB in [0, 1]) in every channel."""
    return int((np.abs(pixels - np.round(np.multiply(color, 255))).max(axis=-1) <= 12).sum())


def test_outlines_of_samples_and_consensus_are_in_the_picture(volume, make_set, affine, tmp_path):
    pixels = picture(volume, make_set((8.0, 8.0, 6.0, 3.5, 3.5), affine), tmp_path / "overview.png")
    tiles = pixels[440:810, 60:1200]
    assert pixels.shape == (1260, 2240, 3)
    assert count(tiles, CONSENSUS) > 100
    assert count(tiles, INTERPRETATIONS[0]) > 100
    assert count(tiles, INTERPRETATIONS[1]) > 100
    assert list(tmp_path.iterdir()) == [tmp_path / "overview.png"]


def test_the_heat_map_shows_only_where_samples_differ(volume, make_set, affine, tmp_path):
    """A pixel is coloured where its channels differ; the third row shows only grey and white where all agree."""

    def coloured(radii):
        row = picture(volume, make_set(radii, affine), tmp_path / "overview.png")[830:1210, 60:1200]
        return int((row.max(axis=-1) - row.min(axis=-1) > 40).sum())

    assert coloured((6.0, 6.0)) == 0
    assert coloured((6.0, 3.0)) > 2000


def test_a_single_sample_is_its_own_consensus(volume, make_set, affine, tmp_path):
    pixels = picture(volume, make_set((5.0,), affine), tmp_path / "overview.png")
    assert count(pixels[440:810, 60:1200], CONSENSUS) > 100


def test_empty_masks_give_a_picture_without_outlines(volume, make_set, affine, tmp_path):
    pixels = picture(volume, make_set((0.0, 0.0), affine), tmp_path / "overview.png")
    assert count(pixels[440:810, 60:1200], CONSENSUS) == 0


def test_a_click_in_the_corner_of_the_first_slice(volume, affine, tmp_path):
    sample_set = SampleSet(
        np.ones((3, 1, 1, 1), dtype=bool), Box((0, 0, 0), (1, 1, 1)), volume.shape, affine, Request((0, 0, 0), 3, 8, 0.0, 0), "c"
    )
    assert count(picture(volume, sample_set, tmp_path / "overview.png")[440:810, 60:1200], CONSENSUS) > 0


def test_an_image_of_one_slice_with_other_values_than_hounsfield_units(tmp_path):
    array = np.random.default_rng(0).random((30, 30, 1)).astype(np.float32)
    volume = Volume(array, np.diag([1.0, 1.0, 5.0, 1.0]))
    masks = np.ones((2, 3, 3, 1), dtype=bool)
    sample_set = SampleSet(masks, Box((10, 10, 0), (13, 13, 1)), volume.shape, volume.affine, Request((11, 11, 0), 2, 8, 0.0, 0), "c")
    pixels = picture(volume, sample_set, tmp_path / "overview.png")
    assert count(pixels[440:810, 60:1200], CONSENSUS) > 0


def test_same_set_same_bytes(volume, make_set, affine, tmp_path):
    sample_set = make_set((6.0, 4.0), affine, notes=("Only 2 of the 16 samples asked agree with the points, after 64 draws.",))
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    for path in paths:
        overview(volume, sample_set, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
