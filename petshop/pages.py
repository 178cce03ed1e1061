"""Pages that compose several apps: home, the list, an offering's page, help."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Case, Min, Prefetch, Q, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template import loader
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from bookings.models import Closure, OpeningHours, Resource, Weekday
from bookings.picker import picker
from catalog.models import Category, Offering, Question, Species, Variant
from catalog.search import search
from petshop.core.context import shop as about_the_shop
from petshop.core.fragments import render_page
from petshop.core.models import Policy

PER_PAGE = 24
FEW_LEFT = 5
FACES = {
    Species.DOG: ("biscuit", "butter"),
    Species.CAT: ("olive", "lilac"),
    Species.SMALL: ("clover", "blush"),
    Species.BIRD: ("kiwi", "mint"),
    Species.FISH: ("goldie", "sky"),
}


@dataclass(frozen=True)
class Card:
    """What a list says about an offering, from variants that are fetched already."""

    offering: Offering
    variants: list[Variant]

    @property
    def price(self) -> Decimal | None:
        return min((variant.price for variant in self.variants), default=None)

    @property
    def is_from(self) -> bool:
        return len({variant.price for variant in self.variants}) > 1

    @property
    def durations(self) -> list[timedelta]:
        """Shortest and longest; one if they are the same."""
        return sorted({self.shortest, self.longest}) if self.offering.is_service and self.variants else []

    @property
    def shortest(self) -> timedelta:
        return min(variant.duration for variant in self.variants)

    @property
    def longest(self) -> timedelta:
        return max(variant.duration for variant in self.variants)

    @property
    def is_sold_out(self) -> bool:
        return not self.offering.is_service and not any(variant.stock for variant in self.variants)

    @property
    def only_variant(self) -> Variant | None:
        """What one press can put into the basket, without a choice."""
        return self.variants[0] if len(self.variants) == 1 and self.variants[0].stock else None

    @property
    def species(self) -> str:
        return ", ".join(str(Species(species).label) for species in self.offering.species)


def with_cards(offerings):
    """The offerings with all that a card shows: two queries more, however many there are."""
    on_sale = Prefetch("variants", Variant.objects.filter(is_active=True), to_attr="on_sale")
    return offerings.defer("search").select_related("category").prefetch_related(on_sale, "pictures")


def cards(offerings) -> list[Card]:
    return [Card(offering, offering.on_sale) for offering in offerings]


@require_safe
def home(request):
    if "service" in request.GET:
        return find_a_free_time(request)
    services = cards(with_cards(Offering.objects.published().services()).prefetch_related("resources")[:5])
    return render(
        request,
        "pages/home.html",
        {
            "services": services,
            "products": cards(with_cards(Offering.objects.published().products())[:5]),
            "species": [(species, *FACES[species]) for species in Species],
            "species_of_services": [
                species for species in Species if any(suits(card.offering, species) for card in services)
            ],
            "team": Resource.objects.filter(is_active=True, art__startswith="team/"),
            "days": [timezone.localdate() + timedelta(days=ahead) for ahead in range(14)],
            "open_today": open_today(),
        },
    )


def suits(offering: Offering, species: str) -> bool:
    return not offering.species or species in offering.species


def find_a_free_time(request):
    """Where the home page's quick form leads: to the service, or to those for this animal."""
    species = request.GET.get("species", "")
    slug = request.GET.get("service", "")
    service = next((s for s in Offering.objects.published().services() if s.slug == slug), None)
    if service and (species not in Species or suits(service, species)):
        try:
            day = date.fromisoformat(request.GET.get("day", "")).isoformat()
        except ValueError:
            return redirect(service)
        return redirect(f"{service.get_absolute_url()}?day={day}")
    return redirect(Choice.read(request, []).but(q="", kind="service", species=species if species in Species else ""))


def open_today() -> tuple | None:
    """When the shop opens and closes today, or None if it does not or is closed for the day."""
    today = timezone.localdate()
    hours = list(OpeningHours.objects.filter(resource=None, weekday=today.weekday()))
    start = timezone.make_aware(datetime.combine(today, datetime.min.time()))
    is_closed = Closure.objects.filter(
        resource=None, starts_at__lt=start + timedelta(days=1), ends_at__gt=start
    ).exists()
    return (hours[0].opens_at, hours[-1].closes_at) if hours and not is_closed else None


@dataclass(frozen=True)
class Choice:
    """What the visitor of the list asked for. The address is its only home; whatever it cannot mean is left out."""

    q: str
    kind: str
    species: str
    category: str
    sort: str

    KINDS = {"product": gettext_lazy("Products"), "service": gettext_lazy("Services")}
    SORTS = {
        "": gettext_lazy("Best first"),
        "price": gettext_lazy("Lowest price first"),
        "name": gettext_lazy("By name"),
    }

    @classmethod
    def read(cls, request, categories):
        asked = request.GET.get
        return cls(
            q=asked("q", "").replace("\0", "").strip()[:200],
            kind=asked("kind") if asked("kind") in cls.KINDS else "",
            species=asked("species") if asked("species") in Species else "",
            category=asked("category") if asked("category") in [category.slug for category in categories] else "",
            sort=asked("sort") if asked("sort") in cls.SORTS else "",
        )

    def but(self, **changes) -> str:
        """The address of the same list with something changed, on its first page."""
        asked = {"q": self.q, "kind": self.kind, "species": self.species, "category": self.category, "sort": self.sort}
        query = urlencode({name: value for name, value in (asked | changes).items() if value})
        return reverse("shop") + (f"?{query}" if query else "")

    def offerings(self):
        found = Offering.objects.published()
        if self.kind == "product":
            found = found.products()
        elif self.kind == "service":
            found = found.services()
        if self.species:
            found = found.for_species(self.species)
        if self.category:
            found = found.filter(category__slug=self.category)
        found = search(found, self.q)
        if self.sort == "price":
            cheapest = Min("variants__price", filter=Q(variants__is_active=True))
            return found.annotate(cheapest=cheapest).order_by("cheapest", "position", "name", "pk")
        if self.sort == "name":
            return found.order_by("name", "pk")
        return found


@dataclass(frozen=True)
class Filter:
    label: str
    address: str
    is_chosen: bool
    face: str = ""


@require_safe
def shop(request):
    categories = list(Category.objects.all())
    choice = Choice.read(request, categories)
    page = Paginator(with_cards(choice.offerings()), PER_PAGE).get_page(request.GET.get("page"))
    kinds, species, shelves = filters(choice, categories)
    return render(
        request,
        "pages/shop.html",
        {
            "page": page,
            "cards": cards(page),
            "choice": choice,
            "groups": [(_("What"), kinds), (_("For"), species), (_("Shelf"), shelves)],
            "without_text": choice.but(q=""),
            "chosen": [
                Filter(option.label, choice.but(**{name: ""}), is_chosen=True)
                for name, options in [("kind", kinds), ("species", species), ("category", shelves)]
                for option in options[1:]
                if option.is_chosen
            ],
            "heading": heading(choice, categories),
            "popular": cards(with_cards(Offering.objects.published())[:4]) if not page.paginator.count else [],
        },
    )


def filters(choice: Choice, categories) -> tuple[list[Filter], list[Filter], list[Filter]]:
    kinds = [Filter(_("Everything"), choice.but(kind=""), not choice.kind)]
    kinds += [Filter(label, choice.but(kind=kind), choice.kind == kind) for kind, label in Choice.KINDS.items()]
    species = [Filter(_("All pets"), choice.but(species=""), not choice.species)]
    species += [Filter(s.label, choice.but(species=s.value), choice.species == s, FACES[s][0]) for s in Species]
    shelves = [Filter(_("All shelves"), choice.but(category=""), not choice.category)]
    shelves += [Filter(c.name, choice.but(category=c.slug), choice.category == c.slug) for c in categories]
    return kinds, species, shelves


def heading(choice: Choice, categories) -> str:
    names = [category.name for category in categories if category.slug == choice.category]
    if choice.species:
        names.append(str(Species(choice.species).label))
    if choice.kind:
        names.append(str(Choice.KINDS[choice.kind]))
    named = ", ".join(names)
    if not choice.q:
        return named or _("Everything in the shop")
    return _("“%(text)s” in %(named)s") % {"text": choice.q, "named": named} if named else f"“{choice.q}”"


@require_safe
def offering(request, slug):
    thing = get_object_or_404(with_cards(Offering.objects.published()), slug=slug)
    context = {
        "offering": thing,
        "card": Card(thing, thing.on_sale),
        "questions": thing.questions.all(),
        "goes_with": goes_with(thing),
    }
    if thing.is_service:
        context |= picker(request, thing)
        return render_page(request, "pages/service.html", context, fragment="picker")
    first = next((variant for variant in thing.on_sale if variant.stock), None)
    return render(request, "pages/product.html", context | {"first": first, "few_left": FEW_LEFT})


def goes_with(thing: Offering) -> list[Card]:
    """Up to five products for the same animals; those of the same shelf first."""
    others = Offering.objects.published().products().exclude(pk=thing.pk)
    if thing.species:
        others = others.filter(Q(species__overlap=thing.species) | Q(species=[]))
    same_shelf = Case(When(category=thing.category_id, then=0), default=1)
    return cards(with_cards(others.order_by(same_shelf, "position", "name", "pk"))[:5])


@require_safe
def help_page(request):
    questions, policies = Question.objects.filter(offering=None), Policy.objects.defer("text")
    return render(request, "pages/help.html", {"questions": questions, "policies": policies})


@require_safe
def policy(request, slug):
    found = get_object_or_404(Policy, slug=slug)
    if request.path != found.get_absolute_url():
        return redirect(found)
    return render(request, "pages/policy.html", {"policy": found})


@require_safe
def contact(request):
    hours = list(OpeningHours.objects.filter(resource=None))
    now = timezone.now()
    return render(
        request,
        "pages/contact.html",
        {
            "week": [(day.label, [stretch for stretch in hours if stretch.weekday == day]) for day in Weekday],
            "has_hours": bool(hours),
            "today": timezone.localdate().weekday(),
            "closures": [
                (closure, whole_days(closure))
                for closure in Closure.objects.filter(
                    resource=None, ends_at__gt=now, starts_at__lt=now + timedelta(days=60)
                ).order_by("starts_at")
            ],
        },
    )


def whole_days(closure: Closure) -> tuple[date, date] | None:
    """The first and the last day of a closure from midnight to midnight; None for one of some hours."""
    starts, ends = timezone.localtime(closure.starts_at), timezone.localtime(closure.ends_at)
    if starts.time() != datetime.min.time() or ends.time() != datetime.min.time():
        return None
    return starts.date(), ends.date() - timedelta(days=1)


def bad_request(request, exception):
    return HttpResponse(loader.get_template("400.html").render(about_the_shop(request)), status=400)


def server_error(request):
    """Uses neither the session nor the database: one of them may be what is broken."""
    return HttpResponse(loader.get_template("500.html").render(about_the_shop(request)), status=500)
