"""What of a basket is brought to its customer, and where to."""

from django.db import transaction
from django.utils.translation import gettext as _

from checkout.models import Cart, CartLine, DeliveryZone
from checkout.operations.basket import lock_for_change
from petshop.core.errors import ShopError


class NotDelivered(ShopError):
    """Something is to be delivered to a postal code that we do not deliver to, or to none."""

    def __init__(self, postal_code: str):
        where = _("We do not deliver to %(code)s. Please choose to collect it.") % {"code": postal_code}
        super().__init__(where if postal_code else _("Please enter the postal code to deliver to."))


class AddressMissing(ShopError):
    """Something is to be delivered since another tab said so, and nobody has said yet where to."""

    def __init__(self):
        super().__init__(_("Please say where we should deliver to."))


@transaction.atomic
def deliver(line: CartLine, *, wanted: bool) -> None:
    """Have a product brought, or collect it after all. Raises OrderIsOpen."""
    lock_for_change(line.cart_id)
    CartLine.objects.filter(pk=line.pk, wanted_start=None).update(wants_delivery=wanted)


@transaction.atomic
def deliver_to(cart: Cart, postal_code: str) -> None:
    """Remember where this basket's things are to be brought to, whether or not we do so. Raises OrderIsOpen."""
    cart = lock_for_change(cart.pk)
    cart.postal_code = postal_code
    cart.save(update_fields=["postal_code"])


def zone_for(cart: Cart, lines: list[CartLine]) -> DeliveryZone | None:
    """Where what is to be delivered is brought to; None if everything is collected. Raises NotDelivered."""
    if not any(line.is_delivered for line in lines):
        return None
    if zone := DeliveryZone.objects.of(cart.postal_code):
        return zone
    raise NotDelivered(cart.postal_code)


def address_of(cart: Cart, *, street: str, city: str) -> dict[str, str]:
    """Where to bring it, as an order keeps it. The postal code is the basket's: the price of the delivery is from it."""
    if not (street and city):
        raise AddressMissing
    return {"street": street, "city": city, "postal_code": cart.postal_code}
