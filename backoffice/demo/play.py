"""Plays the demo's stories: everybody shops, the past is moved to where it belongs, and the staff do their work.

All of it through the shop's own operations, paid on the local stand-in's page.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from django.db import connection
from django.db.models import Max, prefetch_related_objects

from backoffice.demo.cast import Cast
from backoffice.demo.customers import POSTAL_CODE, TOWN, Customer
from backoffice.demo.later import move_course_back
from backoffice.demo.moving import Sale, move, stamp
from backoffice.demo.orders import GIFT, STORIES, Ending, Story
from backoffice.demo.staff import moments, work_on
from backoffice.demo.weeks import ordinary_weeks
from bookings import operations as calendar
from bookings.models import Booking
from catalog.models import Variant
from checkout import emails, operations, payments
from checkout.basket import look_into
from checkout.models import Cart, CartLine, Handover, Order, OrderEvent
from checkout.operations import Details, PetDetails
from checkout.stripe_local import local_stripe
from petshop.core import clock

VISA = "4242 4242 4242 4242"
TAKES_ALONG = [Ending.PAID, Ending.PAYING, Ending.TOO_LATE]


def stories_of(cast: Cast, weeks: int) -> list[Story]:
    """What happens once, and what happens in ordinary weeks: so many before today, and as many from today on."""
    return [*STORIES, *ordinary_weeks(cast.random, cast.today, weeks)]


def to_be_sold(stories: Iterable[Story]) -> Counter:
    """How many pieces leave the shelves for good, by article number."""
    sold = Counter()
    for story in stories:
        if story.ending in TAKES_ALONG:
            sold.update(story.products)
    return sold


def play(stories: Iterable[Story], cast: Cast) -> None:
    """Fill the calendar and the order book."""
    cast.enter()
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")  # half a demo is of no use anyway, so no disk is waited for
    sales = [sale for story in stories for sale in shop(story, cast)]
    Variant.objects.filter(name=GIFT).update(is_active=False)
    cast.rooms.let_go()
    move(sales, cast.rooms.seats)
    move_course_back()
    last_event = OrderEvent.objects.aggregate(last=Max("pk"))["last"] or 0
    for sale in sales:
        tell(sale)
        work_on(sale, cast.seen_at)
        tell(sale)
    events = OrderEvent.objects.filter(order__in=[sale.order for sale in sales], pk__gt=last_event).order_by("pk")
    prefetch_related_objects([sale.order for sale in sales], "lines")
    stamp(moments(sales, events, cast.moment))
    with connection.cursor() as cursor:
        cursor.execute("RESET synchronous_commit")


# The customers


def shop(story: Story, cast: Cast) -> list[Sale]:
    """One story up to its ending. Gives the orders that belong to the past."""
    cart, customer = Cart.objects.create(), cast.customer(story)
    lines = fill_basket(cart, story, customer, cast)
    if not lines:
        return []  # that day is full
    match story.ending:
        case Ending.IN_BASKET:
            keep_for_as_long_as_possible(lines)
            return []
        case Ending.LET_GO:
            for line in lines:
                operations.remove_line(line)
            return []
    order = place(lines, customer, cast)
    payments.open_checkout(order)
    sale = Sale(order, story, bought_at=cast.moment_of_purchase(story), earlier=earlier(lines))
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
            sale.settled_after = timedelta(seconds=cast.random.randint(25, 240))
    order.refresh_from_db()
    return [sale]


def fill_basket(cart: Cart, story: Story, customer: Customer, cast: Cast) -> dict[CartLine, bool]:
    """The lines, and whether the visit of each is moved back in the end."""
    lines = {}
    for wish in cast.visits(story, customer):
        line = operations.add_visit(
            cart,
            wish.variant,
            starts_at=wish.free.starts_at,
            resource=wish.resource,
            add_ons=wish.add_ons,
            nights=wish.nights,
        )
        for booking in line.booking.family:
            cast.roster.note(booking)
        if wish.is_later and wish.nights:
            if (place := cast.rooms.keep(line.booking)) is None:
                operations.remove_line(line)
                continue
            cast.roster.note(place)
        lines[line] = wish.is_later
    for sku, quantity in story.products.items():
        lines[operations.add_product(cart, cast.by_sku[sku], quantity=quantity)] = False
    return lines


def earlier(lines: dict[CartLine, bool]) -> set[int]:
    """The bookings that are moved back."""
    return {line.booking_id for line, is_later in lines.items() if is_later}


def keep_for_as_long_as_possible(lines: Iterable[CartLine]) -> None:
    """So that whoever looks at the demo an hour later still finds a hold."""
    for line in lines:
        for _ in range(calendar.EXTENSIONS_AT_MOST if line.is_visit else 0):
            calendar.ask_for_more_time(line.booking)


def place(lines: Iterable[CartLine], customer: Customer, cast: Cast) -> Order:
    visits = [line for line in lines if line.is_visit]
    pet = PetDetails(customer.pet, customer.species, customer.size, customer.notes)
    details = Details(
        email=customer.email,
        name=customer.name,
        phone=customer.phone,
        handover=Handover.VISIT if visits else Handover.PICKUP,
        pets={line.pk: pet for line in visits},
    )
    [cart] = {line.cart for line in lines}
    if is_brought(lines):
        operations.deliver_to(cart, POSTAL_CODE)
        cart.refresh_from_db()
        for line in lines:
            operations.deliver(line, wanted=True)
        details = replace(details, street=customer.street, city=TOWN)
    total = look_into(cart).total
    order = operations.place_order(cart, details=details, agreed_total=total)
    # Numbers are random; the demo's come from its seed, so that they are the same on everybody's screen.
    Order.objects.filter(pk=order.pk).update(number=cast.number())
    return order


def is_brought(lines: Iterable[CartLine]) -> bool:
    """Whoever comes anyway collects; whoever buys several things, and only things, has them brought."""
    return len(lines) > 1 and not any(line.is_visit for line in lines)


def pay(order: Order) -> None:
    """Pay on the stand-in's page, which tells our webhook. An order of nothing was paid by being placed."""
    for payment in order.payments.live():
        local_stripe().pay(payment.session_id, VISA)


def lose_the_time(sale: Sale, cast: Cast) -> Sale:
    """While a customer is at the bank the hold runs out, somebody else takes the time, and then the money comes."""
    order, story = sale.order, sale.story
    a_minute_ago = clock.now() - timedelta(minutes=1)
    Order.objects.filter(pk=order.pk).update(held_until=a_minute_ago)
    Booking.objects.filter(order_line__order=order).update(held_until=a_minute_ago)

    wanted = Booking.objects.get(order_line__order=order)
    cart, rival = Cart.objects.create(), cast.customer_for(wanted.variant, story)
    line = operations.add_visit(cart, wanted.variant, starts_at=wanted.starts_at, resource=wanted.resource)
    quicker = place([line], rival, cast)
    payments.open_checkout(quicker)
    pay(quicker)
    pay(order)
    order.refresh_from_db()
    quicker.refresh_from_db()
    sale.settled_after = timedelta(minutes=50)
    return Sale(quicker, story, bought_at=sale.bought_at + timedelta(minutes=47))


def tell(sale: Sale) -> None:
    """Send what was queued for the customer now rather than by the worker, so that it says what was so then."""
    for message in sale.order.messages.all():
        emails.send(message)
