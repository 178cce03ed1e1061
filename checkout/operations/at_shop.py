"""An order that is paid at the shop: accepted as it is placed, without a card, within limits that keep the shop open to others."""

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from checkout.at_shop import UNPAID_AT_MOST, is_offered, why_not
from checkout.models import CUSTOMER, Cart, CartLine, EventKind, Order, OrderLine, OrderStatus
from checkout.operations.paying import confirm_visits, empty_basket, queue_message, remember_pets
from checkout.pricing import Quote
from petshop.core.errors import ShopError


class NotAtShop(ShopError):
    """Something in the basket is paid when it is ordered."""

    def __init__(self, reason: str = ""):
        super().__init__(reason or _("Not everything in your basket can be paid at the shop. Please pay by card."))


class TooManyUnpaid(ShopError):
    """Whoever has so many orders to pay at the shop already pays the next one when it is placed."""

    def __init__(self, count: int):
        words = ngettext(
            "You have an order to pay at the shop already. Please pay this one by card.",
            "You have %(count)d orders to pay at the shop already. Please pay this one by card.",
            count,
        )
        super().__init__(words % {"count": count})


def check_at_shop(lines: list[CartLine], price: Quote, now) -> None:
    if not is_offered(lines) or price.charges or not price.total:
        raise NotAtShop
    if reason := why_not(lines, price.total, now=now):
        raise NotAtShop(reason)


def check_unpaid(cart: Cart, details) -> None:
    """Count what this browser, this address and this phone have not paid yet. Two at once count one after the other."""
    lock_customer(details.email)
    theirs = Q(cart=cart) | Q(email__iexact=details.email)
    if details.phone:
        theirs |= Q(phone=details.phone)
    unpaid = Order.objects.filter(theirs, status=OrderStatus.CONFIRMED)
    count = unpaid.filter(lines__in=OrderLine.objects.at_shop().filter(cancelled_at=None)).distinct().count()
    if count >= UNPAID_AT_MOST:
        raise TooManyUnpaid(count)


def lock_customer(email: str) -> None:
    """Until this transaction ends, nobody else places an order to pay at the shop for this address."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"unpaid:{email.casefold()}"])


def confirm_unpaid(order: Order, cart: Cart) -> None:
    """Accept an order of which nothing is paid yet: its visits are booked, its basket is empty, its customer is told."""
    confirm_visits(order)
    order.move_to(OrderStatus.CONFIRMED, EventKind.ACCEPTED, actor=CUSTOMER, cause="To be paid at the shop")
    empty_basket(cart, order)
    remember_pets(cart, order)
    queue_message(order, kind="confirmation", key=f"confirm:{order.pk}")
