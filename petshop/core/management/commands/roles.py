from django.core.management.base import BaseCommand

from petshop.core.roles import ensure_roles


class Command(BaseCommand):
    help = "Make the groups of staff, with the permissions that petshop/core/roles.py lists. Safe to repeat."

    def handle(self, **options):
        for group in ensure_roles():
            self.stdout.write(f"{group.name}: {group.permissions.count()} permissions")
