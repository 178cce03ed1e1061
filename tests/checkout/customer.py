"""A customer in a browser: their basket's cookie, and what they type at the checkout."""

from datetime import timedelta

from django.utils import timezone

from bookings.models import Booking
from checkout.cart import COOKIE
from checkout.models import CartLine
from checkout.stripe_local import local_stripe
from tests.checkout.conftest import total_of


def carrying(client, cart):
    """The browser whose basket this is."""
    client.cookies[COOKIE] = cart.token
    return client


def answers(cart, **changes) -> dict:
    """What Ada types at the checkout for Biscuit; `pet_name` and the like change what she says of the pet."""
    said = {"pet_name": "Biscuit", "pet_size": "medium", "pet_notes": ""} | changes
    typed = {
        "email": "ada@example.com",
        "name": "Ada Lovelace",
        "phone": "600 100 200",
        "handover": "visit",
        "agreed_total": str(total_of(cart)),
        "agreed_now": str(total_of(cart)),
    }
    for pk in CartLine.objects.filter(cart=cart, wanted_start__isnull=False).values_list("pk", flat=True):
        typed |= {f"pet-{pk}-{name.removeprefix('pet_')}": said[name] for name in said if name.startswith("pet_")}
    return typed | {name: value for name, value in changes.items() if not name.startswith("pet_")}


def visit_of(cart) -> CartLine:
    return cart.lines.get(wanted_start__isnull=False)


def product_of(cart) -> CartLine:
    return cart.lines.get(wanted_start__isnull=True)


def lapse(cart):
    """A quarter of an hour later, as far as its holds know."""
    Booking.objects.filter(cart_line__cart=cart).update(held_until=timezone.now() - timedelta(minutes=1))


def stripe_sleeps():
    """No answer to anything, for as long as we care to ask."""
    local_stripe().faults += ["never arrived"] * 6
