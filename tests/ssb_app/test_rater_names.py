"""Who submits."""

from __future__ import annotations

import pytest
from monailabel.endpoints.user.auth import DEFAULT_USER

from ssb.errors import InputError
from ssb_app.access.identity import LoggedIn
from ssb_app.rater_names import OtherRaterError, check_tag, rater_of, rater_of_tag


@pytest.mark.parametrize(
    ("named", "client_id", "rater"),
    [
        ("anna", "bert", "anna"),
        (None, "bert", "bert"),
        (None, " Bert", " Bert"),
        (None, 7, "7"),
        (None, None, "unknown"),
        (None, "  ", "unknown"),
        (None, "user-xyz", "unknown"),
    ],
)
def test_without_logins_the_tag_then_the_client_names_the_rater(named: str | None, client_id: object, rater: str) -> None:
    assert rater_of(DEFAULT_USER, named, client_id) == rater


def test_with_logins_it_is_the_user() -> None:
    user = LoggedIn(username="carla")
    assert rater_of(user, None, "bert") == rater_of(user, "carla", None) == "carla"
    with pytest.raises(OtherRaterError) as caught:
        rater_of(user, "anna")
    assert (caught.value.status, str(caught.value)) == (403, "You are logged in as 'carla', so you cannot submit as the rater 'anna'.")


def test_tags_of_raters() -> None:
    assert [rater_of_tag(tag) for tag in ("rater-Dr. Müller", "rater-", "rater_a", "final")] == ["Dr. Müller", "", None, None]


LOOK_ALIKES = ["a\uff0fb", "a\u2215b", "\uff0e\uff0e", "a\u202eb", "a\u200bb", "e\u0301"]
RESERVED = ["CON", "nul.nii", "a:b", "a.", " a"]


@pytest.mark.parametrize(
    "tag", [*LOOK_ALIKES, *RESERVED, "../../evil", "rater-../x", "..", ".hidden", "a/b", "a\\b", "a\nb", "a\0b", "", "a" * 101]
)
def test_a_tag_that_leaves_its_folder_is_refused(tag: str) -> None:
    with pytest.raises(InputError, match="cannot be used: it has 1 to 100 characters without slashes, and no dot comes first"):
        check_tag(tag)


@pytest.mark.parametrize("tag", ["final", "original", "rater_a", "rater-Dr. Müller", "a" * 100])
def test_other_tags_are_free(tag: str) -> None:
    check_tag(tag)
