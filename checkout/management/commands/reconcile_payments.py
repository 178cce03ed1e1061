from django.core.management.base import BaseCommand

from checkout.reconcile import reconcile


class Command(BaseCommand):
    help = "Ask Stripe about every payment that we are not sure of, and repair what was missed."

    def handle(self, **options):
        done = +reconcile()
        counted = ", ".join(f"{count} {what}" for what, count in sorted(done.items()))
        self.stdout.write(f"Reconciled: {counted or 'nothing to do'}")
