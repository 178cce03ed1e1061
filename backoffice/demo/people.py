"""Who works in the demo shop, and when."""

from dataclasses import dataclass, field

from bookings.models import Weekday
from catalog.models import PetSize, Species

WEEK = [Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY]

EVENINGS_OF_SCHOOL = [Weekday.TUESDAY, Weekday.THURSDAY]

# Whoever has no hours of their own works when the shop is open.
SHOP_HOURS = [
    *((day, "09:00", "19:00") for day in WEEK),
    (Weekday.SATURDAY, "09:00", "18:00"),
    (Weekday.SUNDAY, "10:00", "15:00"),
]


@dataclass(frozen=True)
class Colleague:
    name: str
    role: str
    services: list[str] = field(default_factory=list)
    hours: list[tuple] = field(default_factory=list)
    places: int = 1
    art: str = ""  # of a room; people have their own
    species: list[str] = field(default_factory=list)
    sizes: list[str] = field(default_factory=list)


TUBS = ["Left tub", "Right tub"]

COLLEAGUES = [
    Colleague("Maya", "Head groomer", ["full-groom", "bath-and-tidy", "cat-groom", "nail-trim"]),
    Colleague("Tom", "Groomer, good with puppies", ["full-groom", "bath-and-tidy", "nail-trim"]),
    Colleague(
        "Amira",
        "Groomer, good with cats",
        ["full-groom", "bath-and-tidy", "cat-groom", "nail-trim"],
        [(day, "11:00", "19:00") for day in [*WEEK[1:], Weekday.SATURDAY]],
    ),
    Colleague(
        "Priya",
        "Vet nurse",
        ["vet-check-up", "nail-trim"],
        [
            *((day, "09:00", "13:00") for day in [*WEEK, Weekday.SATURDAY]),
            *((day, "14:00", "18:00") for day in [*WEEK, Weekday.SATURDAY]),
            (Weekday.SUNDAY, "10:00", "14:00"),
        ],
    ),
    Colleague(
        "Sam",
        "Trainer",
        ["puppy-lesson"],
        [
            *((day, "12:00", "17:30") for day in EVENINGS_OF_SCHOOL),
            *((day, "12:00", "19:00") for day in [Weekday.WEDNESDAY, Weekday.FRIDAY]),
            (Weekday.SATURDAY, "09:00", "15:00"),
        ],
    ),
    Colleague(
        "Playroom",
        "With Elin, for twenty dogs",
        ["daycare"],
        [(day, "09:00", "18:00") for day in [*WEEK, Weekday.SATURDAY]],
        places=20,
        art="services/daycare.svg",
    ),
    Colleague("Class room", "With Sam", ["puppy-school"], places=8, art="services/training.svg"),
    Colleague(
        "Quiet kennels",
        "For small and medium dogs",
        ["dog-boarding"],
        places=6,
        art="services/boarding.svg",
        species=[Species.DOG],
        sizes=[PetSize.SMALL, PetSize.MEDIUM],
    ),
    Colleague(
        "Big kennels",
        "For large dogs",
        ["dog-boarding"],
        places=4,
        art="services/boarding.svg",
        species=[Species.DOG],
        sizes=[PetSize.LARGE],
    ),
    Colleague("Cat rooms", "", ["cat-boarding"], places=5, art="services/cat-groom.svg", species=[Species.CAT]),
    *(Colleague(tub, "", art="services/bath-tidy.svg") for tub in TUBS),
]


@dataclass(frozen=True)
class Away:
    """A time without visits, in days from today; without a name the whole shop is closed."""

    who: str
    first: int
    opens: str
    last: int
    closes: str
    why: str


CLOSURES = [
    Away("Tom", 5, "12:00", 5, "15:00", "At the dentist"),
    Away("Amira", 9, "00:00", 15, "00:00", "On holiday"),
    Away("", 24, "00:00", 25, "00:00", "Stocktaking"),
]


@dataclass(frozen=True)
class Special:
    """A day with hours of its own, so many days from today; without a name it is the whole shop's."""

    who: str
    ahead: int
    opens: str
    closes: str
    why: str


SPECIAL_DAYS = [
    Special("", 17, "10:00", "15:00", "Staff training in the afternoon"),
    Special("Amira", 19, "09:00", "14:00", ""),
]


@dataclass(frozen=True)
class School:
    """A course of puppy school, on one evening of the week: it begins on the first one from so many days from today on."""

    name: str
    weekday: Weekday
    first: int


RUNNING, NEXT = School("Tuesdays", Weekday.TUESDAY, -24), School("Thursdays", Weekday.THURSDAY, 5)
SCHOOL_AT = "18:00"
