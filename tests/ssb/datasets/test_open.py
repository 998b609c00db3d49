from pathlib import Path

import numpy as np
import pytest

from ssb.datasets.lidc import LidcCrops
from ssb.datasets.open import open_crops
from ssb.datasets.phantom_crops import PhantomCrops
from ssb.errors import InputError, NotFoundError
from ssb.presets import preset_named
from ssb.volumes import Volume, write_dicom_series
from ssb.volumes.write import write_array
from tests.coca_folder import write_coca_xml
from tests.lidc_folder import write_lidc

PRESET = preset_named("lung_nodule_ct")
AFFINE = np.diag([0.7, 0.7, 2.5, 1.0])
SHAPE = (40, 36, 4)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Images one (rated by a and b), two (by a) and three (by nobody)."""
    for folder in ("images", "raters/a", "raters/b"):
        (tmp_path / folder).mkdir(parents=True)
    rng = np.random.default_rng(0)
    mask = np.zeros(SHAPE, dtype=np.uint8)
    mask[10:20, 12:18, 2] = 1
    for name, raters in (("one", "ab"), ("two", "a"), ("three", "")):
        write_array(tmp_path / "images" / f"{name}.nii.gz", rng.integers(-1000, 400, SHAPE).astype(np.int16), AFFINE)
        for rater in raters:
            write_array(tmp_path / "raters" / rater / f"{name}.nii.gz", mask, AFFINE)
    return tmp_path


def test_lidc_is_read_by_its_split(tmp_path: Path) -> None:
    crops = open_crops(f"lidc:{write_lidc(tmp_path / 'lidc')}", "test", PRESET)
    assert isinstance(crops, LidcCrops) and (len(crops), crops.raters) == (5, 4)


def test_a_site_is_read_whole_without_a_split_and_says_what_it_left_out(site: Path) -> None:
    crops = open_crops(f"site:{site}", None, PRESET, show_progress=False)
    assert (crops.patients, crops.raters, crops.split) == (["one", "two"], 2, "all")
    assert [len(crops[n].masks) for n in range(2)] == [2, 1]
    assert [int(crops[n].masks[0].sum()) for n in range(2)] == [60, 60]
    assert [(one.id, one.reason) for one in crops.skipped] == [("three", "No rater has a mask of this image that can be used.")]


def test_coca_is_read(tmp_path: Path) -> None:
    hu = np.random.default_rng(0).integers(-1000, 1500, SHAPE).astype(np.int16)
    write_dicom_series(Volume(hu, AFFINE), tmp_path / "Gated_release_final" / "patient" / "2" / "gated", seed_uid="2")
    write_coca_xml(tmp_path / "Gated_release_final" / "calcium_xml" / "2.xml", 1, [(4, 2), (9, 2), (9, 6), (4, 6)])
    crops = open_crops(f"coca:{tmp_path}", None, PRESET, show_progress=False)
    assert (crops.patients, crops.slices, crops.raters, crops.skipped) == (["2"], [1], 1, ())
    assert int(crops[0].masks.sum()) == 6 * 5


def test_phantoms_are_made() -> None:
    crops = open_crops("phantom:1", None, PRESET, show_progress=False)
    assert isinstance(crops, PhantomCrops) and set(crops.patients) == {"phantom-0"}


FORMS = "give lidc:DIR, site:DIR, coca:DIR, phantom:COUNT or phantom:SEED,COUNT."


@pytest.mark.parametrize(
    ("text", "split", "sentence"),
    [
        ("x", "test", f"The data 'x' is not known: {FORMS}"),
        ("lidc:", "test", f"The data 'lidc:' is not known: {FORMS}"),
        ("brats:x", None, f"The data 'brats:x' is not known: {FORMS}"),
        ("lidc:here", None, "The data lidc:DIR need a split: give --split train, val or test."),
        ("site:here", "dev", "There is no split 'dev': choose one of train, val, test, or none for all studies."),
        ("phantom:3", "test", "The phantom has no split 'test': leave the split out and give other seeds for other phantoms."),
        ("phantom:0", None, "The phantoms '0' are not known: give COUNT or SEED,COUNT with COUNT from 1 to 10000."),
        ("phantom:1,2,3", None, "The phantoms '1,2,3' are not known: give COUNT or SEED,COUNT with COUNT from 1 to 10000."),
        ("phantom:few", None, "The phantoms 'few' are not known: give COUNT or SEED,COUNT with COUNT from 1 to 10000."),
        ("phantom:-1,2", None, "The phantoms '-1,2' are not known: give COUNT or SEED,COUNT with COUNT from 1 to 10000."),
    ],
)
def test_a_wrong_form_is_one_sentence(text: str, split: str | None, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as error:
        open_crops(text, split, PRESET)
    assert str(error.value) == sentence


@pytest.mark.parametrize("kind", ["lidc", "site", "coca"])
def test_a_missing_folder_is_named(kind: str, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"There is no folder '.*nowhere'\."):
        open_crops(f"{kind}:{tmp_path / 'nowhere'}", "test", PRESET)
    if kind != "lidc":
        with pytest.raises(NotFoundError, match=r"images|Gated_release_final"):
            open_crops(f"{kind}:{tmp_path}", None, PRESET)
