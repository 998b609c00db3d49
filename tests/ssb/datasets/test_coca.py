import plistlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ssb.datasets.coca import CocaStudies, read_coca_xml
from ssb.datasets.study import Skipped
from ssb.errors import InputError, NotFoundError
from ssb.volumes import Volume, write_dicom_series

AFFINE = np.array([[0.5, 0, 0, -80], [0, 0.4, 0, -70], [0, 0, 3, -200], [0, 0, 0, 1.0]])
SHAPE = (24, 20, 6)
SCAN = Volume(np.random.default_rng(0).integers(-1000, 1500, SHAPE).astype(np.int16), AFFINE, "scan")
RECTANGLE = [(4.0, 2.0), (9.0, 2.0), (9.0, 6.0), (4.0, 6.0)]


def roi(points: list[tuple[float, float]], z: float | None = None, name: str = "Left Anterior Descending Artery") -> dict[str, Any]:
    """One outline as the release has it; with Point_mm where z is given."""
    made: dict[str, Any] = {"Name": name, "NumberOfPoints": len(points), "Point_px": [f"({x:.6f}, {y:.6f})" for x, y in points]}
    if z is not None:
        made["Point_mm"] = [f"({-80 + 0.5 * x:.6f}, {-70 + 0.4 * y:.6f}, {z:.6f})" for x, y in points]
    return made


def write_xml(path: Path, *images: tuple[Any, list[dict[str, Any]]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = [{"ImageIndex": index, "NumberOfROIs": len(rois), "ROIs": rois} for index, rois in images]
    path.write_bytes(plistlib.dumps({"Images": drawn}))
    return path


def rectangle(k: int) -> np.ndarray:
    expected = np.zeros(SHAPE, dtype=bool)
    expected[4:10, 2:7, k] = True
    return expected


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Patients 2 and 10 with calcium on slice 4, 3 read and found without, 7 without an XML; an XML 11 without a patient."""
    root = tmp_path / "Gated_release_final"
    for patient in (2, 3, 7, 10):
        write_dicom_series(SCAN, root / "patient" / str(patient) / "Pro_Gated_CS_3.0_I30f_3_70%", seed_uid=str(patient))
    write_xml(root / "calcium_xml" / "2.xml", (4, [roi(RECTANGLE, z=-188)]))
    write_xml(root / "calcium_xml" / "3.xml")
    write_xml(root / "calcium_xml" / "10.xml", (4, [roi(RECTANGLE), roi([])]))
    write_xml(root / "calcium_xml" / "11.xml", (4, [roi(RECTANGLE)]))
    return tmp_path


def test_the_scans_come_in_the_order_of_their_numbers_with_one_mask(release: Path) -> None:
    studies = CocaStudies(release)
    found = list(studies)
    assert [study.id for study in found] == ["2", "3", "10"]
    for study, calcium in zip(found, (True, False, True), strict=True):
        np.testing.assert_array_equal(study.volume.array, SCAN.array)
        np.testing.assert_array_equal(study.masks, rectangle(4)[np.newaxis] & calcium)
        assert (study.raters, study.present) == (("COCA",), (True,))


def test_what_is_left_out_is_named(release: Path) -> None:
    root = release / "Gated_release_final"
    write_dicom_series(SCAN, root / "patient" / "3" / "second", seed_uid="second")
    (root / "calcium_xml" / "2.xml").write_text("<plist><dict>")
    studies = CocaStudies(release)
    for _ in range(2):
        assert [study.id for study in studies] == ["10"]
        assert studies.skipped == [
            Skipped("11", "The XML has no patient of that number."),
            Skipped("2", "The file 2.xml is broken: it cannot be read as a COCA annotation."),
            Skipped("3", "The patient has 2 folders of images: one is needed."),
            Skipped("7", "The patient has no 7.xml."),
            Skipped("10", "Of its outlines, 1 had fewer than 3 corners; the scan was kept."),
        ]


def test_image_index_counts_from_the_feet(tmp_path: Path) -> None:
    mask, empty = read_coca_xml(write_xml(tmp_path / "1.xml", (1, [roi(RECTANGLE)])), SCAN)
    np.testing.assert_array_equal(mask, rectangle(1))
    assert empty == 0


def test_millimetres_go_before_the_image_index(tmp_path: Path) -> None:
    mask, _ = read_coca_xml(write_xml(tmp_path / "1.xml", (1, [roi(RECTANGLE, z=-194.1)])), SCAN)
    np.testing.assert_array_equal(mask, rectangle(2))


def test_arteries_are_joined_and_corners_go_to_the_nearest_pixel(tmp_path: Path) -> None:
    near = [(x + 0.4, y - 0.4) for x, y in RECTANGLE]
    rois = [roi(near), roi([(15.0, 10.0), (18.0, 10.0), (15.0, 13.0)], name="Right Coronary Artery")]
    mask, _ = read_coca_xml(write_xml(tmp_path / "1.xml", (0, rois), (5, [roi(RECTANGLE)])), SCAN)
    assert mask[:, :, 1:5].sum() == 0
    np.testing.assert_array_equal(mask[:, :, 5], rectangle(5)[:, :, 5])
    triangle = [(i, j) for i in range(15, 19) for j in range(10, 14) if i - 15 + j - 10 <= 3]
    assert sorted(zip(*np.nonzero(mask[:, :, 0] & ~rectangle(0)[:, :, 0]), strict=True)) == triangle
    assert mask[:, :, 0].sum() == 30 + 10


def test_outlines_without_an_area_mark_nothing_and_are_counted(tmp_path: Path) -> None:
    rois = [roi([]), roi([(3.0, 3.0)]), roi([(3.0, 3.0), (8.0, 3.0)])]
    mask, empty = read_coca_xml(write_xml(tmp_path / "1.xml", (0, rois)), SCAN)
    assert (int(mask.sum()), empty) == (0, 3)


@pytest.mark.parametrize(
    "points", [[(4.0, 2.0), (24.0, 2.0), (9.0, 6.0)], [(4.0, -1.0), (9.0, 2.0), (9.0, 6.0)], [(4.0, 2.0), (9.0, 20.0), (9.0, 6.0)]]
)
def test_an_outline_outside_is_refused(tmp_path: Path, points: list[tuple[float, float]]) -> None:
    with pytest.raises(InputError, match=r"The file 1.xml has an outline outside its scan, whose slices are 24 x 20 pixels"):
        read_coca_xml(write_xml(tmp_path / "1.xml", (0, [roi(points)])), SCAN)


@pytest.mark.parametrize(
    ("index", "z", "shown"),
    [
        (6, None, "ImageIndex 6"),
        (-1, None, "ImageIndex -1"),
        (0, -182.0, "z = -182 mm"),
        (0, -198.5, "z = -198.5 mm"),
        ("a", None, "ImageIndex a"),
    ],
)
def test_an_outline_on_no_slice_is_refused(tmp_path: Path, index: Any, z: float | None, shown: str) -> None:
    with pytest.raises(InputError, match=rf"The file 1.xml has an outline at {shown}, which is no slice of the 6 of its scan"):
        read_coca_xml(write_xml(tmp_path / "1.xml", (index, [roi(RECTANGLE, z=z)])), SCAN)


@pytest.mark.parametrize("text", ["(1, 2, 3)", "(1; 2)", "1", "(a, b)"])
def test_corners_of_another_make_are_refused(tmp_path: Path, text: str) -> None:
    path = write_xml(tmp_path / "1.xml", (0, [{"Name": "", "Point_px": [text] * 4}]))
    with pytest.raises(InputError, match=r"The file 1.xml is broken"):
        read_coca_xml(path, SCAN)


@pytest.mark.parametrize(
    "content", [b"", b"<LidcReadMessage/>", plistlib.dumps({"Other": []}), plistlib.dumps([1]), plistlib.dumps({"Images": [1]})]
)
def test_another_xml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "1.xml").write_bytes(content)
    with pytest.raises(InputError, match=r"The file 1.xml is broken"):
        read_coca_xml(tmp_path / "1.xml", SCAN)


def test_corners_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="outline outside its scan"):
        read_coca_xml(write_xml(tmp_path / "1.xml", (0, [roi([(float("nan"), 1.0), (3.0, 3.0), (4.0, 1.0)])])), SCAN)


def test_a_folder_of_another_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="There is no folder Gated_release_final/patient in"):
        CocaStudies(tmp_path)
