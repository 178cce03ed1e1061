"""What an editor does with products in the Django admin, and what the next page then says."""

from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from catalog.models import Offering, Question, StockMovement, Variant
from catalog.operations import take_stock
from petshop.core.roles import CATALOG_EDITORS
from tests.admin_pages import form_on, sign_in
from tests.factories import (
    CartFactory,
    CategoryFactory,
    ProductFactory,
    QuestionFactory,
    ServiceFactory,
    VariantFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    return sign_in(client, CATALOG_EDITORS, username="ada")


def page_of(product):
    return reverse("admin:catalog_product_change", args=[product.pk])


def new_row(form, number, **values):
    """What “Add another” does: one more line of choices."""
    form["variants-TOTAL_FORMS"] = [str(number + 1)]
    defaults = {"name": "", "price": "", "tax_rate": "21", "sku": "", "is_active": "on", "position": "0"}
    for name, value in (defaults | values).items():
        form[f"variants-{number}-{name}"] = [value]


def test_a_new_price_is_the_price_of_the_next_page(client, editor):
    variant = VariantFactory(price=Decimal("4.50"))
    form = form_on(client.get(page_of(variant.offering)))

    form["variants-0-price"] = ["5.25"]
    response = client.post(page_of(variant.offering), form)

    assert response.status_code == 302
    variant.refresh_from_db()
    assert variant.price == Decimal("5.25")
    assertContains(client.get(variant.offering.get_absolute_url()), "€5.25")
    assertContains(client.get(reverse("admin:catalog_product_changelist")), "€5.25")


def test_a_new_choice_is_on_the_next_page(client, editor):
    variant = VariantFactory(name="Small")
    form = form_on(client.get(page_of(variant.offering)))

    new_row(form, 1, name="Enormous", price="19.90")
    client.post(page_of(variant.offering), form)

    assertContains(client.get(variant.offering.get_absolute_url()), "Enormous")


def test_a_product_taken_out_of_the_shop_has_no_page_any_more(client, editor):
    product = VariantFactory().offering
    address = reverse("admin:catalog_product_changelist")

    client.post(address, {"action": "unpublish", "_selected_action": [product.pk]})

    assert client.get(product.get_absolute_url()).status_code == 404


def test_a_product_is_added_with_two_choices_and_an_empty_shelf(client, editor):
    category = CategoryFactory()
    address = reverse("admin:catalog_product_add")
    form = form_on(client.get(address))

    form |= {
        "name": ["Oat shampoo"],
        "slug": ["oat-shampoo"],
        "category": [str(category.pk)],
        "species": ["dog", "cat"],
    }
    form |= {"art": ["products/shampoo-oat.svg"], "is_published": ["on"]}
    new_row(form, 0, name="250 ml", price="8.90", sku="SH-250")
    new_row(form, 1, name="500 ml", price="14.90", sku="SH-500")
    response = client.post(address, form)

    assert response.status_code == 302
    product = Offering.objects.get(slug="oat-shampoo")
    assert (product.kind, product.species, product.art) == ("product", ["dog", "cat"], "products/shampoo-oat.svg")
    assert [(v.name, v.stock, v.duration) for v in product.variants.all()] == [("250 ml", 0, None), ("500 ml", 0, None)]


def test_a_new_choice_begins_with_nothing_on_the_shelf(client, editor):
    variant = VariantFactory(name="Small")
    form = form_on(client.get(page_of(variant.offering)))

    new_row(form, 1, name="Large", price="9", stock="500")
    client.post(page_of(variant.offering), form)

    assert Variant.objects.get(name="Large").stock == 0


def test_stock_cannot_be_typed_over(client, editor):
    variant = VariantFactory(stock=10)
    page = client.get(page_of(variant.offering))
    form = form_on(page)

    form |= {"variants-0-stock": ["99"], "initial-variants-0-stock": ["10"], "stock": ["99"], "name": ["Renamed"]}
    client.post(page_of(variant.offering), form)

    variant.refresh_from_db()
    assert variant.stock == 10
    assert variant.offering.name == "Renamed"
    assertNotContains(page, 'name="variants-0-stock"')


def test_what_is_sold_while_the_form_is_open_stays_sold(client, editor):
    variant = VariantFactory(stock=10, name="Small")
    form = form_on(client.get(page_of(variant.offering)))
    take_stock(variant, 1, reference="line:1", actor="customer")

    form |= {"name": ["New name"], "variants-0-name": ["Tiny"]}
    client.post(page_of(variant.offering), form)

    variant.refresh_from_db()
    assert (variant.offering.name, variant.name, variant.stock) == ("New name", "Tiny", 9)
    assert sum(StockMovement.objects.filter(variant=variant).values_list("delta", flat=True)) == 9


def test_two_editors_with_one_product_open_keep_each_others_changes(client, editor):
    variant = VariantFactory(price=Decimal("4.50"), offering__species=["dog"])
    form = form_on(client.get(page_of(variant.offering)))
    Variant.objects.update(price=Decimal("6.00"))
    Offering.objects.update(summary="Better than ever", species=["cat"], is_published=False)

    form |= {"name": ["New name"], "variants-0-position": ["3"]}
    client.post(page_of(variant.offering), form)

    variant.refresh_from_db()
    assert (variant.price, variant.position) == (Decimal("6.00"), 3)
    product = variant.offering
    assert (product.name, product.summary, product.species) == ("New name", "Better than ever", ["cat"])
    assert not product.is_published


def test_every_kind_of_field_can_be_changed_and_emptied(client, editor):
    variant = VariantFactory(offering__species=["dog"], offering__summary="Soft", offering__art="products/dog-bowl.svg")
    other = CategoryFactory()
    form = form_on(client.get(page_of(variant.offering)))

    form |= {"summary": [""], "art": [""], "category": [str(other.pk)], "description": ["One\r\n\r\nTwo"]}
    for ticked in ["species", "is_published", "variants-0-is_active"]:
        del form[ticked]
    form["variants-0-sku"] = [""]
    assert client.post(page_of(variant.offering), form).status_code == 302

    product = Offering.objects.get()
    assert (product.summary, product.art, product.category, product.species) == ("", "", other, [])
    assert (product.description, product.is_published) == ("One\r\n\r\nTwo", False)
    assert product.variants.values_list("sku", "is_active").get() == (None, False)


def test_saving_without_a_change_writes_nothing(client, editor, django_assert_num_queries):
    variant = VariantFactory(offering__description="One\r\nTwo", offering__summary="  spaced ")
    form = form_on(client.get(page_of(variant.offering)))

    client.post(page_of(variant.offering), form)

    assert LogEntry.objects.get().get_change_message() == "No fields changed."


@pytest.mark.parametrize("price", ["-1", "0.001", "1000000", "1e3000", "NaN", "abc", ""])
def test_a_price_that_cannot_be_charged_is_refused(client, editor, price):
    variant = VariantFactory(price=Decimal("4.50"))
    form = form_on(client.get(page_of(variant.offering)))

    form["variants-0-price"] = [price]
    response = client.post(page_of(variant.offering), form)

    assertContains(response, "Please correct the error")
    variant.refresh_from_db()
    assert variant.price == Decimal("4.50")


def test_two_choices_of_one_name_are_refused(client, editor):
    variant = VariantFactory(name="Small")
    form = form_on(client.get(page_of(variant.offering)))

    new_row(form, 1, name="Small", price="9")
    response = client.post(page_of(variant.offering), form)

    assert response.status_code == 200
    assert Variant.objects.count() == 1


def test_a_choice_that_somebody_chose_is_not_deleted_but_taken_off_sale(client, editor):
    variant = VariantFactory(name="Small", sold_out=True)
    CartFactory(holding=[variant])
    form = form_on(client.get(page_of(variant.offering)))

    form["variants-0-DELETE"] = ["on"]
    response = client.post(page_of(variant.offering), form)

    assertContains(response, "Untick “For sale” instead")
    assert Variant.objects.filter(pk=variant.pk).exists()


def test_a_choice_that_was_never_used_can_be_deleted(client, editor):
    variant = VariantFactory(sold_out=True)
    form = form_on(client.get(page_of(variant.offering)))

    form["variants-0-DELETE"] = ["on"]
    client.post(page_of(variant.offering), form)

    assert not Variant.objects.exists()


def test_questions_are_written_on_the_products_own_page(client, editor):
    product = VariantFactory().offering
    form = form_on(client.get(page_of(product)))

    form |= {"questions-TOTAL_FORMS": ["1"], "questions-0-position": ["0"]}
    form |= {"questions-0-question": ["Is it soft?"], "questions-0-answer": ["Very."]}
    client.post(page_of(product), form)

    assert Question.objects.get().offering == product


def test_products_go_into_the_shop_and_out_of_it_together(client, editor):
    products = [VariantFactory(offering__is_published=False).offering for _ in range(2)]
    VariantFactory(offering__is_published=False)
    address = reverse("admin:catalog_product_changelist")

    client.post(address, {"action": "publish", "_selected_action": [product.pk for product in products]})

    assert set(Offering.objects.published()) == set(products)
    assert LogEntry.objects.count() == 2


def test_what_cannot_be_sold_is_not_put_into_the_shop_and_the_page_says_why(client, editor):
    ready = VariantFactory(offering__is_published=False).offering
    lonely = ProductFactory(is_published=False, name="Lonely")
    address = reverse("admin:catalog_product_changelist")

    response = client.post(address, {"action": "publish", "_selected_action": [ready.pk, lonely.pk]}, follow=True)

    assertContains(response, "“Lonely” stays out of the shop. It has no choice that is for sale.")
    assert list(Offering.objects.published()) == [ready]
    assert not LogEntry.objects.filter(object_id=lonely.pk).exists()


def test_a_tick_does_not_put_into_the_shop_what_cannot_be_sold(client, editor):
    product = ProductFactory(is_published=False)
    form = form_on(client.get(page_of(product)))

    response = client.post(page_of(product), form | {"name": ["Lonely"], "is_published": ["on"]}, follow=True)

    assertContains(response, "“Lonely” is saved, but not in the shop yet. It has no choice that is for sale.")
    product.refresh_from_db()
    assert (product.name, product.is_published) == ("Lonely", False)


def test_what_is_in_the_shop_stays_there_with_a_warning_when_nothing_of_it_is_for_sale(client, editor):
    product = ProductFactory()
    form = form_on(client.get(page_of(product)))

    response = client.post(page_of(product), form | {"name": ["Lonely"]}, follow=True)

    assertContains(response, "Customers see “Lonely”, but cannot buy it.")
    product.refresh_from_db()
    assert product.is_published


def test_the_history_says_what_was_what_before(client, editor):
    variant = VariantFactory(price=Decimal("4.50"), offering__name="Chew toy", offering__species=["dog"], name="Small")
    other = CategoryFactory(name="Toys")
    form = form_on(client.get(page_of(variant.offering)))

    form |= {"species": ["dog", "cat"], "variants-0-price": ["5.25"], "category": [str(other.pk)], "summary": ["Soft"]}
    form |= {"description": ["One\r\nTwo"]}
    client.post(page_of(variant.offering), form)

    said = client.get(reverse("admin:catalog_product_history", args=[variant.offering.pk])).content.decode()
    assert "For: Dogs → Dogs, Cats" in said
    assert "In one line: nothing → Soft" in said
    assert "Description" in said
    assert "One\r\nTwo" not in said
    assert f"Category: {variant.offering.category} → Toys" in said
    assert "Changed Price: 4.50 → 5.25 for choice “Chew toy, Small”." in said


@pytest.mark.parametrize(("name", "slug"), [("Oat shampoo", "oat-shampoo-2"), ("狗", "product")])
def test_an_address_that_nobody_typed_is_made_from_the_name(client, editor, name, slug):
    category = ProductFactory(slug="oat-shampoo").category
    address = reverse("admin:catalog_product_add")
    form = form_on(client.get(address))

    client.post(address, form | {"name": [name], "slug": [""], "category": [str(category.pk)]})

    assert Offering.objects.get(name=name).slug == slug


def test_an_address_stays_when_it_is_emptied(client, editor):
    product = ProductFactory(slug="oat-shampoo")
    form = form_on(client.get(page_of(product)))

    client.post(page_of(product), form | {"name": ["Shampoo"], "slug": [""]})

    product.refresh_from_db()
    assert (product.name, product.slug) == ("Shampoo", "oat-shampoo")


def test_only_what_is_in_the_shop_leads_there(client, editor):
    shown, hidden = ProductFactory(), ProductFactory(is_published=False)

    assertContains(client.get(page_of(shown)), "See it in the shop")
    assertNotContains(client.get(page_of(hidden)), "See it in the shop")


def test_a_list_asks_as_much_for_twenty_products_as_for_two(client, editor, django_assert_num_queries):
    address = reverse("admin:catalog_product_changelist")
    VariantFactory.create_batch(2)
    with CaptureQueriesContext(connection) as two:
        client.get(address)
    VariantFactory.create_batch(18)

    with django_assert_num_queries(len(two)):
        client.get(address)


def test_products_and_services_are_separate_lists(client, editor):
    VariantFactory(offering__name="Squeaky fish")
    service = ServiceFactory(name="Full groom")

    page = client.get(reverse("admin:catalog_product_changelist"))

    assertContains(page, "Squeaky fish")
    assertNotContains(page, "Full groom")
    assert client.get(page_of(service)).status_code == 302


def test_the_list_of_products_asks_the_database_a_fixed_number_of_times(client, editor, django_assert_max_num_queries):
    for _ in range(12):
        VariantFactory()

    with django_assert_max_num_queries(14):
        client.get(reverse("admin:catalog_product_changelist"))


@pytest.mark.parametrize(
    "query", ["species=dog", "species=%00", "stock=none", "stock=some", "stock=x", "q=%00", "q=toy"]
)
def test_filters_take_anything(client, editor, query):
    VariantFactory(sold_out=True)

    response = client.get(f"{reverse('admin:catalog_product_changelist')}?{query}")

    assert response.status_code == 200


def test_a_search_for_an_article_number_shows_the_whole_stock(client, editor):
    first = VariantFactory(sku="FIND-ME", stock=3)
    VariantFactory(offering=first.offering, name="Other", stock=4)

    [product] = client.get(f"{reverse('admin:catalog_product_changelist')}?q=FIND-ME").context["cl"].result_list

    assert product.total_stock == 7


def test_names_that_look_like_code_are_only_names(client, editor):
    hostile = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}'
    variant = VariantFactory(offering__name=hostile, name="<b>x</b>")

    for address in [
        reverse("admin:catalog_product_changelist"),
        page_of(variant.offering),
        reverse("admin:catalog_product_stock", args=[variant.offering.pk]),
        reverse("admin:catalog_stockmovement_changelist"),
    ]:
        page = client.get(address)
        assertNotContains(page, "<img src=x")
        assertNotContains(page, "<script>alert")
        assertNotContains(page, "<b>x</b>")


def test_the_help_pages_questions_are_a_list_of_their_own(client, editor):
    QuestionFactory(question="How do I pay?")
    QuestionFactory(question="Is it soft?", offering=ProductFactory())
    page = reverse("admin:catalog_question_changelist")

    help_page, others = client.get(page, {"about": "help"}), client.get(page, {"about": "shop"})

    assertContains(help_page, "How do I pay?")
    assertNotContains(help_page, "Is it soft?")
    assertContains(others, "Is it soft?")
    assertNotContains(others, "How do I pay?")
