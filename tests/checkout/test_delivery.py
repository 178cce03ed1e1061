"""Products that are brought: chosen line by line, priced by postal code in the basket already."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from backoffice.audit.queries import violations
from backoffice.work import parcel_steps
from checkout import fulfilment, operations
from checkout.basket import look_into
from checkout.models import CHARGE, DeliveryZone, Order, OrderStatus, ParcelStatus, plain_postal_code
from checkout.operations import NotDelivered, PriceRose
from checkout.payments import settle
from checkout.states import line_words
from petshop.core import clock
from tests.checkout.conftest import details_for, open_page, pay, place
from tests.checkout.customer import answers, carrying, product_of
from tests.factories import CartFactory, DeliveryZoneFactory, ProductFactory, VariantFactory

pytestmark = pytest.mark.django_db

HOME = {"street": "Calle del Olmo 7", "city": "Madrid"}


@pytest.fixture(autouse=True)
def nothing_is_broken_afterwards():
    yield
    assert violations(connection) == []


@pytest.fixture
def madrid(db):
    return DeliveryZoneFactory()


@pytest.fixture
def brought(cart, madrid):
    """The bath and the bottle of shampoo, which is to be brought to 28012: EUR 35.00 + 4.50 + 3.90."""
    operations.deliver(product_of(cart), wanted=True)
    operations.deliver_to(cart, "28012")
    cart.refresh_from_db()
    return cart


@pytest.fixture
def ada(client, brought):
    return carrying(client, brought)


def total(cart) -> Decimal:
    return look_into(cart).total


def ordered(cart, **changes) -> Order:
    return operations.place_order(cart, details=details_for(cart, **HOME | changes), agreed_total=total(cart))


# Where, and for how much


@pytest.mark.parametrize(
    ("typed", "code"),
    [("28012", "28012"), (" 280 12 ", "28012"), ("sw1a-1aa", "SW1A1AA"), ("28", ""), ("2801\u0000", ""), ("1" * 11, ""), ("café1", ""), ("٢٨٠١٢", "")],
)  # fmt: skip
def test_a_postal_code_is_kept_as_it_is_written_on_a_parcel(typed, code):
    assert plain_postal_code(typed) == code


def test_the_zone_that_names_a_postal_code_most_exactly_brings_it(madrid):
    DeliveryZoneFactory(name="Centre", postal_codes=["28012", "28013"])
    DeliveryZoneFactory(name="Around", postal_codes=["28", "45"])
    DeliveryZoneFactory(name="Closed", postal_codes=["280121"], is_active=False)

    found = {
        code: getattr(DeliveryZone.objects.of(code), "name", None) for code in ["28012", "28014", "28100", "46001", ""]
    }

    assert found == {"28012": "Centre", "28014": "Madrid", "28100": "Around", "46001": None, "": None}


@pytest.mark.parametrize(
    ("free_from", "worth", "price"),
    [("20.00", "19.99", "3.90"), ("20.00", "20.00", "0"), (None, "999", "3.90"), ("0", "1", "0")],
)
def test_delivery_is_free_from_an_amount_on(free_from, worth, price):
    zone = DeliveryZone(fee=Decimal("3.90"), free_from=free_from and Decimal(free_from))

    assert zone.price_for(Decimal(worth)) == Decimal(price)


@pytest.mark.parametrize(
    "wrong", [{"postal_codes": ["280", "280"]}, {"postal_codes": ["28-0"]}, {"fee": -1}, {"free_from": -1}]
)
def test_a_zone_that_makes_no_sense_is_refused_with_a_sentence(wrong):
    with pytest.raises(ValidationError):
        DeliveryZoneFactory.build(**wrong).full_clean()


# In the basket


def test_what_delivery_costs_is_known_in_the_basket(ada):
    page = ada.get("/cart/").content.decode()

    assert "€3.90, with you in 1 to 2 working days." in page
    assert "€15.50 more, and it is free." in page
    assert "€43.40" in page  # the total


def test_free_delivery_counts_only_what_is_delivered(brought, madrid):
    shampoo, bed = product_of(brought), VariantFactory(price=Decimal("30.00"))
    operations.add_product(brought, bed)
    assert total(brought) == Decimal("73.40")

    operations.deliver(brought.lines.get(variant=bed), wanted=True)
    assert total(brought) == Decimal("69.50")

    operations.deliver(shampoo, wanted=False)
    operations.deliver(brought.lines.get(variant=bed), wanted=False)
    assert total(brought) == Decimal("69.50")
    assert look_into(brought).quote.charges == []


def test_without_a_postal_code_or_out_of_reach_nobody_can_check_out(client, cart, madrid):
    ada, line = carrying(client, cart), product_of(cart)

    page = ada.post(f"/cart/lines/{line.pk}/", {"handover": "delivery"}, follow=True)
    assert not page.context["basket"].can_check_out
    assert "Say where we should deliver to" in page.content.decode()

    page = ada.post("/cart/delivery/", {"postal_code": "46 001"}, follow=True)
    assert "We do not deliver to 46001." in page.content.decode()
    assert not page.context["basket"].can_check_out

    page = ada.post("/cart/delivery/", {"postal_code": "28012"}, follow=True)
    assert page.context["basket"].can_check_out

    page = ada.post(f"/cart/lines/{line.pk}/", {"handover": "collect"}, follow=True)
    assert page.context["basket"].total == Decimal("39.50")


@pytest.mark.parametrize("typed", ["", "  ", "28", "<script>", "28\u0000", "9" * 500, "☃☃☃☃☃"])
def test_i01_what_is_no_postal_code_is_shown_again_with_a_sentence(ada, typed):
    response = ada.post("/cart/delivery/", {"postal_code": typed})

    assert response.status_code == 422
    assert "postal code" in response.context["error"]


def test_a_shop_that_delivers_nowhere_says_nothing_of_it(client, cart):
    page = carrying(client, cart).get("/cart/").content.decode()

    assert "Have it delivered" not in page
    assert "You collect it" not in page


def test_what_cannot_be_delivered_is_collected_whatever_was_pressed(brought):
    product = product_of(brought)
    type(product.variant.offering).objects.filter(pk=product.variant.offering_id).update(can_be_delivered=False)

    assert look_into(brought).brought == []
    order = ordered(brought)

    assert (order.total, order.handover, order.street) == (Decimal("39.50"), "visit", "")


def test_a_visit_cannot_be_delivered(brought):
    visit = brought.lines.visits().get()
    operations.deliver(visit, wanted=True)

    visit.refresh_from_db()
    assert not visit.wants_delivery


def test_another_postal_code_closes_the_page_that_asks_for_the_old_price(ada, brought):
    DeliveryZoneFactory(name="Far", postal_codes=["28900"], fee=Decimal("9.90"))
    payment = open_page(ordered(brought))

    page = ada.post("/cart/delivery/", {"postal_code": "28900"}, follow=True)

    payment.refresh_from_db()
    assert payment.status == "expired"
    assert page.context["basket"].total == Decimal("49.40")


# At the checkout


def test_the_checkout_asks_where_to_and_says_what_is_brought(ada):
    page = ada.get("/checkout/").content.decode()

    assert "Where should we deliver to?" in page
    assert "Postal code <b>28012</b>" in page
    assert "Getting your products" not in page  # nothing is collected


def test_the_order_keeps_the_address_and_its_delivery_is_a_line_of_it(ada, brought, madrid):
    typed = answers(brought, agreed_total="43.40", agreed_now="43.40") | HOME
    ada.post("/checkout/", typed)

    order = Order.objects.get()
    assert (order.street, order.postal_code, order.city) == ("Calle del Olmo 7", "28012", "Madrid")
    assert (order.total, order.handover) == (Decimal("43.40"), "")
    charge = order.lines.get(kind=CHARGE)
    assert (charge.title, charge.total, charge.tax_rate) == ("Delivery, Madrid", Decimal("3.90"), madrid.tax_rate)
    assert sum(line["unit"] * line["quantity"] for line in order.payments.get().lines_snapshot) == 4340


@pytest.mark.parametrize("missing", ["street", "city"])
def test_an_address_without_its_half_keeps_what_was_typed(ada, brought, missing):
    response = ada.post("/checkout/", answers(brought, agreed_total="43.40", agreed_now="43.40") | HOME | {missing: ""})

    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {missing}
    kept = next(name for name in HOME if name != missing)
    assert response.context["form"][kept].value() == HOME[kept]
    assert not Order.objects.exists()


def test_p20_a_dearer_delivery_is_seen_before_it_is_paid(brought, madrid):
    agreed = total(brought)
    madrid.fee = Decimal("4.90")
    madrid.save()

    with pytest.raises(PriceRose):
        operations.place_order(brought, details=details_for(brought, **HOME), agreed_total=agreed)


def test_a_zone_that_has_gone_since_sends_the_customer_back_to_the_basket(ada, brought, madrid):
    madrid.is_active = False
    madrid.save()

    with pytest.raises(NotDelivered):
        ordered(brought)
    response = ada.post("/checkout/", answers(brought, agreed_total="43.40", agreed_now="43.40") | HOME, follow=True)

    assert "Say where we should deliver to" in response.content.decode()
    assert ada.session["checkout"]["street"] == "Calle del Olmo 7"


def test_collected_and_delivered_things_share_an_order(brought, madrid):
    toy = VariantFactory(price=Decimal("6.00"), offering=ProductFactory(name="Duck", slug="duck"))
    operations.add_product(brought, toy)
    order = ordered(brought)

    assert order.handover == "visit"
    assert list(order.lines.products().order_by("pk").values_list("name", "is_delivered")) == [
        ("Oat shampoo", True),
        ("Duck", False),
    ]


def test_an_order_that_expires_and_is_placed_again_remembers_the_address(ada, brought):
    order = ordered(brought)
    operations.abandon_attempt(order.payments.get())
    operations.expire_order(order, cause="Test", to_cart=True)

    assert ada.get("/checkout/").context["form"]["street"].value() == "Calle del Olmo 7"


# Packing and sending


@pytest.fixture
def paid(brought):
    """Paid: the shampoo is to be brought, a toy to be collected."""
    operations.add_product(brought, VariantFactory(price=Decimal("6.00")))
    order = ordered(brought)
    payment = open_page(order)
    pay(payment)
    settle(payment.session_id)
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    return order


def parcels(order):
    return list(order.lines.products().order_by("pk").values_list("parcel", flat=True))


def steps(order):
    return [step.to for step in parcel_steps(Order.objects.get(pk=order.pk))]


def test_what_is_delivered_is_sent_and_what_is_collected_is_handed_over(paid):
    assert steps(paid) == ["ready"]
    fulfilment.pack(paid, actor="maya")
    assert steps(paid) == ["handed_over", "sent"]

    fulfilment.send(paid, actor="maya")
    assert parcels(paid) == [ParcelStatus.HANDED_OVER, ParcelStatus.READY]
    assert steps(paid) == ["handed_over"]

    fulfilment.hand_over(paid, actor="maya")
    assert parcels(paid) == [ParcelStatus.HANDED_OVER, ParcelStatus.HANDED_OVER]
    assert list(paid.events.filter(kind__in=["sent", "handed_over"]).values_list("kind", flat=True)) == [
        "sent",
        "handed_over",
    ]


def test_the_words_of_a_delivered_line_are_packed_and_sent(paid):
    def words():
        order = Order.objects.with_lines().get(pk=paid.pk)
        line = next(line for line in order.parts if line.is_delivered)
        said = line_words(order, line, now=clock.now())
        return said.fulfilment.label, said.next.replace("\u2068", "").replace("\u2069", "")

    assert words() == ("To pack", "We pack it and bring it to Calle del Olmo 7.")
    fulfilment.pack(paid, actor="maya")
    assert words()[0] == "Packed"
    fulfilment.send(paid, actor="maya")
    assert words() == ("Sent", "Nothing more to do.")


def test_a_charge_of_nothing_says_free(client, brought):
    operations.set_quantity(product_of(brought), 5)
    order = ordered(brought)

    page = client.get(order.get_absolute_url()).content.decode()

    assert order.lines.get(kind=CHARGE).total == 0
    assert "Delivery, Madrid" in page
    assert order.total == Decimal("57.50")


def test_an_order_without_delivery_is_as_before(cart, madrid):
    assert place(cart).total == Decimal("39.50")


def test_only_products_that_are_not_delivered_wait_at_the_desk(client, shampoo, madrid):
    cart = CartFactory(holding=[shampoo])
    assert carrying(client, cart).get("/cart/").context["basket"].is_collected
    operations.deliver(product_of(cart), wanted=True)
    assert not carrying(client, cart).get("/cart/").context["basket"].is_collected
