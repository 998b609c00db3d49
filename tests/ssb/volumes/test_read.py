from pathlib import Path

import pytest

from ssb.errors import InputError, NotFoundError
from ssb.volumes import read_volume


@pytest.mark.parametrize("name", ["no.nii.gz", "no.nrrd", "no.dcm", "no"])
def test_a_missing_path_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError, match=rf"^The image .*{name} does not exist\.$") as caught:
        read_volume(tmp_path / name)
    assert (caught.value.status, caught.value.exit_code) == (404, 2)


@pytest.mark.parametrize("name", ["picture.png", "image.mha", "plain", "nii"])
def test_another_kind_of_file_is_refused_with_the_allowed_ones(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x" * 500)
    with pytest.raises(
        InputError, match=f"^The file {name} is not an image we read: give a DICOM folder or a file .dcm, .nii, .nii.gz, .nrrd or .nhdr"
    ):
        read_volume(tmp_path / name)


def test_a_path_may_be_text_and_its_ending_in_capitals(series: Path) -> None:
    (series / "000001.dcm").rename(series / "000001.DCM")
    assert read_volume(str(series / "000001.DCM")).shape == (9, 8, 6)
