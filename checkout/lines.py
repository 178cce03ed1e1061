"""A basket's lines with all that its pages show of them.

Every page of a purchase begins with this, so it asks for no more than that, in statements that are written out: built, they
would cost twice as much. Who is about to change something reads `CartLine.objects.with_things()` instead.
"""

from bookings.models import Booking, Resource
from bookings.terms import read_terms
from catalog.models import AddOn, Category, Offering, Picture, Variant
from checkout.models import Cart, CartLine, CartLineAddOn
from petshop.core.joined import Join

LINES = Join(
    """
    FROM checkout_cartline AS line
    JOIN catalog_variant AS variant ON variant.id = line.variant_id
    JOIN catalog_offering AS offering ON offering.id = variant.offering_id
    JOIN catalog_category AS category ON category.id = offering.category_id
    LEFT JOIN LATERAL (
        SELECT * FROM catalog_picture WHERE offering_id = offering.id ORDER BY position, id LIMIT 1
    ) AS cover ON true
    LEFT JOIN bookings_booking AS booking ON booking.id = line.booking_id
    LEFT JOIN bookings_resource AS resource ON resource.id = booking.resource_id
    WHERE line.cart_id = %s ORDER BY line.id
    """,
    line=CartLine,
    variant=Variant,
    offering=Offering,
    category=Category,
    cover=Picture,
    booking=Booking,
    resource=Resource,
)
CHOSEN = Join(
    """
    FROM checkout_cartline AS line
    JOIN checkout_cartlineaddon AS chosen ON chosen.line_id = line.id
    JOIN catalog_addon AS add_on ON add_on.id = chosen.add_on_id
    WHERE line.cart_id = %s ORDER BY chosen.id
    """,
    chosen=CartLineAddOn,
    add_on=AddOn,
)


def lines_of(cart: Cart) -> list[CartLine]:
    lines = {}
    for line, variant, offering, category, cover, booking, resource in LINES.read(cart.pk):
        line.variant, variant.offering, offering.category, offering.cover = variant, offering, category, cover
        line.booking, line.chosen = booking, []
        if booking:
            booking.resource = resource
        lines[line.pk] = line
    for chosen, add_on in CHOSEN.read(cart.pk):
        chosen.add_on = add_on
        if chosen.line_id in lines:  # and not of one that has come in since
            lines[chosen.line_id].chosen.append(chosen)
    read_terms(line.variant.offering for line in lines.values() if line.is_visit)
    return list(lines.values())
