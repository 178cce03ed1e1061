"""Codes in baskets, and which orders a promotion was used for.

A promotion is locked after everything else, by id: an order counts its uses when all else of it is certain.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from checkout.discounts import Deal
from checkout.models import SHOP, Cart, EventKind, Order, Promotion, PromotionUse, code_key
from checkout.operations.basket import lock_for_change
from checkout.pricing import Off
from checkout.promotions import customer_of, deals_for
from petshop.core import clock
from petshop.core.errors import ShopError


class NoSuchCode(ShopError):
    def __init__(self):
        super().__init__(_("We do not know this code. Please check how it is written."))


class CodeDoesNotCount(ShopError):
    """A code that we know, and that takes nothing off whatever is in the basket."""


class UsedUp(ShopError):
    """Somebody else was faster, or the same customer in another tab."""

    def __init__(self, deal: Deal):
        super().__init__(
            _("“%(name)s” has just been used up. Please look at the total without it and press Pay again.")
            % {"name": deal.code or deal.name}
        )


@transaction.atomic
def use_code(cart: Cart, typed: str) -> Promotion:
    """Remember the code that was typed for a basket, in the place of another one. What it takes off is seen there.

    Raises NoSuchCode, or CodeDoesNotCount where nothing that the customer could put into the basket would help.
    """
    cart = lock_for_change(cart.pk)
    promotion = Promotion.objects.exclude(code="").filter(key=code_key(typed)).first()
    if promotion is None:
        raise NoSuchCode
    cart.promotion = promotion
    [deal] = [deal for deal in deals_for(cart) if deal.promotion == promotion.pk]
    if deal.refused:
        raise CodeDoesNotCount(deal.refused)
    cart.save(update_fields=["promotion"])
    return promotion


@transaction.atomic
def drop_code(cart: Cart) -> None:
    """Forget the code of a basket. Safe to repeat."""
    cart = lock_for_change(cart.pk)
    cart.promotion = None
    cart.save(update_fields=["promotion"])


def count_uses(order: Order, taken: Sequence[Off]) -> None:
    """Count an order among those that have these promotions. Raises UsedUp for one that as many have as may."""
    customer = customer_of(order.email)
    for off in sorted(taken, key=lambda off: off.deal.promotion):
        deal = off.deal
        if not take_use(deal.promotion):
            raise UsedUp(deal)
        # Counted while the promotion's row is ours: nobody else is counting theirs at this moment.
        uses = PromotionUse.objects.filter(promotion=deal.promotion, customer=customer, given_back_at=None)
        if deal.per_customer is not None and uses.count() >= deal.per_customer:
            raise UsedUp(deal)
        order.promotions.create(promotion_id=deal.promotion, customer=customer, amount=off.amount)


def take_use(promotion: int) -> bool:
    """One more order has it, in one conditional UPDATE, so that two cannot both be the last one. Whether there was room."""
    has_room = Q(uses_at_most=None) | Q(used__lt=F("uses_at_most"))
    return bool(Promotion.objects.filter(has_room, pk=promotion).update(used=F("used") + 1))


def give_uses_back(order: Order) -> None:
    """An order that ended unpaid had no promotion. The caller has locked it."""
    for use in order.promotions.filter(given_back_at=None).order_by("promotion_id"):
        use.given_back_at = clock.now()
        use.save(update_fields=["given_back_at"])
        Promotion.objects.filter(pk=use.promotion_id).update(used=F("used") - 1)


def take_uses_again(order: Order) -> None:
    """Late money: what was agreed to is paid, so the promotion was used after all. One that is used up stays as it is."""
    uses: Sequence[PromotionUse] = order.promotions.exclude(given_back_at=None).select_related("promotion")
    for use in uses.order_by("promotion_id"):
        if take_use(use.promotion_id):
            use.given_back_at = None
            use.save(update_fields=["given_back_at"])
        else:
            order.record(
                EventKind.NOTE, actor=SHOP, cause="Note", text=f"{use.promotion}: paid for late, used up by others"
            )
