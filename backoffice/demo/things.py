"""The words in which the demo's catalog is written down."""

from dataclasses import dataclass, field
from datetime import timedelta

from catalog.models import Kind, Species

DOG, CAT, SMALL, BIRD, FISH = Species.DOG, Species.CAT, Species.SMALL, Species.BIRD, Species.FISH
FOOD_TAX = "10"  # percent; everything else has the shop's own rate


@dataclass(frozen=True)
class Choice:
    """One variant: a product's has an article number and pieces on the shelf, a service's has minutes.

    Daycare's begins at its time of the day, a stay's takes the minutes of a night, a class's can be for a whole course.
    """

    name: str
    price: str
    sku: str = ""
    stock: int = 0
    minutes: int = 0
    size: str = ""
    species: str = ""
    begins_at: str = ""
    whole_course: bool = False


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
    horizon_days: int = 60
    equipment: list[str] = field(default_factory=list)  # by name; one of them is needed too
    later_fees: list[tuple[int, int]] = field(default_factory=list)  # from so many hours before, so many percent
    asks: list[str] = field(default_factory=list)  # before a visit; nobody has to answer
    deposit: int | None = None  # in percent, when it is booked; the rest a week before


@dataclass(frozen=True)
class Dear:
    """Nights that cost more: on some days of the week, or from one day of a year to another."""

    name: str
    percent: int
    weekdays: list[int] = field(default_factory=list)
    first: str = ""  # “07-01”
    last: str = ""


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
    kind: Kind = Kind.APPOINTMENT
    seasons: list[Dear] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)
    tax_rate: str = ""
    pay_at_shop: bool = False
    questions: list[tuple[str, str]] = field(default_factory=list)
