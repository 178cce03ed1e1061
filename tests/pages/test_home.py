from datetime import datetime, time

import pytest
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bookings.models import OpeningHours, SpecialDay
from tests.factories import ClosureFactory, ProductFactory, ServiceFactory

pytestmark = pytest.mark.django_db


def test_home_shows_what_the_shop_has(client, small_shop):
    page = client.get("/")

    assertContains(page, "<h1", count=1)
    for name in ["Bath and tidy", "Oat shampoo", "From €12.50", "Maya", "60 minutes"]:
        assertContains(page, name)


def test_home_is_whole_in_a_shop_that_has_nothing_yet(client):
    page = client.get("/")

    assertContains(page, "<h1", count=1)
    assertNotContains(page, "Find a free time")


def test_home_hides_what_is_not_published(client):
    ProductFactory(name="Secret chew", is_published=False)

    assertNotContains(client.get("/"), "Secret chew")


@pytest.mark.parametrize(
    ("query", "leads_to"),
    [
        ("service=bath", "/shop/bath/"),
        ("service=bath&species=dog&day=2030-01-31", "/shop/bath/?day=2030-01-31"),
        ("service=bath&day=tomorrow", "/shop/bath/"),
        ("service=bath&species=dragon", "/shop/bath/"),
        ("service=bath&species=fish&day=2030-01-31", "/shop/?kind=service&species=fish"),
        ("service=nothing", "/shop/?kind=service"),
        ("service=%00", "/shop/?kind=service"),
        ("service=oat-shampoo", "/shop/?kind=service"),
    ],
)
def test_the_quick_form_leads_to_the_service_or_to_those_for_this_animal(client, small_shop, query, leads_to):
    assertRedirects(client.get(f"/?{query}"), leads_to, fetch_redirect_response=False)


def test_home_says_when_the_shop_is_open_today_unless_it_is_closed_for_the_day(client):
    OpeningHours.objects.create(weekday=timezone.localdate().weekday(), opens_at="09:30", closes_at="18:15")
    open_page = client.get("/")

    closure = ClosureFactory(starts_at=on_the_wall("12:00"), ends_at=on_the_wall("15:00"))
    part_of_it = client.get("/")
    type(closure).objects.update(starts_at=on_the_wall("00:00"), ends_at=on_the_wall("23:59"))

    assertContains(open_page, "Open today from 09:30 to 18:15.")
    assertContains(part_of_it, "Open today from 09:30 to 12:00 and from 15:00 to 18:15.")
    assertNotContains(client.get("/"), "Open today")


def test_home_knows_that_today_is_special(client):
    OpeningHours.objects.create(weekday=timezone.localdate().weekday(), opens_at="09:30", closes_at="18:15")
    special = SpecialDay.objects.create(date=timezone.localdate(), opens_at="10:00", closes_at="14:00")
    assertContains(client.get("/"), "Open today from 10:00 to 14:00.")

    SpecialDay.objects.filter(pk=special.pk).update(opens_at=None, closes_at=None)
    assertNotContains(client.get("/"), "Open today")


def on_the_wall(wall):
    return timezone.make_aware(datetime.combine(timezone.localdate(), time.fromisoformat(wall)))


def test_home_asks_the_database_the_same_for_one_service_and_for_five(client, django_assert_max_num_queries):
    for _ in range(5):
        ServiceFactory()

    with django_assert_max_num_queries(12):
        client.get("/")
