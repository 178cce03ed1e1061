"""A small salon, for tests that need one."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from tests.factories import ResourceFactory, ServiceVariantFactory


@pytest.fixture
def bath(db):
    """An hour's service that starts every half hour; a test names who can do it."""
    return ServiceVariantFactory(offering__name="Bath")


@pytest.fixture
def maya(bath):
    """Works from nine to six, every day."""
    return ResourceFactory(name="Maya", slug="maya", services=[bath.offering], position=1)


@pytest.fixture
def tom(bath):
    """Like Maya, and after her in the shop's order."""
    return ResourceFactory(name="Tom", slug="tom", services=[bath.offering], position=2)


@pytest.fixture
def on_the_wall():
    """The moment at which the shop's clock shows this time, some days ahead: `on_the_wall("10:30", days=2)`."""

    def moment(wall, *, days=1):
        day = timezone.localdate() + timedelta(days=days)
        return timezone.make_aware(datetime.combine(day, time.fromisoformat(wall)))

    return moment
