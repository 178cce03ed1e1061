from datetime import timedelta

import pytest

from petshop.core.templatetags.shop import lengths, minutes


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


@pytest.mark.parametrize(
    ("durations", "said"),
    [
        ([], ""),
        ([90], "90 minutes"),
        ([240], "4 hours"),
        ([90, 120], "90 to 120 minutes"),
        ([120, 240], "120 to 240 minutes"),
        ([240, 540], "4 to 9 hours"),
        ([240, 270], "240 to 270 minutes"),
    ],
)
def test_how_long_a_visit_takes_is_said_in_hours_where_they_are_whole(durations, said):
    assert lengths([timedelta(minutes=minutes) for minutes in durations]) == said
