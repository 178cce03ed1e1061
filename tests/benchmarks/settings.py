"""A rehearsal's settings, with the floor page beside its addresses."""

from tests.rehearsal.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.urls"
