from datetime import timedelta

import pytest

from petshop.core.templatetags.shop import minutes


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (1, "1 minute"),
        (90, "90 minutes"),
        (120, "120 minutes"),
        (180, "3 hours"),
        (210, "210 minutes"),
        (240, "4 hours"),
    ],
)
def test_a_long_visit_is_told_in_hours(length, told):
    assert minutes(timedelta(minutes=length)) == told


def test_no_length_is_told_as_nothing():
    assert minutes(None) == ""
