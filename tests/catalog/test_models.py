from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError

from catalog.models import AddOn
from tests.factories import AddOnFactory

pytestmark = pytest.mark.django_db


def test_an_extra_may_cost_nothing_and_take_no_time():
    AddOnFactory(price=Decimal(0), duration=timedelta(0))


def test_an_extra_cannot_make_a_visit_cheaper():
    with pytest.raises(IntegrityError, match="add_on_price_not_negative"):
        AddOnFactory(price=Decimal("-0.01"))


def test_an_extra_cannot_make_a_visit_shorter():
    with pytest.raises(IntegrityError, match="add_on_duration_not_negative"):
        AddOnFactory(duration=timedelta(minutes=-5))


def test_a_service_has_an_extra_of_one_name_once_and_two_services_may_share_it():
    first = AddOnFactory(name="Nail trim")
    AddOnFactory(name="Nail trim")

    with pytest.raises(IntegrityError, match="add_on_name_once_per_offering"):
        AddOnFactory(name="Nail trim", offering=first.offering)


def test_what_is_switched_off_or_of_an_unpublished_service_is_not_on_sale():
    sold = AddOnFactory()
    AddOnFactory(is_active=False)
    AddOnFactory(offering__is_published=False)

    assert list(AddOn.objects.on_sale()) == [sold]
