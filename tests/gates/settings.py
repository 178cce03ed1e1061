"""The shop's settings with the migration linter, which is a command of Django, beside its apps."""

from petshop.settings import *  # noqa: F403
from petshop.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
