"""A month and a day as the picker shows them."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy

from bookings.calendar import FreeTime
from petshop.core.dates import written_day

STATES = {
    "free": gettext_lazy("free times"),
    "few": gettext_lazy("few left"),
    "full": gettext_lazy("full"),
    "closed": gettext_lazy("closed"),
    "none": gettext_lazy("no class"),
    "soon": gettext_lazy("too soon to book"),
    "past": gettext_lazy("past"),
    "later": gettext_lazy("not open for booking yet"),
}


@dataclass(frozen=True)
class Day:
    """One day of the month: a link if it has times, else the reason why not."""

    day: date
    state: str  # one of STATES
    address: str
    is_today: bool
    is_chosen: bool

    @property
    def has_times(self) -> bool:
        return self.state in ("free", "few")

    @property
    def label(self) -> str:
        """The day for whoever hears the page: “14 November, few left”."""
        return f"{written_day(self.day, 'j F')}, {STATES[self.state]}"


@dataclass(frozen=True)
class PartOfDay:
    name: str
    icon: str
    times: list[FreeTime]
