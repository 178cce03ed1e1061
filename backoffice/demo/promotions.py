"""What the demo shop gives away: a welcome to whoever comes first, and a bath with its shampoo."""

from decimal import Decimal

from catalog.models import Offering
from checkout.models import Promotion


def add_promotions() -> None:
    Promotion.objects.create(name="Welcome to the family", code="WELCOME10", value=Decimal(10), uses_per_customer=1)
    together = Promotion.objects.create(name="Bath and shampoo together", value=Decimal(15), is_bundle=True)
    for slug in ("bath-and-tidy", "fern-oat-shampoo"):
        together.items.create(offering=Offering.objects.get(slug=slug))
