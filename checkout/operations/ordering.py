"""From a basket to an order, and an order's end when nobody pays it."""

from dataclasses import asdict, dataclass, field
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from bookings import operations as calendar
from bookings.models import Booking, Pet
from bookings.terms import read_terms
from catalog.operations import take_stock
from checkout.models import (
    CHARGE,
    CUSTOMER,
    Cart,
    CartLine,
    EventKind,
    Handover,
    Order,
    OrderEvent,
    OrderLineAddOn,
    OrderLineNight,
    OrderStatus,
    ParcelStatus,
    PaymentProvider,
    new_number,
)
from checkout.operations.at_shop import check_unpaid, confirm_unpaid
from checkout.operations.checking import check_lines
from checkout.operations.delivering import address_of, zone_for
from checkout.operations.linking import PaymentLink, hand_over
from checkout.operations.paying import GRACE, PAY_WITHIN, accept, add_attempt, end_order, lock_order
from checkout.operations.pets import same_pet
from checkout.operations.promoting import count_uses
from checkout.pricing import Charge, PricedLine
from checkout.promotions import deals_for
from checkout.terms import frozen_terms
from petshop.core import clock
from petshop.core.errors import ShopError


class BasketChanged(ShopError):
    """A visit came in from another tab, and nobody has said yet whom it is for."""

    def __init__(self):
        super().__init__(_("Your basket has changed meanwhile. Please look and press Pay again."))


@dataclass(frozen=True)
class PetDetails:
    name: str
    species: str
    size: str = ""
    notes: str = ""
    allergies: str = ""
    known: Pet | None = None  # the one that was chosen before the time


@dataclass(frozen=True)
class Answer:
    """What was answered to a question that the shop asks before a visit."""

    question: str
    answer: str


def frozen_answers(answers: list[Answer]) -> list[dict]:
    """As an order's line keeps them, whatever the shop asks later."""
    return [asdict(answer) for answer in answers]


@dataclass(frozen=True)
class Details:
    """What a customer tells us to place an order, the pet and the answers of each visit by its basket line's id.

    Every visit has a pet, and answers only where something is asked.
    """

    email: str
    name: str
    phone: str = ""
    handover: str = ""
    street: str = ""  # and the town: where to bring what is to be delivered
    city: str = ""
    pets: dict[int, PetDetails] = field(default_factory=dict)
    answers: dict[int, list[Answer]] = field(default_factory=dict)


@transaction.atomic(durable=True)
def place_order(
    cart: Cart,
    *,
    details: Details,
    agreed_total: Decimal,
    agreed_now: Decimal | None = None,
    at_shop: bool = False,
    link: PaymentLink | None = None,
) -> Order:
    """Turn a basket into an order that awaits payment; or raise, and change nothing. Asked twice, it gives the same order.

    Takes the stock, keeps the times for as long as the payment page is open and a little longer, freezes names, prices
    and rules, and writes down the attempt to collect the money. The basket keeps its lines and is tied to the order.
    `agreed_total` is what the customer saw, and `agreed_now` what of it is paid at once: a dearer basket, or one of which
    more is due now, raises PriceRose; a cheaper one is simply cheaper. An order of nothing to pay is paid when this
    returns, and one that is paid `at_shop` is confirmed; that raises NotAtShop or TooManyUnpaid if it may not be.
    One with a `link` was made by staff: nobody is at a payment page yet, it is kept for as long as that says, and it is
    tied to no basket.
    """
    cart = Cart.objects.select_for_update().get(pk=cart.pk)
    if pending := cart.pending_order():
        return pending
    lines = list(cart.lines.with_things().order_by("variant_id", "pk"))
    visits = [line for line in lines if line.is_visit]
    products = [line for line in lines if not line.is_visit]
    read_terms(line.variant.offering for line in visits)
    zone = zone_for(cart, lines)
    price = check_lines(
        lines, agreed_total, agreed_now, deals=deals_for(cart, customer=details.email), zone=zone, at_shop=at_shop
    )
    if at_shop:
        check_unpaid(cart, details)
    if not {line.pk for line in visits} <= details.pets.keys():
        raise BasketChanged

    now = clock.now()
    session_expires_at = now + PAY_WITHIN
    actor = link.actor if link else CUSTOMER
    order = Order.objects.create(
        number=free_number(),
        cart=cart,
        email=details.email,
        name=details.name,
        phone=details.phone,
        handover=(details.handover or Handover.PICKUP) if any(not line.is_delivered for line in products) else "",
        **(address_of(cart, street=details.street, city=details.city) if zone else {}),
        currency=settings.SHOP_CURRENCY,
        subtotal=price.subtotal,
        discount=price.discount,
        total=price.total,
        held_until=now + link.kept_for if link else session_expires_at + GRACE,
    )
    for line in products:
        frozen = order.lines.create(
            **frozen_line(price.of(line)),
            quantity=line.quantity,
            parcel=ParcelStatus.TO_PACK,
            is_delivered=line.is_delivered,
        )
        take_stock(line.variant, line.quantity, reference=frozen.stock_reference, actor=actor)
    keep_visits(order, [price.of(line) for line in visits], details)
    for charge in price.charges:
        order.lines.create(
            kind=CHARGE,
            name=charge.name,
            variant_name=charge.detail,
            unit_price=charge.price,
            tax_rate=charge.tax_rate,
            **frozen_reductions(charge),
        )
    count_uses(order, price.off)
    cause = "Placed for the customer, to be paid by its link" if link else "Placed at the checkout"
    order.move_to(OrderStatus.PENDING, EventKind.PLACED, actor=actor, cause=cause)
    if link and price.due_now:
        hand_over(order, cart)
        return order
    if at_shop:
        confirm_unpaid(order, cart)
        return order
    payment = add_attempt(order, session_expires_at)
    if payment.provider == PaymentProvider.NONE:
        accept(payment, order, cart)
    return order


def free_number() -> str:
    """A number that no order has: of 33 million, so once there are many orders every so often one is taken."""
    return next(number for number in iter(new_number, None) if not Order.objects.filter(number=number).exists())


def frozen_line(priced: PricedLine) -> dict:
    """What a basket's line and an order's line have in common, at this moment."""
    line = priced.line
    offering = line.variant.offering
    return {
        "variant": line.variant,
        "kind": offering.kind,
        "name": offering.name,
        "variant_name": line.variant.name,
        "art": offering.art,
        "tint": offering.category.tint,
        "unit_price": line.unit_price,
        **frozen_reductions(priced),
        "due_later": priced.due_later,
        "due_by": priced.due_by,
        "tax_rate": line.variant.tax_rate,
    }


def frozen_reductions(priced: PricedLine | Charge) -> dict:
    """What is off, and by the names that promotions have at this moment."""
    said = [{"name": off.name, "amount": str(off.amount)} for off in priced.off]
    return {"discount": priced.discount, "reductions": said}


def keep_visits(order: Order, priced_visits: list[PricedLine], details: Details) -> None:
    """Keep the visits' times until the order's hold ends, say whom they are for, and freeze them as sold."""
    visits = [priced.line for priced in priced_visits]
    bookings = [line.booking for line in visits]
    calendar.extend_holds(bookings, until=order.held_until)
    pets = pets_of(visits, details, order.cart)
    for line in visits:
        line.booking.variant = line.variant  # with its service and the rules, which are asked what they demand
    calendar.assign_pets({line.booking: pets[line.pk] for line in visits})
    for priced in priced_visits:
        line = priced.line
        booking, pet = line.booking, pets[line.pk]
        sold = order.lines.create(
            **frozen_line(priced),
            booking=booking,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            dates=dates_of(booking),
            resource_name=booking.resource.name,
            pet_name=pet.name,
            pet_species=pet.species,
            pet_size=pet.size,
            rules=frozen_terms(line),
            answers=frozen_answers(details.answers.get(line.pk, [])),
        )
        OrderLineAddOn.objects.bulk_create(
            OrderLineAddOn(
                line=sold,
                add_on=chosen.add_on,
                name=chosen.name,
                price=chosen.price,
                duration=chosen.duration,  # of the time that is held, whatever the catalog says by now
            )
            for chosen in line.chosen
        )
        OrderLineNight.objects.bulk_create(
            OrderLineNight(line=sold, day=night.day, price=night.price) for night in line.nights
        )


def dates_of(booking: Booking) -> list[list[str]]:
    """Start and end of each date of a whole course; nothing for what is one visit."""
    others = [part for part in booking.parts.all() if part.starts_at != booking.starts_at]
    return [[each.starts_at.isoformat(), each.ends_at.isoformat()] for each in (booking, *others)] if others else []


def pets_of(visits: list[CartLine], details: Details, cart: Cart) -> dict[int, Pet]:
    """The pet of each visit by its basket line, with what was said of it this time.

    Two visits of one name and species are one pet's; so is one of a pet that this browser has told us of before.
    """
    pets, known = {}, {}
    for line in visits:
        wanted = details.pets[line.pk]
        same = (wanted.name.casefold(), wanted.species)
        if same not in known:
            pet = wanted.known or same_pet(cart, wanted.name, wanted.species)
            known[same] = listen(pet, wanted) if pet else Pet.objects.create(**said_of(wanted))
        pets[line.pk] = known[same]
    return pets


def said_of(wanted: PetDetails) -> dict[str, str]:
    return {name: getattr(wanted, name) for name in ("name", "species", "size", "notes", "allergies")}


def listen(pet: Pet, wanted: PetDetails) -> Pet:
    """What is said of a pet now counts; where nothing was asked, what we know of it stays."""
    said = {"notes": wanted.notes}
    if wanted.known:
        said["allergies"] = wanted.allergies
    elif wanted.size and wanted.size != pet.size:
        said |= {"size": wanted.size, "weight": None}  # it was weighed when it had another
    for name, value in said.items():
        setattr(pet, name, value)
    pet.save(update_fields=list(said))
    return pet


@transaction.atomic(durable=True)
def expire_order(order: Order, *, cause: str, to_cart: bool) -> bool:
    """End an order that nobody can pay any more; its stock goes back. True if it was this call that ended it.

    `to_cart`: its visits go back to the basket for fifteen minutes, for a customer who is still there; otherwise their
    times are free. The caller has closed the payment page: while an attempt is live this changes nothing. Safe to repeat.
    """
    cart, order = lock_order(order.pk)
    live = order.payments.live().select_for_update().exists()
    if order.status != OrderStatus.PENDING or live:
        return False
    end_order(order, cart, cause=cause, to_cart=to_cart)
    return True


@transaction.atomic
def add_note(order: Order, *, text: str, actor: str) -> OrderEvent:
    """Write a note of the staff into the order's timeline; the customer does not see it."""
    return order.record(EventKind.NOTE, actor=actor, cause="Note", text=text)
