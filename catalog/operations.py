"""What happens to stock. Nothing else writes `Variant.stock`, and each change leaves a movement that says why."""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from catalog.models import StockMovement, StockReason, Variant
from petshop.core.errors import ShopError


class OutOfStock(ShopError):
    """There is less on the shelf than was asked for."""

    def __init__(self, variant: Variant):
        self.variant = variant
        super().__init__(_("We no longer have that many of “%(name)s”.") % {"name": variant})


def take_stock(variant: Variant, quantity: int, *, reference: str, actor: str) -> None:
    """Take from the shelf for a sale, in one conditional UPDATE, so that two buyers cannot both get the last one.

    Runs inside the caller's transaction and keeps the row locked until it ends: take several variants in primary-key
    order. `reference` names what it was sold for and can be sold once. Raises OutOfStock and changes nothing.
    """
    taken = Variant.objects.filter(pk=variant.pk, stock__gte=quantity).update(stock=F("stock") - quantity)
    if not taken:
        raise OutOfStock(variant)
    StockMovement.objects.create(
        variant=variant, delta=-quantity, reason=StockReason.SOLD, reference=reference, actor=actor
    )


def return_stock(variant: Variant, quantity: int, *, reference: str, actor: str) -> None:
    """Put back what was taken for `reference`; asked twice, it puts it back once. Same lock order as take_stock."""
    Variant.objects.select_for_update().get(pk=variant.pk)
    movement, is_new = StockMovement.objects.get_or_create(
        variant=variant,
        reason=StockReason.RETURNED,
        reference=reference,
        defaults={"delta": quantity, "actor": actor},
    )
    if is_new:
        Variant.objects.filter(pk=variant.pk).update(stock=F("stock") + movement.delta)


@transaction.atomic
def move_stock(variant: Variant, delta: int, *, reason: StockReason, actor: str, note: str = "") -> StockMovement:
    """Change what is on the shelf by `delta`, as staff counted or received it. Raises OutOfStock below zero."""
    moved = Variant.objects.filter(pk=variant.pk, stock__gte=-delta).update(stock=F("stock") + delta)
    if not moved:
        raise OutOfStock(variant)
    return StockMovement.objects.create(variant=variant, delta=delta, reason=reason, actor=actor, note=note)
