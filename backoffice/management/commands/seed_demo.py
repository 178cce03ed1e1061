from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.demo.cast import WEEKS_AT_MOST, Cast
from backoffice.demo.fill import add_logins, fill_shop
from backoffice.demo.plans import change_plans
from backoffice.demo.play import play, stories_of, to_be_sold
from bookings.models import Booking
from catalog.models import Offering
from checkout.models import Order
from petshop.core import clock, demo_logins


class Command(BaseCommand):
    help = "Fills an empty shop with a demo: shelves, people, and eight weeks of orders and visits, half of them past."

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=1, help="The same number makes the same shop. Default: 1.")
        parser.add_argument(
            "--weeks",
            type=int,
            default=WEEKS_AT_MOST,
            choices=range(WEEKS_AT_MOST + 1),
            help=f"How many ordinary weeks there are on each side of today. Default: {WEEKS_AT_MOST}.",
        )
        parser.add_argument("--if-empty", action="store_true", help="On a shop that sells something, do nothing.")
        parser.add_argument(
            "--yes",
            action="store_true",
            help="Also outside DEBUG and REHEARSAL; nobody gets a login there.",
        )

    def handle(self, *args, seed, weeks, if_empty, yes, **options):
        is_play = settings.DEBUG or settings.REHEARSAL
        if not (is_play or yes):
            raise CommandError(
                "This looks like a real shop. To put the demo's offerings into it all the same, add --yes."
            )
        if Offering.objects.exists():
            if if_empty:
                return
            raise CommandError("This shop has offerings already, and nothing was changed. The demo needs an empty one.")

        cast = Cast(seed, timezone.now())
        stories = stories_of(cast, weeks) if settings.IS_LOCAL_STRIPE else []
        fill_shop(cast.today, to_be_sold(stories))
        self.stdout.write("Shelves and calendar filled.")
        if is_play:
            add_logins()
            names = ", ".join(demo_logins.LOGINS)
            self.stdout.write(f"Logins: {names}. Password: {demo_logins.PASSWORD}")
        if stories:
            play(stories, cast)
            change_plans(clock.now())
            orders, visits = Order.objects.count(), Booking.objects.visits().count()
            self.stdout.write(f"{orders} orders and {visits} visits made, from seed {seed}.")
        else:
            self.stdout.write("No orders: they are paid with the local stand-in, and this shop has Stripe keys.")
