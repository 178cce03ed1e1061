"""What is for sale: offerings, their choices, the stock, and what makes lists quick; one module each."""

from catalog.models.listing import Change, Word
from catalog.models.offering import (
    SERVICE_KINDS,
    Category,
    Kind,
    Offering,
    Picture,
    Product,
    Question,
    Service,
    Species,
    Tint,
)
from catalog.models.stock import StockMovement, StockReason
from catalog.models.variant import AddOn, PetSize, Variant, default_tax_rate

__all__ = [
    "AddOn",
    "Category",
    "Change",
    "default_tax_rate",
    "Kind",
    "Offering",
    "PetSize",
    "Picture",
    "Product",
    "Question",
    "Service",
    "SERVICE_KINDS",
    "Species",
    "StockMovement",
    "StockReason",
    "Tint",
    "Variant",
    "Word",
]
