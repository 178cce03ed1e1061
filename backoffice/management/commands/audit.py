from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from backoffice.audit.queries import QUERIES, violations


class Command(BaseCommand):
    help = (
        "Proves that the shop's promises hold right now: prints every row that breaks one, and exits 1 if there is any."
    )
    requires_system_checks = []

    def handle(self, *args, **options):
        found = violations(connection)
        for violation in found:
            self.stdout.write(str(violation))
        asked, broken = len(QUERIES), sum(len(violation.rows) for violation in found)
        if found:
            raise CommandError(f"{asked} questions asked: {len(found)} of them found {broken} rows.")
        self.stdout.write(f"{asked} questions asked: all is well.")
