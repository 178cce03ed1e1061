"""Pages that compose several apps: home, an offering's page, help."""

from copy import copy
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template import loader
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings.announced import announced, open_today
from bookings.models import Closure, Resource
from bookings.picker_to_buy import picker_to_buy
from bookings.terms import read_terms
from catalog.cards import FACES, Card, cards, complete, find_on_sale, with_shelves
from catalog.listing import Choice
from catalog.models import Change, Offering, Question, Species
from checkout.cart import visit_to_move
from checkout.guests import guests
from petshop.core.context import shop as about_the_shop
from petshop.core.fragments import render_page
from petshop.core.models import Policy

FEW_LEFT = 5
GO_WITH, HARDLY_ANY = 5, 3


@require_safe
def home(request):
    if "service" in request.GET:
        return find_a_free_time(request)
    services, products = shop_window(Change.objects.version())
    return render(
        request,
        "pages/home.html",
        {
            "services": services,
            "service_cards": cards(services),
            "people": services[0].resources.all() if services else [],
            "products": cards(products),
            "species": [(species, *FACES[species]) for species in Species],
            "species_of_services": [
                species for species in Species if any(suits(service, species) for service in services)
            ],
            "team": Resource.objects.filter(is_active=True, art__startswith="team/"),
            "days": [timezone.localdate() + timedelta(days=ahead) for ahead in range(14)],
            "open_today": open_hours_of_today(),
        },
    )


@lru_cache(maxsize=1)
def shop_window(version) -> tuple[list[Offering], list[Offering]]:
    """The first services and the first products, remembered as lists are: until something changes that they show."""
    services = list(with_shelves(Offering.objects.published().services())[:5])
    products = list(with_shelves(Offering.objects.published().products())[:5])
    complete(services, products)
    return services, products


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
    return redirect(Choice(kind="service", species=species if species in Species else "").but())


def open_hours_of_today() -> list[tuple]:
    """When the shop is open today; nothing if it is not, or closed for the day."""
    today = timezone.localdate()
    start = timezone.make_aware(datetime.combine(today, datetime.min.time()))
    closures = Closure.objects.filter(resource=None, starts_at__lt=start + timedelta(days=1), ends_at__gt=start)
    return open_today(today, list(closures.values_list("starts_at", "ends_at")))


@require_safe
def offering(request, slug):
    remembered, beside = offering_and_beside(Change.objects.version(), slug)
    thing = copy(remembered)  # what is read now is written on it, and others are shown the remembered one meanwhile
    find_on_sale(thing)
    context = {
        "offering": thing,
        "card": Card.of(thing),
        "questions": thing.questions.all(),
        "goes_with": beside,
    }
    if thing.is_service:
        read_terms([thing])
        context["picker"] = picker_to_buy(
            request, thing, thing.on_sale, moving=visit_to_move(request), guests=guests(request)
        )
        return render_page(request, "pages/service.html", context, fragment="picker")
    first = next((variant for variant in thing.on_sale if variant.stock), None)
    return render(request, "pages/product.html", context | {"first": first, "few_left": FEW_LEFT})


@lru_cache(maxsize=1024)
def offering_and_beside(version, slug: str) -> tuple[Offering, list[Card]]:
    """What a page is about, and what is looked for beside it, remembered as lists are: until something changes that they show.

    How much is left of it is not remembered, as that changes with every sale.
    """
    thing = get_object_or_404(with_shelves(Offering.objects.published()), slug=slug)
    found = find_beside(thing)
    complete([thing], found)
    return thing, cards(found)


def find_beside(thing: Offering) -> list[Offering]:
    """Up to five products for the same animals, from the same shelf; from all of them if that shelf has hardly any.

    Each part walks an index in the shop's order until it has enough. Sorting all that suits, so that the same shelf
    comes first, took 15 ms among 10,000.
    """
    others = with_shelves(Offering.objects.published().products()).exclude(pk=thing.pk)
    if thing.species:
        others = others.filter(Q(species__overlap=thing.species) | Q(species=[]))
    if thing.is_service:  # on whose shelf are services
        return list(others[:GO_WITH])
    shelf, elsewhere = others.filter(category=thing.category_id), others.exclude(category=thing.category_id)
    found = list(shelf[:GO_WITH].union(elsewhere[:GO_WITH], all=True))
    on_shelf = [other for other in found if other.category_id == thing.category_id]
    if len(on_shelf) < HARDLY_ANY:
        on_shelf += [other for other in found if other.category_id != thing.category_id]
    return on_shelf[:GO_WITH]


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
    now = timezone.now()
    return render(
        request,
        "pages/contact.html",
        {
            "hours": announced(timezone.localdate()),
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
