"""The terms of a visit as plain data: what is kept at which moment, whether it may be moved, and how both are said."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import ServiceRules
from bookings.terms import (
    Step,
    Terms,
    cancellation_in_general,
    cancellation_of,
    moving_in_general,
    moving_of,
    read_terms,
    rising,
    terms_of,
)
from catalog.models import Offering
from tests.factories import ServiceFactory

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STARTS = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)  # Saturday, 10:30 in Madrid
LONG_BEFORE = STARTS - 10 * DAY
TWO_STEPS = Terms(steps=(Step(DAY, 50), Step(2 * HOUR, 100)), moves_at_most=2, move_until=DAY)


@pytest.mark.parametrize(
    ("before", "percent"),
    [
        (10 * DAY, 0),
        (DAY + timedelta(microseconds=1), 0),
        (DAY, 50),
        (2 * HOUR + timedelta(microseconds=1), 50),
        (2 * HOUR, 100),
        (timedelta(0), 100),
        (-DAY, 100),
    ],
)
def test_what_is_kept_rises_with_each_step_at_its_moment(before, percent):
    assert TWO_STEPS.kept_percent(STARTS, now=STARTS - before) == percent


def test_without_steps_nothing_is_ever_kept():
    assert Terms().kept_percent(STARTS, now=STARTS + DAY) == 0
    assert Terms().free_until(STARTS) is None


@pytest.mark.parametrize(
    ("steps", "kept"),
    [
        ([], ()),
        ([Step(DAY, 0)], ()),
        ([Step(HOUR, 100), Step(DAY, 50)], (Step(DAY, 50), Step(HOUR, 100))),
        ([Step(DAY, 50), Step(HOUR, 50)], (Step(DAY, 50),)),
        ([Step(DAY, 50), Step(HOUR, 20)], (Step(DAY, 50),)),
        ([Step(DAY, 20), Step(DAY, 50)], (Step(DAY, 50),)),
        ([Step(DAY, 0), Step(2 * DAY, 30)], (Step(2 * DAY, 30),)),
    ],
)
def test_what_is_kept_never_falls_as_the_visit_comes_nearer(steps, kept):
    assert rising(steps) == kept


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ((), "Free to cancel at any time before it begins."),
        ((Step(DAY, 50),), "Free to cancel until 24 hours before your visit. After that we keep 50%."),
        ((Step(2 * DAY, 100),), "Free to cancel until 2 days before your visit. After that we keep the whole price."),
        ((Step(timedelta(0), 100),), "Free to cancel until your visit begins. After that we keep the whole price."),
        (
            (Step(DAY, 50), Step(90 * HOUR / 60, 80), Step(timedelta(0), 100)),
            "Free to cancel until 24 hours before your visit. After that we keep 50%. From 90 minutes before on we keep 80%."
            " Once it has begun we keep the whole price.",
        ),
    ],
)
def test_cancelling_is_told_where_no_time_is_chosen_yet(steps, told):
    assert cancellation_in_general(Terms(steps=steps)) == told


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (
            10 * DAY,
            "Free to cancel until Friday 27 November, 10:30. After that we keep 50%."
            " From Saturday 28 November, 08:30 on we keep the whole price.",
        ),
        (DAY, "If you cancel, we keep 50%. From Saturday 28 November, 08:30 on we keep the whole price."),
        (2 * HOUR, "If you cancel, we keep the whole price."),
    ],
)
def test_cancelling_is_told_for_a_time_and_from_now_on(before, told):
    assert cancellation_of(TWO_STEPS, STARTS, now=STARTS - before) == told


def test_a_free_rule_is_free_to_the_last_moment():
    assert cancellation_of(Terms(), STARTS, now=STARTS - HOUR) == "Free to cancel at any time before it begins."


@pytest.mark.parametrize(
    ("moves", "before", "can"),
    [(0, 2 * DAY, True), (1, 2 * DAY, True), (2, 2 * DAY, False), (0, DAY, False), (0, -DAY, False)],
)
def test_a_visit_is_moved_so_often_and_so_long_before(moves, before, can):
    assert TWO_STEPS.can_be_moved(STARTS, moves=moves, now=STARTS - before) is can


def test_moving_is_told():
    never, to_the_end = Terms(), Terms(moves_at_most=1)

    assert moving_in_general(TWO_STEPS) == "You can move it up to 2 times, until 24 hours before your visit."
    assert moving_in_general(to_the_end) == "You can move it once, until your visit begins."
    assert moving_in_general(never) == moving_of(never, STARTS, now=LONG_BEFORE) == "To move it, call us."
    told = "You can move it up to 2 times, until Friday 27 November, 10:30."
    assert moving_of(TWO_STEPS, STARTS, now=LONG_BEFORE) == told
    assert moving_of(TWO_STEPS, STARTS, moves=1, now=LONG_BEFORE).startswith("You can move it once, until")
    assert moving_of(TWO_STEPS, STARTS, moves=2, now=LONG_BEFORE) == "To move it, call us."
    assert moving_of(TWO_STEPS, STARTS, now=STARTS - HOUR) == "To move it, call us."


@pytest.mark.django_db
def test_the_terms_of_services_are_their_rules_and_their_steps_in_one_statement():
    service, other = ServiceFactory(), ServiceFactory()
    ServiceRules.objects.filter(offering=service).update(late_fee_percent=30, moves_at_most=1, what_to_bring="A towel")
    service.cancellation_tiers.create(before=timedelta(minutes=90), percent=100)
    service.cancellation_tiers.create(before=12 * HOUR, percent=60)

    with CaptureQueriesContext(connection) as asked:
        read_terms([service, other])
        terms, of_the_other = terms_of(service), terms_of(other)

    assert len(asked) == 1
    assert terms.steps == (Step(DAY, 30), Step(12 * HOUR, 60), Step(timedelta(minutes=90), 100))
    assert (terms.moves_at_most, terms.move_until, terms.what_to_bring) == (1, DAY, "A towel")
    assert of_the_other == Terms(steps=(Step(DAY, 50),), moves_at_most=2, move_until=DAY, balance_due=7 * DAY)
    assert terms_of(Offering.objects.get(pk=service.pk)) == terms


@pytest.mark.django_db
def test_a_service_without_rules_has_the_usual_terms_and_its_steps():
    ServiceFactory().cancellation_tiers.create(before=HOUR, percent=100)
    ServiceRules.objects.all().delete()
    service = Offering.objects.get()

    read_terms([service])

    steps = (Step(DAY, 50), Step(HOUR, 100))
    assert terms_of(service) == Terms(steps=steps, moves_at_most=2, move_until=DAY, balance_due=7 * DAY)
    assert terms_of(Offering.objects.get()) == terms_of(service)
