"""Who works in the demo shop and when, and who buys there."""

from dataclasses import dataclass

from bookings.models import Weekday
from catalog.models import PetSize, Species

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

# who, days from today, from, to, why
CLOSURE = ("Tom", 5, "12:00", "15:00", "At the dentist")


@dataclass(frozen=True)
class Customer:
    """Somebody with one pet."""

    name: str
    phone: str
    pet: str
    species: str
    size: str = ""
    notes: str = ""

    @property
    def email(self) -> str:
        return self.name.lower().replace(" ", ".") + "@example.com"


DOG, CAT, SMALL = Species.DOG, Species.CAT, Species.SMALL

CUSTOMERS = [
    Customer("Ana Ruiz", "600 100 201", "Biscuit", DOG, PetSize.MEDIUM, "Hates dryers."),
    Customer("Jonas Weber", "600 100 202", "Pepper", DOG, PetSize.MEDIUM),
    Customer("Elena Costa", "600 100 203", "Milo", DOG, PetSize.SMALL),
    Customer("Samuel Okafor", "600 100 204", "Luna", DOG, PetSize.LARGE, "Left hip is sore, please lift with care."),
    Customer("Mina Park", "600 100 205", "Teddy", DOG, PetSize.SMALL),
    Customer("Lucas Moreau", "600 100 206", "Rosie", DOG, PetSize.SMALL, "May snap when tired."),
    Customer("Irene Lindqvist", "600 100 207", "Bruno", DOG, PetSize.LARGE),
    Customer("David Novak", "600 100 208", "Archie", DOG, PetSize.MEDIUM),
    Customer("Carmen Vidal", "600 100 209", "Daisy", DOG, PetSize.MEDIUM),
    Customer("Theo Papas", "600 100 210", "Hugo", DOG, PetSize.LARGE),
    Customer("Nora Haddad", "600 100 211", "Olive", CAT, PetSize.SMALL, "Shy. A quiet corner to wait in, please."),
    Customer("Pablo Iglesias Mora", "600 100 212", "Socks", CAT, PetSize.SMALL),
    Customer("Greta Holm", "600 100 213", "Ziggy", CAT, PetSize.SMALL),
    Customer("Marta Sousa", "600 100 214", "Peanut", SMALL, PetSize.SMALL),
    Customer("Oskar Bauer", "600 100 215", "Clover", SMALL, PetSize.SMALL),
    Customer("Leila Amari", "600 100 216", "Coco", DOG, PetSize.SMALL),
]
