"""Plays the demo's stories: everybody shops, the past is moved to where it belongs, and the staff do their work.

All of it through the shop's own operations, paid on the local stand-in's page.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from backoffice.demo.cast import Cast
from backoffice.demo.moving import Sale, move, stamp
from backoffice.demo.orders import GIFT, STORIES, Ending, Story
from backoffice.demo.people import Customer
from bookings import operations as calendar
from bookings.models import Booking
from catalog.models import Variant
from checkout import emails, fulfilment, operations, payments
from checkout.models import Cart, Handover, Order
from checkout.operations import Details, PetDetails
from checkout.stripe_local import local_stripe
from petshop.core import clock, demo_logins

VISA = "4242 4242 4242 4242"


def play(seed: int, today: date) -> None:
    """Fill the calendar and the order book of last week, today and next week. The same seed makes the same shop."""
    cast = Cast(seed, today)
    sales = [sale for story in STORIES for sale in shop(story, cast)]
    Variant.objects.filter(name=GIFT).update(is_active=False)
    move(sales)
    for sale in sales:
        tell(sale)
        work_on(sale)
    stamp(sales)


# The customers


def shop(story: Story, cast: Cast) -> list[Sale]:
    """One story up to its ending. Gives the orders that belong to the past."""
    cart, customer = Cart.objects.create(), cast.customer(story)
    fill_basket(cart, story, customer, cast)
    match story.ending:
        case Ending.IN_BASKET:
            keep_for_as_long_as_possible(cart)
            return []
        case Ending.LET_GO:
            for line in cart.lines.all():
                operations.remove_line(line)
            return []
    order = place(cart, customer, cast)
    payments.open_checkout(order)
    sale = Sale(order, story, bought_at=cast.moment_of_purchase(story, order), visits_by=cast.way_back(story, order))
    match story.ending:
        case Ending.PAYING:
            return []
        case Ending.EXPIRED:
            payments.close_order(order, cause="Not paid in time", to_cart=False)
            sale.settled_after = timedelta(minutes=46)
        case Ending.TOO_LATE:
            return [sale, lose_the_time(sale, cast)]
        case Ending.PAID:
            pay(order)
    return [sale]


def fill_basket(cart: Cart, story: Story, customer: Customer, cast: Cast) -> None:
    after = None
    for service in story.visits:
        variant = cast.variant(service, customer)
        free, resource = cast.time(variant, story, after=after)
        operations.add_visit(cart, variant, starts_at=free.starts_at, resource=resource)
        after = free.ends_at
    for sku, quantity in story.products.items():
        operations.add_product(cart, Variant.objects.get(sku=sku), quantity=quantity)


def keep_for_as_long_as_possible(cart: Cart) -> None:
    """So that whoever looks at the demo an hour later still finds a hold."""
    for line in cart.lines.exclude(booking=None).select_related("booking"):
        for _ in range(calendar.EXTENSIONS_AT_MOST):
            calendar.ask_for_more_time(line.booking)


def place(cart: Cart, customer: Customer, cast: Cast) -> Order:
    lines = list(cart.lines.with_things())
    visits = [line for line in lines if line.is_visit]
    pet = PetDetails(customer.pet, customer.species, customer.size, customer.notes)
    details = Details(
        email=customer.email,
        name=customer.name,
        phone=customer.phone,
        handover=Handover.VISIT if visits else Handover.PICKUP,
        pets={line.pk: pet for line in visits},
    )
    total = sum((line.total for line in lines), Decimal(0))
    order = operations.place_order(cart, details=details, agreed_total=total)
    # Numbers are random; the demo's come from its seed, so that they are the same on everybody's screen.
    Order.objects.filter(pk=order.pk).update(number=cast.number())
    order.refresh_from_db()
    return order


def pay(order: Order) -> None:
    """Pay on the stand-in's page, and come back. An order of nothing was paid by being placed."""
    for payment in order.payments.live():
        local_stripe().pay(payment.session_id, VISA)  # which tells our webhook
    payments.settle_order(order)


def lose_the_time(sale: Sale, cast: Cast) -> Sale:
    """While a customer is at the bank the hold runs out, somebody else takes the time, and then the money comes."""
    order, story = sale.order, sale.story
    a_minute_ago = clock.now() - timedelta(minutes=1)
    Order.objects.filter(pk=order.pk).update(held_until=a_minute_ago)
    Booking.objects.filter(order_line__order=order).update(held_until=a_minute_ago)

    wanted = Booking.objects.get(order_line__order=order)
    cart, rival = Cart.objects.create(), cast.customer_for(wanted.variant, story)
    operations.add_visit(cart, wanted.variant, starts_at=wanted.starts_at, resource=wanted.resource)
    quicker = place(cart, rival, cast)
    payments.open_checkout(quicker)
    pay(quicker)
    pay(order)
    sale.settled_after = timedelta(minutes=50)
    return Sale(quicker, story, bought_at=sale.bought_at + timedelta(minutes=47))


def tell(sale: Sale) -> None:
    """Send what was queued for the customer now rather than by the worker, so that it says what was so then."""
    for message in sale.order.messages.all():
        emails.send(message)


# The staff

STEPS: dict[str, Callable[[Order], None]] = {
    "pack": lambda order: fulfilment.pack(order, actor=demo_logins.DESK),
    "hand_over": lambda order: fulfilment.hand_over(order, actor=demo_logins.DESK),
    "check_in": lambda order: for_each_visit(order, fulfilment.check_in),
    "complete": lambda order: for_each_visit(order, fulfilment.complete),
    "no_show": lambda order: for_each_visit(order, fulfilment.mark_no_show),
}


def for_each_visit(order: Order, step: Callable) -> None:
    for line in order.lines.visits():
        step(line, actor=demo_logins.DESK)


def work_on(sale: Sale) -> None:
    """What the staff did with an order."""
    at = sale.bought_at
    for step in sale.story.then:
        at = moment_of(step, sale)
        do(STEPS[step], sale, at)
    if text := sale.story.note:
        do(lambda order: operations.add_note(order, text=text, actor=demo_logins.DESK), sale, at + timedelta(minutes=9))


def do(what: Callable[[Order], None], sale: Sale, at: datetime) -> None:
    """Do it now, and remember when it was done if the story lies before today."""
    known = set(sale.order.events.values_list("pk", flat=True))
    what(sale.order)
    if sale.story.day < 0:
        sale.stamps |= {event.pk: at for event in sale.order.events.exclude(pk__in=known)}


def moment_of(step: str, sale: Sale) -> datetime:
    """When a member of the staff did this: round the visit, or soon after something was bought without one."""
    if visit := sale.order.lines.visits().first():
        return {
            "pack": visit.starts_at - timedelta(hours=1),
            "check_in": visit.starts_at - timedelta(minutes=3),
            "no_show": visit.starts_at + timedelta(minutes=20),
            "complete": visit.ends_at,
            "hand_over": visit.ends_at + timedelta(minutes=4),
        }[step]
    return sale.bought_at + {"pack": timedelta(minutes=25), "hand_over": timedelta(minutes=40)}[step]
