from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ssb.datasets.contours import Reader, group_nodules, read_lidc_xml
from ssb.datasets.outlines import Nodule
from ssb.errors import InputError, NotFoundError
from ssb.plausible import Box
from ssb.volumes import Volume, read_volume

VOLUME = Volume(np.zeros((20, 20, 4), dtype=np.int16), np.diag([0.7, 0.7, 2.5, 1.0]), "scan")


def roi(low: int, high: int, height: float, inclusion: str = "TRUE") -> str:
    corners = [(low, low), (high, low), (high, high), (low, high), (low, low)]
    edges = "".join(f"<edgeMap><xCoord>{i}</xCoord><yCoord>{j}</yCoord></edgeMap>" for i, j in corners)
    return f"<roi><imageZposition>{height} </imageZposition><inclusion>{inclusion}</inclusion>{edges}</roi>"


def point(i: int, j: int, height: float) -> str:
    edge = f"<edgeMap><xCoord>{i}</xCoord><yCoord>{j}</yCoord></edgeMap>"
    return f"<roi><imageZposition>{height}</imageZposition><inclusion>TRUE</inclusion>{edge}</roi>"


def reading(path: Path, *sessions: dict[str, str]) -> Path:
    text = "".join(
        "<readingSession>"
        + "".join(f"<unblindedReadNodule><noduleID>{name}</noduleID>{rois}</unblindedReadNodule>" for name, rois in session.items())
        + "<nonNodule><nonNoduleID>9</nonNoduleID><imageZposition>0</imageZposition></nonNodule></readingSession>"
        for session in sessions
    )
    path.write_text(f'<?xml version="1.0"?><LidcReadMessage xmlns="http://www.nih.gov">{text}</LidcReadMessage>')
    return path


def block(name: str, start: tuple[int, int, int], stop: tuple[int, int, int]) -> Nodule:
    box = Box(start, stop)
    return Nodule(name, np.ones([b - a for a, b in zip(start, stop, strict=True)], dtype=bool), box, (30, 30, 30))


def test_readers_come_in_the_order_of_the_file_with_what_they_outlined(tmp_path: Path) -> None:
    path = reading(
        tmp_path / "a.xml", {"one": roi(3, 9, 2.5) + roi(5, 7, 2.5, "FALSE"), "small": point(1, 1, 0.0)}, {}, {"two": roi(3, 9, 5.0)}
    )
    readers = read_lidc_xml(path, VOLUME)
    assert [reader.name for reader in readers] == ["reader 1", "reader 2", "reader 3"]
    assert [[nodule.name for nodule in reader.nodules] for reader in readers] == [["one"], [], ["two"]]
    first = readers[0].nodules[0].on_grid()
    assert first[:, :, 1].any() and not first[:, :, [0, 2, 3]].any()
    assert not first[5:8, 5:8].any() and first[4, 4:9, 1].all()


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no\.xml does not exist"):
        read_lidc_xml(tmp_path / "no.xml", VOLUME)


@pytest.mark.parametrize("text", ["", "<open>", "plain"])
def test_a_broken_xml_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(InputError, match=r"The file a\.xml is broken"):
        read_lidc_xml(tmp_path / "a.xml", VOLUME)


def test_a_number_that_is_none_is_a_broken_file(tmp_path: Path) -> None:
    path = reading(tmp_path / "a.xml", {"one": roi(3, 9, 2.5).replace("<xCoord>9", "<xCoord>nine")})
    with pytest.raises(InputError, match=r"The file a\.xml is broken"):
        read_lidc_xml(path, VOLUME)


def test_another_xml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<html/>")
    with pytest.raises(InputError, match="is not a LIDC reading: it has no readingSession"):
        read_lidc_xml(tmp_path / "a.xml", VOLUME)


def test_nodules_that_share_a_voxel_are_one_lesion() -> None:
    a, b = block("a", (0, 0, 0), (5, 5, 5)), block("b", (4, 4, 4), (9, 9, 9))
    chained, apart = block("c", (8, 8, 8), (12, 12, 12)), block("d", (5, 0, 0), (9, 4, 4))
    readers = [Reader("1", (a,)), Reader("2", ()), Reader("3", (apart, b)), Reader("4", (chained,))]
    assert group_nodules(readers) == [[a, None, b, chained], [None, None, apart, None]]


def test_boxes_that_meet_without_a_shared_voxel_stay_apart() -> None:
    corner = np.zeros((5, 5, 5), dtype=bool)
    corner[0, 0, 0] = True
    a, b = Nodule("a", corner, Box((0, 0, 0), (5, 5, 5)), (9, 9, 9)), Nodule("b", corner, Box((1, 0, 0), (6, 5, 5)), (9, 9, 9))
    assert len(group_nodules([Reader("1", (a,)), Reader("2", (b,))])) == 2


def test_two_nodules_of_one_reader_in_one_lesion_are_joined() -> None:
    left, right, whole = block("l", (0, 0, 0), (3, 3, 3)), block("r", (5, 0, 0), (8, 3, 3)), block("w", (0, 0, 0), (8, 3, 3))
    ((joined, other),) = group_nodules([Reader("1", (left, right)), Reader("2", (whole,))])
    assert joined is not None and other is whole
    np.testing.assert_array_equal(joined.on_grid(), left.on_grid() | right.on_grid())


def test_nobody_outlined_anything() -> None:
    assert group_nodules([Reader("1", ()), Reader("2", ())]) == []


@pytest.fixture(scope="module")
def lesion(shared_data: Path) -> list[Nodule | None]:
    """The one lesion of LIDC-IDRI-0001, as the four radiologists drew it."""
    volume = read_volume(shared_data / "ct" / "LIDC-IDRI-0001")
    (only,) = group_nodules(read_lidc_xml(shared_data / "ct" / "LIDC-IDRI-0001.xml", volume))
    return only


def test_the_real_outlines_give_exactly_the_masks_of_the_crops(lesion: list[Nodule | None], shared_data: Path) -> None:
    bits = np.array(Image.open(shared_data / "lidc" / "nodules" / "LIDC-IDRI-0001_n00_masks.png")).reshape(9, 128, 128)
    assert [int(n.mask.sum()) for n in lesion if n is not None] == [5905, 4613, 4955, 5498]
    for slot, nodule in enumerate(lesion):
        assert nodule is not None
        window = nodule.on_grid()[252:380, 302:430, 26:35]
        assert window.sum() == nodule.mask.sum()
        np.testing.assert_array_equal(window.transpose(2, 1, 0), bits >> slot & 1)
