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


@dataclass(frozen=True)
class Story:
    """One basket. `day` counts from today: of its visits, or of the purchase if there are none."""

    day: int
    visits: list[str] = field(default_factory=list)  # services by their address, or the gift
    products: dict[str, int] = field(default_factory=dict)  # how many, by article number
    ending: Ending = Ending.PAID
    then: list[str] = field(default_factory=list)  # what the staff did, in order: functions of checkout.fulfilment
    between: tuple[int, int] = (0, 24)  # the hours in which the visits begin, if there is such a time
    note: str = ""

    @property
    def is_over(self) -> bool:
        """Whether its visits can no longer be booked as such. Today counts: most of it has passed for somebody."""
        return self.day <= 0


# The opening week's present, a choice of the nail trim that is no longer for sale.
GIFT = "Opening week, on the house"

DONE = ["check_in", "complete"]
COLLECTED = ["pack", "check_in", "complete", "hand_over"]

STORIES = [
    # Last week
    Story(-7, ["full-groom"], {"FRN-OAT-400": 1, "CAR-SLICK": 1}, then=COLLECTED),
    Story(-6, ["bath-and-tidy"], then=DONE),
    Story(-6, [], {"HRV-CO-12": 1, "NBS-BONE-300": 2}, then=["pack", "hand_over"]),
    Story(-5, ["vet-check-up"], then=DONE, note="Weighs 300 g more than in spring. Asked about joint supplements."),
    Story(-5, [GIFT], then=DONE),
    Story(-4, ["full-groom"], then=DONE),
    Story(-4, [], {"MIM-TUN-12": 1, "TOY-DUCK": 1}, then=["pack", "hand_over"]),
    Story(-3, ["bath-and-tidy"], {"CAR-TOWEL": 1}, then=COLLECTED),
    Story(
        -3,
        ["full-groom"],
        {"HRV-CO-6": 1},
        then=["pack", "no_show"],
        note="Not reached by phone. The bag is at the desk.",
    ),
    Story(-2, ["nail-trim"], then=DONE),
    Story(-2, [], {"BRW-HAY-2": 2}, then=["pack"]),
    Story(-1, ["vet-check-up"], {"MIM-TUN-1": 6}, then=["pack", "check_in", "complete"]),
    Story(-1, ["full-groom"], then=DONE),
    Story(-1, [], {"ORC-COL-M": 1, "TOY-DUCK": 1}),
    Story(-2, ["bath-and-tidy"], {"NBS-BONE-300": 1}, Ending.EXPIRED),
    # Today
    Story(0, ["nail-trim"], then=DONE, between=(10, 11)),
    Story(0, ["full-groom"], {"FRN-OAT-400": 1}, then=["check_in"], between=(10, 12)),
    Story(0, ["bath-and-tidy"], {"HRV-CO-2": 1, "TOY-DUCK": 1}, between=(12, 14)),
    Story(0, ["vet-check-up"], between=(11, 14)),
    Story(0, ["full-groom"], {"CAR-SLICK": 1}, then=["pack"], between=(11, 14)),
    Story(0, [], {"FRN-OAT-1000": 1}),
    # Next week
    Story(1, ["full-groom"], {"FRN-OAT-400": 1, "HRV-CO-12": 1}),
    Story(1, ["vet-check-up"]),
    Story(2, ["bath-and-tidy"]),
    Story(2, ["vet-check-up", "nail-trim"]),
    Story(3, ["full-groom"], {"CLD-BED-M": 1}, note="Comes a little late, the school run. Agreed on the phone."),
    Story(3, ["nail-trim"], {"TDL-GLD-200": 1}),
    Story(4, ["bath-and-tidy"], {"CAR-TOWEL": 1, "FRN-OAT-400": 1}),
    Story(5, ["full-groom"]),
    Story(6, ["vet-check-up"]),
    Story(7, ["full-groom"], {"NBS-BONE-300": 1}),
    Story(2, ["nail-trim"], {"PLM-SEED-1": 1}, Ending.TOO_LATE),
    # At this moment
    Story(4, ["full-groom"], {"ORC-COL-S": 1}, Ending.PAYING),
    Story(3, ["bath-and-tidy"], {"NBS-BONE-300": 1}, Ending.IN_BASKET),
    Story(4, ["nail-trim"], {}, Ending.LET_GO),
]
