"""What happens to a basket."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bookings import operations as calendar
from bookings.calendar import rules_of
from bookings.models import Booking, Pet, Resource
from catalog.models import AddOn, Variant
from checkout.fulfilment import NothingToDo
from checkout.models import Cart, CartLine, CartLineAddOn, Order, OrderLine, VisitChange
from checkout.operations.company import check_company
from petshop.core import clock
from petshop.core.errors import ShopError

logger = logging.getLogger(__name__)

LIVE_HOLDS_AT_MOST = 6
QUANTITY_AT_MOST = 99


class TooManyHolds(ShopError):
    def __init__(self):
        super().__init__(
            _("We keep at most %(count)s times for one basket. Please pay for these, or remove one, first.")
            % {"count": LIVE_HOLDS_AT_MOST}
        )


class OrderIsOpen(ShopError):
    """The basket is tied to an order that is being paid; its payment page must be closed before the basket changes."""

    def __init__(self, order: Order):
        self.order = order
        super().__init__(_("You are already paying for this basket."))


class NoLongerForSale(ShopError):
    def __init__(self, variant: Variant):
        self.variant = variant
        super().__init__(_("We no longer sell “%(name)s”. Please remove it.") % {"name": variant})


class ExtraNoLongerOffered(ShopError):
    """The visit itself is still for sale, without this extra."""

    def __init__(self, add_on: AddOn):
        self.add_on = add_on
        super().__init__(_("We no longer offer “%(name)s”. Please choose your visit without it.") % {"name": add_on})


def lock_for_change(cart_id: int) -> Cart:
    """Lock the basket for a change of its lines. Raises OrderIsOpen while somebody may still be paying for them."""
    cart = Cart.objects.select_for_update().get(pk=cart_id)
    if order := cart.pending_order():
        raise OrderIsOpen(order)
    return cart


@transaction.atomic
def add_product(cart: Cart, variant: Variant, *, quantity: int = 1, press: str = "") -> CartLine:
    """Put some of a variant into the basket, in the one line that it has there. A basket promises nothing about stock.

    `press` names the button that was pressed: the same one twice in a row adds once.
    """
    cart = lock_for_change(cart.pk)
    if not Variant.objects.on_sale().filter(pk=variant.pk, duration=None).exists():
        raise NoLongerForSale(variant)
    line, is_new = cart.lines.get_or_create(
        variant=variant,
        wanted_start=None,
        defaults={"quantity": min(quantity, QUANTITY_AT_MOST), "price": variant.price, "press": press},
    )
    if not is_new and not (press and line.press == press):
        line.quantity = min(line.quantity + quantity, QUANTITY_AT_MOST)
        line.press = press
        line.save(update_fields=["quantity", "press"])
    return line


@transaction.atomic
def add_visit(
    cart: Cart,
    variant: Variant,
    *,
    starts_at,
    resource=None,
    add_ons: Iterable[AddOn] = (),
    nights: int = 0,
    pet: Pet | None = None,
    instead_of: CartLine | None = None,
    press: str = "",
) -> CartLine:
    """Hold a time for fifteen minutes and put its line into the basket; `instead_of` is the line that it replaces.

    It is held, and priced, with these extras, or for so many nights, and for this pet if the customer said which one.
    The old time is let go only together with the new one being held. `press` names the button that was pressed: the same
    one twice holds once. Raises SlotTaken, TooManyHolds, OrderIsOpen, NoLongerForSale, ExtraNoLongerOffered, TooManyPets,
    NotForThisPet, PetElsewhere.
    """
    cart = lock_for_change(cart.pk)
    if press and (
        line := cart.lines.still_held(clock.now()).filter(variant=variant, wanted_start=starts_at, press=press).first()
    ):
        return line
    if not Variant.objects.on_sale().filter(pk=variant.pk, duration__isnull=False).exists():
        raise NoLongerForSale(variant)
    add_ons = as_offered_now(add_ons, variant)
    replaced = cart.lines.filter(pk=instead_of.pk).first() if instead_of else None
    if replaced:
        lock_resources_of(variant, replaced)
        remove(replaced)
    if cart.lines.still_held(clock.now()).count() >= LIVE_HOLDS_AT_MOST:
        raise TooManyHolds
    booking = calendar.hold_booking(
        variant, starts_at=starts_at, resource=resource, add_ons=add_ons, nights=nights, pet=pet
    )
    line = CartLine(
        cart=cart,
        variant=variant,
        booking=booking,
        wanted_start=starts_at,
        wanted_nights=booking.nights,
        wanted_resource=resource,
        wanted_pet=pet,
        press=press,
    )
    line.price = sum((add_on.price for add_on in add_ons), line.price_of_time)
    line.save()
    CartLineAddOn.objects.bulk_create(
        CartLineAddOn(line=line, add_on=add_on, duration=add_on.duration) for add_on in add_ons
    )
    check_company_of(variant, cart)
    return line


def check_company_of(variant: Variant, cart: Cart) -> None:
    """Raises TooManyPets if the basket holds more places of this service at one time than its rules allow."""
    if rules_of(variant.offering).pets_at_most:
        held = cart.lines.still_held(clock.now()).filter(variant__offering=variant.offering_id)
        check_company(list(held.select_related("booking", "variant__offering__rules").order_by("pk")))


@transaction.atomic
def add_visits(
    cart: Cart, variant: Variant, *, starts: Iterable[datetime], press: str = "", **chosen
) -> list[CartLine]:
    """Hold several times at once, such as the days of a week in daycare: all of them, or none. Each is a line of its own."""
    return [add_visit(cart, variant, starts_at=starts_at, press=press, **chosen) for starts_at in sorted(starts)]


def as_offered_now(add_ons: Iterable[AddOn], variant: Variant) -> list[AddOn]:
    """These extras as they are at this moment, in the shop's order. Raises ExtraNoLongerOffered."""
    wanted = {add_on.pk: add_on for add_on in add_ons}
    if not wanted:
        return []
    offered = list(AddOn.objects.on_sale().filter(offering=variant.offering_id, pk__in=wanted))
    for pk in wanted.keys() - {add_on.pk for add_on in offered}:
        raise ExtraNoLongerOffered(wanted[pk])
    return offered


def lock_resources_of(variant: Variant, line: CartLine) -> None:
    """Lock whom either visit may need, before the old booking is touched: resources come before bookings."""
    wanted = set(variant.offering.resources.values_list("pk", flat=True))
    if line.booking:
        wanted.add(line.booking.resource_id)
    calendar.lock(Resource.objects.filter(pk__in=wanted))


@transaction.atomic
def set_quantity(line: CartLine, quantity: int) -> None:
    """Want this many of a product. A line that is gone stays gone."""
    lock_for_change(line.cart_id)
    CartLine.objects.filter(pk=line.pk, wanted_start=None).update(quantity=min(quantity, QUANTITY_AT_MOST))


@transaction.atomic
def remove_line(line: CartLine) -> None:
    """Take a line out of the basket; the time it held is free again. Safe to repeat."""
    cart = lock_for_change(line.cart_id)
    if line := cart.lines.filter(pk=line.pk).first():
        remove(line)


def remove(line: CartLine) -> None:
    if line.booking:
        calendar.release_holds([line.booking])
    line.delete()


@transaction.atomic
def take_hold_away(booking: Booking, *, actor: str) -> None:
    """Staff give a time back that somebody keeps in a basket and may never pay for (OWASP OAT-021); its line says so there.

    Safe to repeat. Raises NothingToDo for a time that is of an order by now: that is cancelled, or let go, on its page.
    """
    booking = Booking.objects.get(pk=booking.main_id)
    if line := CartLine.objects.filter(booking=booking).first():
        Cart.objects.select_for_update().get(pk=line.cart_id)  # an order is placed under the same lock
    if OrderLine.objects.filter(booking=booking).exists() or VisitChange.objects.filter(booking=booking).exists():
        raise NothingToDo(_("This time belongs to an order by now. Please look at the order."))
    calendar.release_holds([booking])
    logger.info("%s took the hold of booking %s away", actor, booking.pk)
