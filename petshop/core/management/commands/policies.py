from django.core.management.base import BaseCommand

from petshop.core.policies import ensure_policies


class Command(BaseCommand):
    help = "Write the texts that a shop cannot be without, unless staff have written them. Safe to repeat."

    def handle(self, **options):
        for policy in ensure_policies():
            self.stdout.write(f"Written: {policy}")
