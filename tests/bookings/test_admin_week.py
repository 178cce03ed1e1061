"""The week of opening hours as an editor types it in the Django admin: seven days, saved at once."""

from datetime import datetime, time, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from bookings.models import OpeningHours, Weekday
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK
from tests.admin_pages import form_on, sign_in
from tests.factories import BookingFactory, ResourceFactory
from tests.rival import Rival

pytestmark = pytest.mark.django_db

WEEK = "/admin/bookings/openinghours/"


@pytest.fixture(autouse=True)
def editor(client):
    return sign_in(client, CATALOG_EDITORS, username="ada")


@pytest.fixture
def monday():
    return stretch(Weekday.MONDAY, 9, 18)


def stretch(day, opens, closes, **more):
    return OpeningHours.objects.create(weekday=day, opens_at=time(opens), closes_at=time(closes), **more)


def place(form, day, *, prefix="hours", number=0):
    """The prefix of a place to type in on this day, as it stands on the page."""
    names = [name for name, values in form.items() if name.endswith("-weekday") and values == [str(int(day))]]
    mine = [name for name in names if name.startswith(prefix) and "initial" not in name]
    return mine[number].removesuffix("weekday")


def type_in(form, day, opens, closes, **where):
    at = place(form, day, **where)
    form |= {f"{at}opens_at": [opens], f"{at}closes_at": [closes]}


def week():
    return [
        (row.weekday, f"{row.opens_at:%H:%M}-{row.closes_at:%H:%M}")
        for row in OpeningHours.objects.filter(resource=None)
    ]


def test_seven_days_are_typed_and_saved_at_once(client):
    form = form_on(client.get(WEEK))

    for day in list(Weekday)[:5]:
        type_in(form, day, "09:00", "13:00")
        type_in(form, day, "16:00", "20:30", number=1)
    response = client.post(WEEK, form, follow=True)

    assertContains(response, "The opening hours are saved.")
    assert week() == [(day, hours) for day in range(5) for hours in ("09:00-13:00", "16:00-20:30")]
    assertContains(response, '<span class="closed">closed</span>', count=2)
    assert LogEntry.objects.count() == 10


def test_a_day_with_two_stretches_has_a_place_for_a_third(client, monday):
    stretch(Weekday.MONDAY, 19, 21)
    form = form_on(client.get(WEEK))

    type_in(form, Weekday.MONDAY, "07:00", "08:30", number=2)
    client.post(WEEK, form)

    assert week() == [(0, "07:00-08:30"), (0, "09:00-18:00"), (0, "19:00-21:00")]


def test_emptying_both_times_closes_and_the_history_says_when_it_was_open(client, monday):
    form = form_on(client.get(WEEK))

    type_in(form, Weekday.MONDAY, "", "")
    client.post(WEEK, form)

    assert week() == []
    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.is_deletion()) == ("Monday 09:00–18:00", True)


def test_only_what_was_edited_is_saved(client, monday):
    tuesday, wednesday = stretch(Weekday.TUESDAY, 9, 18), stretch(Weekday.WEDNESDAY, 9, 18)
    form = form_on(client.get(WEEK))
    OpeningHours.objects.filter(pk=tuesday.pk).update(closes_at=time(20))
    OpeningHours.objects.filter(pk=monday.pk).update(opens_at=time(8))
    stretch(Weekday.SUNDAY, 10, 12)

    type_in(form, Weekday.MONDAY, "09:00", "19:00")
    client.post(WEEK, form)

    assert week() == [(0, "08:00-19:00"), (1, "09:00-20:00"), (2, "09:00-18:00"), (6, "10:00-12:00")]
    assert LogEntry.objects.get().get_change_message() == "Changed To: 18:00 → 19:00."
    assert wednesday in OpeningHours.objects.all()


def test_overlaps_are_refused_and_what_was_typed_is_kept(client, monday):
    form = form_on(client.get(WEEK))

    type_in(form, Weekday.MONDAY, "17:00", "20:15", number=1)
    type_in(form, Weekday.FRIDAY, "10:10", "12:00")
    response = client.post(WEEK, form)

    assertContains(response, "Monday: 09:00–18:00 and 17:00–20:15 overlap.", status_code=422)
    assertContains(response, "Nothing is saved yet", status_code=422)
    for typed in ("20:15", "10:10"):
        assertContains(response, f'value="{typed}"', status_code=422)
    assert week() == [(0, "09:00-18:00")]


def test_what_a_rival_added_meanwhile_is_not_overlapped(client):
    form = form_on(client.get(WEEK))
    stretch(Weekday.MONDAY, 9, 18)

    type_in(form, Weekday.MONDAY, "17:00", "20:00")
    response = client.post(WEEK, form)

    assertContains(response, "overlap", status_code=422)
    assert week() == [(0, "09:00-18:00")]


@pytest.mark.django_db(transaction=True)
def test_a_stretch_that_a_rival_takes_away_during_the_save_is_no_error(client):
    row = stretch(Weekday.MONDAY, 9, 18)
    form = form_on(client.get(WEEK))
    type_in(form, Weekday.MONDAY, "10:00", "18:00")

    with Rival(row.delete):
        response = client.post(WEEK, form)

    assertContains(response, "Somebody else took this stretch away meanwhile.", status_code=422)


def test_a_stretch_that_is_gone_is_said(client, monday):
    form = form_on(client.get(WEEK))
    monday.delete()

    type_in(form, Weekday.MONDAY, "10:00", "18:00")
    response = client.post(WEEK, form)

    assertContains(response, "Somebody else took this stretch away meanwhile.", status_code=422)


@pytest.mark.parametrize(
    ("opens", "closes", "said"),
    [
        ("09:00", "", "Until when?"),
        ("", "18:00", "From when?"),
        ("18:00", "09:00", "Closing time must be after opening time."),
        ("09:00", "09:00", "Closing time must be after opening time."),
        ("25:00", "26:00", "Enter a valid time."),
        ("nine", "ten", "Enter a valid time."),
        ("\0", "9", "Enter a valid time."),
    ],
)
def test_times_that_make_no_sense_are_refused_with_a_sentence(client, opens, closes, said):
    form = form_on(client.get(WEEK))

    type_in(form, Weekday.MONDAY, opens, closes)
    response = client.post(WEEK, form)

    assertContains(response, said, status_code=422)
    assert week() == []


@pytest.mark.parametrize("total", ["", "x", "-1", "9" * 30, "5000"])
def test_a_form_that_no_page_sends_breaks_nothing(client, monday, total):
    form = form_on(client.get(WEEK)) | {"hours-TOTAL_FORMS": [total]}

    assert client.post(WEEK, form).status_code in (302, 422)
    assert client.post(WEEK, {}).status_code == 422
    assert week() == [(0, "09:00-18:00")]


def test_visits_outside_the_new_week_are_listed(client):
    day = timezone.localdate() + timedelta(days=10)
    stretch(day.weekday(), 9, 18)
    starts_at = timezone.make_aware(datetime.combine(day, time(10)))
    visit = BookingFactory(resource=ResourceFactory(hours=False), confirmed=True, starts_at=starts_at)
    form = form_on(client.get(WEEK))

    type_in(form, day.weekday(), "12:00", "18:00")
    response = client.post(WEEK, form, follow=True)

    assertContains(response, reverse("admin:bookings_booking_change", args=[visit.pk]))


def test_the_desk_sees_the_week_and_changes_nothing(client, monday):
    sign_in(client, FRONT_DESK)

    page = client.get(WEEK)

    assertContains(page, "09:00–18:00")
    assertNotContains(page, 'type="time"')
    assert client.post(WEEK, {"hours-TOTAL_FORMS": "0", "hours-INITIAL_FORMS": "0"}).status_code == 403


def test_a_groomer_keeps_the_shops_week_until_they_have_their_own(client, monday):
    sam = ResourceFactory(hours=False)
    address = reverse("admin:bookings_resource_change", args=[sam.pk])
    page = client.get(address)
    assertContains(page, "as the shop", count=7)
    form = form_on(page)

    type_in(form, Weekday.FRIDAY, "10:00", "14:00", prefix="opening_hours")
    response = client.post(address, form)

    assert response.status_code == 302
    assert [str(row) for row in sam.opening_hours.all()] == ["Friday 10:00–14:00"]
    assert week() == [(0, "09:00-18:00")]
    assertContains(client.get(address), "day off", count=6)


def test_a_groomers_overlap_is_refused_on_their_page(client):
    sam = ResourceFactory()
    address = reverse("admin:bookings_resource_change", args=[sam.pk])
    form = form_on(client.get(address))

    type_in(form, Weekday.FRIDAY, "17:00", "20:00", prefix="opening_hours", number=1)
    response = client.post(address, form)

    assertContains(response, "Friday: 09:00–18:00 and 17:00–20:00 overlap.")
    assertContains(response, 'value="20:00"')
    assert sam.opening_hours.count() == 7
