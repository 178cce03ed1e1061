"""Who works in the demo shop, and when."""

from dataclasses import dataclass

from bookings.models import Weekday

WEEK = [Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY]

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
    services: list[str]
    hours: list[tuple]
    places: int = 1


COLLEAGUES = [
    Colleague("Maya", "Head groomer", ["full-groom", "bath-and-tidy", "cat-groom", "nail-trim"], []),
    Colleague("Tom", "Groomer, good with puppies", ["full-groom", "bath-and-tidy", "nail-trim"], []),
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
            *((day, "12:00", "19:00") for day in WEEK[1:]),
            (Weekday.SATURDAY, "09:00", "15:00"),
        ],
    ),
    Colleague(
        "Elin",
        "Playroom, up to six dogs",
        ["half-a-day-of-daycare", "settling-in-visit"],
        [
            *((day, "09:00", "13:00") for day in [*WEEK, Weekday.SATURDAY]),
            *((day, "14:00", "18:00") for day in [*WEEK, Weekday.SATURDAY]),
        ],
        places=6,
    ),
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
