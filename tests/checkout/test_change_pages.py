"""A dearer time on its customer's pages: what it costs more, both times kept, paid, or kept as it was."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bookings.operations import hold_booking
from checkout.models import ChangeStatus, OrderLine, VisitChange
from petshop.core import clock
from petshop.core.templatetags.shop import day_short
from tests.checkout.conftest import pay
from tests.checkout.test_changes import asked, is_healthy, paid_page, read, run_out
from tests.checkout.test_changes import dear as dear
from tests.checkout.test_moving import stay as stay
from tests.checkout.test_quotes import page_of, press

pytestmark = pytest.mark.django_db

SHOWN = {"old": "40.00", "new": "50.00", "back": "0", "pay": "10.00"}


def page(client, line):
    return client.get(line.order.get_absolute_url())


def change_of(line):
    return reverse("checkout:change", args=[line.order.token])


def test_a_dearer_time_that_is_pressed_shows_both_prices_the_fee_and_what_is_to_be_paid(client, stay, dear):
    answer = press(client, stay, dear)

    shown = client.get(answer.url)
    assert answer.status_code == 303
    for name, words in [("old", "€40.00"), ("new", "€50.00"), ("fee", "None"), ("to-pay", "€10.00")]:
        assertContains(shown, f'<dd data-testid="{name}">{words}</dd>', html=True)
    assertContains(shown, "Pay €10.00, and move")
    for name, amount in SHOWN.items():
        assertContains(shown, f'name="{name}" value="{amount}"')
    assert not VisitChange.objects.exists()


def test_the_second_press_keeps_both_times_and_goes_on_to_the_payment_page(client, stay, dear):
    answer = press(client, stay, dear, **SHOWN)

    change = VisitChange.objects.get()
    attempt = change.payments.get()
    assert (answer.status_code, answer.url) == (303, attempt.session_url)
    assert change.booking.starts_at == dear
    assert read(stay).booking.sequence == 0
    assertContains(page(client, stay), "That costs €10.00 more. Both times are kept for you until")
    pay(attempt)
    paid = page(client, stay)
    assertNotContains(paid, 'data-testid="change"')
    assertContains(paid, "Difference of €10.00 received")
    assertContains(paid, "It costs €50.00 instead of €40.00.")
    assertContains(paid, "Another time: Boarding, Medium dog")
    assert read(stay).booking.starts_at == dear
    assert is_healthy()


def test_the_nights_that_were_sold_are_listed_only_for_as_long_as_they_are_the_visits(client, stay, dear):
    night = stay.nights.first()
    listed = f"<small>{day_short(night.day)}, €20.00</small>"
    assertContains(page(client, stay), listed)

    press(client, stay, dear, **SHOWN)
    pay(VisitChange.objects.get().payments.get())

    assertNotContains(page(client, stay), listed)


def test_the_page_on_which_a_stay_is_moved_says_that_another_price_is_seen_first(client, stay):
    shown = client.get(page_of(stay))

    assertContains(shown, "for the same price your visit moves there at once, for another one you see it first")


def test_back_from_stripe_it_is_asked_whether_the_money_came(client, stay, dear):
    press(client, stay, dear, **SHOWN)
    attempt = VisitChange.objects.get().payments.get()
    pay(attempt, delivery="never")

    client.get(stay.order.get_absolute_url(), {"session": attempt.session_id})

    assert read(stay).booking.starts_at == dear


def test_pressed_again_on_the_orders_page_it_is_the_same_payment_page(client, stay, dear):
    first = press(client, stay, dear, **SHOWN).url

    assert client.post(change_of(stay)).url == first


def test_whoever_keeps_the_time_they_have_is_told_so_and_pays_nothing(client, stay, dear):
    press(client, stay, dear, **SHOWN)

    answer = client.post(change_of(stay), {"act": "keep"}, follow=True)

    assertContains(answer, "Your visit keeps its time. Nothing was charged.")
    assertNotContains(answer, 'data-testid="change"')
    assert VisitChange.objects.get().status == ChangeStatus.ENDED
    assert is_healthy()


@pytest.mark.parametrize("act", ["", "keep", "\x00"])
def test_when_its_time_is_over_nothing_is_paid_or_ended_any_more(client, stay, dear, act):
    run_out(asked(stay, dear))
    assertNotContains(page(client, stay), 'data-testid="change"')

    answer = client.post(change_of(stay), {"act": act}, follow=True)

    assertContains(answer, "That time is no longer kept for this visit.")
    assert read(stay).booking.sequence == 0


def test_amounts_that_are_not_so_any_more_are_said_and_keep_nothing(client, stay, dear):
    stay.variant.offering.seasons.update(percent=25)

    shown = client.post(page_of(stay), {"start": dear.isoformat(), "resource": ""} | SHOWN, follow=True)

    assertContains(shown, "Meanwhile the new time costs €45.00, and €5.00 is to be paid.")
    assertContains(shown, "Pay €5.00, and move")
    assert not VisitChange.objects.exists()


def test_i14_whoever_writes_amounts_of_their_own_pays_no_less(client, stay, dear):
    for own in ({"new": "41.00", "pay": "1.00"}, {"pay": "0.00"}, {"new": "40.00", "pay": "0.00"}):
        assert press(client, stay, dear, **SHOWN | own).status_code == 303

    assert not VisitChange.objects.exists()
    assert read(stay).booking.sequence == 0


def test_a_dearer_time_that_somebody_has_by_now_is_said_with_the_nearest_ones(client, stay, dear):
    hold_booking(stay.variant, starts_at=dear, nights=2)

    answer = press(client, stay, dear, **SHOWN)

    assertRedirects(answer, answer.url, fetch_redirect_response=False, status_code=303)
    assertContains(client.get(answer.url), "has just been taken")
    assert not VisitChange.objects.exists()


def test_choosing_an_equal_time_instead_closes_the_page_that_was_open(client, stay, dear):
    press(client, stay, dear, **SHOWN)
    first = VisitChange.objects.get()

    press(client, stay, dear + timedelta(days=5))

    first.refresh_from_db()
    assert (first.status, first.payments.get().status) == (ChangeStatus.ENDED, "expired")
    assert read(stay).booking.starts_at == dear + timedelta(days=5)
    assert is_healthy()


def test_p25_looking_at_the_orders_page_keeps_and_pays_nothing(client, stay, dear):
    change = asked(stay, dear)

    for _look in range(2):
        page(client, stay)
    assert client.get(change_of(stay)).status_code == 405

    change.refresh_from_db()
    assert change.is_open(clock.now())
    assert not change.payments.exists()


def test_called_off_after_it_was_paid_the_page_says_all_that_comes_back_and_so_it_is(client, stay, dear):
    paid_page(asked(stay, dear))
    OrderLine.objects.filter(pk=stay.pk).update(kept_at_least=50)
    address = f"{reverse('checkout:cancellation', args=[stay.order.token])}?line=1"
    page = client.get(address)
    for name in ("kept", "comes-back"):
        assertContains(page, f'<dd data-testid="{name}">€25.00</dd>', html=True)
    assertContains(page, "Cancel this visit?")

    client.post(address, {"left": "50.00", "kept": "25.00", "part": ["1"]})

    shown = client.get(stay.order.get_absolute_url())
    assertContains(shown, "€25.00 is on its way back to you.")
    assertContains(shown, "We keep €25.00 of what you paid for it.")
    assert is_healthy()
