"""Days with hours of their own, as an editor adds them in the Django admin, and whom they concern."""

from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from bookings.calendar import free_times
from bookings.models import Booking, BookingStatus, SpecialDay
from bookings.operations import lock
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK
from tests.admin_pages import form_on, sign_in
from tests.factories import BookingFactory, ResourceFactory, ServiceVariantFactory
from tests.rival import Rival

pytestmark = pytest.mark.django_db

LIST = "/admin/bookings/specialday/"
ADD = f"{LIST}add/"


@pytest.fixture(autouse=True)
def editor(client):
    return sign_in(client, CATALOG_EDITORS, username="ada")


@pytest.fixture
def variant():
    return ServiceVariantFactory()


@pytest.fixture
def sam(variant):
    return ResourceFactory(name="Sam", slug="sam", services=[variant.offering])


@pytest.fixture
def day():
    return timezone.localdate() + timedelta(days=10)


def typed(day, opens="", closes="", **more):
    return {"date": [f"{day}"], "opens_at": [opens], "closes_at": [closes]} | more


def add(client, *args, **more):
    return client.post(ADD, form_on(client.get(ADD)) | typed(*args, **more), follow=True)


def page_of(special):
    return reverse("admin:bookings_specialday_change", args=[special.pk])


def hours():
    return [(special.date, special.opens_at and f"{special.opens_at:%H:%M}") for special in SpecialDay.objects.all()]


def starts(variant, day):
    times = free_times(variant, first=day, last=day, now=timezone.now())[day]
    return [timezone.localtime(free.starts_at).hour for free in times]


def visit_at(day, hour, **more):
    starts_at = timezone.make_aware(datetime.combine(day, time(hour)))
    return BookingFactory(confirmed=True, starts_at=starts_at, **more)


def is_listed(response, visit):
    return reverse("admin:bookings_booking_change", args=[visit.pk]) in response.content.decode()


def test_a_special_day_changes_the_next_page(client, variant, sam, day):
    response = add(client, day, "10:00", "12:00", reason=["Christmas Eve"])

    assertContains(response, "was added successfully")
    assertContains(client.get(LIST), "10:00–12:00")
    assertContains(client.get(LIST), "Christmas Eve")
    assert starts(variant, day) == [10, 10, 11]
    assert len(starts(variant, day + timedelta(days=1))) == 17


def test_a_day_that_is_closed(client, variant, sam, day):
    add(client, day, is_closed=["on"])

    assert hours() == [(day, None)]
    assert starts(variant, day) == []


def test_a_day_with_a_break_is_added_twice(client, variant, sam, day):
    add(client, day, "10:00", "11:00")
    add(client, day, "15:00", "16:00")

    assert starts(variant, day) == [10, 15]


def test_somebodys_own_special_day_is_theirs_alone(client, variant, sam, day):
    ResourceFactory(slug="tom", services=[variant.offering], hours=("12:00", "14:00"))

    add(client, day, is_closed=["on"], resource=[str(sam.pk)])

    assert starts(variant, day) == [12, 12, 13]


@pytest.mark.parametrize(
    ("opens", "closes", "more", "said"),
    [
        ("", "", {}, "From when? Or tick “Closed all day”."),
        ("10:00", "", {}, "Until when?"),
        ("", "12:00", {}, "From when?"),
        ("12:00", "10:00", {}, "Closing time must be after opening time."),
        ("10:00", "10:00", {}, "Closing time must be after opening time."),
        ("10:00", "12:00", {"is_closed": ["on"]}, "Closed, or open at these times?"),
        ("25:00", "nine", {}, "Enter a valid time."),
        ("10:00", "12:00", {"date": ["2020-12-24"]}, "That day is over."),
        ("10:00", "12:00", {"date": ["2090-12-24"]}, "That is too far away."),
        ("10:00", "12:00", {"date": ["9999-12-31"]}, "That is too far away."),
        ("10:00", "12:00", {"date": ["Christmas"]}, "Enter a valid date."),
        ("10:00", "12:00", {"date": [""]}, "This field is required."),
        ("10:00", "12:00", {"resource": ["99999999"]}, "Select a valid choice."),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(client, day, opens, closes, more, said):
    response = add(client, day, opens, closes, **({"reason": ["A word that stays"]} | more))

    assertContains(response, said)
    assertContains(response, "A word that stays")
    assert hours() == []


@pytest.mark.parametrize(
    ("opens", "closes", "more"),
    [("11:00", "13:00", {}), ("09:00", "19:00", {}), ("", "", {"is_closed": ["on"]})],
)
def test_what_overlaps_with_the_same_day_is_refused(client, day, opens, closes, more):
    SpecialDay.objects.create(date=day, opens_at="10:00", closes_at="12:00")

    assertContains(add(client, day, opens, closes, **more), "That overlaps with what is already set for this day.")
    assert len(hours()) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_what_a_rival_adds_at_this_moment_is_not_overlapped(client, day):
    form = form_on(client.get(ADD)) | typed(day, "10:00", "12:00")

    with Rival(lambda: SpecialDay.objects.create(date=day, opens_at="11:00", closes_at="13:00")):
        response = client.post(ADD, form)

    assertContains(response, "That overlaps with what is already set for this day.")


def test_a_closed_day_is_opened_after_all(client, variant, sam, day):
    special = SpecialDay.objects.create(date=day)
    form = form_on(client.get(page_of(special)))
    assert form["is_closed"] == ["on"]
    del form["is_closed"]

    client.post(page_of(special), form | {"opens_at": ["10:00"], "closes_at": ["11:00"]})

    assert starts(variant, day) == [10]


def test_a_day_that_is_over_may_still_get_a_reason(client):
    yesterday = timezone.localdate() - timedelta(days=1)
    special = SpecialDay.objects.create(date=yesterday)

    client.post(page_of(special), form_on(client.get(page_of(special))) | {"reason": ["Flood"]})

    special.refresh_from_db()
    assert special.reason == "Flood"


def test_the_list_shows_what_is_to_come_and_what_is_over_when_asked(client, day):
    SpecialDay.objects.create(date=day, reason="Soon")
    SpecialDay.objects.create(date=timezone.localdate(), reason="Today")
    SpecialDay.objects.create(date=timezone.localdate() - timedelta(days=1), reason="Long ago")

    coming, over = client.get(LIST), client.get(f"{LIST}?when=past")

    assertContains(coming, "Soon")
    assertContains(coming, "Today")
    assertNotContains(coming, "Long ago")
    assertContains(over, "Long ago")
    assertNotContains(over, "Soon")
    assertContains(client.get(f"{LIST}?when=all"), "Long ago")


def test_t14_visits_outside_a_special_day_are_listed_and_none_is_dropped(client, variant, sam, day):
    kept = [visit_at(day, 10, resource=sam, variant=variant), visit_at(day + timedelta(days=7), 16, resource=sam)]
    outside = visit_at(day, 16, resource=sam, variant=variant)

    response = add(client, day, "10:00", "12:00")

    assertContains(response, "outside the opening hours now; they stay until you move them")
    assert [is_listed(response, visit) for visit in (outside, *kept)] == [True, False, False]
    assert set(Booking.objects.values_list("status", flat=True)) == {BookingStatus.CONFIRMED}


@pytest.mark.parametrize("how", ["page", "list"])
def test_t14_visits_that_only_a_special_day_made_possible_are_listed_when_it_goes(client, variant, sam, day, how):
    special = SpecialDay.objects.create(date=day, resource=sam, opens_at="20:00", closes_at="22:00")
    visit = visit_at(day, 20, resource=sam)

    if how == "page":
        address = reverse("admin:bookings_specialday_delete", args=[special.pk])
        response = client.post(address, {"post": "yes"}, follow=True)
    else:
        chosen = {"action": "delete_selected", "_selected_action": special.pk, "post": "yes"}
        response = client.post(LIST, chosen, follow=True)

    assert hours() == []
    assert is_listed(response, visit)


def test_t14_a_day_that_moves_lists_the_visits_of_both_days(client, variant, sam, day):
    special = SpecialDay.objects.create(date=day, resource=sam, opens_at="20:00", closes_at="22:00")
    visits = [visit_at(day, 20, resource=sam), visit_at(day + timedelta(days=1), 10, resource=sam)]
    form = form_on(client.get(page_of(special)))

    response = client.post(page_of(special), form | {"date": [f"{day + timedelta(days=1)}"]}, follow=True)

    assert all(is_listed(response, visit) for visit in visits)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_t14_a_visit_that_is_booked_at_this_moment_is_listed(client, day):
    variant = ServiceVariantFactory()
    sam = ResourceFactory(services=[variant.offering])
    form = form_on(client.get(ADD)) | typed(day, "10:00", "12:00")

    with Rival(lambda: lock(sam.__class__.objects.all()) and visit_at(day, 16, resource=sam, variant=variant)):
        response = client.post(ADD, form, follow=True)

    assert is_listed(response, Booking.objects.get())


def test_the_desk_looks_at_special_days_and_changes_none(client, day):
    special = SpecialDay.objects.create(date=day)
    sign_in(client, FRONT_DESK)

    assert client.get(LIST).status_code == 200
    assert client.get(page_of(special)).status_code == 200
    assert client.post(page_of(special), typed(day, "10:00", "12:00")).status_code == 403
    assert client.get(ADD).status_code == 403
