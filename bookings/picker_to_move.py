"""Where a visit that was bought gets another time: the picker, with everything but who and when as it was bought."""

from datetime import date, datetime

from django.utils.timezone import localtime

from bookings.asked import ASKED
from bookings.calendar import Calendar, able
from bookings.guests import guest_of
from bookings.models import Booking, Resource
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
        return Calendar(
            self.variant,
            now=self.now,
            resources=resources,
            moving=self.moving,
            nights=self.moving.nights or 0,
            length=self.moving.ends_at - self.moving.starts_at,
        )

    @property
    def has_choices(self) -> bool:
        return self.can_choose_who

    @property
    def length(self) -> str:
        return shown_minutes(self.moving.ends_at - self.moving.starts_at) if self.is_appointment else super().length

    @property
    def current_day(self) -> date:
        """The day on which the visit is now, whoever has it."""
        return localtime(self.moving.starts_at).date()

    @property
    def current(self) -> datetime | None:
        return self.moving.starts_at if self.resource in (None, self.moving.resource) else None
