"""What goes back on the shelf when something that was sold is called off or brought back."""

from django.db.models import Q, Sum

from catalog.models import StockMovement, StockReason
from catalog.operations import move_stock, return_stock
from checkout.models import OrderLine


def put_back(line: OrderLine, *, actor: str, is_wasted: bool = False) -> None:
    """Put back what of this line is not back yet; what is wasted comes back and is written off. Safe to repeat.

    Inside the caller's transaction, with the order locked; several lines in the order of their variants.
    """
    its_own = Q(reference=line.stock_reference) | Q(reference__startswith=f"{line.stock_reference}:")
    moved = StockMovement.objects.filter(its_own, variant=line.variant_id)
    outside = -(moved.aggregate(sum=Sum("delta"))["sum"] or 0)
    if outside <= 0:
        return
    sold = moved.filter(reason=StockReason.SOLD).latest("pk")  # late money takes it from the shelf once more
    return_stock(line.variant, outside, reference=sold.reference, actor=actor)
    if is_wasted:
        note = f"{line.order.number}: cannot be sold any more"
        move_stock(line.variant, -outside, reason=StockReason.SPOILED, actor=actor, note=note)
