"""A rehearsal's settings, with the floor page beside its addresses."""

from tests.rehearsal.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.urls"
DATABASES["default"]["CONN_MAX_AGE"] = None  # noqa: F405  the database process that is measured must stay the same one
