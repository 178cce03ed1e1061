"""What a customer whose money came too late sees, and what each press does; and what staff see meanwhile."""

from datetime import UTC
from decimal import Decimal

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bookings.models import Booking, BookingStatus
from bookings.operations import hold_booking
from catalog.models import Offering
from catalog.operations import move_stock
from checkout.models import Order, OrderLine, OrderStatus, ParcelStatus, Refund
from tests import kinds
from tests.checkout.conftest import open_page, place
from tests.checkout.test_late import (
    due,
    lapse,
    pay_late,
)
from tests.checkout.test_late import lost as lost
from tests.checkout.test_late import order as order
from tests.checkout.test_late import sold_out as sold_out
from tests.checkout.test_late import two_tomorrow as two_tomorrow
from tests.factories import CartFactory, ResourceFactory, SeasonFactory, UserFactory
from tests.kinds import next_weekday, on
from tests.pages.test_crawl import everything

pytestmark = pytest.mark.django_db(transaction=True)


def address(line, page=""):
    return f"{line.order.get_absolute_url()}{page}"


def choose(client, line, choice, *, number=None, **typed):
    place = number or list(line.order.lines.values_list("pk", flat=True)).index(line.pk) + 1
    return client.post(address(line, "choice/"), {"line": place, "choice": choice} | typed)


def press(client, line, start):
    return client.post(address(line, "reschedule/?line=1"), {"start": start.astimezone(UTC).isoformat()})


@pytest.fixture
def office(client):
    client.force_login(UserFactory(staff=True, is_superuser=True))
    return client


class TestTheOrdersPage:
    def test_p04_it_says_sorry_until_when_and_what_can_be_chosen(self, client, lost):
        page = client.get(address(lost))

        assertContains(page, "Your payment is here. Your time is not.")
        assertContains(page, "We are sorry")
        assertContains(page, "You choose what happens now.")
        assertContains(page, 'data-testid="nearest"', count=3)
        assertContains(page, "Choose another time")
        assertContains(page, "Send €35.00 back")
        assertContains(page, "Choose another time or your money back by ")

    def test_p25_looking_changes_nothing(self, client, lost):
        before = everything()

        for page in ("", "reschedule/?line=1"):
            for method in ("get", "head"):
                assert getattr(client, method)(address(lost, page)).status_code == 200
        assert client.get(address(lost, "choice/")).status_code == 405

        assert everything() == before

    def test_the_nearest_times_are_really_free_and_one_press_books_one(self, client, lost):
        page = client.get(address(lost))
        start = page.context["visits"][0].choices.times[0].starts_at

        answer = press(client, lost, start)

        assertRedirects(answer, address(lost), status_code=303, fetch_redirect_response=False)
        visit = Booking.objects.get(order_line=lost)
        assert (visit.starts_at, visit.status) == (start, BookingStatus.CONFIRMED)
        page = client.get(address(lost))
        assertContains(page, "Another time chosen: ")
        assertNotContains(page, "You choose what happens now.")
        assertContains(page, "Add to calendar")

    def test_a_time_that_was_just_taken_offers_the_nearest_ones(self, client, lost, two_tomorrow, bath):
        hold_booking(bath, starts_at=two_tomorrow)

        answer = press(client, lost, two_tomorrow)

        assert answer.status_code == 303
        page = client.get(answer["Location"])
        assertContains(page, "14:00 on ")
        assertContains(page, "has just been taken.")
        assertNotContains(page, "Your visit stays where it is")
        lost.refresh_from_db()
        assert lost.choose_by

    def test_the_money_goes_back_with_one_press_and_no_second(self, client, lost):
        for _press in range(2):
            answer = choose(client, lost, "money", amount="35.00")
            assertRedirects(answer, address(lost), status_code=303, fetch_redirect_response=False)

        assert Refund.objects.get().amount == Decimal("35.00")
        page = client.get(address(lost))
        assertContains(page, "€35.00 is on its way back to you.")
        assertContains(page, "Being sent back")
        assertNotContains(page, 'data-testid="nearest"')

    def test_less_than_was_shown_is_shown_again_first(self, client, lost):
        choose(client, lost, "money", amount="36.00")

        assert not Refund.objects.exists()
        assertContains(client.get(address(lost)), "Only €35.00 of")

    def test_once_two_days_are_over_it_says_that_the_money_is_being_sent(self, client, lost):
        due(lost)

        assertContains(client.get(address(lost)), "We are sending your money back.")

    def test_a_sold_out_product_can_be_waited_for_and_kept_once_it_is_back(self, client, sold_out, shampoo):
        assertNotContains(client.get(address(sold_out)), 'data-testid="after-all"')
        move_stock(shampoo, 1, reason="received", actor="maya")
        assertContains(client.get(address(sold_out)), 'data-testid="after-all"')

        choose(client, sold_out, "product")

        sold_out.refresh_from_db()
        assert sold_out.parcel == ParcelStatus.TO_PACK
        assertContains(client.get(address(sold_out)), "is here again, and we pack it for you.")

    def test_what_is_not_offered_any_more_leaves_the_money(self, client, lost):
        Offering.objects.filter(pk=lost.variant.offering_id).update(is_published=False)

        page = client.get(address(lost))

        assertContains(page, "We do not offer this any more.")
        assertNotContains(page, 'data-testid="nearest"')
        assertContains(page, "Send €35.00 back")
        assertContains(client.get(address(lost, "reschedule/?line=1")), "We do not offer this any more.")

    def test_of_nights_only_those_of_the_same_price_are_offered(self, client, shampoo):
        kennel = kinds.boarding()
        SeasonFactory(offering=kennel.offering)
        thursday = next_weekday(3)
        stay = hold_booking(kennel, starts_at=on(thursday, "15:00"), nights=1)
        order = place(CartFactory(holding=[stay, shampoo]))
        open_page(order)
        lapse(order)
        hold_booking(kennel, starts_at=on(thursday, "15:00"), nights=1)
        lost = pay_late(order).lines.visits().get()

        times = client.get(address(lost)).context["visits"][0].choices.times

        assert len(times) == 3
        assert not {free.starts_at.astimezone().weekday() for free in times} & {3, 4, 5}

    def test_all_of_it_lost_says_that_all_of_it_goes_back(self, client, bath, ten_tomorrow):
        order = place(CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow)]))
        open_page(order)
        lapse(order)
        hold_booking(bath, starts_at=ten_tomorrow)
        order = pay_late(order)

        page = client.get(order.get_absolute_url())

        assert order.status == OrderStatus.CANCELLED
        assertContains(page, "Your money came too late, and goes back to you.")
        assertContains(page, "We are sorry")
        assertContains(page, "€35.00 is on its way back to you.")
        assertContains(page, "A time was no longer free")


class TestThePicker:
    def test_it_says_that_the_time_was_gone_and_marks_none_as_the_present_one(self, client, lost):
        page = client.get(address(lost, "reschedule/?line=1"))

        assertContains(page, "was gone when your money came")
        assertContains(page, 'data-testid="slot"')
        assertNotContains(page, 'data-testid="current"')
        assertNotContains(page, "your visit now")
        assertNotContains(page, "Keep the time I have")

    def test_with_somebody_else(self, client, lost, bath, ten_tomorrow):
        ResourceFactory(name="Tom", slug="tom", services=[bath.offering])

        answer = client.post(
            address(lost, "reschedule/?line=1"),
            {"start": ten_tomorrow.astimezone(UTC).isoformat(), "resource": "tom"},
        )

        assert answer.status_code == 303
        assert Booking.objects.get(order_line=lost).resource.slug == "tom"

    def test_of_a_visit_of_which_no_trace_is_left(self, client, lost, two_tomorrow):
        OrderLine.objects.filter(pk=lost.pk).update(booking=None)

        assertContains(client.get(address(lost)), 'data-testid="nearest"', count=3)
        assertContains(client.get(address(lost, "reschedule/?line=1")), 'data-testid="slot"')
        assert press(client, lost, two_tomorrow).status_code == 303
        assert Booking.objects.get(order_line=lost).status == BookingStatus.CONFIRMED


class TestHostileHands:
    @pytest.mark.parametrize("number", ["0", "-1", "3", "999999", "one", "1.0", ""])
    def test_a01_a_line_that_is_not_of_this_order_is_unknown(self, client, lost, number):
        assert choose(client, lost, "money", number=number or "none", amount="35.00").status_code == 404
        assert not Refund.objects.exists()

    def test_an_answer_that_does_not_exist_changes_nothing(self, client, lost):
        for choice in ("", "everything", "product"):
            assert choose(client, lost, choice, amount="35.00").status_code == 303

        lost.refresh_from_db()
        assert lost.choose_by
        assertContains(client.get(address(lost)), "Please choose one of the buttons.")

    def test_who_waits_for_nothing_gets_nothing(self, client, lost):
        shampoo = lost.order.lines.products().get()

        choose(client, shampoo, "money", amount="4.50")
        choose(client, shampoo, "product")

        assert not Refund.objects.exists()
        assert Order.objects.get(pk=lost.order_id).status == OrderStatus.PAID

    @pytest.mark.parametrize("amount", ["", "NaN", "-1", "1e9", "x", "Infinity", "35.01"])
    def test_p21_the_amount_that_is_sent_is_ours(self, client, lost, amount):
        choose(client, lost, "money", amount=amount)

        assert not Refund.objects.exists()


class TestTheOffice:
    def test_staff_see_it_until_it_is_answered(self, office, lost, two_tomorrow):
        page = office.get("/backoffice/attention/")
        assertContains(page, lost.order.number)
        assertContains(page, "paid, but no longer to be had")
        assertContains(
            office.get(f"/backoffice/orders/{lost.order.number}/"), "Choose another time or your money back by"
        )

        press(office, lost, two_tomorrow)

        assertNotContains(office.get("/backoffice/attention/"), lost.order.number)
        assertContains(office.get(f"/backoffice/orders/{lost.order.number}/"), "Another time chosen")
