"""Options as viewers send them."""

from __future__ import annotations

from typing import Any

import pytest

from ssb.errors import InputError
from ssb.options import Options
from ssb.presets import PRESETS
from ssb_app.options import Wanted, option_table, read_options, read_wanted

PRESET = PRESETS["lung_nodule_ct"]


def test_absent_options_take_the_defaults_that_the_table_shows() -> None:
    table = option_table(PRESET)
    assert read_options({}, PRESET) == Options(table["samples"], table["nfe"], table["guidance"], table["seed"])
    assert table["show"][0] == read_wanted({}, 16).show == "consensus"


def test_text_is_taken_as_a_number() -> None:
    assert read_options({"samples": "8", "nfe": "4", "guidance": "0.5", "seed": "9"}, PRESET) == Options(8, 4, 0.5, 9)


@pytest.mark.parametrize("value", [None, "", "many", True, [16]])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="but it must be a whole number from 1 to 64"):
        read_options({"samples": value}, PRESET)


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        ({}, Wanted("consensus", ".nrrd", True)),
        ({"show": "interpretation 3", "result_extension": ".nii.gz"}, Wanted("interpretation 3", ".nii.gz", True)),
        ({"show": "no lesion", "result_compress": False}, Wanted("no lesion", ".nrrd", False)),
        ({"show": "sample 16", "result_compress": "false"}, Wanted("sample 16", ".nrrd", False)),
        ({"restore_label_idx": False}, Wanted("consensus", ".nrrd", True, by_task=True)),
        ({"show": "all samples", "result_extension": ".nrrd"}, Wanted("all samples", ".seg.nrrd", True)),
    ],
)
def test_the_answers_form(request_: dict[str, Any], wanted: Wanted) -> None:
    assert read_wanted(request_, 16) == wanted


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"show": "sample 17"}, "The option show is 'sample 17', but it must be one of"),
        ({"show": "interpretation x"}, "The option show is 'interpretation x', but it must be one of"),
        ({"show": ["consensus"]}, "The option show is ['consensus'], but it must be one of"),
        ({"result_extension": "nrrd"}, "The option result_extension is 'nrrd', but it must be one of .nrrd, .nii.gz, .nii, .seg.nrrd."),
        ({"result_dtype": "int16"}, "The option result_dtype is 'int16', but masks are uint8."),
        ({"result_compress": "maybe"}, "The option result_compress is 'maybe', but it must be true or false."),
        ({"restore_label_idx": 2}, "The option restore_label_idx is 2, but it must be true or false."),
    ],
)
def test_unknown_values_are_named(request_: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        read_wanted(request_, 16)
    assert str(caught.value).startswith(sentence)


def test_raters_are_a_choice_only_where_the_checkpoint_knows_several() -> None:
    assert "raters" not in option_table(PRESET) and "raters" not in option_table(PRESET, ["published"])
    assert option_table(PRESET, ["site", "published"])["raters"] == ["site", "published"]
    assert read_options({}, PRESET, ["site", "published"]).raters == "site"
    assert read_options({"raters": "published"}, PRESET, ["site", "published"]).raters == "published"
    assert read_options({}, PRESET, ["published"]).raters == "published"
    with pytest.raises(InputError, match="The option raters is 'ours', but it must be site or published"):
        read_options({"raters": "ours"}, PRESET, ["site", "published"])
    with pytest.raises(InputError, match="The option raters is 'site', but it must be published"):
        read_options({"raters": "site"}, PRESET, ["published"])
