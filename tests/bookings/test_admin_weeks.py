"""Weeks that stand in for the usual one, as an editor adds, moves and takes them away in the Django admin."""

from datetime import date, datetime, time, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from bookings.models import Booking, BookingStatus, OpeningHours, Resource, Weekday
from bookings.operations import lock
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK
from tests.admin_pages import form_on, sign_in
from tests.bookings.test_admin_week import place, type_in
from tests.factories import BookingFactory, ResourceFactory
from tests.rival import Rival

pytestmark = pytest.mark.django_db

WEEK = "/admin/bookings/openinghours/"
NEW = f"{WEEK}?new=yes"
ONE_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def editor(client):
    return sign_in(client, CATALOG_EDITORS, username="ada")


@pytest.fixture
def usual():
    """From nine to six on weekdays."""
    for day in list(Weekday)[:5]:
        stretch(day)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def summer(today):
    """Mondays and Tuesdays, from next week for a month."""
    dates = {"valid_from": today + 7 * ONE_DAY, "valid_until": today + 37 * ONE_DAY}
    return [stretch(day, 8, 15, **dates) for day in (Weekday.MONDAY, Weekday.TUESDAY)]


def stretch(day, opens=9, closes=18, **more):
    return OpeningHours.objects.create(weekday=day, opens_at=time(opens), closes_at=time(closes), **more)


def dated(first, last):
    return {"days-first": [f"{first or ''}"], "days-last": [f"{last or ''}"]}


def page_of(first, last, **who):
    query = "&".join(
        [f"{name}={value}" for name, value in who.items()] + [f"from={first or ''}", f"until={last or ''}"]
    )
    return f"{WEEK}?{query}"


def weeks(**of):
    """What is stored: the dates of each week, and how many stretches it has."""
    counted = {}
    for row in OpeningHours.objects.filter(**of or {"resource": None}):
        counted[row.valid_from, row.valid_until] = counted.get((row.valid_from, row.valid_until), 0) + 1
    return counted


def test_a_new_week_begins_as_a_copy_of_the_usual_one(client, usual, today):
    first, last = today + ONE_DAY, today + 30 * ONE_DAY
    form = form_on(client.get(NEW))
    type_in(form, Weekday.MONDAY, "08:00", "15:00")
    type_in(form, Weekday.FRIDAY, "", "")

    response = client.post(NEW, form | dated(first, last), follow=True)

    assertContains(response, "The opening hours are saved.")
    assert response.redirect_chain[-1][0] == page_of(first, last)
    assert weeks() == {(None, None): 5, (first, last): 4}
    assert str(OpeningHours.objects.get(weekday=0, valid_from=first)).startswith("Monday 08:00–15:00, ")
    assertContains(client.get(WEEK), page_of(first, last).replace("&", "&amp;"))


@pytest.mark.parametrize("side", ["first", "last"])
def test_a_week_may_have_no_end_or_no_beginning(client, usual, today, side):
    dates = (today + ONE_DAY, None) if side == "first" else (None, today + ONE_DAY)

    client.post(NEW, form_on(client.get(NEW)) | dated(*dates))

    assert weeks() == {(None, None): 5, dates: 5}
    assert client.get(page_of(*dates)).status_code == 200


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("", "", "a week without either is the usual one"),
        ("2090-01-01", "", "That is too far away."),
        ("", "2020-01-01", "That day is over."),
        ("2027-06-15", "2027-06-14", "The last day must not be before the first."),
        ("tomorrow", "", "Enter a valid date."),
        ("0000-00-00", "9999-99-99", "Enter a valid date."),
        ("9999-12-31", "9999-12-31", "That is too far away."),
        ("\0", "", "Enter a valid date."),
    ],
)
def test_days_that_make_no_sense_are_refused_and_what_was_typed_is_kept(client, usual, first, last, said):
    form = form_on(client.get(NEW))
    type_in(form, Weekday.MONDAY, "10:10", "15:00")

    response = client.post(NEW, form | {"days-first": [first], "days-last": [last]})

    assert response.status_code == 422
    assertContains(response, "Nothing is saved yet", status_code=422)
    assertContains(response, 'value="10:10"', status_code=422)
    assertContains(response, said, status_code=422)
    assert weeks() == {(None, None): 5}


def test_a_week_without_hours_is_no_week(client, usual, summer, today):
    address = page_of(summer[0].valid_from, summer[0].valid_until)
    form = form_on(client.get(address))
    for day in (Weekday.MONDAY, Weekday.TUESDAY):
        type_in(form, day, "", "")

    assertContains(client.post(address, form), "To close on all of these days, add a closure.", status_code=422)
    assert sum(weeks().values()) == 7


def test_two_weeks_for_the_same_days_are_refused(client, usual, summer):
    dates = dated(summer[0].valid_from, summer[0].valid_until)

    response = client.post(NEW, form_on(client.get(NEW)) | dates)

    assertContains(response, "There is a week for just these days already", status_code=422)
    assert sum(weeks().values()) == 7


def test_weeks_that_only_overlap_are_both_kept_and_their_hours_do_not_clash(client, usual, summer, today):
    """The one that began last counts: nobody has to cut the other in two."""
    response = client.post(NEW, form_on(client.get(NEW)) | dated(today + 10 * ONE_DAY, today + 20 * ONE_DAY))

    assert response.status_code == 302
    assert len(weeks()) == 3


def test_the_days_of_a_week_are_moved_with_all_its_hours(client, usual, summer, today):
    first, last = summer[0].valid_from, summer[0].valid_until
    form = form_on(client.get(page_of(first, last)))
    type_in(form, Weekday.FRIDAY, "10:00", "12:00")

    response = client.post(page_of(first, last), form | dated(first + ONE_DAY, last))

    assert response.url == page_of(first + ONE_DAY, last)
    assert weeks() == {(None, None): 5, (first + ONE_DAY, last): 3}
    said = [entry.get_change_message() for entry in LogEntry.objects.filter(action_flag=2)]
    assert said == [f"Changed First day: {first} → {first + ONE_DAY}."] * 2


def test_a_week_is_taken_away_and_the_usual_one_is_back(client, usual, summer):
    address = page_of(summer[0].valid_from, summer[0].valid_until)

    response = client.post(address, form_on(client.get(address)) | {"_remove": ["yes"]}, follow=True)

    assertContains(response, "The week is taken away.")
    assert weeks() == {(None, None): 5}
    assert LogEntry.objects.filter(action_flag=3).count() == 2


def test_the_usual_week_is_not_taken_away_by_a_form_that_no_page_sends(client, usual):
    client.post(WEEK, form_on(client.get(WEEK)) | {"_remove": ["yes"]})
    client.post(NEW, form_on(client.get(NEW)) | {"_remove": ["yes"]})

    assert weeks() == {(None, None): 5}


def test_a_week_that_somebody_took_away_meanwhile_is_said(client, usual, summer):
    address = page_of(summer[0].valid_from, summer[0].valid_until)
    form = form_on(client.get(address))
    OpeningHours.objects.exclude(valid_from=None).delete()

    assertContains(client.get(address, follow=True), "There is no week for these days any more.")
    type_in(form, Weekday.MONDAY, "10:00", "12:00")
    assertContains(client.post(address, form), "Somebody else took this stretch away meanwhile.", status_code=422)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_week_that_a_rival_adds_at_this_moment_for_the_same_days_is_the_only_one(client, today):
    ResourceFactory(hours=False)
    stretch(Weekday.MONDAY)
    dates = {"valid_from": today + ONE_DAY, "valid_until": today + 2 * ONE_DAY}
    form = form_on(client.get(NEW)) | dated(*dates.values())

    with Rival(lambda: lock(Resource.objects.all()) and stretch(Weekday.TUESDAY, **dates)):
        response = client.post(NEW, form)

    assertContains(response, "There is a week for just these days already", status_code=422)


def test_hours_of_one_week_may_not_overlap_and_those_of_different_weeks_may(client, usual, summer):
    address = page_of(summer[0].valid_from, summer[0].valid_until)
    form = form_on(client.get(address))
    type_in(form, Weekday.MONDAY, "14:00", "16:00", number=1)

    assertContains(client.post(address, form), "Monday: 08:00–15:00 and 14:00–16:00 overlap.", status_code=422)


@pytest.mark.parametrize(
    "query", ["from=x", "until=2027-13-01", "who=nobody", "who=%00", "from=2027-06-15T00:00", "from=99999999999"]
)
def test_an_address_that_no_page_has_is_not_found(client, usual, query):
    assert client.get(f"{WEEK}?{query}").status_code in (400, 404)


# Of one groomer


def test_a_groomers_hours_from_next_month_on(client, usual, today):
    amira = ResourceFactory(name="Amira", slug="amira")
    page = reverse("admin:bookings_resource_change", args=[amira.pk])
    new = f"{WEEK}?who=amira&new=yes"
    assertContains(client.get(page), new.replace("&", "&amp;"))
    form = form_on(client.get(new))
    type_in(form, Weekday.MONDAY, "12:00", "20:00")

    response = client.post(new, form | dated(today + 30 * ONE_DAY, None))

    assert response.url == page_of(today + 30 * ONE_DAY, None, who="amira")
    assert weeks(resource=amira) == {(None, None): 7, (today + 30 * ONE_DAY, None): 7}
    assert weeks() == {(None, None): 5}
    assertContains(client.get(response.url), "Hours of Amira")
    assertContains(client.get(page), response.url.replace("&", "&amp;"))


def test_whoever_keeps_the_shops_week_starts_their_own_from_a_copy_of_it(client, usual):
    ResourceFactory(slug="sam", hours=False)

    form = form_on(client.get(f"{WEEK}?who=sam&new=yes"))

    assert form[f"{place(form, Weekday.MONDAY)}opens_at"] == ["09:00"]


def test_the_groomers_own_page_shows_and_saves_the_usual_week_alone(client, usual, today):
    amira = ResourceFactory(slug="amira")
    stretch(Weekday.MONDAY, 20, 22, resource=amira, valid_from=today)
    page = reverse("admin:bookings_resource_change", args=[amira.pk])
    form = form_on(client.get(page))
    assertNotContains(client.get(page), 'value="20:00"')

    type_in(form, Weekday.MONDAY, "09:00", "21:00", prefix="opening_hours")

    assert client.post(page, form).status_code == 302  # it does not overlap with what is another week
    assert weeks(resource=amira) == {(None, None): 7, (today, None): 1}


def test_the_usual_week_of_a_groomer_is_on_their_own_page(client):
    amira = ResourceFactory(slug="amira")

    assert client.get(f"{WEEK}?who=amira").url == reverse("admin:bookings_resource_change", args=[amira.pk])


# T14: less time than is booked


def visit_at(day, hour, **more):
    starts_at = timezone.make_aware(datetime.combine(day, time(hour)))
    return BookingFactory(confirmed=True, starts_at=starts_at, **more)


def is_listed(response, visit):
    return reverse("admin:bookings_booking_change", args=[visit.pk]) in response.content.decode()


def test_t14_visits_in_hours_that_are_taken_away_are_listed_and_none_is_dropped(client, today):
    """On the days of the new week, and on no others."""
    day = today + 10 * ONE_DAY
    amira = ResourceFactory(slug="amira")
    late, early = visit_at(day, 16, resource=amira), visit_at(day, 10, resource=amira)
    week_before = visit_at(day - 7 * ONE_DAY, 16, resource=amira)
    address = f"{WEEK}?who=amira&new=yes"
    form = form_on(client.get(address))
    type_in(form, day.weekday(), "09:00", "15:00")

    response = client.post(address, form | dated(day, day + 6 * ONE_DAY), follow=True)

    assertContains(response, "outside the opening hours now; they stay until you move them")
    assert [is_listed(response, visit) for visit in (late, early, week_before)] == [True, False, False]
    assert set(Booking.objects.values_list("status", flat=True)) == {BookingStatus.CONFIRMED}


def test_t14_visits_that_only_a_week_made_possible_are_listed_when_it_is_taken_away(client, usual, today):
    day = today + 10 * ONE_DAY
    for weekday in Weekday:
        stretch(weekday, 8, 22, valid_from=day)
    visit = visit_at(day, 20, resource=ResourceFactory(hours=False))
    address = page_of(day, None)

    response = client.post(address, form_on(client.get(address)) | {"_remove": ["yes"]}, follow=True)

    assert is_listed(response, visit)


def test_t14_who_has_a_week_of_their_own_only_for_a_while_keeps_the_shops_after_it(client, usual, today):
    """So a visit after it counts when the shop's week changes."""
    day = today + 30 * ONE_DAY
    while day.weekday() != Weekday.MONDAY:
        day += ONE_DAY
    amira = ResourceFactory(hours=False)
    stretch(Weekday.MONDAY, resource=amira, valid_until=today + 14 * ONE_DAY)
    visit = visit_at(day, 16, resource=amira)
    form = form_on(client.get(WEEK))
    type_in(form, Weekday.MONDAY, "09:00", "15:00")

    assert is_listed(client.post(WEEK, form, follow=True), visit)


def test_the_desk_sees_every_week_and_changes_none(client, usual, summer):
    sign_in(client, FRONT_DESK)
    address = page_of(summer[0].valid_from, summer[0].valid_until)

    page = client.get(address)

    assertContains(page, "08:00–15:00", count=2)
    assertNotContains(page, 'type="time"')
    assertNotContains(page, 'type="date"')
    assert client.post(address, {"_remove": "yes"}).status_code == 403
    assert client.get(NEW).status_code == 403


def test_dates_in_the_address_are_those_of_the_week(client, usual):
    stretch(Weekday.MONDAY, 8, 12, valid_from=date(2027, 6, 15), valid_until=date(2027, 8, 31))

    page = client.get(WEEK)

    assertContains(page, "15 Jun 2027 to 31 Aug 2027")
    assertContains(client.get(f"{WEEK}?from=2027-06-15&until=2027-08-31"), 'value="2027-06-15"')
