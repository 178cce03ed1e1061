"""Which weeks the shop and everybody in it have: the usual one, and those that stand in for it on some days."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.models import OpeningHours, Resource, dates_in_words


@dataclass(frozen=True)
class Dates:
    """The days on which a week is valid, both included. The usual week has neither a first nor a last one."""

    first: date | None = None
    last: date | None = None

    def __str__(self):
        return dates_in_words(self.first, self.last) or _("Usual week")

    def week_of(self, resource: Resource | None) -> QuerySet[OpeningHours]:
        return OpeningHours.objects.filter(resource=resource, valid_from=self.first, valid_until=self.last)


USUAL = Dates()


@dataclass(frozen=True)
class Link:
    """A week among the others of its owner, and where it is edited."""

    words: str
    address: str
    is_here: bool = False


def links(resource: Resource | None, here: Dates | None = USUAL) -> list[Link]:
    """All weeks of the shop or of a resource in the order of their days, the usual one first, and where one is added."""
    dates = OpeningHours.objects.filter(resource=resource).order_by("valid_from", "valid_until").distinct()
    others = [Dates(*pair) for pair in dates.values_list("valid_from", "valid_until") if Dates(*pair) != USUAL]
    known = [Link(str(each), address(resource, each), is_here=each == here) for each in [USUAL, *others]]
    return [*known, Link(_("Add a week for some days"), address(resource, None), is_here=here is None)]


def address(resource: Resource | None, dates: Dates | None) -> str:
    """The page of this week; without dates, that of a new one."""
    if resource and dates == USUAL:
        return reverse("admin:bookings_resource_change", args=[resource.pk])
    asked = {"who": resource.slug} if resource else {}
    if dates is None:
        asked |= {"new": "yes"}
    elif dates != USUAL:
        asked |= {"from": dates.first or "", "until": dates.last or ""}
    page = reverse("admin:bookings_openinghours_changelist")
    return f"{page}?{urlencode(asked)}" if asked else page
