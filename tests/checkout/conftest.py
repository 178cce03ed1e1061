"""A bath and a shampoo, and what a customer does with them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from bookings.operations import hold_booking
from catalog.models import PetSize, Species
from checkout import operations, payments
from checkout.operations import Details, PetDetails
from checkout.stripe_local import local_stripe
from tests.factories import (
    AddOnFactory,
    CartFactory,
    ProductFactory,
    ResourceFactory,
    ServiceFactory,
    ServiceVariantFactory,
    VariantFactory,
)

VISA = "4242424242424242"


@pytest.fixture
def bath(db):
    """An hour of Maya's, EUR 35.00."""
    service = ServiceFactory(name="Bath and tidy", slug="bath-and-tidy")
    ResourceFactory(name="Maya", slug="maya", services=[service])
    return ServiceVariantFactory(offering=service)


@pytest.fixture
def trim(bath):
    """Ten minutes more for a nail trim, EUR 8.00."""
    return AddOnFactory(offering=bath.offering, name="Nail trim")


@pytest.fixture
def shampoo(db):
    """Ten bottles at EUR 4.50."""
    return VariantFactory(offering=ProductFactory(name="Oat shampoo", slug="oat-shampoo"))


@pytest.fixture
def ten_tomorrow():
    """10:00 tomorrow on the shop's clock."""
    return timezone.localtime().replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)


@pytest.fixture
def cart(bath, shampoo, ten_tomorrow):
    """A basket with the bath at ten tomorrow, held, and a bottle of shampoo: EUR 39.50."""
    return CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow), shampoo])


@pytest.fixture
def cart_with_extra(cart, bath, trim, ten_tomorrow):
    """The same basket with a nail trim: the bath is held until ten past eleven, EUR 47.50."""
    operations.add_visit(cart, bath, starts_at=ten_tomorrow, add_ons=[trim], instead_of=cart.lines.visits().get())
    return cart


def details_for(cart, **changes) -> Details:
    """What Ada, who has the dog Biscuit, types at the checkout."""
    pet = PetDetails(name="Biscuit", species=Species.DOG, size=PetSize.MEDIUM)
    given = {"email": "ada@example.com", "name": "Ada Lovelace", "phone": "600 100 200", "handover": "visit"}
    visits = cart.lines.filter(wanted_start__isnull=False)
    return Details(**given | {"pets": {line.pk: pet for line in visits}} | changes)


def total_of(cart) -> Decimal:
    return sum((line.total for line in cart.lines.select_related("variant")), Decimal(0))


def place(cart, **changes):
    """Press Pay, up to the moment at which Stripe would be asked."""
    return operations.place_order(cart, details=details_for(cart, **changes), agreed_total=total_of(cart))


def open_page(order):
    """Go to the payment page; the order's live attempt."""
    payments.open_checkout(order)
    return order.payments.get(status="open")


def pay(payment, card=VISA, **choices):
    """Pay on the stand-in's page, which tells nobody unless it is told to."""
    return local_stripe().pay(payment.session_id, card, **choices)
