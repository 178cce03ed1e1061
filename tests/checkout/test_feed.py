"""The calendar of one groomer or room, behind its secret address."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar
from pytest_django.asserts import assertContains, assertNotContains

from bookings.models import Booking, BookingStatus, Pet, Resource
from bookings.operations import hold_booking
from catalog.models import Species
from checkout.calendar_file import calendar_file
from checkout.models import Order, OrderLine
from checkout.operations import PetDetails
from petshop.core import clock
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK
from tests.admin_pages import sign_in
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.customer import visit_of
from tests.factories import BookingFactory, CartFactory, ClosureFactory, PetFactory, ResourceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def maya(bath):
    maya = Resource.objects.get(slug="maya")
    maya.renew_feed()
    return maya


@pytest.fixture
def paid(cart_with_extra):
    order = place(cart_with_extra)
    pay(open_page(order))
    return order


def address(resource) -> str:
    return reverse("checkout:feed", args=[resource.feed_token])


def read(client, resource) -> list:
    return Calendar.from_ical(client.get(address(resource)).content).walk("VEVENT")


def test_a_visit_is_there_with_the_pet_and_the_service_and_nothing_of_the_customer(client, maya, paid, ten_tomorrow):
    answer = client.get(address(maya))

    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert (event["summary"], event.start) == ("Biscuit: Bath and tidy", ten_tomorrow)
    assert "Bath and tidy, Medium dog + Nail trim" in event["description"]
    assert paid.number in event["description"]
    assert str(event["status"]) == "CONFIRMED"
    for private in (paid.email, paid.phone, paid.name, paid.token, "600"):
        assert private.encode() not in answer.content


def test_it_is_nobodys_to_keep_or_to_list(client, maya, paid):
    answer = client.get(address(maya))

    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert not answer.cookies
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n" in answer.content
    assert b"X-PUBLISHED-TTL:PT15M\r\n" in answer.content


def test_a_visit_has_the_same_name_in_its_customers_file(client, maya, paid):
    order = Order.objects.with_lines().get(pk=paid.pk)
    [theirs] = Calendar.from_ical(calendar_file(order, now=clock.now())).walk("VEVENT")

    [ours] = read(client, maya)

    assert (ours["uid"], ours["sequence"]) == (theirs["uid"], theirs["sequence"])


def test_the_second_visit_of_an_order_and_the_parts_of_one_have_names_of_their_own(client, maya, bath, ten_tomorrow):
    later = ten_tomorrow + timedelta(hours=3)
    holds = [hold_booking(bath, starts_at=at) for at in (ten_tomorrow, later)]
    tub = ResourceFactory(name="Tub")
    tub.renew_feed()
    for _ in range(2):
        BookingFactory(variant=bath, part_of=holds[1], resource=tub, starts_at=later, seat=tub.bookings.count() + 1)
    order = place(CartFactory(holding=holds))
    pay(open_page(order))

    assert [event["uid"].partition("@")[0] for event in read(client, maya)] == [
        f"{order.number}-1",
        f"{order.number}-2",
    ]
    parts = read(client, tub)
    assert [event["uid"].partition("@")[0] for event in parts] == [f"{order.number}-2-2", f"{order.number}-2-3"]
    assert {str(event["summary"]) for event in parts} == {"Bath and tidy"}


def test_a_hold_is_not_in_it(client, maya, cart):
    place(cart)

    assert read(client, maya) == []


def test_a_visit_that_was_called_off_stays_as_cancelled_and_a_hold_that_ran_out_does_not(client, maya, paid, bath):
    BookingFactory(variant=bath, resource=maya, status=BookingStatus.CANCELLED, held_until=None)
    [before] = read(client, maya)
    OrderLine.objects.filter(order=paid, kind="appointment").update(cancelled_at=timezone.now(), kept=0)
    Booking.objects.filter(order_line__order=paid).update(status=BookingStatus.CANCELLED, sequence=1)

    [event] = read(client, maya)

    assert (str(event["status"]), event["uid"], event["sequence"]) == ("CANCELLED", before["uid"], 1)


def test_somebody_elses_visits_are_not_in_it(client, maya, paid):
    tom = ResourceFactory(name="Tom")
    tom.renew_feed()

    assert read(client, tom) == []


def test_it_goes_back_thirty_days(client, maya, bath):
    now = timezone.now()
    for days in (29, 31):
        BookingFactory(
            variant=bath,
            resource=maya,
            starts_at=now - timedelta(days=days),
            status=BookingStatus.COMPLETED,
            held_until=None,
        )
    BookingFactory(variant=bath, resource=maya, starts_at=now + timedelta(days=700), confirmed=True)

    assert len(read(client, maya)) == 2


def test_what_closes_is_in_it_as_busy(client, maya):
    now = timezone.now()
    ClosureFactory(starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=2), reason="Fair", resource=None)
    ClosureFactory(starts_at=now + timedelta(days=3), ends_at=now + timedelta(days=4), reason="", resource=maya)
    ClosureFactory(starts_at=now + timedelta(days=5), ends_at=now + timedelta(days=6), resource=ResourceFactory())

    events = read(client, maya)

    assert [str(event["summary"]) for event in events] == ["Closed: Fair", "Closed"]
    assert {str(event["transp"]) for event in events} == {"OPAQUE"}


def test_it_asks_three_times_however_full_it_is(client, maya, bath, paid, django_assert_num_queries):
    for day in range(2, 12):
        BookingFactory(
            variant=bath,
            resource=maya,
            pet=PetFactory(),
            starts_at=timezone.now() + timedelta(days=day),
            confirmed=True,
        )

    with django_assert_num_queries(3):
        assert len(read(client, maya)) == 11


def test_a_phone_that_knows_it_all_is_told_so(client, maya, paid, bath):
    first = client.get(address(maya))
    same = client.get(address(maya), headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert (same["ETag"], same["Cache-Control"]) == (first["ETag"], "no-store")

    changes = [
        lambda: Booking.objects.update(sequence=1),
        lambda: Pet.objects.update(name="Olive"),
        lambda: ClosureFactory(starts_at=timezone.now(), ends_at=timezone.now() + timedelta(days=1)),
        lambda: Resource.objects.filter(pk=maya.pk).update(name="Maya M."),
        lambda: BookingFactory(
            variant=bath, resource=maya, starts_at=timezone.now() + timedelta(days=9), confirmed=True
        ),
    ]
    for change in changes:
        known = client.get(address(maya))["ETag"]
        change()
        assert client.get(address(maya), headers={"If-None-Match": known}).status_code == 200


def test_a_wrong_address_looks_like_one_that_never_was(client, maya, paid):
    old = address(maya)
    maya.renew_feed()
    never = reverse("checkout:feed", args=["x" * 32])
    client.get("/")  # which gives the browser its cookies

    revoked, unknown, misspelt = (client.get(path) for path in (old, never, "/feeds/x.ics"))

    assert [answer.status_code for answer in (revoked, unknown, misspelt)] == [404, 404, 404]
    assert revoked.content == unknown.content == misspelt.content
    assert read(client, maya)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_to_be_read(client, maya, method):
    assert getattr(client, method)(address(maya)).status_code == 405


def test_a_name_cannot_write_lines_of_its_own(client, maya, cart, bath):
    Resource.objects.filter(pk=maya.pk).update(name="Maya\r\nX-EVIL:1")
    rex = PetDetails(name="Rex\r\nDTSTART:19700101T000000Z;", species=Species.DOG)
    pay(open_page(place(cart, pets={visit_of(cart).pk: rex})))

    answer = client.get(address(maya))

    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event.start > timezone.now()
    assert not [line for line in answer.content.splitlines() if line.startswith((b"X-EVIL", b"DTSTART:1970"))]


class TestTheSecretAddress:
    def page(self, resource) -> str:
        return reverse("admin:bookings_resource_feed", args=[resource.pk])

    def test_it_is_made_shown_renewed_and_stopped_in_the_admin(self, client, maya):
        sign_in(client, CATALOG_EDITORS)
        maya.stop_feed()
        assertContains(client.get(reverse("admin:bookings_resource_change", args=[maya.pk])), self.page(maya))
        assertContains(client.get(self.page(maya)), "There is no secret address yet.")

        assertContains(client.post(self.page(maya), {"renew": "1"}, follow=True), "new secret address")
        maya.refresh_from_db()
        first = maya.feed_token
        assert len(first) == 32
        assertContains(client.get(self.page(maya)), address(maya))

        client.post(self.page(maya), {"renew": "1"})
        maya.refresh_from_db()
        assert maya.feed_token != first
        assertNotContains(client.get(self.page(maya)), first)

        assertContains(client.post(self.page(maya), {"stop": "1"}, follow=True), "There is no secret address yet.")
        maya.refresh_from_db()
        assert maya.feed_token is None
        history = client.get(reverse("admin:bookings_resource_history", args=[maya.pk]))
        assertContains(history, "The calendar has a new secret address.")
        assertNotContains(history, first)

    def test_the_desk_may_not_see_it(self, client, maya):
        sign_in(client, FRONT_DESK)

        assert client.get(self.page(maya)).status_code == 403
        assert client.post(self.page(maya), {"renew": "1"}).status_code == 403

    def test_two_groomers_without_one_are_no_trouble(self, maya):
        maya.stop_feed()
        ResourceFactory().stop_feed()
