"""Who comes to the backoffice, and orders in every state, made by the operations that make them in the shop."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from catalog.models import Kind, Species
from checkout.models import OrderStatus, ParcelStatus, PaymentStatus
from checkout.operations.ordering import dates_of
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK, ensure_roles
from tests.factories import (
    BookingFactory,
    OrderFactory,
    OrderLineFactory,
    PaymentFactory,
    PetFactory,
    UserFactory,
)


def member_of(group):
    ensure_roles()
    user = UserFactory(staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def desk(client, db):
    """A browser in which the front desk is signed in; `desk.user` is who."""
    client.user = member_of(FRONT_DESK)
    client.force_login(client.user)
    return client


@pytest.fixture
def editor(client, db):
    client.force_login(member_of(CATALOG_EDITORS))
    return client


@pytest.fixture
def sold(db):
    """Make an order that holds together: its visits' bookings, so many products of 4.50 each, and what became of it."""

    def sell(
        *bookings,
        products=0,
        status=OrderStatus.PAID,
        parcel=ParcelStatus.TO_PACK,
        payment=None,
        pet="Biscuit",
        **order,
    ):
        price = sum((booking.variant.price for booking in bookings), Decimal(0)) + products * Decimal("4.50")
        order = OrderFactory(status=status, subtotal=price, **order)
        is_at_the_shop = status == OrderStatus.CONFIRMED
        due_by = timezone.now() + timedelta(days=1) if is_at_the_shop else None
        for booking in bookings:
            OrderLineFactory(
                order=order,
                variant=booking.variant,
                kind=Kind.APPOINTMENT,
                starts_at=booking.starts_at,
                ends_at=booking.ends_at,
                dates=dates_of(booking),
                resource_name=booking.resource.name,
                pet_name=pet,
                pet_species=Species.DOG,
                booking=booking,
                parcel="",
                due_later=booking.variant.price if is_at_the_shop else 0,
                due_by=due_by,
            )
        if products:
            due_later = products * Decimal("4.50") if is_at_the_shop else 0
            OrderLineFactory(order=order, quantity=products, parcel=parcel, due_later=due_later, due_by=due_by)
        default = PaymentStatus.SUCCEEDED if order.is_paid else PaymentStatus.OPEN
        PaymentFactory(order=order, amount=price, status=payment or default)
        return order

    return sell


@pytest.fixture
def at():
    """A booking that starts so long from now, for an hour."""

    def book(delay=timedelta(hours=1), **booking):
        starts_at = timezone.now().replace(microsecond=0) + delay
        return BookingFactory(starts_at=starts_at, pet=PetFactory(), **booking)

    return book
