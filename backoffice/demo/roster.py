"""Who is free when. The calendar of each choice is read once; from then on every visit that is made is noted in it."""

from datetime import date, datetime, time, timedelta

from django.utils.timezone import get_default_timezone, localtime

from backoffice.demo.people import SHOP_HOURS
from bookings.calendar import Calendar, FreeTime, able
from bookings.models import Booking
from catalog.models import AddOn, Variant

# How long after its opening and before its closing the shop is in full swing.
SWING = timedelta(hours=2)


class Roster:
    def __init__(self, now: datetime):
        self.now = now
        self.calendars: dict[tuple, Calendar] = {}

    def free_times(self, variant: Variant, add_ons: tuple[AddOn, ...], nights: int, day: date) -> list[FreeTime]:
        return self.calendar(variant, add_ons, nights).free_times(day, day)[day]

    def all_free_times(self, variant: Variant, add_ons: tuple[AddOn, ...]) -> list[FreeTime]:
        """Those of the whole horizon: a class has few."""
        calendar = self.calendar(variant, add_ons, 0)
        times = calendar.free_times(calendar.today, calendar.last_day)
        return [free for times_of_day in times.values() for free in times_of_day]

    def calendar(self, variant: Variant, add_ons: tuple[AddOn, ...], nights: int) -> Calendar:
        if (variant, add_ons, nights) not in self.calendars:
            able_now = able(variant.offering)
            calendar = Calendar(variant, now=self.now, resources=able_now, add_ons=add_ons, nights=nights)
            calendar.diaries(calendar.today, calendar.last_day)  # read at once, and kept for every day
            self.calendars[variant, add_ons, nights] = calendar
        return self.calendars[variant, add_ons, nights]

    def note(self, booking: Booking) -> None:
        """This time is taken. If it is given back later, nobody will want it."""
        for calendar in self.calendars.values():
            for diary in calendar.diaries(
                calendar.today, calendar.last_day, of=[*calendar.resources, *calendar.equipment]
            ):
                if diary.resource.pk == booking.resource_id:
                    diary.taken[booking.seat].append((booking.blocked_from, booking.blocked_until))


def working_moment(moment: datetime) -> datetime:
    """From when today is looked at: from now while the shop is in full swing, else from the nearest moment at which it is.

    At night a day is all to come or all over, and the desk would have nothing to do.
    """
    now = localtime(moment)
    [(opens, closes)] = [(opens, closes) for weekday, opens, closes in SHOP_HOURS if weekday == now.weekday()]
    first, last = (
        datetime.combine(now.date(), time.fromisoformat(wall), tzinfo=get_default_timezone())
        for wall in (opens, closes)
    )
    swing = min(SWING, (last - first) / 3)
    return min(max(now, first + swing), last - swing)
