import pytest

from bookings.models import OpeningHours, Weekday
from petshop.core.policies import ensure_policies
from tests.factories import (
    CategoryFactory,
    ProductFactory,
    QuestionFactory,
    ResourceFactory,
    ServiceFactory,
    ServiceVariantFactory,
    VariantFactory,
)


@pytest.fixture
def small_shop(db):
    """A bath, a shampoo and a bag of food, Maya who washes, hours and a question."""
    grooming, food = CategoryFactory(name="Grooming", slug="grooming"), CategoryFactory(name="Food", slug="food")
    bath = ServiceFactory(name="Bath and tidy", slug="bath", category=grooming, art="services/bath-tidy.svg")
    ServiceVariantFactory(offering=bath)
    ResourceFactory(name="Maya", slug="maya", art="team/maya.svg", services=[bath])
    shampoo = ProductFactory(name="Oat shampoo", slug="oat-shampoo", category=grooming, art="products/shampoo-oat.svg")
    VariantFactory(offering=shampoo, price="12.90")
    kibble = ProductFactory(name="Harvey kibble", slug="kibble", category=food, species=["dog", "cat"])
    VariantFactory(offering=kibble, name="2 kg bag", price="12.50", stock=3, position=1)
    VariantFactory(offering=kibble, name="12 kg bag", price="54.90", position=2)
    OpeningHours.objects.bulk_create(
        OpeningHours(weekday=day, opens_at="09:00", closes_at="19:00") for day in Weekday if day != Weekday.SUNDAY
    )
    ensure_policies()
    QuestionFactory(question="Do I need an account?", answer="No.")
    QuestionFactory(offering=shampoo, question="Does it sting?", answer="It does not.")
