"""How much the shop sells while it is measured: a dozen offerings, or thousands of the same mixture."""

from datetime import timedelta
from itertools import batched, islice, product

from django.db import connection, transaction

from bookings.models import Resource, ServiceRules
from catalog.models import Category, Kind, Offering, Picture, Species, StockMovement, StockReason, Variant

FEW, MANY = 12, 10_000
SERVICES_OF_FEW = 3
LOOKS = ["red", "blue", "soft", "sturdy", "small", "large", "quiet", "round", "woolly", "shiny"]
STUFF = ["oat", "salmon", "rubber", "cotton", "pine", "chicken", "lavender", "rope", "hemp", "bamboo"]
THINGS = ["ball", "bed", "biscuits", "bowl", "brush", "collar", "kibble", "litter", "shampoo", "towel"]
CARE = ["bath", "brushing", "check", "nail trim", "walk"]
ANIMALS = [[], *([species] for species in Species), [Species.DOG, Species.CAT]]


def leave_few() -> None:
    """Take everything out of the demo shop but a dozen offerings, some of them services."""
    products = Offering.objects.published().products()[: FEW - SERVICES_OF_FEW]
    services = Offering.objects.published().services()[:SERVICES_OF_FEW]
    few = [offering.pk for offering in (*products, *services)]
    Offering.objects.exclude(pk__in=few).update(is_published=False)


@transaction.atomic
def stock_up() -> None:
    """Sell thousands: on every shelf, for every animal, in stock and sold out, with one service among twenty-five."""
    shelves = list(Category.objects.all())
    words = islice(product(range(20), STUFF, LOOKS, THINGS), MANY - Offering.objects.published().count())
    look_again()
    offerings = Offering.objects.bulk_create(
        Offering(
            kind=Kind.APPOINTMENT if number % 25 == 0 else Kind.PRODUCT,
            name=f"{look} {stuff} {CARE[number % 5] if number % 25 == 0 else thing} no. {number}".capitalize(),
            slug=f"benchmark-{number}",
            category=shelves[number * 7 % len(shelves)],
            species=ANIMALS[number % len(ANIMALS)],
            summary=f"One {look} thing of {stuff} among many.",
            description=f"Made of {stuff}, and {look}. Whoever wants a {thing} wants this one. " * 3,
            art="products/dog-rope-tug.svg",
            is_published=True,
            position=100 + number % 500,
        )
        for number, (_, stuff, look, thing) in enumerate(words)
    )
    products = [offering for offering in offerings if not offering.is_service]
    services = [offering for offering in offerings if offering.is_service]
    fill(products)
    open_for_booking(services)
    Picture.objects.bulk_create(
        Picture(offering=offering, file=f"offerings/{offering.slug}.jpg", width=800, height=600)
        for offering in offerings[::4]
    )
    look_again()


def fill(products: list[Offering]) -> None:
    """Two sizes of every third thing; every ninth piece is sold out."""
    variants = [
        Variant(
            offering=thing,
            name=size,
            sku=f"BENCH-{number}-{size}",
            price=5 + number % 40,
            stock=0 if number % 9 == 0 else 3 + number % 20,
            position=place,
        )
        for number, thing in enumerate(products)
        for place, size in enumerate(["small", "large"] if number % 3 == 0 else [""])
    ]
    for some in batched(variants, 500):
        Variant.objects.bulk_create(some)
        look_again()  # or each row's trigger would read the whole table, as was right when it was short
    StockMovement.objects.bulk_create(
        StockMovement(variant=variant, delta=variant.stock, reason=StockReason.RECEIVED, actor="benchmark")
        for variant in variants
        if variant.stock
    )


def open_for_booking(services: list[Offering]) -> None:
    """Everybody of the demo shop does all of it."""
    ServiceRules.objects.bulk_create(ServiceRules(offering=service) for service in services)
    Variant.objects.bulk_create(
        Variant(offering=service, name=name, price=price, duration=timedelta(minutes=minutes), position=place)
        for service in services
        for place, (name, price, minutes) in enumerate([("Small", 30, 45), ("Large", 50, 75)])
    )
    skills = Resource.services.through
    skills.objects.bulk_create(
        skills(resource=resource, offering=service) for resource in Resource.objects.all() for service in services
    )


def look_again() -> None:
    """Tell the database how much is where, as its own housekeeping does by the time that a shop has grown."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
