"""The three words of a line, the headline, and the timeline. Nothing is saved here: the words are a pure function."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings.models import Booking, BookingStatus, Resource
from checkout import states
from checkout.headline import headline
from checkout.models import EventKind, Order, OrderEvent, OrderLine, OrderStatus, ParcelStatus, Payment, PaymentStatus
from checkout.money_words import money_word
from checkout.timeline import actor_name, timeline
from petshop.core import clock
from tests.checkout.conftest import open_page, pay, place

NOW = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)


def order_of(*lines, status=OrderStatus.PAID, payments=(), handover="visit") -> Order:
    """An order with these lines and payments, as if it had been loaded."""
    for payment in payments:
        payment.may_have_refunds = False
    order = Order(
        total=sum((line.total for line in lines), Decimal(0)),
        pk=1,
        number="FP-7K3M9",
        email="ada@example.com",
        status=status,
        handover=handover,
        held_until=NOW + timedelta(hours=1),
    )
    order._prefetched_objects_cache = {"lines": Loaded(lines), "payments": Loaded(payments)}
    order.refunds = []
    return order


class Loaded(list):
    """What a prefetched relation looks like."""

    def all(self):
        return self


def visit(
    status=BookingStatus.CONFIRMED, *, starts_in=timedelta(days=2), kept=True, pet="Biscuit", due_later=Decimal(0)
) -> OrderLine:
    starts_at = NOW + starts_in
    line = OrderLine(
        kind="appointment",
        name="Bath and tidy",
        pet_name=pet,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        rules={"free_until": (starts_at - timedelta(days=1)).isoformat(), "late_fee_percent": 50},
        discount=Decimal(0),
        due_later=due_later,
        due_by=NOW + timedelta(days=1) if 0 < due_later < 35 else None,
        waived=Decimal(0),
    )
    line.total = Decimal(35)  # the database makes it
    if status:
        line.booking = Booking(
            pk=1,
            status=status,
            resource=Resource(name="Maya"),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            held_until=NOW + timedelta(minutes=30 if kept else -1) if status == BookingStatus.HELD else None,
        )
    return line


def parcel(state=ParcelStatus.TO_PACK, *, due_later=Decimal(0)) -> OrderLine:
    line = OrderLine(kind="product", name="Oat shampoo", parcel=state, discount=Decimal(0), due_later=due_later)
    line.due_by = NOW + timedelta(days=7) if due_later else None
    line.total, line.waived = Decimal("4.50"), Decimal(0)
    return line


def paid(amount) -> Payment:
    return Payment(status=PaymentStatus.SUCCEEDED, amount=Decimal(amount))


def codes(order, line):
    words = states.line_words(order, line, now=NOW)
    return words.money.code, words.fulfilment.code


# Money


@pytest.mark.parametrize(
    ("status", "payments", "code"),
    [
        (OrderStatus.PENDING, [], "unpaid"),
        (OrderStatus.PENDING, [PaymentStatus.OPEN], "unpaid"),
        (OrderStatus.PENDING, [PaymentStatus.EXPIRED, PaymentStatus.PROCESSING], "processing"),
        (OrderStatus.PENDING, [PaymentStatus.MISMATCH], "flagged"),
        (OrderStatus.EXPIRED, [PaymentStatus.EXPIRED], "unpaid"),
        (OrderStatus.PAID, [PaymentStatus.SUCCEEDED], "paid"),
        (OrderStatus.FULFILLED, [PaymentStatus.EXPIRED, PaymentStatus.SUCCEEDED], "paid"),
        (OrderStatus.CANCELLED, [PaymentStatus.SUCCEEDED], "paid"),
        (OrderStatus.CANCELLED, [], "unpaid"),
    ],
)
def test_money_has_one_word(status, payments, code):
    order = order_of(
        parcel(), status=status, payments=[Payment(status=each, amount=Decimal("4.50")) for each in payments]
    )

    assert money_word(order).code == code


def money_of(*lines, status=OrderStatus.CONFIRMED, payments=()):
    order = order_of(*lines, status=status, payments=payments)
    return [states.line_words(order, line, now=NOW).money.code for line in lines], money_word(order).code


def test_each_line_says_what_of_its_own_is_paid_and_the_order_what_needs_somebody():
    stay, food = visit(due_later=Decimal("24.50")), parcel()

    assert money_of(stay, food, payments=[paid("15.00")]) == (["deposit_paid", "paid"], "deposit_paid")
    both = [paid("15.00"), paid("24.50")]
    assert money_of(stay, food, status=OrderStatus.PAID, payments=both) == (["paid", "paid"], "paid")
    trying = [paid("15.00"), Payment(status=PaymentStatus.PROCESSING)]
    assert money_of(stay, food, payments=trying) == (["deposit_paid", "paid"], "deposit_paid")


def test_what_is_paid_at_the_shop_says_so_until_it_is_paid():
    bath, food = visit(due_later=Decimal(35)), parcel(due_later=Decimal("4.50"))

    assert money_of(bath, food) == (["to_pay", "to_pay"], "to_pay")
    assert money_of(bath, food, status=OrderStatus.PAID, payments=[paid("39.50")])[1] == "paid"


def test_what_is_to_be_paid_is_the_next_thing_its_customer_reads():
    stay = visit(due_later=Decimal("24.50"))
    order = order_of(stay, status=OrderStatus.CONFIRMED, payments=[paid("10.50")])
    day = states.day(stay.due_by)

    assert states.line_words(order, stay, now=NOW).next == f"Pay the remaining €24.50 by {day}."
    assert headline(order, now=NOW).lead == f"Your visit is booked. The remaining €24.50 is due by {day}."
    late = states.line_words(order, stay, now=NOW + timedelta(days=1)).next
    assert late.startswith("Pay the remaining €24.50 now: on ")
    bath = visit(due_later=Decimal(35))
    order = order_of(bath, status=OrderStatus.CONFIRMED)
    assert states.line_words(order, bath, now=NOW).next.endswith("and pay €35.00 at the shop.")
    assert headline(order, now=NOW).lead == "Your visit is booked. You pay €35.00 at the shop."
    bag = parcel(due_later=Decimal("4.50"))
    order = order_of(bag, status=OrderStatus.CONFIRMED)
    assert "and pay €4.50 at the shop." in states.line_words(order, bag, now=NOW).next


# Visits and parcels


@pytest.mark.parametrize(
    ("order_status", "booking_status", "kept", "code"),
    [
        (OrderStatus.PENDING, BookingStatus.HELD, True, "held"),
        (OrderStatus.PENDING, BookingStatus.HELD, False, "lapsed"),
        (OrderStatus.PENDING, BookingStatus.CANCELLED, True, "lapsed"),
        (OrderStatus.PENDING, None, True, "lapsed"),
        (OrderStatus.CONFIRMED, BookingStatus.CONFIRMED, True, "confirmed"),
        (OrderStatus.PAID, BookingStatus.CONFIRMED, True, "confirmed"),
        (OrderStatus.PAID, BookingStatus.CHECKED_IN, True, "checked_in"),
        (OrderStatus.PAID, BookingStatus.COMPLETED, True, "completed"),
        (OrderStatus.FULFILLED, BookingStatus.NO_SHOW, True, "no_show"),
        (OrderStatus.PAID, BookingStatus.CANCELLED, True, "lost"),
        (OrderStatus.PAID, None, True, "lost"),
        (OrderStatus.EXPIRED, None, True, "cancelled"),
        (OrderStatus.EXPIRED, BookingStatus.CANCELLED, True, "cancelled"),
        (OrderStatus.CANCELLED, BookingStatus.CANCELLED, True, "cancelled"),
    ],
)
def test_a_visit_has_one_word(order_status, booking_status, kept, code):
    line = visit(booking_status, kept=kept)

    assert codes(order_of(line, status=order_status), line)[1] == code


@pytest.mark.parametrize(
    ("order_status", "state", "code"),
    [
        (OrderStatus.PENDING, ParcelStatus.TO_PACK, "to_pack"),
        (OrderStatus.PAID, ParcelStatus.TO_PACK, "to_pack"),
        (OrderStatus.PAID, ParcelStatus.READY, "ready"),
        (OrderStatus.FULFILLED, ParcelStatus.HANDED_OVER, "handed_over"),
        (OrderStatus.PAID, ParcelStatus.CANCELLED, "sold_out"),
        (OrderStatus.EXPIRED, ParcelStatus.TO_PACK, "cancelled"),
        (OrderStatus.CANCELLED, ParcelStatus.TO_PACK, "cancelled"),
    ],
)
def test_a_parcel_has_one_word(order_status, state, code):
    line = parcel(state)

    assert codes(order_of(line, status=order_status), line)[1] == code


@pytest.mark.parametrize("order_status", OrderStatus.values)
@pytest.mark.parametrize("booking_status", [None, *(each for each in BookingStatus if each != BookingStatus.CLOSURE)])
def test_every_state_has_words_a_next_step_and_a_headline(order_status, booking_status):
    line, other = visit(booking_status), parcel()
    order = order_of(line, other, status=order_status)

    words = states.order_words(order, now=NOW)
    title = headline(order, now=NOW)

    assert words.reservation.label
    assert words.payment.label
    assert words.products.label
    assert words.next.endswith(".")
    assert title.title.endswith(".")
    assert title.lead.endswith(".")


# The next step


def test_the_customer_is_told_when_to_come():
    line = visit()
    day = states.day(line.starts_at)

    assert states.line_words(order_of(line), line, now=NOW).next == f"Bring Biscuit on {day} at 12:00."


def test_an_unpaid_order_says_by_when():
    line = visit(BookingStatus.HELD)
    order = order_of(line, status=OrderStatus.PENDING)

    assert states.line_words(order, line, now=NOW).next == "Pay by 13:00 to keep it."


def test_a_parcel_for_the_visit_is_packed_for_its_day():
    shampoo, bath = parcel(), visit()

    assert "for your visit on" in states.line_words(order_of(bath, shampoo), shampoo, now=NOW).next


def test_a_parcel_waits_at_the_desk_when_the_visit_is_lost():
    shampoo, bath = parcel(), visit(None)

    assert "at the desk" in states.line_words(order_of(bath, shampoo), shampoo, now=NOW).next


def test_of_several_lines_the_loudest_speaks_for_the_order():
    order = order_of(visit(BookingStatus.COMPLETED), visit(None), parcel(ParcelStatus.HANDED_OVER), parcel())

    words = states.order_words(order, now=NOW)

    assert (words.reservation.code, words.products.code) == ("lost", "to_pack")
    assert words.next == "We call you about another time or your money back."


def test_what_is_over_does_not_speak_while_something_is_not():
    words = states.order_words(order_of(visit(BookingStatus.COMPLETED), parcel(ParcelStatus.READY)), now=NOW)

    assert words.next == "Collect it at the desk."


def test_an_order_of_products_has_no_reservation():
    words = states.order_words(order_of(parcel()), now=NOW)

    assert words.reservation is None
    assert words.products.code == "to_pack"


# The headline


@pytest.mark.parametrize(
    ("starts_in", "title"),
    [
        (timedelta(hours=2), "See you today, Biscuit."),
        (timedelta(days=1), "See you tomorrow, Biscuit."),
    ],
)
def test_the_headline_names_the_pet_and_the_day(starts_in, title):
    assert headline(order_of(visit(starts_in=starts_in)), now=NOW).title == title


def test_within_a_week_the_day_has_its_name_and_later_its_date():
    near, far = visit(starts_in=timedelta(days=4)), visit(starts_in=timedelta(days=20))

    assert headline(order_of(near), now=NOW).title == f"See you {near.starts_at:%A}, Biscuit."
    assert headline(order_of(far), now=NOW).title == f"See you on {far.starts_at.day} {far.starts_at:%B}, Biscuit."


def test_two_pets_of_one_day_are_both_named():
    order = order_of(visit(starts_in=timedelta(days=1)), visit(starts_in=timedelta(days=1), pet="Olive"))

    assert headline(order, now=NOW).title == "See you tomorrow, Biscuit and Olive."


def test_a_lost_time_is_said_honestly():
    title = headline(order_of(visit(None), parcel()), now=NOW)

    assert title.title == "Your payment is here. Your time is not."


def test_while_the_bank_thinks_nobody_is_told_that_it_failed():
    order = order_of(parcel(), status=OrderStatus.PENDING, payments=[Payment(status=PaymentStatus.PROCESSING)])

    assert headline(order, now=NOW).title == "We are waiting for your bank."


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.EXPIRED])
def test_whose_money_is_not_what_we_expected_is_neither_asked_for_more_nor_told_that_nothing_was_charged(status):
    order = order_of(parcel(), status=status, payments=[Payment(status=PaymentStatus.MISMATCH)])

    assert headline(order, now=NOW).title == "We are looking at your payment."
    assert states.order_words(order, now=NOW).next == "We are looking at your payment, and we will write to you."


# The timeline


def event(kind, **details) -> OrderEvent:
    return OrderEvent(pk=1, kind=kind, actor="desk", cause="Because", details=details, at=NOW)


@pytest.mark.parametrize("kind", EventKind.values)
def test_every_event_has_an_icon_that_exists_and_a_text(kind):
    [entry] = timeline([event(kind, text="Called her", amount="39.50", card="Visa 4242")], for_staff=True)

    sprite = (settings.BASE_DIR / "static/img/icons.svg").read_text()
    assert f'id="i-{entry.icon}"' in sprite
    assert entry.text


def test_customers_do_not_read_notes_and_names_of_staff():
    events = [event(kind, text="Grumpy") for kind in EventKind.values]

    entries = timeline(events, for_staff=False)

    assert {entry.actor for entry in entries} == {""}
    assert not [entry for entry in entries if "Grumpy" in entry.text + entry.detail]
    assert len(entries) < len(events)


def test_the_newest_comes_first_with_what_was_paid():
    placed, paid = event(EventKind.PLACED), event(EventKind.PAID, amount="39.50", card="Visa 4242")
    paid.at += timedelta(minutes=5)

    first, second = timeline([placed, paid], for_staff=False)

    assert (first.text, first.detail) == ("Payment of €39.50 received", "Visa ending 4242")
    assert second.text == "Order placed"


def test_who_did_it_is_said_to_staff():
    assert actor_name("customer") == "Customer"
    assert actor_name("shop") == "Shop"
    assert actor_name("desk") == "desk"


@pytest.mark.django_db
def test_the_words_cost_no_query_once_the_order_is_loaded(cart):
    order = place(cart)
    pay(open_page(order))
    [loaded] = Order.objects.with_lines()
    now = clock.now()

    with CaptureQueriesContext(connection) as captured:
        words = states.order_words(loaded, now=now)
        headline(loaded, now=now)
        states.shown_lines(loaded, now=now)

    assert len(captured) == 0
    assert (words.reservation.code, words.payment.code, words.products.code) == ("confirmed", "paid", "to_pack")
