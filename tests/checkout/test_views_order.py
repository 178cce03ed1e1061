"""The order behind its secret link: what each state says, who may see it, and what can be pressed."""

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bookings.models import Booking, BookingStatus
from bookings.operations import hold_booking
from catalog.models import Species, Variant
from checkout import payments
from checkout.models import Order, OrderStatus, Payment, PaymentStatus, Receipt
from checkout.operations import PetDetails
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.customer import carrying, lapse, stripe_sleeps, visit_of
from tests.factories import CartFactory

PAGES = ["order", "receipt", "calendar", "payment", "release"]


def address(order, page="order") -> str:
    return reverse(f"checkout:{page}", args=[order.token])


@pytest.fixture
def pending(cart):
    order = place(cart)
    open_page(order)
    return order


@pytest.fixture
def paid(pending):
    pay(pending.payments.get())
    pending.refresh_from_db()
    assert pending.status == OrderStatus.PAID
    return pending


# Who may look


@pytest.mark.parametrize("page", ["order", "receipt", "calendar"])
@pytest.mark.django_db
def test_a01_an_address_that_was_guessed_is_not_found(client, paid, page):
    real = address(paid, page)

    for guess in [real.replace(paid.token, "A" * 32), real.replace(paid.token, "%00" * 32)]:
        assert client.get(guess).status_code == 404
    assert client.get(real.replace(paid.token, paid.number)).status_code == 404
    assert client.get(real.replace(paid.token, str(paid.pk))).status_code == 404


@pytest.mark.parametrize("page", ["payment", "release"])
@pytest.mark.django_db
def test_a01_nothing_can_be_pressed_at_an_address_that_was_guessed(client, page):
    assert client.post(reverse(f"checkout:{page}", args=["A" * 32])).status_code == 404


@pytest.mark.parametrize("page", ["order", "receipt", "calendar"])
@pytest.mark.django_db
def test_v01_nobody_keeps_lists_or_passes_on_a_secret_page(client, paid, page):
    response = client.get(address(paid, page))

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Robots-Tag"] == "noindex"


@pytest.mark.django_db
def test_v01_a_secret_page_loads_nothing_from_elsewhere(client, paid):
    page = client.get(address(paid)).content.decode()

    assert 'src="http' not in page
    assert '<link rel="stylesheet" href="http' not in page


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
@pytest.mark.parametrize("page", ["payment", "release"])
@pytest.mark.django_db
def test_i13_an_order_is_changed_only_by_a_post(client, pending, page, method):
    assert getattr(client, method)(address(pending, page)).status_code == 405
    pending.refresh_from_db()
    assert pending.status == OrderStatus.PENDING


@pytest.mark.parametrize("page", ["order", "receipt", "calendar"])
@pytest.mark.django_db
def test_i13_what_is_only_looked_at_cannot_be_posted(client, paid, page):
    assert client.post(address(paid, page)).status_code == 405


@pytest.mark.django_db
def test_p25_a_preview_that_looks_at_the_link_changes_nothing(client, pending):
    client.get(address(pending))
    client.head(address(pending))

    pending.refresh_from_db()
    assert pending.status == OrderStatus.PENDING
    assert pending.payments.get().status == PaymentStatus.OPEN


# Paid


@pytest.mark.django_db
def test_a_paid_order_says_what_is_paid_what_is_booked_and_what_is_next(client, paid):
    response = client.get(address(paid))

    assertContains(response, "See you tomorrow, Biscuit.")
    assertContains(response, f"Order {paid.number}: Paid")
    for word in ["Confirmed", "Paid", "To pack"]:
        assertContains(response, f"{word}</span>")
    assertContains(response, "Bring Biscuit on ")
    assertContains(response, "We pack it for your visit on ")
    assertContains(response, "With Maya")
    assertContains(response, "12 Orchard Lane")
    assertContains(response, "Payment of €39.50 received")
    assertContains(response, "Visa ending 4242")
    assertContains(response, "Includes €6.85 VAT (21%)")
    assertContains(response, "we keep 50%.")
    assertContains(response, address(paid, "calendar"))
    assertContains(response, f"Quote {paid.number}")


@pytest.mark.django_db
def test_what_to_bring_is_read_from_what_was_sold(client, bath, ten_tomorrow):
    rules = bath.offering.rules
    rules.what_to_bring = "A towel & a lead"
    rules.save()
    order = place(CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow)]))
    pay(open_page(order))
    rules.what_to_bring = "Nothing"
    rules.save()

    assertContains(client.get(address(order)), "A towel &amp; a lead")


@pytest.mark.django_db
def test_the_receipt_has_its_lines_its_tax_and_its_card(client, paid):
    response = client.get(address(paid, "receipt"))

    assertContains(response, '<h1 id="receipt-title">Receipt</h1>')
    assertContains(response, "Bath and tidy, Medium dog<small>Biscuit: ")
    assertContains(response, '<td class="text-end num" data-testid="total">€39.50</td>', html=True)
    for amount in ("€32.65", "€6.85"):
        assertContains(response, f'<td class="text-end num">{amount}</td>', html=True)
    assertContains(response, "Visa ending 4242")
    assertContains(response, "Tax number ES B00000142")
    assertContains(response, "A test: no money has moved.")


@pytest.mark.django_db
def test_a_receipt_reads_the_same_whatever_becomes_of_the_shop_and_its_catalog(client, paid, settings):
    before = client.get(address(paid, "receipt")).content.decode()
    settings.SHOP_TAX_ID, settings.SHOP_CURRENCY, settings.SHOP_TAX_RATE = "X", "JPY", 5
    Variant.objects.update(price=1, tax_rate=5)

    after = client.get(address(paid, "receipt")).content.decode()

    assert sheet_of(after) == sheet_of(before)


def sheet_of(page):
    return page[page.index("<article") : page.index("</article>")]


@pytest.mark.django_db
def test_the_order_names_its_receipt_and_another_orders_is_not_to_be_had_there(client, paid, shampoo):
    other = place(CartFactory(holding=[shampoo]))
    pay(open_page(other), delivery="now")
    mine, theirs = (Receipt.objects.get(payment__order=order).number for order in (paid, other))

    assertContains(client.get(address(paid)), f'href="{address(paid, "receipt")}{mine}/"')
    assert client.get(f"{address(paid, 'receipt')}{mine}/").status_code == 200
    assert client.get(f"{address(paid, 'receipt')}{theirs}/").status_code == 404


@pytest.mark.django_db
def test_there_is_no_receipt_before_the_money(client, pending):
    assertRedirects(client.get(address(pending, "receipt")), address(pending))


@pytest.mark.django_db
def test_the_calendar_file_is_one(client, paid):
    response = client.get(address(paid, "calendar"))

    assert response["Content-Type"].startswith("text/calendar")
    assert f'filename="visit-{paid.number}.ics"' in response["Content-Disposition"]
    assert response.content.startswith(b"BEGIN:VCALENDAR")


@pytest.mark.django_db
def test_there_is_no_calendar_file_without_a_visit(client, pending, shampoo):
    assert client.get(address(pending, "calendar")).status_code == 404


@pytest.mark.django_db
def test_i02_i15_a_pets_name_is_text(client, cart):
    name = "<script>alert(1)</script>{{7*7}}{% debug %}"
    order = place(cart, name=name, pets={visit_of(cart).pk: PetDetails(name=name, species=Species.DOG, notes=name)})
    pay(open_page(order))

    for page in ["order", "receipt"]:
        response = client.get(address(order, page))
        assertNotContains(response, "<script>alert")
        assertContains(response, "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}{% debug %}")


@pytest.mark.django_db
def test_the_page_costs_the_same_however_many_lines_it_has(client, paid, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        client.get(address(paid))


# On the way back from Stripe


@pytest.mark.django_db
def test_p10_coming_back_before_the_webhook_shows_the_truth(client, pending):
    payment = pending.payments.get()
    pay(payment, delivery="never")

    response = client.get(address(pending), {"session": payment.session_id})

    assertRedirects(response, address(pending))
    pending.refresh_from_db()
    assert pending.status == OrderStatus.PAID


@pytest.mark.parametrize("session", ["cs_local_nope", "\x00", "x" * 5000, "'", "cs_local_1&asked=2"])
@pytest.mark.django_db
def test_p08_a_session_that_was_made_up_pays_nothing(client, pending, session):
    response = client.get(address(pending), {"session": session})

    assert response.status_code == 200
    pending.refresh_from_db()
    assert pending.status == OrderStatus.PENDING


@pytest.mark.django_db
def test_p08_the_session_of_somebody_elses_order_pays_nothing(client, pending, shampoo):
    other = place(CartFactory(holding=[shampoo]))
    theirs = open_page(other)
    pay(theirs, delivery="never")

    client.get(address(pending), {"session": theirs.session_id})

    pending.refresh_from_db()
    assert pending.status == OrderStatus.PENDING


@pytest.mark.django_db
def test_while_the_bank_thinks_the_page_asks_again_and_never_says_failed(client, pending):
    session = pending.payments.get().session_id
    Payment.objects.update(status=PaymentStatus.PROCESSING)

    response = client.get(address(pending), {"session": session})

    assertContains(response, "We are waiting for your bank.")
    assertContains(response, f'hx-get="{address(pending)}?session={session}&amp;asked=1"')
    assertContains(response, '<noscript><meta http-equiv="refresh" content="3;url=')
    assertNotContains(response, "Continue paying")


@pytest.mark.django_db
def test_after_two_minutes_the_page_stops_asking(client, pending):
    session = pending.payments.get().session_id
    Payment.objects.update(status=PaymentStatus.PROCESSING)

    response = client.get(address(pending), {"session": session, "asked": "40"})

    assertContains(response, "This takes longer than usual.")
    assertNotContains(response, "hx-get")
    assertNotContains(response, "http-equiv")


@pytest.mark.django_db
def test_a_script_that_asks_gets_the_part_and_in_the_end_the_way(client, pending):
    payment = pending.payments.get()
    asking = {"headers": {"HX-Request": "true"}, "query_params": {"session": payment.session_id, "asked": "3"}}

    waiting = client.get(address(pending), **asking)
    pay(payment, delivery="never")
    done = client.get(address(pending), **asking)

    assertContains(waiting, "asked=4")
    assertNotContains(waiting, "<html")
    assert done["HX-Redirect"] == address(pending)


@pytest.mark.django_db
def test_p10_the_page_stands_while_stripe_cannot_be_asked(client, pending):
    stripe_sleeps()

    response = client.get(address(pending), {"session": pending.payments.get().session_id})

    assertContains(response, "We are waiting for your payment.")


# Unpaid


@pytest.mark.django_db
def test_a_pending_order_says_until_when_it_is_kept(client, pending):
    response = client.get(address(pending))

    assertContains(response, "We are waiting for your payment.")
    assertContains(response, f"Your time is kept until {timezone.localtime(pending.held_until):%H:%M}.")
    assertContains(response, "Continue paying €39.50")
    assertNotContains(response, "Put everything back")  # this browser has another basket


@pytest.mark.django_db
def test_continue_paying_goes_to_the_page_that_is_open(client, pending):
    response = client.post(address(pending, "payment"))

    assertRedirects(response, pending.payments.get().session_url, status_code=303, fetch_redirect_response=False)


@pytest.mark.django_db
def test_continue_paying_a_paid_order_shows_it(client, paid):
    assertRedirects(client.post(address(paid, "payment")), address(paid), status_code=303)


@pytest.mark.django_db
def test_everything_goes_back_into_the_basket(client, cart, pending):
    browser = carrying(client, cart)
    assertContains(browser.get(address(pending)), "Put everything back into the basket")

    response = browser.post(address(pending, "release"), follow=True)

    assertRedirects(response, "/cart/", status_code=303)
    assertContains(response, "Everything is back in your basket. Nothing was charged.")
    pending.refresh_from_db()
    assert pending.status == OrderStatus.EXPIRED
    assert visit_of(cart).booking.status == BookingStatus.HELD
    assertContains(response, "€39.50")


@pytest.mark.django_db
def test_what_was_paid_does_not_go_back_into_the_basket(client, cart, pending):
    pay(pending.payments.get(), delivery="never")

    response = carrying(client, cart).post(address(pending, "release"))

    assertRedirects(response, address(pending), status_code=303)
    pending.refresh_from_db()
    assert pending.status == OrderStatus.PAID


@pytest.mark.django_db
def test_nothing_goes_back_while_stripe_cannot_be_asked(client, cart, pending):
    stripe_sleeps()

    response = carrying(client, cart).post(address(pending, "release"), follow=True)

    assertContains(response, "We could not close the payment page. Nothing was charged.")
    pending.refresh_from_db()
    assert pending.status == OrderStatus.PENDING


@pytest.mark.django_db
def test_an_order_whose_time_ran_out_while_unpaid_says_so(client, cart, pending):
    lapse(cart)

    response = client.get(address(pending))

    assertContains(response, "No longer kept")
    assertContains(response, "Your time is no longer kept. Nothing was charged.")


@pytest.mark.django_db
def test_an_expired_order_says_that_nothing_was_charged(client, cart, pending):
    payments.close_order(pending, cause="Not paid in time", to_cart=False)

    response = carrying(client, cart).get(address(pending))

    assertContains(response, "This order was not paid in time.")
    assertContains(response, "Nothing was charged")
    assertContains(response, "See your basket")
    assertNotContains(response, "Continue paying")


@pytest.mark.django_db
def test_p04_money_that_came_too_late_is_said_honestly(client, cart, pending, bath, ten_tomorrow):
    lapse(cart)
    hold_booking(bath, starts_at=ten_tomorrow)  # somebody else
    pay(pending.payments.get())

    response = client.get(address(pending))

    assertContains(response, "Your payment is here. Your time is not.")
    assertContains(response, "we have your money, but this time was no longer free when it came.")
    assertContains(response, 'data-testid="nearest"', count=3)
    assertContains(response, "Send €35.00 back")
    assertContains(response, "A time was no longer free")
    assertNotContains(response, "Add to calendar")
    assert Booking.objects.filter(status=BookingStatus.HELD).count() == 1


@pytest.mark.django_db
def test_a_cancelled_order_says_so(client, pending):
    payments.close_order(pending, cause="Not paid in time", to_cart=False)
    pending.refresh_from_db()
    pending.move_to(OrderStatus.CANCELLED, "cancelled", actor="shop", cause="Asked for")

    assertContains(client.get(address(pending)), "This order was cancelled.")


@pytest.mark.django_db
def test_two_orders_have_two_addresses(cart, shampoo):
    first, second = place(cart), place(CartFactory(holding=[shampoo]))

    assert len(first.token) == len(second.token) == 32
    assert first.token != second.token
    assert first.number not in first.get_absolute_url()
    assert Order.objects.count() == 2
