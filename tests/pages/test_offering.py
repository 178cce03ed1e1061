import pytest
from pytest_django.asserts import assertContains, assertNotContains

from catalog.models import Offering, Variant
from tests.factories import ProductFactory, QuestionFactory, VariantFactory

pytestmark = pytest.mark.django_db


def test_a_product_with_one_choice_can_be_added_at_once(client, small_shop):
    variant = Variant.objects.get(offering__slug="oat-shampoo")

    page = client.get("/shop/oat-shampoo/")

    assertContains(page, "<h1>Oat shampoo</h1>")
    assertContains(page, "€12.90")
    assertContains(page, f'<input type="hidden" name="variant" value="{variant.pk}">', html=True)
    assertContains(page, 'data-testid="add-to-cart"')
    assertContains(page, "In stock")


def test_choices_are_radios_with_their_price_and_stock(client, small_shop):
    kibble = Offering.objects.get(slug="kibble")
    VariantFactory(offering=kibble, name="20 kg bag", price="79.00", sold_out=True, position=3)

    page = client.get("/shop/kibble/")

    assertContains(page, 'type="radio" name="variant"', count=3)
    assertContains(page, "Only 3 left")
    assertContains(page, " disabled", count=1)
    assertContains(page, "€79.00")


def test_the_first_choice_that_is_there_is_chosen(client, small_shop):
    Variant.objects.filter(name="2 kg bag").update(stock=0)

    page = client.get("/shop/kibble/")

    assert page.context["first"].name == "12 kg bag"


def test_what_is_sold_out_keeps_its_page_and_cannot_be_added(client, small_shop):
    towel = ProductFactory(slug="towel", species=[])
    VariantFactory(offering=towel, sold_out=True)

    page = client.get("/shop/towel/")

    assertContains(page, "Sold out.")
    assertNotContains(page, 'data-testid="add-to-cart"')
    assertContains(page, "Goes with")


def test_an_offering_without_a_choice_says_so(client):
    ProductFactory(slug="towel")

    assertContains(client.get("/shop/towel/"), "Not for sale right now")


def test_its_questions_are_answered_on_its_page_and_no_others(client, small_shop):
    page = client.get("/shop/oat-shampoo/")

    assertContains(page, "Does it sting?")
    assertContains(page, "It does not.")
    assertNotContains(page, "Do I need an account?")


def test_what_goes_with_it_is_for_the_same_animals_and_first_from_the_same_shelf(client, small_shop):
    shampoo = Offering.objects.get(slug="oat-shampoo")
    ProductFactory(name="Cat brush", category=shampoo.category, species=["cat"])
    ProductFactory(name="Dog brush", category=shampoo.category, species=["dog"])

    page = client.get("/shop/oat-shampoo/")

    assert [card.name for card in page.context["goes_with"]] == ["Dog brush", "Harvey kibble"]


def test_what_is_not_published_or_never_was_cannot_be_found(client, small_shop):
    Offering.objects.filter(slug="kibble").update(is_published=False)

    assert client.get("/shop/kibble/").status_code == 404
    assert client.get("/shop/unicorn/").status_code == 404


def test_names_are_shown_as_text(client):
    thing = ProductFactory(slug="chew", name="<b>Chew</b>", summary='"><script>', description="<img src=x>")
    QuestionFactory(offering=thing, question="<i>?", answer="<u>!")

    page = client.get("/shop/chew/").content.decode()

    for typed in ["<b>Chew", '"><script>', "<img src=x>", "<i>?", "<u>!"]:
        assert typed not in page


def test_a_service_shows_its_picker(client, small_shop):
    page = client.get("/shop/bath/")

    assert page.templates[0].name == "pages/service.html"
    assertContains(page, "Bath and tidy")
