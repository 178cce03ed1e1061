"""Where a visit that was bought gets another time: the picker, with everything but who and when as it was bought.

One that has lost its time is the same to it, whether its booking was cancelled or there is none: it is nowhere now.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.timezone import localtime

from bookings.asked import ASKED
from bookings.calendar import Calendar, FreeTime, able
from bookings.guests import guest_of
from bookings.models import Booking, BookingStatus, Resource
from bookings.picker import Picker
from catalog.models import Kind
from petshop.core import clock
from petshop.core.templatetags.shop import minutes as shown_minutes


def picker_to_move(request, visit: Booking, *, line: int, here: str) -> "PickerToMove | None":
    """The picker of a page at `here`, which knows the visit by its `line`; None while nobody can do it."""
    everybody = list(able(visit.variant.offering, guest=guest_of(visit.variant, visit.pet)))
    if not any(resource.does_it for resource in everybody):
        return None
    asked = {name: request.GET.get(name, "") for name in ASKED} | {"line": str(line)}
    if not (asked["day"] or asked["month"]):
        asked["day"] = localtime(visit.starts_at).date().isoformat()  # where whoever moves it begins to look
    resource = None
    if visit.variant.offering.kind == Kind.APPOINTMENT:
        can_do_it = [each for each in everybody if each.does_it]
        resource = next((each for each in can_do_it if each.slug == asked["resource"]), None)
    return PickerToMove(visit, everybody, resource, asked, here, clock.now())


def nearest_times(visit: Booking, *, now: datetime, count: int = 3) -> list[FreeTime]:
    """The free times nearest to the one that this visit had, as long as it was sold."""
    everybody = able(visit.variant.offering, guest=guest_of(visit.variant, visit.pet))
    return calendar_of(visit, everybody, now).nearest_free(visit.starts_at, count=count)


def calendar_of(visit: Booking, resources: Iterable[Resource], now: datetime) -> Calendar:
    return Calendar(
        visit.variant,
        now=now,
        resources=resources,
        moving=visit if visit.pk else None,
        nights=visit.nights or 0,
        length=visit.ends_at - visit.starts_at,
    )


class PickerToMove(Picker):
    """One choice, no extras, and the length that was sold; the visit's own time counts as free."""

    is_sold = True

    def __init__(
        self,
        visit: Booking,
        everybody: list[Resource],
        resource: Resource | None,
        asked: dict[str, str],
        here: str,
        now: datetime,
    ):
        self.here = here
        super().__init__([visit.variant], everybody, [], visit.variant, resource, [], visit, asked, now)
        self.nights = visit.nights or 0

    def can_be_moved(self, visit: Booking, now: datetime) -> bool:
        return True

    def open_calendar(self, resources: list[Resource]) -> Calendar:
        return calendar_of(self.moving, resources, self.now)

    @property
    def has_choices(self) -> bool:
        return self.can_choose_who

    @property
    def length(self) -> str:
        return shown_minutes(self.moving.ends_at - self.moving.starts_at) if self.is_appointment else super().length

    @property
    def is_somewhere(self) -> bool:
        return self.moving.status == BookingStatus.CONFIRMED

    @property
    def current_day(self) -> date | None:
        """The day on which the visit is now, whoever has it."""
        return localtime(self.moving.starts_at).date() if self.is_somewhere else None

    @property
    def current(self) -> datetime | None:
        is_shown = self.is_somewhere and self.resource in (None, self.moving.resource)
        return self.moving.starts_at if is_shown else None
