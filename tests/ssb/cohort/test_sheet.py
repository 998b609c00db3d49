"""The list of a cohort is read, or refused with line and value."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssb.cohort.sheet import Case, read_sheet
from ssb.errors import InputError, NotFoundError


def sheet(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_become_cases_with_paths_from_the_sheets_folder(tmp_path: Path) -> None:
    path = sheet(tmp_path, '\ufeffid,image,point,point_mm,remark\nleft,a/ct.nii.gz,"3,4,5",,x\n,/b/scan.nrrd,,"-6.5,40,-113",\n')
    assert read_sheet(path) == [
        Case("left", tmp_path / "a/ct.nii.gz", "3,4,5", ""),
        Case("scan", Path("/b/scan.nrrd"), "", "-6.5,40,-113"),
    ]


def test_lesions_of_one_image_get_different_names(tmp_path: Path) -> None:
    path = sheet(tmp_path, 'image,point\nLIDC 1.nii.gz,"1,1,1"\nlidc 1.nii.gz,"2,2,2"\n..hid,"1,1,1"\n')
    assert [case.id for case in read_sheet(path)] == ["LIDC_1-2", "lidc_1-3", "hid"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("image,where\na,b\n", "has the columns image, where, but needs image, and point or point_mm"),
        ("", "has the columns none, but needs"),
        ("image,point\n", "has no rows below its header"),
        ("id,image,point\n../up,a,b\n", r"Line 2 of list.csv has the id '\.\./up', which becomes a folder's name"),
        ("id,image,point\nA,a,b\na,c,d\n", "Line 3 of list.csv has the id 'a', which line 2 has already"),
        ("id,image,point\n.hidden,a,b\n", "has the id '.hidden'"),
    ],
)
def test_a_wrong_sheet_is_refused_with_line_and_value(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_sheet(sheet(tmp_path, text))


def test_a_sheet_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(b"image,point\n\xff\xfe,1\n")
    with pytest.raises(InputError, match="is not a CSV file in UTF-8"):
        read_sheet(tmp_path / "list.csv")
    with pytest.raises(NotFoundError, match="There is no cohort list"):
        read_sheet(tmp_path / "none.csv")
