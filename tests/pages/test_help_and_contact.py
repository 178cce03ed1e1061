from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from bookings.models import OpeningHours
from tests.factories import ClosureFactory

pytestmark = pytest.mark.django_db


def test_help_answers_what_belongs_to_no_offering(client, small_shop):
    page = client.get("/help/")

    assertContains(page, "Do I need an account?")
    assertNotContains(page, "Does it sting?")


def test_contact_says_where_and_when(client, small_shop, settings):
    page = client.get("/contact/")

    for fact in [settings.SHOP_ADDRESS, settings.SHOP_PHONE, settings.SHOP_EMAIL, "Monday", "09:00 – 19:00", "Closed"]:
        assertContains(page, fact)


def test_a_change_of_the_hours_shows_on_the_next_page(client, small_shop):
    client.get("/contact/")
    OpeningHours.objects.filter(resource=None, weekday=0).update(closes_at="20:45")

    assertContains(client.get("/contact/"), "09:00 – 20:45")


def test_contact_announces_closures_of_the_whole_shop(client, small_shop):
    ClosureFactory(reason="Stocktaking", starts_at=timezone.now() + timedelta(days=3))
    ClosureFactory(reason="Long ago", starts_at=timezone.now() - timedelta(days=9))

    page = client.get("/contact/")

    assertContains(page, "Stocktaking")
    assertNotContains(page, "Long ago")


def test_privacy_names_the_cookies_that_the_shop_sets(client, small_shop):
    client.get("/shop/oat-shampoo/")

    page = client.get("/privacy/").content.decode()

    assert [name for name in client.cookies if name not in page] == []
