"""Who comes to the demo shop, for what and when, as its seed decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils.timezone import get_default_timezone, localtime

from backoffice.demo.customers import CUSTOMERS, Customer
from backoffice.demo.later import LATER, Rooms, back
from backoffice.demo.orders import COURSE, GIFT, Part, Story
from backoffice.demo.people import RUNNING
from backoffice.demo.roster import Roster, working_moment
from bookings.calendar import FreeTime
from bookings.models import ClassDate, Resource
from catalog.models import AddOn, Kind, Offering, Species, Variant
from checkout.models.order import NUMBER_ALPHABET
from petshop.core import clock

WEEKS_AT_MOST = 4
PAID_WITHIN = timedelta(minutes=5)
DAYS_AHEAD = [1, 1, 2, 2, 3, 4, 6, 9, 13]  # how long before their first visit people book


@dataclass(frozen=True)
class Wish:
    """A visit that can be had."""

    variant: Variant
    add_ons: tuple[AddOn, ...]
    free: FreeTime
    resource: Resource
    nights: int
    is_later: bool  # booked eight weeks after it is


class Cast:
    """Draws everything that the stories leave open from one seeded sequence, in their order."""

    def __init__(self, seed: int, moment: datetime):
        self.random = Random(seed)  # noqa: S311 (the same shop again, not a secret)
        self.moment = moment
        self.today = localtime(moment).date()
        self.seen_at = working_moment(moment)
        self.regulars = {customer.name: customer for customer in CUSTOMERS}
        self.queue = [customer for customer in CUSTOMERS if not customer.habit]
        self.random.shuffle(self.queue)
        self.pupils: set[Customer] = set()
        self.favourites: dict[tuple[Customer, str], int] = {}  # whom they went to the last time
        self.numbers: set[str] = set()

    def enter(self) -> None:
        """Read what there is to buy and who is free when: once, when the shelves are full."""
        self.roster = Roster(clock.now())
        self.rooms = Rooms()
        running = ClassDate.objects.filter(course__name=RUNNING.name)
        self.evenings_of_running_course = set(running.values_list("starts_at", flat=True))
        variants = (
            Variant.objects.select_related("offering__rules").prefetch_related("offering__add_ons").order_by("position")
        )
        self.by_sku = {variant.sku: variant for variant in variants if variant.sku}
        self.choices: dict[str, list[Variant]] = {}
        for variant in variants:
            if variant.is_service:
                own_name = variant.name in (GIFT, COURSE)
                self.choices.setdefault(variant.name if own_name else variant.offering.slug, []).append(variant)

    # Who

    def customer(self, story: Story) -> Customer:
        """Who the story names, or whoever has not been here for longest and has a pet for all of it."""
        if story.customer:
            return self.regulars[story.customer]
        services = [self.choices[service][0].offering for service in story.visits]
        products = [self.by_sku[sku].offering for sku in story.products]
        able = [c for c in self.queue if all(suits(offering, c) for offering in services)]
        fits = (c for c in able if all(suits(offering, c) for offering in products))
        return self.send_to_the_end(next(fits, able[0]))

    def customer_for(self, variant: Variant, story: Story) -> Customer:
        """Somebody else who wants the same choice."""
        [service] = story.visits
        able = (c for c in self.queue if suits(variant.offering, c))
        return self.send_to_the_end(next(c for c in able if self.variant(service, c) == variant))

    def send_to_the_end(self, customer: Customer) -> Customer:
        self.queue.remove(customer)
        self.queue.append(customer)
        return customer

    # What

    def variant(self, service: str, customer: Customer) -> Variant:
        """The choice of this service that suits the customer's pet."""
        choices = self.choices[service]
        match service:
            case "daycare":
                return self.random.choice(choices)
            case "nail-trim":
                return choices[0 if customer.species == Species.DOG else 1]
            case "cat-groom":
                return choices[1 if customer.is_longhaired else 0]
            case "puppy-lesson":
                return choices[1 if customer in self.pupils else 0]
        return next(choice for choice in choices if choice.pet_size in ("", customer.size))

    # When

    def visits(self, story: Story, customer: Customer) -> Iterator[Wish]:
        """One after the other the visits of a story for which there is time; whoever asks books each at once."""
        for week in range(story.weeks):
            after = None
            for service in story.visits:
                variant = self.variant(service, customer)
                if wish := self.wish(variant, service, customer, story, day=story.day + 7 * week, after=after):
                    yield wish
                    after = wish.free.ends_at
                    self.pupils.add(customer)

    def wish(
        self, variant: Variant, service: str, customer: Customer, story: Story, *, day: int, after: datetime | None
    ) -> Wish | None:
        """A free time on that day or on one nearby: in its part of the day, or soon after another visit."""
        add_ons = self.extras(service)
        if variant.offering.kind == Kind.CLASS:
            return self.evening(variant, add_ons, day)
        nearby = [] if story.part else sorted(same_side(day), key=lambda other: (abs(other - day), other))
        for near in (day, *nearby):
            times = self.roster.free_times(variant, add_ons, story.nights, self.booked_on(near))
            times = [time for time in times if self.places(time, customer)]
            fits = [
                time
                for time in times
                if (not after or time.starts_at >= after) and story.part in (None, self.part(time, near))
            ]
            if fits or times:
                free = fits[0] if after and fits else self.random.choice(fits or times)
                return Wish(
                    variant, add_ons, free, self.resource(service, customer, free), story.nights, is_later=near <= 0
                )
        return None

    def evening(self, variant: Variant, add_ons: tuple[AddOn, ...], day: int) -> Wish | None:
        """The date of a class, or the course, that begins nearest to that day."""

        def in_the_end(free):
            starts_at = free.starts_at
            return back(starts_at) if starts_at in self.evenings_of_running_course else starts_at

        wanted = self.today + timedelta(days=day)
        times = self.roster.all_free_times(variant, add_ons)
        free = min(times, key=lambda free: abs(localtime(in_the_end(free)).date() - wanted), default=None)
        if free is None:
            return None
        is_later = free.starts_at in self.evenings_of_running_course
        return Wish(variant, add_ons, free, free.places[0].resource, 0, is_later)

    def extras(self, service: str) -> tuple[AddOn, ...]:
        """Every third visit has one, some of them two."""
        offered = list(self.choices[service][0].offering.add_ons.all()) if service not in (GIFT, COURSE) else []
        count = self.random.choices([0, 1, 2], [6, 3, 1])[0]
        return tuple(
            offered[place] for place in sorted(self.random.sample(range(len(offered)), min(count, len(offered))))
        )

    def part(self, free: FreeTime, day: int) -> Part:
        """Where in its day a time lies once it has been moved to where it belongs."""
        starts_at, ends_at = (back(at) if day <= 0 else at for at in (free.starts_at, free.ends_at))
        if ends_at <= self.seen_at:
            return Part.EARLIER
        return Part.NOW if starts_at <= self.seen_at else Part.LATER

    def places(self, free: FreeTime, customer: Customer) -> list[Resource]:
        """Who takes such a pet."""
        resources = [place.resource for place in free.places]
        return [room for room in resources if not room.sizes or customer.size in room.sizes]

    def resource(self, service: str, customer: Customer, free: FreeTime) -> Resource:
        """Whom they know, if they are free."""
        known = self.favourites.get((customer, service))
        resources = self.places(free, customer)
        resource = next((r for r in resources if r.pk == known), None) or self.random.choice(resources)
        self.favourites[customer, service] = resource.pk
        return resource

    def booked_on(self, day: int) -> date:
        return self.today + timedelta(days=day) + (LATER if day <= 0 else timedelta(0))

    def moment_of_purchase(self, story: Story) -> datetime:
        """Before today's visits and the past ones; what was only bought was bought on the story's own day."""
        day = story.day
        if story.visits:
            day -= self.random.choice(DAYS_AHEAD)
            if day > 0:
                day = -self.random.randint(0, 10)  # to come, and booked by now
        if day == 0:
            midnight = datetime.combine(self.today, time.min, get_default_timezone())
            latest = self.moment - PAID_WITHIN
            return latest - max(latest - midnight, timedelta(0)) * self.random.random()
        return datetime.combine(self.today + timedelta(days=day), time(8), get_default_timezone()) + timedelta(
            minutes=self.random.randint(0, 14 * 60)
        )

    def number(self) -> str:
        drawn = iter(lambda: "FP-" + "".join(self.random.choice(NUMBER_ALPHABET) for _ in range(5)), None)
        number = next(number for number in drawn if number not in self.numbers)
        self.numbers.add(number)
        return number


def suits(offering: Offering, customer: Customer) -> bool:
    if offering.is_service and customer.species == Species.FISH:
        return False
    return not offering.species or customer.species in offering.species


def same_side(day: int) -> range:
    """The days within a week that are over, or to come, as this one is, and no further away than a day may be."""
    first, last = (-7 * WEEKS_AT_MOST, 0) if day <= 0 else (1, 7 * WEEKS_AT_MOST - 1)
    return range(max(day - 7, first), min(day + 7, last) + 1)
