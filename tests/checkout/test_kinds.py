"""Stays, seats, classes and what needs a tub besides: from the page to the order, each with its own price and places."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from backoffice.audit.queries import violations
from bookings.models import Booking, BookingStatus
from bookings.operations import SlotTaken, hold_booking
from checkout import emails, operations
from checkout.models import Cart, CartLine, Order, OrderLineNight
from tests import kinds
from tests.checkout.conftest import details_for, open_page, pay, place
from tests.checkout.customer import carrying
from tests.factories import SeasonFactory
from tests.kinds import in_days, next_weekday, on

pytestmark = pytest.mark.django_db

CART = "/cart/"


def press(client, variant, *starts, **more):
    typed = {"variant": variant.pk, "start": [start.isoformat() for start in starts], "resource": ""}
    return client.post("/cart/visits/", typed | more)


def buy(cart):
    order = place(cart)
    pay(open_page(order))
    order.refresh_from_db()
    return order


class TestStays:
    def test_three_nights_are_held_and_priced_night_by_night(self, client):
        kennel = kinds.boarding()
        SeasonFactory(offering=kennel.offering)
        friday = next_weekday(4)

        response = press(client, kennel, on(friday, "15:00"), nights=3)

        assertRedirects(response, CART, status_code=303)
        line = CartLine.objects.get()
        assert (line.booking.starts_at, line.booking.ends_at) == (
            on(friday, "15:00"),
            on(friday + timedelta(days=3), "11:00"),
        )
        assert [night.price for night in line.nights] == [Decimal("36.00"), Decimal("36.00"), Decimal("30.00")]
        assert (line.price, line.total) == (Decimal("102.00"), Decimal("102.00"))
        page = client.get(CART)
        assertContains(page, "€36.00", count=2)
        assertContains(page, '<dd data-testid="total">€102.00</dd>', html=True)

    def test_percentages_of_two_seasons_add_up(self):
        kennel = kinds.boarding()
        friday = next_weekday(4)
        SeasonFactory(offering=kennel.offering)
        SeasonFactory(
            offering=kennel.offering, name="Fair", weekdays=[], first_night=friday, last_night=friday, percent=15
        )

        cart = Cart.objects.create()
        line = operations.add_visit(cart, kennel, starts_at=on(friday, "15:00"), nights=1)

        assert line.price == Decimal("40.50")

    def test_each_night_keeps_the_price_it_was_sold_at(self):
        kennel = kinds.boarding()
        cart = Cart.objects.create()
        operations.add_visit(cart, kennel, starts_at=on(in_days(3), "15:00"), nights=2)

        order = buy(cart)
        SeasonFactory(offering=kennel.offering, weekdays=[], percent=100)

        line = order.lines.get()
        assert [(night.day, night.price) for night in line.nights.all()] == [
            (in_days(3), Decimal("30.00")),
            (in_days(4), Decimal("30.00")),
        ]
        assert (line.unit_price, order.total) == (Decimal("60.00"), Decimal("60.00"))
        for change in (
            lambda: OrderLineNight.objects.update(price=1),
            lambda: OrderLineNight.objects.all().delete(),
            lambda: OrderLineNight.objects.create(line=line, day=in_days(9), price=1),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                change()

    def test_the_order_and_its_mail_say_both_days_and_each_night(self, client):
        kennel = kinds.boarding()
        cart = Cart.objects.create()
        operations.add_visit(cart, kennel, starts_at=on(in_days(3), "15:00"), nights=2)

        order = buy(cart)

        begins, ends = f"{in_days(3):%A} {in_days(3):%-d %B}", f"{in_days(5):%A} {in_days(5):%-d %B}"
        page = client.get(order.get_absolute_url())
        assertContains(page, f"{begins}, 15:00, to {ends}, 11:00")
        assertContains(page, "€30.00", count=2)
        assertNotContains(page, "With Kennels")
        mail = emails.confirmation(Order.objects.with_lines().get(pk=order.pk))
        assert f"{begins}, 15:00, to {ends}, 11:00" in mail.body
        assert "with Kennels" not in mail.body

    def test_a_dearer_season_that_came_meanwhile_needs_a_new_yes(self):
        kennel = kinds.boarding()
        cart = Cart.objects.create()
        operations.add_visit(cart, kennel, starts_at=on(in_days(3), "15:00"), nights=2)
        SeasonFactory(offering=kennel.offering, weekdays=[], percent=10)

        with pytest.raises(operations.PriceRose):
            operations.place_order(cart, details=details_for(cart), agreed_total=Decimal(60))

    @pytest.mark.parametrize("nights", [1, 15])
    def test_fewer_or_more_nights_than_are_offered_are_refused(self, nights):
        kennel = kinds.boarding(nights_at_least=2)

        with pytest.raises(SlotTaken):
            hold_booking(kennel, starts_at=on(in_days(3), "15:00"), nights=nights)

    @pytest.mark.parametrize("nights", ["0", "-1", "1.5", "many", "91", "9" * 400])
    def test_nights_that_make_no_sense_get_a_sentence(self, client, nights):
        kennel = kinds.boarding()

        response = press(client, kennel, on(in_days(3), "15:00"), nights=nights)

        assert response.status_code == 422
        assertContains(response, "Choose how many nights.", status_code=422)
        assert not Booking.objects.exists()

    def test_a_guest_who_leaves_makes_room_for_one_who_comes_that_day(self):
        kennel = kinds.boarding(kennels=1)
        hold_booking(kennel, starts_at=on(in_days(3), "15:00"), nights=2)

        with pytest.raises(SlotTaken):
            hold_booking(kennel, starts_at=on(in_days(4), "15:00"), nights=1)
        hold_booking(kennel, starts_at=on(in_days(5), "15:00"), nights=1)
        hold_booking(kennel, starts_at=on(in_days(2), "15:00"), nights=1)

    def test_the_page_shows_the_nights_and_their_price(self, client):
        kennel = kinds.boarding()
        SeasonFactory(offering=kennel.offering)
        friday = next_weekday(4)

        page = client.get(kennel.offering.get_absolute_url(), {"day": friday.isoformat(), "nights": 3})

        assertContains(page, '<option value="3" selected>3 nights</option>', html=True)
        assertContains(page, '<dd data-testid="visit-total">€102.00</dd>', html=True)
        assertContains(page, "Weekend")
        assertContains(page, '<input type="hidden" name="nights" value="3">', html=True)
        assertContains(page, "Check-in from 15:00, check-out by 11:00.")
        assertNotContains(page, "Who would you like?")

    @pytest.mark.parametrize("nights", ["", "0", "x", "99", "²", "9" * 50])
    def test_an_address_with_odd_nights_shows_some_that_are_offered(self, client, nights):
        kennel = kinds.boarding(nights_at_least=2)

        page = client.get(kennel.offering.get_absolute_url(), {"nights": nights})

        assert 2 <= page.context["picker"].nights <= 14

    def test_a_full_night_makes_its_days_full_and_not_closed(self, client):
        kennel = kinds.boarding(kennels=1)
        hold_booking(kennel, starts_at=on(in_days(3), "15:00"), nights=2)

        picker = client.get(kennel.offering.get_absolute_url(), {"nights": 2}).context["picker"]

        assert [picker.calendar.free_times(day, day)[day] == [] for day in map(in_days, (2, 3, 4))] == [True] * 3
        assert {in_days(2), in_days(3), in_days(4)} <= picker.calendar.open_days(in_days(2), in_days(4))


class TestSeats:
    def test_several_days_are_taken_at_once_each_as_a_line_of_its_own(self, client):
        day = kinds.daycare()

        response = press(client, day, *(on(in_days(number), "08:00") for number in (5, 3, 4, 4)))

        assertRedirects(response, CART, status_code=303)
        lines = CartLine.objects.order_by("pk")
        assert [line.wanted_start for line in lines] == [on(in_days(number), "08:00") for number in (3, 4, 5)]
        assertContains(client.get(CART), '<dd data-testid="total">€72.00</dd>', html=True)

    def test_all_of_the_days_or_none(self, client):
        day = kinds.daycare(places=1)
        hold_booking(day, starts_at=on(in_days(4), "08:00"))

        response = press(client, day, *(on(in_days(number), "08:00") for number in (3, 4)))

        assert response.status_code == 303
        assert f"day={in_days(4)}" in response.headers["Location"]
        assert not CartLine.objects.exists()
        assert Booking.objects.count() == 1

    def test_the_same_press_twice_takes_the_days_once(self, client):
        day = kinds.daycare()
        starts = [on(in_days(number), "08:00") for number in (3, 4)]

        press(client, day, *starts, press="again")
        press(client, day, *starts, press="again")

        assert CartLine.objects.count() == 2

    def test_a_room_takes_as_many_as_it_has_places(self):
        day = kinds.daycare(places=2)
        for _guest in range(2):
            hold_booking(day, starts_at=on(in_days(3), "08:00"))

        with pytest.raises(SlotTaken):
            hold_booking(day, starts_at=on(in_days(3), "08:00"))

    def test_the_page_offers_the_days_of_the_month_as_boxes(self, client):
        day = kinds.daycare()

        page = client.get(day.offering.get_absolute_url())

        assertContains(page, "Several days at once")
        assertContains(page, 'type="checkbox" name="start"', count=len(page.context["picker"].days))


class TestClasses:
    def test_a_single_date_takes_a_place_of_that_date_only(self):
        single, _course = kinds.puppy_school(places=1)
        first, second = single.offering.class_dates.all()[:2]

        hold_booking(single, starts_at=first.starts_at)

        with pytest.raises(SlotTaken):
            hold_booking(single, starts_at=first.starts_at)
        hold_booking(single, starts_at=second.starts_at)

    def test_a_whole_course_is_a_place_at_each_of_its_dates(self, client):
        _single, course = kinds.puppy_school()
        dates = list(course.offering.class_dates.all())

        press(client, course, dates[0].starts_at)

        booking = CartLine.objects.get().booking
        assert [part.starts_at for part in booking.family] == [date.starts_at for date in dates]
        assertContains(client.get(CART), "€40.00")

    def test_a_full_date_in_the_middle_refuses_the_course_and_leaves_nothing_behind(self):
        single, course = kinds.puppy_school(places=1)
        first, second, _third = single.offering.class_dates.all()
        hold_booking(single, starts_at=second.starts_at)

        with pytest.raises(SlotTaken):
            hold_booking(course, starts_at=first.starts_at)

        assert Booking.objects.count() == 1

    def test_a_paid_course_is_confirmed_on_all_its_dates_and_says_them(self, client):
        _single, course = kinds.puppy_school()
        cart = Cart.objects.create()
        operations.add_visit(cart, course, starts_at=course.offering.class_dates.first().starts_at)

        order = buy(cart)

        assert set(Booking.objects.values_list("status", flat=True)) == {BookingStatus.CONFIRMED}
        assert len(order.lines.get().dates) == 3
        page = client.get(order.get_absolute_url())
        for date in course.offering.class_dates.all():
            assertContains(page, f"{date.starts_at.astimezone():%-d %B}")
        assert violations(connection) == []

    def test_the_page_says_how_many_places_are_left(self, client):
        single, course = kinds.puppy_school(places=5)
        first = single.offering.class_dates.first()
        hold_booking(single, starts_at=first.starts_at)

        page = client.get(single.offering.get_absolute_url(), {"variant": single.pk})
        whole = client.get(single.offering.get_absolute_url(), {"variant": course.pk})

        assertContains(page, "4 places left")
        assertContains(whole, "4 places left")
        assertContains(whole, "Keep the course from")

    def test_a_day_without_a_class_says_so(self, client):
        single, _course = kinds.puppy_school()

        page = client.get(single.offering.get_absolute_url())

        assertContains(page, "no class")


class TestTwoThingsAtOnce:
    def test_two_groomers_and_one_tub_bathe_one_dog_at_a_time(self):
        bath = kinds.bath_in_a_tub()
        hold_booking(bath, starts_at=on(in_days(1), "10:00"))

        with pytest.raises(SlotTaken):
            hold_booking(bath, starts_at=on(in_days(1), "10:30"))
        hold_booking(bath, starts_at=on(in_days(1), "11:00"))

    @pytest.mark.parametrize("change", [{"is_active": False}, {"sizes": ["small"]}, {"species": ["cat"]}])
    def test_a_bath_does_not_do_without_a_tub_that_is_broken_or_too_small(self, change):
        bath = kinds.bath_in_a_tub()
        bath.pet_size = "large"
        bath.offering.rules.equipment.update(**change)

        with pytest.raises(SlotTaken):
            hold_booking(bath, starts_at=on(in_days(1), "10:00"))

    def test_the_page_of_a_bath_whose_only_tub_is_broken_says_closed(self, client):
        bath = kinds.bath_in_a_tub()
        bath.offering.rules.equipment.update(is_active=False)

        page = client.get(bath.offering.get_absolute_url())

        assertContains(page, "closed")
        assertNotContains(page, 'data-testid="slot"')

    def test_the_tub_is_let_go_with_its_visit(self, client):
        bath = kinds.bath_in_a_tub()
        press(client, bath, on(in_days(1), "10:00"))
        line = CartLine.objects.get()
        assert [each.resource.name for each in line.booking.family][1] == "Tub 0"

        operations.remove_line(line)

        hold_booking(bath, starts_at=on(in_days(1), "10:00"))

    def test_a_lapsed_hold_of_the_tub_gives_way_as_a_whole(self):
        bath = kinds.bath_in_a_tub()
        lost = hold_booking(bath, starts_at=on(in_days(1), "10:00"))
        Booking.objects.update(held_until=lost.created_at - timedelta(minutes=1))

        hold_booking(bath, starts_at=on(in_days(1), "10:30"))

        assert set(Booking.objects.families_of([lost]).values_list("status", flat=True)) == {BookingStatus.CANCELLED}

    def test_a_paid_bath_keeps_groomer_and_tub_and_the_audit_agrees(self):
        bath = kinds.bath_in_a_tub()
        cart = Cart.objects.create()
        operations.add_visit(cart, bath, starts_at=on(in_days(1), "10:00"))

        buy(cart)

        assert Booking.objects.filter(status=BookingStatus.CONFIRMED).count() == 2
        assert violations(connection) == []


def test_everything_goes_into_one_basket_and_is_paid_once(client):
    kennel, day, bath = kinds.boarding(), kinds.daycare(), kinds.bath_in_a_tub()
    _single, course = kinds.puppy_school()
    press(client, kennel, on(in_days(30), "15:00"), nights=2)
    press(client, day, on(in_days(3), "08:00"))
    press(client, bath, on(in_days(4), "10:00"))
    press(client, course, course.offering.class_dates.first().starts_at)
    cart = Cart.objects.get()

    order = buy(cart)

    assert order.total == Decimal("60.00") + Decimal("24.00") + Decimal("35.00") + Decimal("40.00")
    assert Order.objects.get().is_paid
    page = carrying(client, cart).get(order.get_absolute_url())
    assert page.status_code == 200
    assert violations(connection) == []
