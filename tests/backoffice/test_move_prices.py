"""Staff move a visit to nights of another price: they see both prices first, and say which of them holds."""

from datetime import UTC, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from bookings.models import Season
from checkout.models import EventKind, Refund, VisitChange
from tests.checkout.conftest import ten_tomorrow as ten_tomorrow
from tests.checkout.test_moving import events
from tests.checkout.test_moving import stay as stay
from tests.checkout.test_quotes import SHOWN, halved, is_healthy, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def cheap(stay, ten_tomorrow):
    """EUR 30.00 instead of EUR 40.00."""
    return halved(stay, ten_tomorrow.replace(hour=15) + timedelta(days=10))


def press(desk, line, start, **typed):
    address = reverse("backoffice:visit_time", args=[line.order.number, line.pk])
    said = {"reason": "She called", "start": start.astimezone(UTC).isoformat(), "resource": ""}
    return desk.post(address, said | typed)


def test_a_time_of_another_price_is_first_shown_with_both(desk, stay, cheap):
    page = press(desk, stay, cheap)

    for name, words in [("old", "€40.00"), ("new", "€30.00"), ("fee", "None"), ("comes-back", "€10.00")]:
        assertContains(page, f'<dd data-testid="{name}">{words}</dd>', html=True)
    assertContains(page, "Move it, and send €10.00 back")
    assertContains(page, 'name="reason" value="She called"')
    assert read(stay).booking.sequence == 0


def test_for_what_it_costs_there_the_difference_goes_back(desk, stay, cheap):
    answer = press(desk, stay, cheap, price="quoted", **SHOWN)

    assertRedirects(answer, reverse("backoffice:order", args=[stay.order.number]), fetch_redirect_response=False)
    assert (read(stay).booking.starts_at, read(stay).worth) == (cheap, 30)
    refund = Refund.objects.get()
    assert (refund.amount, refund.origin, refund.actor) == (10, "shop", desk.user.get_username())
    [event] = events(stay, EventKind.VISIT_MOVED)
    assert event.cause == "She called"
    assert is_healthy()


def test_for_what_was_paid_nothing_goes_back(desk, stay, cheap):
    press(desk, stay, cheap, price="paid", **SHOWN)

    assert (read(stay).booking.starts_at, read(stay).worth) == (cheap, 40)
    assert not Refund.objects.exists()
    assert is_healthy()


def test_amounts_that_are_not_so_any_more_are_shown_anew(desk, stay, cheap):
    Season.objects.update(percent=-25)

    page = press(desk, stay, cheap, price="quoted", **SHOWN)

    assertContains(page, "Meanwhile the new time costs €35.00, and €5.00 comes back.", status_code=422)
    assert read(stay).booking.sequence == 0


@pytest.mark.parametrize(
    "typed", [{"price": "free"}, {"price": "quoted"}, {"price": "quoted", **SHOWN, "back": "NaN"}, {"price": "\x00"}]
)
def test_what_cannot_be_read_moves_nothing(desk, stay, cheap, typed):
    assertContains(press(desk, stay, cheap, **typed), "Move it for what was paid")

    assert read(stay).booking.sequence == 0


@pytest.fixture
def dear(stay, ten_tomorrow):
    """EUR 60.00 instead of EUR 40.00."""
    Season.objects.create(offering=stay.variant.offering, name="Holidays", percent=50)
    return ten_tomorrow.replace(hour=15) + timedelta(days=3)


MORE = {"old": "40.00", "new": "60.00", "back": "0.00", "pay": "20.00"}


def change_page(line):
    return reverse("backoffice:change", args=[line.order.number])


def test_a_dearer_time_can_be_moved_to_for_what_was_paid(desk, stay, dear):
    page = press(desk, stay, dear)
    assertContains(page, '<dd data-testid="to-pay">€20.00</dd>', html=True)
    assertContains(page, "Keep it, and ask for €20.00")

    press(desk, stay, dear, price="paid", **MORE)

    assert (read(stay).booking.starts_at, read(stay).worth) == (dear, 40)
    assert is_healthy()


def test_asked_for_the_difference_both_times_are_kept_and_the_page_says_what_to_do(desk, stay, dear):
    answer = press(desk, stay, dear, price="quoted", **MORE)

    assertRedirects(answer, change_page(stay), fetch_redirect_response=False)
    assert read(stay).booking.sequence == 0
    change = VisitChange.objects.get()
    assert (change.amount, change.actor, change.cause) == (20, desk.user.get_username(), "She called")
    page = desk.get(change_page(stay))
    assertContains(page, "€20.00 taken, move it")
    assertContains(page, stay.order.get_absolute_url())
    assertContains(desk.get(reverse("backoffice:order", args=[stay.order.number])), "for €20.00 more")


def test_taken_at_the_desk_it_moves(desk, stay, dear):
    press(desk, stay, dear, price="quoted", **MORE)

    answer = desk.post(change_page(stay), {"method": "cash", "note": "", "agreed": "20.00", "press": str(uuid4())})

    assertRedirects(answer, reverse("backoffice:order", args=[stay.order.number]), fetch_redirect_response=False)
    assert read(stay).booking.starts_at == dear
    assert read(stay).order.total == 60
    assert is_healthy()


def test_what_is_missing_at_the_desk_is_said_and_takes_nothing(desk, stay, dear):
    press(desk, stay, dear, price="quoted", **MORE)

    page = desk.post(change_page(stay), {"note": "Terminal 7", "agreed": "20.00", "press": str(uuid4())})

    assertContains(page, '<a href="#id_method">Choose how it was paid.</a>', status_code=422)
    assertContains(page, 'id="id_method" tabindex="-1" aria-describedby="id_method_error"', status_code=422)
    assertContains(page, 'class="field__error" id="id_method_error"', status_code=422)
    assertContains(page, "Terminal 7", status_code=422)
    assert read(stay).booking.sequence == 0


def test_let_go_the_visit_stays_and_the_page_is_gone(desk, stay, dear):
    press(desk, stay, dear, price="quoted", **MORE)

    desk.post(change_page(stay), {"act": "end"})

    assert VisitChange.objects.get().status == "ended"
    assert read(stay).booking.sequence == 0
    assertRedirects(
        desk.get(change_page(stay)),
        reverse("backoffice:order", args=[stay.order.number]),
        fetch_redirect_response=False,
    )
    assert is_healthy()
