"""Who stays overnight on a day, room by room."""

from dataclasses import dataclass

from backoffice.day import Day, Stay, Visit
from bookings.models import Resource


@dataclass(frozen=True)
class Room:
    """One room on one day: who is there all day, and how many places are taken in the night that follows."""

    resource: Resource
    staying: list[Visit]
    arriving: int
    leaving: int

    @property
    def tonight(self) -> int:
        return len(self.staying) + self.arriving


@dataclass(frozen=True)
class Guests:
    """All rooms that have guests. Who comes and who leaves has a place of their own in the day; here they are numbers."""

    rooms: list[Room]

    @property
    def arriving(self) -> int:
        return sum(room.arriving for room in self.rooms)

    @property
    def leaving(self) -> int:
        return sum(room.leaving for room in self.rooms)

    @property
    def tonight(self) -> int:
        return sum(room.tonight for room in self.rooms)


def guests_of(day: Day) -> Guests:
    """Holds of baskets are guests as well: their places are taken."""
    of_room: dict[Resource, list[Visit]] = {}
    for visit in day.guests:
        of_room.setdefault(visit.booking.resource, []).append(visit)

    def those(visits: list[Visit], stay: Stay) -> list[Visit]:
        return [visit for visit in visits if visit.stay == stay]

    rooms = [
        Room(room, those(visits, Stay.STAYS), len(those(visits, Stay.ARRIVES)), len(those(visits, Stay.LEAVES)))
        for room, visits in of_room.items()
    ]
    return Guests(sorted(rooms, key=lambda room: (room.resource.position, room.resource.name)))
