"""Where a visit that is for sale gets its time: the picker, with what its address chooses of what the service offers."""

from bookings.asked import ASKED
from bookings.calendar import able
from bookings.guests import Guests, guest_of
from bookings.models import Booking
from bookings.picker import Picker
from catalog.models import Kind, Offering, Variant
from petshop.core import clock


def picker_to_buy(
    request, offering: Offering, variants: list[Variant], *, moving: Booking | None, guests: Guests
) -> Picker | None:
    """The picker of a service's page; None while the service has nothing to choose or nobody to do it.

    `moving` is the visit that `?line=` names, if it is this browser's own. Its time can be chosen again, with other extras.
    `guests` are its pets. The one that is coming leaves the choices that are for it, and those who take it.
    """
    asked = {name: request.GET.get(name, "") for name in ASKED}
    for variant in variants:
        variant.offering = offering  # which has its rules already
    fitting = guests.fitting(variants)
    variant = next((variant for variant in fitting if str(variant.pk) == asked["variant"]), next(iter(fitting), None))
    everybody = list(able(offering, guest=guest_of(variant, guests.pet))) if variant else []
    resources = [resource for resource in everybody if resource.does_it]
    if not variants or not (resources or able(offering).exists()):
        return None

    extras = list(offering.add_ons.filter(is_active=True))
    variants, variant = fitting or variants, variant or variants[0]
    resource = None
    if offering.kind == Kind.APPOINTMENT:  # who it is matters; which of the kennels is the shop's to say
        resource = next((resource for resource in resources if resource.slug == asked["resource"]), None)
    ticked = request.GET.getlist("add_on")
    add_ons = [add_on for add_on in extras if str(add_on.pk) in ticked]
    return Picker(variants, everybody, extras, variant, resource, add_ons, moving, asked, clock.now(), guests)
