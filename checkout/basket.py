"""What is in a basket at this moment: what is kept, what is lost, what is on the shelf, and what it comes to."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.db import connection
from django.db.models import QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from bookings import calendar
from bookings.guests import Welcome
from bookings.models import Booking, Pet
from bookings.operations import EXTENSIONS_AT_MOST
from catalog.models import AddOn
from checkout import at_shop
from checkout.discounts import Deal
from checkout.lines import lines_of
from checkout.models import Cart, CartLine, DeliveryZone, Order
from checkout.pricing import Quote, quote
from checkout.promotions import asked_with, read_deals
from checkout.terms import words_now
from petshop.core.joined import Join

# What every look at a basket asks: the database's clock, whether it is being paid as an order, whether we deliver at all,
# and the promotions that are in question for it.
MOMENT = [
    "clock_timestamp()",
    "EXISTS (SELECT FROM checkout_order WHERE cart_id = {cart} AND status = 'pending')",
    "EXISTS (SELECT FROM checkout_deliveryzone WHERE is_active)",
    "promotions_for({cart}, {typed}, {customer})",
]
CARTS_AT_A_MOMENT = Join(
    "FROM checkout_cart AS cart WHERE cart.token = %s",
    also=[part.format(cart="cart.id", typed="cart.promotion_id", customer="''") for part in MOMENT],
    cart=Cart,
)
ASK_MOMENT = "SELECT " + ", ".join(
    part.format(cart="%(cart)s", typed="%(typed)s", customer="%(customer)s") for part in MOMENT
)
FEW = 5  # "Only 5 left", as on the shelves


@dataclass(frozen=True)
class Visit:
    """A line whose time is kept at this moment."""

    line: CartLine
    now: datetime

    @property
    def booking(self) -> Booking:
        return self.line.booking

    @cached_property
    def is_for_sale(self) -> bool:
        return is_for_sale(self.line)

    @property
    def is_offered(self) -> bool:
        """Whether it can be bought at all, even if not with these extras."""
        return is_offered(self.line)

    @cached_property
    def gone_extras(self) -> list[AddOn]:
        return gone_extras(self.line)

    @property
    def terms(self) -> list[str]:
        """What would be accepted by ordering it now, as sentences."""
        return [*words_now(self.line, now=self.now), *must_be_vaccinated(self.line)]

    @property
    def other_dates(self) -> list[Booking]:
        """The further dates of a whole course."""
        if not self.line.variant.whole_course:
            return []
        return [part for part in self.booking.family if part.starts_at != self.booking.starts_at]

    @property
    def can_be_extended(self) -> bool:
        return self.booking.extensions < EXTENSIONS_AT_MOST


@dataclass(frozen=True)
class LostVisit:
    """A line whose hold has run out, and where it could go instead."""

    line: CartLine
    near: list[calendar.FreeTime]

    @cached_property
    def gone_extras(self) -> list[AddOn]:
        return gone_extras(self.line)

    @property
    def same_time(self) -> calendar.FreeTime | None:
        """The wanted time itself, if nobody has taken it meanwhile."""
        return next((time for time in self.near if time.starts_at == self.line.wanted_start), None)


@dataclass(frozen=True)
class Product:
    """A line of things, beside what the shelf holds: what an unpaid order of this basket has taken counts as ours."""

    line: CartLine
    available: int

    @cached_property
    def is_for_sale(self) -> bool:
        return is_for_sale(self.line)

    @property
    def field_id(self) -> str:
        return f"quantity-{self.line.pk}"

    @property
    def is_sold_out(self) -> bool:
        return self.available == 0

    @property
    def is_short(self) -> bool:
        return 0 < self.available < self.line.quantity

    @property
    def is_nearly_gone(self) -> bool:
        return self.line.quantity <= self.available <= FEW


@dataclass(frozen=True)
class Basket:
    """A basket as it is now. Reading it changes nothing: whether a hold is alive is a question to the clock."""

    cart: Cart | None
    order: Order | None  # the one that this basket is being paid as
    visits: list[Visit]
    lost: list[LostVisit]
    products: list[Product]
    now: datetime
    deals: list[Deal] = field(default_factory=list)  # the promotions that are in question
    delivers: bool = False  # anything, anywhere
    zone: DeliveryZone | None = None  # where what is to be delivered is brought to
    pets: list[Pet] = field(default_factory=list)  # that this browser has told us of, once a visit is for one of them

    @property
    def is_empty(self) -> bool:
        return not (self.visits or self.lost or self.products)

    @property
    def size(self) -> int:
        """How many things are in it, whether or not they can be bought: what the masthead says."""
        return sum(thing.line.quantity for thing in (*self.visits, *self.lost, *self.products))

    @cached_property
    def counted(self) -> list[CartLine]:
        """The lines that the total is made of."""
        return [thing.line for thing in (*self.visits, *self.products) if thing.is_for_sale]

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.counted)

    @cached_property
    def quote(self) -> Quote:
        return quote(self.counted, deals=self.deals, zone=self.zone, now=self.now)

    @cached_property
    def brought(self) -> list[CartLine]:
        """What is to be delivered."""
        return [line for line in self.counted if line.is_delivered]

    @property
    def is_collected(self) -> bool:
        """Whether any of its products is to be collected."""
        return any(not product.line.is_delivered for product in self.products)

    @property
    def can_be_brought(self) -> bool:
        """Whether there is anything in it that could be delivered."""
        return self.delivers and any(product.line.variant.offering.can_be_delivered for product in self.products)

    @property
    def missing_for_free_delivery(self) -> Decimal:
        """How much more of what is delivered would make it free; nought if it is, or never will be."""
        is_paid = any(charge.amount for charge in self.quote.charges)
        if not (is_paid and self.zone and self.zone.free_from is not None):
            return Decimal(0)
        worth = sum((self.quote.of(line).amount for line in self.brought), Decimal(0))
        return max(self.zone.free_from - worth, Decimal(0))

    @property
    def total(self) -> Decimal:
        return self.quote.total

    @property
    def can_be_paid_at_shop(self) -> bool:
        return self.is_offered_at_shop and not self.why_not_at_shop

    @cached_property
    def is_offered_at_shop(self) -> bool:
        return bool(self.total) and not self.quote.charges and at_shop.is_offered(self.counted)

    @cached_property
    def why_not_at_shop(self) -> str:
        """Why it cannot be paid at the shop although each thing in it could, in a sentence."""
        return at_shop.why_not(self.counted, self.total, now=self.now) if self.is_offered_at_shop else ""

    @property
    def kept_until(self) -> datetime:
        """Until when its products would wait to be paid at the shop."""
        return at_shop.keep_until(self.counted, now=self.now)

    @property
    def visits_total(self) -> Decimal:
        return sum((line.total for line in self.counted if line.is_visit), Decimal(0))

    @property
    def products_count(self) -> int:
        return sum(line.quantity for line in self.counted if not line.is_visit)

    @property
    def products_total(self) -> Decimal:
        return sum((line.total for line in self.counted if not line.is_visit), Decimal(0))

    @cached_property
    def taxes(self) -> list[tuple[Decimal, Decimal]]:
        return self.quote.taxes

    @property
    def tax(self) -> Decimal:
        return sum((tax for _, tax in self.taxes), Decimal(0))

    @cached_property
    def price_changes(self) -> list[CartLine]:
        """What costs something else now than when it was put in."""
        return [line for line in self.counted if line.price != line.unit_price]

    @cached_property
    def can_check_out(self) -> bool:
        """Whether every line can be bought as it stands."""
        return bool(self.counted) and not (
            self.lost
            or (self.brought and not self.zone)
            or any(not thing.is_for_sale for thing in (*self.visits, *self.products))
            or any(product.is_sold_out or product.is_short for product in self.products)
        )

    @property
    def could_come(self) -> list[Pet]:
        """The pets that have no visit in it yet, while there is one beside which they could have theirs."""
        coming = {visit.line.wanted_pet_id for visit in self.visits}
        return [pet for pet in self.pets if pet.pk not in coming] if self.visits else []

    @property
    def last_visit(self) -> Visit:
        return self.visits[-1]


def must_be_vaccinated(line: CartLine) -> list[str]:
    """What the service demands of the pet that is coming, as a sentence; nothing if it demands nothing."""
    offering = line.variant.offering
    vaccines = Welcome(offering, offering.rules, line.wanted_pet).vaccines
    words = _("Your pet must be vaccinated on the last day: %(vaccines)s.")
    return [words % {"vaccines": ", ".join(vaccines)}] if vaccines else []


def is_for_sale(line: CartLine) -> bool:
    return is_offered(line) and not gone_extras(line)


def is_offered(line: CartLine) -> bool:
    return line.variant.is_active and line.variant.offering.is_published


def gone_extras(line: CartLine) -> list[AddOn]:
    """The chosen extras that are not offered any more; the visit without them may still be."""
    return [add_on for add_on in line.extras if not add_on.is_active]


def look_into(cart: Cart | None, *, customer: str = "") -> Basket:
    """Everything that the pages say about a basket, by the database's clock; for this customer, once an address was typed."""
    with connection.cursor() as cursor:
        cursor.execute(ASK_MOMENT, asked_with(cart, customer))
        moment = cursor.fetchone()
    return basket_at(cart, *moment)


def look_up(token: str) -> Basket:
    """The same for the basket with this token, with a statement less."""
    for cart, *moment in CARTS_AT_A_MOMENT.read(token):
        return basket_at(cart, *moment)
    return look_into(None)


def basket_at(cart: Cart | None, now: datetime, is_being_paid: bool, delivers: bool, deals: str | None) -> Basket:
    order = cart.pending_order() if is_being_paid else None
    lines = lines_of(cart) if cart else []
    taken = {line.variant_id: line.quantity for line in order.lines.products()} if order else {}
    visits = [line for line in lines if line.is_visit]
    lost = [line for line in visits if not is_kept(line, now)]
    pets = name_pets(cart, visits)
    prefetch_related_objects(lost, "wanted_resource")
    prefetch_related_objects([line for line in visits if line.wanted_nights], "variant__offering__seasons")
    basket = Basket(
        cart=cart,
        order=order,
        visits=[Visit(line, now) for line in visits if is_kept(line, now)],
        lost=[LostVisit(line, other_times(line, now)) for line in lost],
        products=[
            Product(line, (line.variant.stock or 0) + taken.get(line.variant_id, 0))
            for line in lines
            if not line.is_visit
        ],
        now=now,
        deals=read_deals(deals, now),
        delivers=delivers,
        zone=zone_of(cart, lines),
        pets=pets,
    )
    for priced in basket.quote.lines:
        priced.line.off = priced.off
    return basket


def zone_of(cart: Cart | None, lines: list[CartLine]) -> DeliveryZone | None:
    """Not asked for while nothing is to be delivered."""
    return DeliveryZone.objects.of(cart.postal_code) if cart and any(line.is_delivered for line in lines) else None


def name_pets(cart: Cart | None, visits: list[CartLine]) -> list[Pet]:
    """The pets of this basket, each known to its visits; not asked for while no visit says whom it is for."""
    if not any(line.wanted_pet_id for line in visits):
        return []
    pets = {pet.pk: pet for pet in pets_of(cart.token)}
    for line in visits:
        if line.wanted_pet_id in pets:
            line.wanted_pet = pets[line.wanted_pet_id]
    return list(pets.values())


def pets_of(token: str) -> QuerySet[Pet]:
    """The pets that the browser with this token has told us of, in the order in which it did."""
    return Pet.objects.filter(pk__in=Cart.pets.through.objects.filter(cart__token=token).values("pet")).order_by("pk")


def is_kept(line: CartLine, now: datetime) -> bool:
    return line.booking is not None and line.booking.is_kept(now)


def other_times(line: CartLine, now: datetime) -> list[calendar.FreeTime]:
    """The three free times nearest to the one that was wanted, with the same groomer if one was chosen."""
    if not is_for_sale(line):
        return []
    return calendar.nearest_free(
        line.variant,
        start=line.wanted_start,
        now=now,
        resource=line.wanted_resource,
        add_ons=line.extras,
        nights=line.wanted_nights or 0,
        pet=line.wanted_pet,
    )
