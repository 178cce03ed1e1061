"""Closing and opening again in the Django admin: what is free is taken, and no visit is ever dropped."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from bookings.calendar import free_times
from bookings.models import Booking, BookingStatus, Closure
from petshop.core.roles import CATALOG_EDITORS
from tests.admin_pages import form_on, sign_in
from tests.factories import BookingFactory, ResourceFactory, ServiceVariantFactory

pytestmark = pytest.mark.django_db

ONE_DAY = timedelta(days=1)


@pytest.fixture
def editor(client):
    return sign_in(client, CATALOG_EDITORS, username="ada")


@pytest.fixture
def variant():
    return ServiceVariantFactory()


@pytest.fixture
def sam(variant):
    return ResourceFactory(name="Sam", services=[variant.offering])


@pytest.fixture
def day():
    return timezone.localdate() + timedelta(days=10)


def at(day, hour):
    return timezone.make_aware(datetime.combine(day, time(hour)))


def period(day, opens, closes, *, last=None):
    return {
        "starts_at_0": [f"{day:%Y-%m-%d}"],
        "starts_at_1": [opens],
        "ends_at_0": [f"{last or day:%Y-%m-%d}"],
        "ends_at_1": [closes],
    }


def close(client, day, opens="09:00", closes="18:00", *, last=None, **typed):
    address = reverse("admin:bookings_closure_add")
    return client.post(
        address, form_on(client.get(address)) | period(day, opens, closes, last=last) | typed, follow=True
    )


def page_of(closure):
    return reverse("admin:bookings_closure_change", args=[closure.pk])


def starts(variant, day):
    times = free_times(variant, first=day, last=day, now=timezone.now())[day]
    return [timezone.localtime(free.starts_at).hour for free in times]


def closed():
    return Booking.objects.filter(status=BookingStatus.CLOSURE)


def test_a_closed_day_has_no_times_on_the_next_page(client, editor, variant, sam, day):
    assert starts(variant, day)

    response = close(client, day, reason=["Holiday"])

    assertContains(response, "was added successfully")
    assert starts(variant, day) == []
    assert closed().get().resource == sam


def test_the_services_page_offers_no_time_of_a_closed_day(client, editor, variant, sam, day):
    address = f"{variant.offering.get_absolute_url()}?variant={variant.pk}&month={day:%Y-%m}&day={day}"
    assertContains(client.get(address), f'name="start" value="{day}T')

    close(client, day)

    assertNotContains(client.get(address), f'name="start" value="{day}T')


def test_one_groomer_can_be_away_while_the_others_work(client, editor, variant, sam, day):
    ResourceFactory(services=[variant.offering])

    close(client, day, resource=[str(sam.pk)])

    assert [booking.resource for booking in closed()] == [sam]
    assert starts(variant, day)


def test_a_closure_across_midnight_takes_the_evening_and_the_next_morning(client, editor, variant, sam, day):
    night = timedelta(days=1)

    close(client, day, "16:00", "11:00", last=day + night, resource=[str(sam.pk)])

    assert (starts(variant, day)[-1], starts(variant, day + night)[0]) == (15, 11)
    assert [(row.starts_at, row.ends_at) for row in closed()] == [(at(day, 16), at(day + night, 11))]


def test_a_closure_on_the_day_the_clocks_change_is_as_long_as_that_day(client, editor, variant, sam):
    """From midnight to midnight: 25 hours."""
    zone = timezone.get_default_timezone()
    autumn = next(
        day for day in days_ahead() if midnight(day, zone) + timedelta(hours=24) < midnight(day + ONE_DAY, zone)
    )

    close(client, autumn, "00:00", "00:00", last=autumn + ONE_DAY)

    [row] = closed()
    assert row.ends_at - row.starts_at == timedelta(hours=25)


def days_ahead():
    return (timezone.localdate() + number * ONE_DAY for number in range(1, 400))


def midnight(day, zone):
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def test_visits_in_the_way_are_listed_with_links_and_stay(client, editor, variant, sam, day):
    visit = BookingFactory(variant=variant, resource=sam, confirmed=True, starts_at=at(day, 10))

    response = close(client, day)

    assertContains(response, "These visits stand in the way")
    assertContains(response, reverse("admin:bookings_booking_change", args=[visit.pk]))
    visit.refresh_from_db()
    assert visit.status == BookingStatus.CONFIRMED
    assert closed().count() == 2


def test_whoever_may_not_look_at_visits_gets_no_links(client, variant, sam, day):
    editor = sign_in(client, CATALOG_EDITORS)
    editor.groups.get().permissions.remove(*editor.groups.get().permissions.filter(codename="view_booking"))
    visit = BookingFactory(variant=variant, resource=sam, confirmed=True, starts_at=at(day, 10))

    response = close(client, day)

    assertContains(response, "These visits stand in the way")
    assertNotContains(response, reverse("admin:bookings_booking_change", args=[visit.pk]))


def test_a_closure_that_moves_opens_what_it_left(client, editor, variant, sam, day):
    close(client, day)
    closure = Closure.objects.get()
    form = form_on(client.get(page_of(closure)))

    client.post(page_of(closure), form | period(day, "12:00", "18:00"))

    assert starts(variant, day) == [9, 9, 10, 10, 11]
    assert timezone.localtime(closed().get().starts_at).hour == 12


def test_a_new_reason_moves_nothing(client, editor, sam, day):
    close(client, day)
    closure, row = Closure.objects.get(), closed().get()
    form = form_on(client.get(page_of(closure)))

    client.post(page_of(closure), form | {"reason": ["Painting"]})

    closure.refresh_from_db()
    assert closure.reason == "Painting"
    assert closed().get() == row


@pytest.mark.parametrize("way", ["delete", "delete_selected"])
def test_deleting_a_closure_opens_the_day_again(client, editor, variant, sam, day, way):
    close(client, day)
    closure = Closure.objects.get()

    if way == "delete":
        client.post(reverse("admin:bookings_closure_delete", args=[closure.pk]), {"post": "yes"})
    else:
        chosen = {"action": "delete_selected", "_selected_action": [closure.pk], "post": "yes"}
        client.post(reverse("admin:bookings_closure_changelist"), chosen)

    assert not Closure.objects.exists()
    assert not closed().exists()
    assert starts(variant, day)


@pytest.mark.parametrize(
    "typed",
    [
        {"ends_at_1": ["08:00"]},
        {"ends_at_0": ["9999-12-31"]},
        {"starts_at_0": ["0001-01-01"]},
        {"starts_at_0": ["2027-02-30"]},
        {"starts_at_0": [""]},
        {"starts_at_0": ["2027-03-28"], "starts_at_1": ["02:30"], "ends_at_0": ["2027-03-29"]},
        {"resource": ["999999"]},
        {"resource": ["\x00"]},
        {"reason": ["\x00"]},
    ],
)
def test_a_closure_that_makes_no_sense_is_refused_with_a_sentence(client, editor, sam, day, typed):
    response = close(client, day, **typed)

    assertContains(response, "errorlist")
    assert not Closure.objects.exists()
    assert not closed().exists()
