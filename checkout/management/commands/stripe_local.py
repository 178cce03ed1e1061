"""What Stripe's dashboard and a bank would do, for the local stand-in, at the command line."""

from datetime import UTC, datetime

from django.core.management.base import BaseCommand, CommandError

from checkout.stripe_local import local_stripe
from checkout.stripe_local.parameters import Refusal


class Command(BaseCommand):
    help = (
        "Looks into the local stand-in for Stripe, sends its events again, disputes payments, makes and fails refunds."
    )

    def add_arguments(self, parser):
        actions = parser.add_subparsers(dest="action", required=True, metavar="action")

        events = actions.add_parser("events", help="list the newest events")
        events.add_argument("--limit", type=int, default=20, choices=range(1, 101), metavar="1-100")

        replay = actions.add_parser("replay", help="send an event to the shop's webhook once more")
        replay.add_argument("event")

        dispute = actions.add_parser("dispute", help="have the customer's bank dispute a payment")
        dispute.add_argument("payment_intent")
        dispute.add_argument("--close", choices=["won", "lost"], help="decide the open dispute of this payment")

        refund = actions.add_parser("refund", help="give money back in the dashboard")
        refund.add_argument("payment_intent")
        refund.add_argument("--amount", type=int, help="in the smallest unit; without it all that is left")

        fail_refund = actions.add_parser("fail-refund", help="have a bank send a refund back")
        fail_refund.add_argument("refund")

        actions.add_parser("reset", help="forget every session, payment, refund and event")

    def handle(self, action, **options):
        try:
            getattr(self, action.replace("-", "_"))(local_stripe(), **options)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal

    def events(self, stripe, *, limit, **options):
        for event in stripe.events(limit):
            at = datetime.fromtimestamp(event["created"], UTC)
            self.stdout.write(
                f"{at:%Y-%m-%d %H:%M:%S}  {event['id']}  {event['type']}  {event['data']['object']['id']}"
            )

    def replay(self, stripe, *, event, **options):
        if not stripe.replay(event):
            raise CommandError(f"The shop did not accept {event}.")
        self.stdout.write(f"The shop accepted {event}.")

    def dispute(self, stripe, *, payment_intent, close, **options):
        done = stripe.close_dispute(payment_intent, won=close == "won") if close else stripe.dispute(payment_intent)
        self.stdout.write(f"{done['id']}: {done['status']}")

    def refund(self, stripe, *, payment_intent, amount, **options):
        done = stripe.refund(payment_intent, amount)
        self.stdout.write(f"{done['id']}: {done['status']}")

    def fail_refund(self, stripe, *, refund, **options):
        self.stdout.write(f"{stripe.fail_refund(refund)['id']}: failed")

    def reset(self, stripe, **options):
        stripe.reset()
        self.stdout.write("The stand-in has forgotten everything.")
