from typing import Any

import pytest

from ssb.errors import InputError
from ssb.retraining.plan import Plan, read_plan


def test_nothing_asked_is_the_default() -> None:
    assert read_plan({"model": "ssbpp", "client_id": "x"}) == Plan()


def test_what_a_client_sends_whole_counts_as_its_first_item() -> None:
    assert read_plan({"raters": ["all", "anna"], "freeze": ["nothing", "encoder"], "minutes": 15, "epochs": 0}) == Plan()


def test_text_and_lists_are_read() -> None:
    asked = {"raters": "anna, ben", "freeze": ["encoder"], "minutes": "2.5", "epochs": "3", "learning_rate": "1e-3", "validation": 0}
    found = read_plan({**asked, "batch": "4", "seed": 7})
    assert found == Plan(("anna", "ben"), 2.5, 3, 1e-3, 0.0, ("encoder",), 4, 7)
    assert read_plan(found.as_dict()) == found


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"minutes": 0}, "The option minutes is 0, but it must be a number from 1 to 10080."),
        ({"epochs": 1.5}, "The option epochs is 1.5, but it must be a whole number from 0 to 100000."),
        ({"learning_rate": "fast"}, "The option learning_rate is 'fast', but it must be a number from 1e-06 to 0.1."),
        ({"validation": 0.9}, "The option validation is 0.9, but it must be a number from 0 to 0.5."),
        ({"validation": True}, "The option validation is True, but it must be a number from 0 to 0.5."),
        ({"freeze": "brain"}, "The option freeze is 'brain', but it must be nothing or among encoder, embedding, head."),
        ({"raters": 3}, 'The option raters is 3, but it must be names, such as ["a", "b"] or "a,b".'),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as found:
        read_plan(asked)
    assert str(found.value) == sentence
