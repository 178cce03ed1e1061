"""Puts the demo's data on the shelves and into the calendar, as an owner would do it on the first day."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.text import slugify
from django.utils.timezone import get_default_timezone

from backoffice.demo import catalog, people
from backoffice.demo.later import LATER, first_evening
from backoffice.demo.policies import CANCELLING
from backoffice.demo.promotions import add_promotions
from backoffice.demo.things import Choice, Dear, Thing
from bookings.models import Closure, Course, OpeningHours, Resource, Season, ServiceRules, SpecialDay
from bookings.operations import close_time, publish_course
from catalog.models import Category, Kind, Offering, Question, StockReason, Variant
from catalog.operations import move_stock
from checkout.models import DeliveryZone
from petshop.core import demo_logins
from petshop.core.models import Policy
from petshop.core.money import quantum
from petshop.core.policies import ensure_policies
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK, ensure_roles


@transaction.atomic
def fill_shop(today: date, to_be_sold: Counter | None = None) -> None:
    """Everything that can be bought, and everybody who works there.

    The shelves hold what the catalog says, and on top of it the pieces `to_be_sold`, by article number.
    """
    to_be_sold = to_be_sold or Counter()
    categories = {
        slug: Category.objects.create(name=name, slug=slug, tint=tint, position=position)
        for position, (name, slug, tint) in enumerate(catalog.CATEGORIES, start=1)
    }
    for position, thing in enumerate(catalog.OFFERINGS, start=1):
        offering = add_offering(thing, categories[thing.category], position, to_be_sold)
        for dear in thing.seasons:
            add_season(offering, dear, today)
    for zone in catalog.DELIVERY_ZONES:
        DeliveryZone.objects.create(**zone | {name: in_currency(zone[name]) for name in ("fee", "free_from")})
    for position, (question, answer) in enumerate(catalog.QUESTIONS, start=1):
        Question.objects.create(question=question, answer=answer, position=position)
    add_hours(None, people.SHOP_HOURS)
    for position, colleague in enumerate(people.COLLEAGUES, start=1):
        add_colleague(colleague, position)
    for thing in catalog.SERVICES:
        rules = ServiceRules.objects.get(offering__slug=thing.slug)
        rules.equipment.set(Resource.objects.filter(name__in=thing.rules.equipment))
    add_course(people.RUNNING, first_evening(people.RUNNING, today) + LATER)
    add_course(people.NEXT, first_evening(people.NEXT, today))
    add_promotions()
    for away in people.CLOSURES:
        close(today, away)
    for special in people.SPECIAL_DAYS:
        add_special_day(today, special)


def add_offering(thing: Thing, category: Category, position: int, to_be_sold: Counter) -> Offering:
    offering = Offering.objects.create(
        kind=thing.kind if thing.rules else Kind.PRODUCT,
        name=thing.name,
        slug=thing.slug,
        category=category,
        species=thing.species,
        art=thing.art,
        summary=thing.summary,
        description=thing.description,
        is_published=True,
        position=position,
        pay_at_shop=thing.pay_at_shop,
    )
    if rules := thing.rules:
        ServiceRules.objects.create(
            offering=offering,
            step=rules.step,
            buffer_after=rules.buffer_after,
            horizon_days=rules.horizon_days,
            what_to_bring=rules.what_to_bring,
            deposit_percent=rules.deposit,
        )
        for hours, percent in rules.later_fees:
            offering.cancellation_tiers.create(before=timedelta(hours=hours), percent=percent)
        for place, question in enumerate(rules.asks, start=1):
            offering.visit_questions.create(text=question, position=place)
    for place, choice in enumerate(thing.choices, start=1):
        variant = add_variant(offering, choice, position=place, tax_rate=thing.tax_rate)
        receive(variant, choice.stock + to_be_sold[choice.sku])
    for place, extra in enumerate(thing.extras, start=1):
        offering.add_ons.create(
            name=extra.name, price=in_currency(extra.price), duration=timedelta(minutes=extra.minutes), position=place
        )
    for place, (question, answer) in enumerate(thing.questions, start=1):
        offering.questions.create(question=question, answer=answer, position=place)
    return offering


def add_season(offering: Offering, dear: Dear, today: date) -> None:
    """Of this year or of the next, whichever is not over yet."""
    first = last = None
    if dear.first:
        first, last = (date.fromisoformat(f"{today.year}-{day}") for day in (dear.first, dear.last))
        if last < today and dear.first < dear.last:
            first, last = first.replace(year=today.year + 1), last.replace(year=today.year + 1)
        elif last < first:  # over New Year
            last = last.replace(year=today.year + 1)
    Season.objects.create(
        offering=offering,
        name=dear.name,
        percent=dear.percent,
        weekdays=dear.weekdays,
        first_night=first,
        last_night=last,
    )


def add_course(school: people.School, first_day: date) -> None:
    course = Course.objects.create(
        offering=Offering.objects.get(slug="puppy-school"),
        resource=Resource.objects.get(services__slug="puppy-school"),
        name=school.name,
        first_day=first_day,
        starts_at=time.fromisoformat(people.SCHOOL_AT),
    )
    publish_course(course)


def add_variant(offering: Offering, choice: Choice, *, position: int, tax_rate: str = "") -> Variant:
    return Variant.objects.create(
        offering=offering,
        name=choice.name,
        price=in_currency(choice.price),
        tax_rate=Decimal(tax_rate or settings.SHOP_TAX_RATE),
        sku=choice.sku or None,
        stock=None if choice.minutes else 0,
        duration=timedelta(minutes=choice.minutes) if choice.minutes else None,
        begins_at=time.fromisoformat(choice.begins_at) if choice.begins_at else None,
        whole_course=choice.whole_course,
        pet_species=choice.species,
        pet_size=choice.size,
        position=position,
    )


def in_currency(price: str) -> Decimal:
    """12.90 are ¥1,290 where there are no cents."""
    return Decimal(price) / Decimal("0.01") * quantum()


def receive(variant: Variant, pieces: int) -> None:
    if pieces:
        move_stock(variant, pieces, reason=StockReason.RECEIVED, actor=demo_logins.EDITOR, note="The first delivery")


def add_hours(resource: Resource | None, hours: list[tuple]) -> None:
    for weekday, opens_at, closes_at in hours:
        OpeningHours.objects.create(resource=resource, weekday=weekday, opens_at=opens_at, closes_at=closes_at)


def add_colleague(colleague: people.Colleague, position: int) -> None:
    slug = slugify(colleague.name)
    resource = Resource.objects.create(
        name=colleague.name,
        slug=slug,
        role=colleague.role,
        art=colleague.art or f"team/{slug}.svg",
        capacity=colleague.places,
        species=colleague.species,
        sizes=colleague.sizes,
        position=position,
    )
    resource.services.set(Offering.objects.filter(slug__in=colleague.services))
    add_hours(resource, colleague.hours)


def add_special_day(today: date, special: people.Special) -> None:
    resource = Resource.objects.get(name=special.who) if special.who else None
    SpecialDay.objects.create(
        resource=resource,
        date=today + timedelta(days=special.ahead),
        opens_at=special.opens,
        closes_at=special.closes,
        reason=special.why,
    )


def close(today: date, away: people.Away) -> None:
    starts_at, ends_at = (
        datetime.combine(today + timedelta(days=days), time.fromisoformat(wall), tzinfo=get_default_timezone())
        for days, wall in ((away.first, away.opens), (away.last, away.closes))
    )
    resource = Resource.objects.get(name=away.who) if away.who else None
    close_time(Closure.objects.create(resource=resource, starts_at=starts_at, ends_at=ends_at, reason=away.why))


@transaction.atomic
def add_logins() -> None:
    """The people who can sign in to the demo. Their password is known to everybody: never on a real shop."""
    ensure_roles()
    ensure_policies()
    Policy.objects.get_or_create(slug=CANCELLING["slug"], defaults=CANCELLING)
    roles = {demo_logins.DESK: FRONT_DESK, demo_logins.EDITOR: CATALOG_EDITORS}
    password = make_password(demo_logins.PASSWORD)  # slow on purpose, so once
    for name in demo_logins.LOGINS:
        user = get_user_model().objects.create(
            username=name,
            email=f"{name}@example.com",
            password=password,
            is_staff=True,
            is_superuser=name == demo_logins.ADMIN,
        )
        user.groups.set(Group.objects.filter(name=roles.get(name)))
