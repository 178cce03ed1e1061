"""The words in which the demo's catalog is written down."""

from dataclasses import dataclass, field
from datetime import timedelta

from catalog.models import Species

DOG, CAT, SMALL, BIRD, FISH = Species.DOG, Species.CAT, Species.SMALL, Species.BIRD, Species.FISH
FOOD_TAX = "10"  # percent; everything else has the shop's own rate


@dataclass(frozen=True)
class Choice:
    """One variant: a product's has an article number and pieces on the shelf, a service's has minutes."""

    name: str
    price: str
    sku: str = ""
    stock: int = 0
    minutes: int = 0
    size: str = ""


@dataclass(frozen=True)
class Extra:
    """An add-on of a service."""

    name: str
    price: str
    minutes: int = 0


@dataclass(frozen=True)
class Rules:
    """Where a service differs from the rules that services have anyway."""

    what_to_bring: str
    step: timedelta = timedelta(minutes=30)
    buffer_after: timedelta = timedelta(0)


@dataclass(frozen=True)
class Thing:
    """An offering. One with rules is a service."""

    name: str
    slug: str
    category: str
    species: list[str]
    art: str
    summary: str
    description: str
    choices: list[Choice]
    rules: Rules | None = None
    extras: list[Extra] = field(default_factory=list)
    tax_rate: str = ""
    questions: list[tuple[str, str]] = field(default_factory=list)
