from datetime import date, datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from checkout.day_audit import audit_day
from checkout.payments import StripeIsDown
from checkout.reconcile import left_for_people, reconcile


class Command(BaseCommand):
    help = (
        "Asks Stripe about every payment that we are not sure of, and repairs what was missed. Prints what was done, and "
        "what it leaves to people. Exits 1 if Stripe did not answer everything, or an audit found a difference."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--since",
            type=moment,
            metavar="DAY",
            help="ask for everything that Stripe said since then, at most 30 days ago; also try what was given up",
        )

        parser.add_argument(
            "--audit",
            type=date.fromisoformat,
            metavar="DAY",
            help="repair nothing, but compare the charges and refunds of this day at Stripe with our books",
        )

    def handle(self, *, since=None, audit=None, **options):
        if audit:
            self.audit(audit)
        else:
            self.reconcile(since)

    def audit(self, day):
        """A day in both books; each difference is a line."""
        try:
            found = audit_day(day)
        except StripeIsDown as error:
            raise CommandError("Stripe did not answer.") from error
        self.stdout.write("\n".join(found.lines()))
        if found.differences:
            raise CommandError(f"The books differ in {len(found.differences)} places.")

    def reconcile(self, since):
        done = +reconcile(since)
        counted = ", ".join(f"{count} {what}" for what, count in sorted(done.items()))
        self.stdout.write(f"Reconciled: {counted or 'nothing to do'}")
        for line in left_for_people():
            self.stdout.write(f"Left for a person: {line}")
        if done["not answered"]:
            raise CommandError(f"{done['not answered']} questions were not answered.")


def moment(text: str) -> datetime:
    """2026-11-22, or 2026-11-22T08:30, on the shop's clock."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else timezone.make_aware(found)
