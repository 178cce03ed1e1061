"""Days, times of day and lengths of time as people read them, on the shop's own clock.

Writing one costs as much as three links, and a month of free times has two hundred of them but few different ones: each is
written once in a process and language.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from django.utils.formats import date_format, time_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

HALF_A_DAY = timedelta(hours=12)


def written_day(moment: date | datetime, form: str) -> str:
    """The day in one of Django's forms, such as “l j F” for Saturday 14 November."""
    day = localtime(moment).date() if isinstance(moment, datetime) else moment
    return write_day(day, form, get_language())


def written_time(moment: time | datetime) -> str:
    """10:30; a time of day from the opening hours is on the shop's clock already."""
    wall = localtime(moment) if isinstance(moment, datetime) else moment
    return write_time(time(wall.hour, wall.minute), get_language())


def written_span(starts_at: datetime, ends_at: datetime) -> str:
    """Saturday 14 November, 10:30 to 11:45; with both days for whoever stays overnight."""
    day, begins, ends = written_day(starts_at, "l j F"), written_time(starts_at), written_time(ends_at)
    if ends_at - starts_at < HALF_A_DAY:
        return _("%(day)s, %(begins)s to %(ends)s") % {"day": day, "begins": begins, "ends": ends}
    return _("%(day)s, %(begins)s, to %(last)s, %(ends)s") % {
        "day": day, "begins": begins, "last": written_day(ends_at, "l j F"), "ends": ends,
    }  # fmt: skip


def in_words(duration: timedelta) -> str:
    """24 hours, 3 days, 90 minutes; empty for no time at all."""
    minutes = int(duration.total_seconds() // 60)
    if minutes >= 48 * 60 and minutes % (24 * 60) == 0:
        return ngettext("%(count)d day", "%(count)d days", minutes // 1440) % {"count": minutes // 1440}
    if minutes and minutes % 60 == 0:
        return ngettext("%(count)d hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes} if minutes else ""


@lru_cache(maxsize=1024)
def write_day(day: date, form: str, language: str | None) -> str:
    return date_format(day, form)


@lru_cache(maxsize=1440)
def write_time(wall: time, language: str | None) -> str:
    return time_format(wall, "H:i")
