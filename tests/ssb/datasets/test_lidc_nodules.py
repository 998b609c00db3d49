import numpy as np
import pytest

from ssb.datasets.lidc_nodules import HU_OFFSET, cut_nodules
from ssb.datasets.outlines import Contour
from ssb.datasets.pylidc_file import Annotation, Scan
from ssb.errors import InputError
from ssb.volumes import Volume
from tests.pylidc_made import square

HU = np.random.default_rng(0).integers(-1000, 400, (200, 180, 6)).astype(np.int16)
VOLUME = Volume(HU, np.diag([0.7, 0.7, 2.5, 1.0]), "made")


def scan(*drawn: list[Contour], patient: str = "LIDC-IDRI-0007") -> Scan:
    annotations = tuple(Annotation(10 + n, n + 1, 5 - n, tuple(contours)) for n, contours in enumerate(drawn))
    return Scan("1.2.3", patient, patient, 2.0, annotations)


def test_a_nodule_keeps_its_hu_and_its_place() -> None:
    # outlines lie just outside: the masks are columns 81..99, rows 71..89 on slices 2 and 3, and 91..99, 71..79 on slice 3 alone
    first, second = [square((80, 70), (100, 90), 5.0), square((80, 70), (100, 90), 7.5)], [square((90, 70), (100, 80), 7.5)]
    (nodule,), skipped = cut_nodules(VOLUME, scan(first, second))
    assert skipped == []
    # the first annotation marks more slices, and its outline's middle is (90, 80)
    assert (nodule.row["centre_column"], nodule.row["centre_row"], nodule.row["first_slice"]) == ("90", "80", "2")
    window = HU[26:154, 16:144, 2:4].transpose(2, 1, 0)
    np.testing.assert_array_equal(nodule.stored.astype(int) - HU_OFFSET, window)
    assert nodule.bits.shape == (2, 128, 128)
    assert np.count_nonzero(nodule.bits[0]) == 19 * 19 and set(np.unique(nodule.bits[0])) == {0, 1}
    assert np.argwhere(nodule.bits[1] & 2).min(axis=0).tolist() == [71 - 16, 91 - 26]
    assert [int(np.count_nonzero(nodule.bits[1] & bit)) for bit in (1, 2)] == [19 * 19, 9 * 9]


def test_its_row_says_what_it_is() -> None:
    (nodule,), _ = cut_nodules(VOLUME, scan([square((80, 70), (100, 90), 5.0)], [square((81, 71), (100, 90), 5.0)]))
    expected = {"split": "test", "patient": "LIDC-IDRI-0007", "id": "LIDC-IDRI-0007_n00", "slices": "1", "raters_with_a_mask": "2"}
    expected |= {"rater_slots": "1100", "slices_with_all_4_masks": "0", "pixel_spacing_mm": "0.7", "slice_thickness_mm": "2"}
    expected |= {"slice_spacing_mm": "2.5", "annotations": "10|11", "malignancy_ratings": "1|2", "subtlety_ratings": "5|4"}
    assert {key: nodule.row[key] for key in expected} == expected


def test_pixels_beyond_the_image_are_zero_and_the_nodule_stays_in_the_middle() -> None:
    (nodule,), _ = cut_nodules(VOLUME, scan([square((4, 150), (14, 160), 0.0)]))
    column, row = int(nodule.row["centre_column"]), int(nodule.row["centre_row"])
    assert (column, row) == (9, 155)
    stored = nodule.stored[0]
    assert not stored[:, : 64 - column].any() and not stored[180 - row + 64 :].any()
    np.testing.assert_array_equal(stored[: 180 - row + 64, 64 - column :].astype(int) - HU_OFFSET, HU[: column + 64, row - 64 :, 0].T)
    assert nodule.bits[0, 64, 64] == 1


def test_the_lowest_hu_is_told_from_no_pixel() -> None:
    low = Volume(np.full(HU.shape, -32768, dtype=np.int16), VOLUME.affine)
    (nodule,), _ = cut_nodules(low, scan([square((80, 70), (100, 90), 5.0)]))
    assert np.unique(nodule.stored).tolist() == [1]


def test_what_cannot_be_cut_is_named_and_the_rest_is_kept() -> None:
    good, off, thin = [square((80, 70), (100, 90), 5.0)], [square((80, 70), (100, 90), 6.0)], [square((20, 20), (21, 21), 0.0)]
    wide = [square((10, 100), (160, 110), 10.0)]
    nodules, skipped = cut_nodules(VOLUME, scan(good, off, thin, wide))
    assert [nodule.row["annotations"] for nodule in nodules] == ["10"]
    assert [one.reason for one in skipped] == [
        "The outline of annotation 11 at z = 6 mm lies on no slice of the image made.",
        "The outlines of annotation 12 enclose no pixel.",
        "The nodule LIDC-IDRI-0007_n01 does not fit into 128 x 128 pixels: annotation 13 goes beyond.",
    ]
    assert {one.id for one in skipped} == {"LIDC-IDRI-0007"}


def test_pixels_that_are_not_square_are_refused() -> None:
    with pytest.raises(InputError, match=r"The pixels of LIDC-IDRI-0007 are 0\.7 x 0\.8 mm: they must be square\."):
        cut_nodules(Volume(HU, np.diag([0.7, 0.8, 2.5, 1.0])), scan([square((80, 70), (100, 90), 5.0)]))
