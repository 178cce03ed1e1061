"""What people bought in the demo shop, as stories: who came on which day, and what became of it."""

from dataclasses import dataclass, field
from enum import Enum


class Ending(Enum):
    """How far a basket came."""

    PAID = "paid"
    IN_BASKET = "a time is held, and somebody is still choosing"
    LET_GO = "a time was held and given back"
    PAYING = "the payment page is open"
    EXPIRED = "the payment page closed unpaid"
    TOO_LATE = "paid after somebody else had the time"


class Part(Enum):
    """Where in its day a visit lies, seen from the present moment. Only today has all three."""

    EARLIER = "over"
    NOW = "here"
    LATER = "to come"


class Parcel(Enum):
    """How far the staff are with products that are ready to go by now."""

    UNTOUCHED = "nobody has packed it"
    WAITS = "packed, and not yet collected"
    COLLECTED = "handed over"


@dataclass(frozen=True)
class Story:
    """One basket. `day` counts from today: of its first visit, or of the purchase if there is none."""

    day: int
    visits: list[str] = field(default_factory=list)  # services by their address, the gift, or a whole course
    products: dict[str, int] = field(default_factory=dict)  # how many, by article number
    ending: Ending = Ending.PAID
    part: Part | None = None
    parcel: Parcel = Parcel.COLLECTED
    is_missed: bool = False  # nobody came
    note: str = ""
    customer: str = ""  # by name; without one it is whoever has not been here for longest
    weeks: int = 1  # so many weeks in a row, all in this basket
    nights: int = 0  # of a stay


# The opening week's present, a choice of the nail trim that is no longer for sale.
GIFT = "Opening week, on the house"

# The choice of puppy school that is for all its evenings.
COURSE = "The whole course"

# What happens once, whatever the seed, so that every state of an order and of a visit is there to be looked at.
STORIES = [
    # Last week
    Story(-7, ["full-groom"], {"FRN-OAT-400": 1, "CAR-SLICK": 1}),
    Story(-6, ["bath-and-tidy"]),
    Story(-6, [], {"HRV-CO-12": 1, "NBS-BONE-300": 2}),
    Story(-5, ["vet-check-up"], note="Weighs 300 g more than in spring. Asked about joint supplements."),
    Story(-5, [GIFT]),
    Story(-4, ["cat-groom"]),
    Story(-4, [], {"MIM-TUN-12": 1, "TOY-MOUSE": 1}),
    Story(-3, ["bath-and-tidy"], {"CAR-TOWEL": 1}),
    Story(
        -3,
        ["full-groom"],
        {"HRV-CO-6": 1},
        parcel=Parcel.WAITS,
        is_missed=True,
        note="Not reached by phone. The bag is at the desk.",
    ),
    Story(-2, ["nail-trim"]),
    Story(-2, [], {"BRW-HAY-2": 2}, parcel=Parcel.WAITS),
    Story(-1, ["vet-check-up"], {"MIM-TUN-1": 6}, parcel=Parcel.WAITS),
    Story(-1, ["full-groom"]),
    Story(-1, [], {"ORC-COL-M": 1, "TOY-DUCK": 1}, parcel=Parcel.UNTOUCHED),
    Story(-2, ["bath-and-tidy"], {"NBS-BONE-300": 1}, Ending.EXPIRED),
    # Today, the long visits first: they need more room in the day
    Story(0, ["full-groom"], {"FRN-OAT-400": 1}, part=Part.NOW, parcel=Parcel.UNTOUCHED),
    Story(0, ["full-groom"], {"CAR-SLICK": 1}, part=Part.LATER),
    Story(0, ["nail-trim"], part=Part.EARLIER),
    Story(0, ["vet-check-up"], part=Part.EARLIER, is_missed=True),
    Story(0, ["bath-and-tidy"], {"NBS-HEART-200": 2}, part=Part.EARLIER, parcel=Parcel.WAITS),
    Story(0, ["bath-and-tidy"], part=Part.NOW),
    Story(0, ["bath-and-tidy"], {"HRV-CO-2": 1, "TOY-DUCK": 1}, part=Part.LATER, parcel=Parcel.UNTOUCHED),
    Story(0, ["vet-check-up"], part=Part.LATER),
    Story(0, [], {"FRN-OAT-1000": 1}, parcel=Parcel.UNTOUCHED),
    Story(0, [], {"MIM-IND-4": 1, "MIM-BITE-3": 1}, parcel=Parcel.WAITS),
    # Next week
    Story(1, ["full-groom"], {"FRN-OAT-400": 1, "HRV-CO-12": 1}),
    Story(1, ["vet-check-up"]),
    Story(2, ["vet-check-up", "nail-trim"]),
    Story(3, ["full-groom"], {"CLD-BED-M": 1}, note="Comes a little late, the school run. Agreed on the phone."),
    Story(3, ["nail-trim"], {"TDL-GLD-200": 1}),
    Story(4, ["bath-and-tidy"], {"CAR-TOWEL": 1, "FRN-OAT-400": 1}),
    Story(5, ["dog-boarding"], nights=4, note="A first holiday without him. They call on the second evening."),
    Story(6, ["vet-check-up"]),
    Story(7, ["full-groom"], {"NBS-BONE-300": 1}),
    Story(2, ["nail-trim"], {"PLM-SEED-1": 1}, Ending.TOO_LATE, parcel=Parcel.UNTOUCHED),
    # Guests who come, stay and leave today, and the puppies' two courses
    Story(-3, ["dog-boarding"], nights=3),
    Story(-2, ["dog-boarding"], nights=5, note="Sleeps with the light on."),
    Story(-1, ["cat-boarding"], nights=3),
    Story(0, ["dog-boarding"], nights=2),
    *(Story(-24, [COURSE]) for _ in range(4)),
    *(Story(7, [COURSE]) for _ in range(2)),
    Story(-9, ["puppy-school"]),
    Story(5, ["puppy-school"]),
    *(Story(0, ["daycare"]) for _ in range(3)),
    # At this moment
    Story(4, ["full-groom"], {"ORC-COL-S": 1}, Ending.PAYING),
    Story(3, ["bath-and-tidy"], {"NBS-BONE-300": 1}, Ending.IN_BASKET),
    Story(4, ["nail-trim"], {}, Ending.LET_GO),
]
