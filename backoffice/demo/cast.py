"""Who comes to the demo shop, for what and when, as its seed decides."""

from datetime import date, datetime, time, timedelta
from random import Random

from django.utils.timezone import get_default_timezone, localtime

from backoffice.demo.orders import GIFT, Story
from backoffice.demo.people import CUSTOMERS, Customer
from bookings.calendar import FreeTime, free_times
from bookings.models import Resource
from catalog.models import Species, Variant
from checkout.models import Order
from checkout.models.order import NUMBER_ALPHABET
from petshop.core import clock

# A visit of last week cannot be booked any more, so it is booked three weeks later: the same weekday, the same hours,
# and beyond every visit to come. Afterwards its rows are moved to where they belong.
LATER = timedelta(weeks=3)
TREATS = {  # whom each service is for
    "full-groom": [Species.DOG],
    GIFT: [Species.DOG],
    "bath-and-tidy": [Species.DOG, Species.CAT],
    "nail-trim": [Species.DOG, Species.CAT, Species.SMALL],
    "vet-check-up": [Species.DOG, Species.CAT, Species.SMALL],
}


class Cast:
    """Draws everything that the stories leave open from one seeded sequence, in their order."""

    def __init__(self, seed: int, today: date):
        self.random = Random(seed)  # noqa: S311 (the same shop again, not a secret)
        self.today = today
        self.customers = list(CUSTOMERS)
        self.random.shuffle(self.customers)

    def customer(self, story: Story) -> Customer:
        """Whoever has not been here for longest and has a pet for all of these visits."""
        fits = (
            customer
            for customer in self.customers
            if all(customer.species in TREATS[service] for service in story.visits)
        )
        return self.send_to_the_end(next(fits))

    def customer_for(self, variant: Variant, story: Story) -> Customer:
        """Somebody else who wants the same choice."""
        [service] = story.visits
        return self.send_to_the_end(next(c for c in self.customers if self.variant(service, c) == variant))

    def send_to_the_end(self, customer: Customer) -> Customer:
        self.customers.remove(customer)
        self.customers.append(customer)
        return customer

    def variant(self, service: str, customer: Customer) -> Variant:
        """The choice of this service that suits the customer's pet."""
        if service == GIFT:
            return Variant.objects.get(name=GIFT)
        choices = Variant.objects.filter(offering__slug=service).exclude(name=GIFT)
        if service == "nail-trim":
            return choices.get(position=1 if customer.species == Species.DOG else 2)
        return choices.get(pet_size__in=["", customer.size])

    def time(self, variant: Variant, story: Story, *, after: datetime | None) -> tuple[FreeTime, Resource]:
        """A free time on the story's day, or three weeks later, and with whom: within its hours, or soon after another."""
        day = self.today + timedelta(days=story.day) + (LATER if story.is_over else timedelta(0))
        times = free_times(variant, first=day, last=day, now=clock.now())[day]
        first, last = story.between
        free = self.random.choice([t for t in times if first <= localtime(t.starts_at).hour < last] or times)
        if after:
            free = next((t for t in times if t.starts_at >= after), free)
        return free, self.random.choice([place.resource for place in free.places])

    def way_back(self, story: Story, order: Order) -> timedelta:
        """How far the order's visits lie from the same wall time of the story's day, an hour of summer time included."""
        visit = order.lines.visits().order_by("starts_at").first()
        if visit is None or not story.is_over:
            return timedelta(0)
        day = self.today + timedelta(days=story.day)
        wall = localtime(visit.starts_at).time()
        return datetime.combine(day, wall, get_default_timezone()) - visit.starts_at

    def moment_of_purchase(self, story: Story, order: Order) -> datetime:
        """An evening before today and before the visits; what was only bought was bought on the story's own day."""
        if story.day == 0 and not story.visits:
            return order.placed_at
        days = min(story.day, 0) - self.random.randint(1, 4) if story.visits else story.day
        evening = datetime.combine(self.today + timedelta(days=days), time(18), get_default_timezone())
        return evening + timedelta(minutes=self.random.randint(0, 180))

    def number(self) -> str:
        return "FP-" + "".join(self.random.choice(NUMBER_ALPHABET) for _ in range(5))
