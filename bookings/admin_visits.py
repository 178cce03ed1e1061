"""What staff must hear about visits when they change hours or close a day: nothing is dropped, so a person decides."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.timezone import get_default_timezone, localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings import availability
from bookings.availability import ONE_DAY, Opening
from bookings.hours import read_hours
from bookings.models import Booking, BookingQuerySet, Closure, Resource
from catalog.models import Kind
from petshop.core import clock

LISTED = 25
LONGEST = timedelta(days=1)


def warn_of(request, sentence: str, visits: list[Booking]) -> None:
    """A warning with the visits, each linked for those who may look at it. Nothing if there are none."""
    if not visits:
        return
    may_look = request.user.has_perm("bookings.view_booking")
    rows = format_html_join(
        "",
        "<li>{}</li>",
        ((linked(visit) if may_look else str(visit),) for visit in visits[:LISTED]),
    )
    if (left := len(visits) - LISTED) > 0:
        rows += format_html("<li>{}</li>", ngettext("and %(count)d more", "and %(count)d more", left) % {"count": left})
    messages.warning(request, format_html("{}<ul>{}</ul>", sentence, rows))


def linked(visit: Booking) -> str:
    text = f"{visit} ({visit.get_status_display()})"
    return format_html('<a href="{}">{}</a>', reverse("admin:bookings_booking_change", args=[visit.pk]), text)


def warn_of_visits_in_the_way(request, visits: list[Booking]) -> None:
    warn_of(
        request,
        _("The rest of the time is closed. These visits stand in the way; they stay until you move them:"),
        visits,
    )


def warn_of_visits_outside_hours(request, resources: Iterable[Resource], *, on: Iterable[date] = ()) -> None:
    """Of all days to come, or only of those on which something changed."""
    visits = outside_hours(list(resources), on=on)
    warn_of(request, _("These visits are outside the opening hours now; they stay until you move them:"), visits)


def outside_hours(resources: list[Resource], *, on: Iterable[date] = ()) -> list[Booking]:
    """The visits still to come that the hours of their days would not offer, each once, in order of time.

    The dates of a class are published whatever the hours are.
    """
    now = clock.now()
    coming = Booking.objects.visits().blocking(now).filter(resource__in=resources, starts_at__gt=now)
    coming = coming.exclude(variant__offering__kind=Kind.CLASS)
    if on:
        coming = coming.filter(Q(starts_at__date__in=on) | Q(ends_at__date__in=on))
    hours = read_hours(resources, localdate(now, get_default_timezone()) - ONE_DAY, date.max)
    found = {}
    for visit in coming.select_related("variant__offering", "resource").order_by("starts_at", "pk"):
        is_met = stay_is_met if visit.nights else is_inside
        if not is_met(hours[visit.resource_id], visit.starts_at, visit.ends_at):
            found.setdefault(visit.main_id, visit)
    return list(found.values())


def in_closed_time(visits: BookingQuerySet) -> BookingQuerySet:
    """The visits still to come that stand in the way of a closure."""
    now = clock.now()
    concerned = Q(resource=None) | Q(resource=OuterRef("resource"))
    closures = Closure.objects.filter(concerned, starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at"))
    return visits.blocking(now).filter(Exists(closures), ends_at__gt=now)


def is_inside(hours: tuple[Opening, ...], starts_at: datetime, ends_at: datetime) -> bool:
    """Whether these hours, on the shop's own clock, hold all of this time."""
    starts, ends = on_the_wall(starts_at), on_the_wall(ends_at)
    return any(
        opens <= starts and ends <= closes
        for day in (starts.date() - ONE_DAY, starts.date())
        for opens, closes in availability.stretches(hours, day, LONGEST)
    )


def stay_is_met(hours: tuple[Opening, ...], starts_at: datetime, ends_at: datetime) -> bool:
    """Whether somebody is there at the check-in and at the check-out, which is all that a stay asks of the hours."""
    return all(availability.is_open(hours, on_the_wall(moment)) for moment in (starts_at, ends_at))


def on_the_wall(moment: datetime) -> datetime:
    return moment.astimezone(get_default_timezone()).replace(tzinfo=None)


class NobodyThereFilter(admin.SimpleListFilter):
    """What a warning said once, at any time later: the visits that somebody has to move."""

    title = gettext_lazy("when nobody is there")
    parameter_name = "nobody"

    def lookups(self, request, model_admin):
        return [("hours", _("Outside the opening hours")), ("closed", _("In closed time"))]

    def queryset(self, request, visits):
        match self.value():
            case "hours":
                return visits.filter(pk__in=[visit.pk for visit in outside_hours(list(Resource.objects.all()))])
            case "closed":
                return in_closed_time(visits)
        return visits
