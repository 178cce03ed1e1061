"""/shop/: everything that is for sale in one list, with what narrows it and how many each choice would leave."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bookings.models import Resource
from catalog.cards import FACES, cards, complete, with_shelves
from catalog.listing import KINDS, SORTS, Band, Choice, Counts, count, price_bands
from catalog.models import Category, Change, Offering, Species
from catalog.search import Wanted
from petshop.core.fragments import render_page
from petshop.core.money import format_money

PER_PAGE = 24
POPULAR = 4


@dataclass(frozen=True)
class Option:
    """One choice of a group of filters, as a link to the list with it."""

    label: str
    address: str
    count: int
    is_chosen: bool
    face: str = ""


@dataclass(frozen=True)
class Group:
    """Filters of which one at a time can be chosen."""

    name: str
    label: str
    options: list[Option]


@dataclass(frozen=True)
class Chip:
    """Something that is in force: a link to the list without it, which has `count` offerings; of the text it may be unknown."""

    label: str
    address: str
    count: int


class CountedPaginator(Paginator):
    """Pages of a list whose length is known already."""

    def __init__(self, things, per_page, count):
        super().__init__(things, per_page)
        self.known = count

    @cached_property
    def count(self):
        return self.known


@require_safe
def shop(request):
    version = Change.objects.version()
    choice = Choice.read(request.GET, shelves(version))
    asked = request.GET.get("page", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 6 else 1
    context = listing(version, get_language(), settings.SHOP_CURRENCY, choice, number)
    return render_page(request, "pages/shop.html", context, fragment="results")


@lru_cache(maxsize=1)
def shelves(version) -> list[Category]:
    return list(Category.objects.all())


@lru_cache(maxsize=128)
def listing(version, language: str, currency: str, choice: Choice, number: int) -> dict:
    """One page of the list. It is remembered for as long as nothing changes that a list shows: every list begins by asking
    the database for the version, and to count 10,000 offerings anew takes ten times as long.
    """
    categories = shelves(version)
    wanted = Wanted.read(choice.q)
    everything = Offering.objects.published()
    bookable = Resource.services.through.objects.filter(resource__is_active=True).values("offering")
    counts = count(wanted.matching(everything), choice, categories, bookable)
    listed = choice.arrange(choice.narrow(everything, bookable), wanted)
    page = CountedPaginator(listed, PER_PAGE, counts.total).get_page(number)
    shown = list(with_shelves(page.object_list if counts.total else everything[:POPULAR]))
    complete(shown)
    if not counts.total and choice.q and choice.filters:
        counts.without["q"] = count(everything, choice, categories, bookable).total
    groups = filters(choice, categories, counts)
    in_force = chips(choice, groups, counts)
    return {
        "here": reverse("shop"),
        "page": page,
        "cards": cards(shown) if counts.total else [],
        "choice": choice,
        "sorts": [(value, label) for value, (label, _order) in SORTS.items()],
        "wanted": wanted,
        "groups": groups,
        "chips": in_force,
        "heading": heading(choice, groups),
        "popular": [] if counts.total else cards(shown),
        "ways_out": [] if counts.total else [chip for chip in in_force if chip.count],
    }


def filters(choice: Choice, categories: list[Category], counts: Counts) -> list[Group]:
    """The groups of which something can be chosen. What would leave nothing is no option, unless it is chosen already."""
    asked = [
        ("kind", _("What"), _("Everything"), KINDS.items()),
        ("species", _("For"), _("All pets"), Species.choices),
        ("category", _("Shelf"), _("All shelves"), [(category.slug, category.name) for category in categories]),
        ("price", _("Price"), _("All prices"), [(band, band_label(band)) for band in bands(choice)]),
        ("available", _("Available"), _("All"), [("1", _("In stock or to be booked"))]),
    ]
    groups = []
    for name, label, all_of_them, values in asked:
        chosen = choice.filters.get(name)
        options = [Option(all_of_them, choice.without(name), counts.without[name], is_chosen=not chosen)]
        options += [
            Option(str(label), choice.but(**{name: value}), counts.left[name, value], value == chosen, face(value))
            for value, label in values
            if value == chosen or counts.left[name, value]
        ]
        groups.append(Group(name, label, options))
    return [group for group in groups if len(group.options) > 1]


def bands(choice: Choice) -> list[Band]:
    """The usual ones, and whatever else somebody asked for."""
    usual = price_bands()
    return usual if not choice.price or choice.price in usual else [*usual, choice.price]


def band_label(band: Band) -> str:
    if band.min is None:
        return _("Up to %(price)s") % {"price": format_money(band.max)}
    if band.max is None:
        return _("%(price)s and more") % {"price": format_money(band.min)}
    return _("%(low)s to %(high)s") % {"low": format_money(band.min), "high": format_money(band.max)}


def face(value) -> str:
    return FACES[value][0] if value in Species.values else ""


def chips(choice: Choice, groups: list[Group], counts: Counts) -> list[Chip]:
    """All that is in force, one by one."""
    text = [Chip(f"“{choice.q}”", choice.but(q=""), counts.without["q"])] if choice.q else []
    return text + [
        Chip(option.label, choice.without(group.name), counts.without[group.name])
        for group in groups
        for option in group.options[1:]
        if option.is_chosen
    ]


def heading(choice: Choice, groups: list[Group]) -> str:
    named = ", ".join(
        option.label
        for group in reversed(groups)
        for option in group.options[1:]
        if option.is_chosen and group.name in ("kind", "species", "category")
    )
    if not choice.q:
        return named or _("Everything in the shop")
    return _("“%(text)s” in %(named)s") % {"text": choice.q, "named": named} if named else f"“{choice.q}”"
