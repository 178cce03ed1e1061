"""The catalog out to a CSV file and in again, on the page of the Django admin where an editor does it."""

import csv
from datetime import time, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from catalog import exchange, files
from catalog.models import Category, Offering, StockMovement, Variant
from catalog.operations import take_stock
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK
from tests.admin_pages import form_on, sign_in
from tests.factories import CategoryFactory, ProductFactory, ServiceFactory, ServiceVariantFactory, VariantFactory

pytestmark = pytest.mark.django_db

IMPORT, EXPORT = "/admin/catalog/product/file/", "/admin/catalog/product/file/export/"
BEGIN_FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1", "''@x", "=cmd|' /C calc'!A0", "＝1+1"]


@pytest.fixture(autouse=True)
def editor(client):
    return sign_in(client, CATALOG_EDITORS, username="ada")


@pytest.fixture
def shop():
    """A product with two choices, one without any, and a service."""
    toys = CategoryFactory(name="Toys")
    toy = ProductFactory(name="Chew toy", slug="chew-toy", category=toys, species=["dog", "cat"])
    toy.description = "Soft.\r\n\r\nAnd “loud”, they say;\tvery."
    toy.summary = 'For "chewers", big and small'
    toy.art = "products/dog-bowl.svg"
    toy.save()
    VariantFactory(offering=toy, name="Small", sku="T-1", price=Decimal("4.50"), stock=10)
    VariantFactory(offering=toy, name="Large", sku=None, price=Decimal(1234), stock=3, is_active=False, position=2)
    ProductFactory(name="Empty box", slug="empty-box", category=toys, species=[], is_published=False)
    bath = ServiceFactory(name="Bath", slug="bath", category=CategoryFactory(name="Grooming"))
    ServiceVariantFactory(offering=bath, name="", tax_rate=Decimal("10.50"))
    return toy


@pytest.fixture
def services(shop):
    """One of each kind that is no appointment."""
    for kind, choice in [
        ("seat", {"name": "Morning", "begins_at": time(8, 30), "duration": timedelta(hours=5)}),
        ("stay", {"name": "Cat room", "duration": timedelta(days=1), "pet_species": "cat", "pet_size": ""}),
        ("class", {"name": "Whole course", "whole_course": True}),
    ]:
        offering = ServiceFactory(kind=kind, name=f"A {kind}", slug=f"a-{kind}", category=shop.category)
        ServiceVariantFactory(offering=offering, **choice)


def exported(client) -> str:
    return client.get(EXPORT).content.decode("utf-8-sig")


def upload(client, content, name="catalog.csv"):
    content = content if isinstance(content, bytes) else content.encode()
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, content)})


def confirm(client, page, **changed):
    """Press “Import these changes” on a page that offers it."""
    context = page.context
    return client.post(IMPORT, {"upload": context["upload"], "seen": context["outcome"].digest} | changed, follow=True)


def imported(client, content):
    page = upload(client, content)
    assert page.status_code == 200, page.context["outcome"].errors
    return confirm(client, page)


def rows(text):
    return list(csv.DictReader(StringIO(text, newline="")))


def file_of(*changed, leave=()):
    """A file with a row for each of these, each a toy unless it says otherwise."""
    toy = {"address": "ball", "kind": "product", "name": "Ball", "category": "Toys", "animals": "dog"}
    toy |= {"in the shop": "yes", "position": "1", "choice": "", "article number": "", "price": "3.00"}
    lines = [{name: cell for name, cell in (toy | row).items() if name not in leave} for row in changed]
    out = StringIO(newline="")
    writer = csv.DictWriter(out, lines[0])
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def everything():
    tables = (Offering, Variant, StockMovement, Category)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_what_goes_out_comes_in_again_without_a_difference(client, shop):
    page = upload(client, client.get(EXPORT).content)

    assertContains(page, "No changes: the shop says the same as all 4 rows of this file.")
    assertNotContains(page, "Import these changes")


def test_a_new_price_changes_the_price_and_nothing_else(client, shop):
    before, stock = everything(), list(StockMovement.objects.values())
    Variant.objects.filter(name="Small").update(price=Decimal("5.25"))
    changed = exported(client)
    Variant.objects.filter(name="Small").update(price=Decimal("4.50"))

    page = upload(client, changed)
    assertContains(page, "One row would change something.")
    assert everything() == before
    response = confirm(client, page)

    assertContains(response, "1 row was imported.")
    small = Variant.objects.get(name="Small")
    assert (small.price, small.stock) == (Decimal("5.25"), 10)
    assert list(StockMovement.objects.values()) == stock
    small.price = Decimal("4.50")
    small.save()
    assert everything() == before
    history = client.get(reverse("admin:catalog_product_history", args=[shop.pk]))
    assertContains(history, "From a file: Small, price: 4.50 → 5.25.")
    assert LogEntry.objects.get().user.username == "ada"


def test_an_empty_shop_becomes_the_same_catalog_with_nothing_on_the_shelf(client, shop):
    out = exported(client)
    before = [row | {"in stock": row["in stock"] and "0"} for row in rows(out)]
    empty_the_shop()

    imported(client, out)

    assert rows(exported(client)) == before
    bath = Offering.objects.get(slug="bath")
    assert (bath.kind, bath.variants.get().duration, bath.variants.get().stock) == (
        "appointment",
        timedelta(hours=1),
        None,
    )
    assert Offering.objects.get(slug="chew-toy").description == shop.description


def empty_the_shop():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE catalog_offering CASCADE")


def test_stock_is_written_and_never_read(client, shop):
    out = exported(client)
    take_stock(Variant.objects.get(name="Small"), 4, reference="line:1", actor="customer")

    page = upload(client, out)

    assertContains(page, "No changes")
    assertContains(page, "Stock is not imported")
    assert Variant.objects.get(name="Small").stock == 6


@pytest.mark.parametrize("text", BEGIN_FORMULAS)
def test_i03_a_name_that_begins_like_a_formula_is_text_in_a_spreadsheet_and_itself_again_in_the_shop(client, text):
    toys = CategoryFactory(name="Toys")
    product = ProductFactory(name=f"{text} name", slug="x", category=toys, summary=text, description=text)
    VariantFactory(offering=product, name=text, sku=text)

    out = exported(client)

    for row in rows(out):
        for cell in row.values():
            assert not files.FORMULA.match(cell), cell
    [row] = rows(out)
    assert row["summary"] == f"'{text}"
    assertContains(upload(client, out), "No changes")
    Offering.objects.update(summary="", name="Other")
    imported(client, out)
    product.refresh_from_db()
    assert (product.name, product.summary) == (f"{text} name".strip(), text.strip())


@pytest.mark.parametrize("text", ["'quoted", "O'Hara's", "x=1", "", "'", "1-2", "e-mail @home"])
def test_i03_text_that_no_spreadsheet_runs_is_written_as_it_is(text):
    assert files.harmless(text) == text
    assert files.meant(text) == text


def test_a_file_as_excel_writes_it_in_half_of_europe_is_read(client, shop):
    lines = StringIO(newline="")
    writer = csv.writer(lines, delimiter=";")
    writer.writerow(["Address", "Choice", "Price"])
    writer.writerow(["chew-toy", "Small", "5,25"])

    imported(client, lines.getvalue().encode("utf-8-sig"))

    assert Variant.objects.get(name="Small").price == Decimal("5.25")


def test_a_price_list_of_three_columns_changes_prices(client, shop):
    imported(client, "address,choice,price\r\nchew-toy,Small,5.25\r\n\r\nchew-toy,Large,9\r\n")

    assert list(Variant.objects.filter(offering=shop).values_list("price", flat=True)) == [Decimal("5.25"), 9]


def test_a_new_row_is_a_new_product_out_of_the_shop_unless_it_says_so(client, shop):
    imported(client, file_of({"choice": "Red"}, {"choice": "Blue"}, leave=["in the shop"]))

    ball = Offering.objects.get(slug="ball")
    assert (ball.is_published, ball.kind) == (False, "product")
    assert list(ball.variants.values_list("name", "stock", "tax_rate")) == [("Red", 0, 21), ("Blue", 0, 21)]


def test_what_a_file_puts_into_the_shop_and_nobody_can_buy_is_named(client, shop):
    response = imported(client, "address,choice,in the shop\r\nempty-box,,yes\r\n")

    assertContains(response, "1 is in the shop now and cannot be sold yet; its page says why: Empty box.")
    assert Offering.objects.get(slug="empty-box").is_published


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"price": "abc"}, "“abc” is not an amount"),
        ({"price": "-1"}, "“-1” is not an amount"),
        ({"price": "1,234.50"}, "is not an amount"),
        ({"price": "NaN"}, "is not an amount"),
        ({"price": "1e5"}, "is not an amount"),
        ({"price": "٣"}, "is not an amount"),
        ({"price": "9" * 400}, "is not an amount"),
        ({"price": ""}, "Something new needs one."),
        ({"price": "1000000"}, "A price can be at most"),
        ({"category": "Foood"}, "There is no category “Foood”. There are: Grooming, Toys."),
        ({"animals": "dog, unicorn"}, "“unicorn” is none of these"),
        ({"kind": "thing"}, "“thing” is none of these"),
        ({"kind": "appointment"}, "A service needs minutes."),
        ({"minutes": "30"}, "A product takes no minutes."),
        ({"kind": "appointment", "minutes": "4"}, "A visit takes five minutes or more."),
        ({"kind": "appointment", "minutes": "1441"}, "A visit takes a day at most."),
        ({"in the shop": "perhaps"}, "is neither yes nor no"),
        ({"position": "-3"}, "is not a whole number"),
        ({"position": "99999"}, "less than or equal to 32767"),
        ({"address": "../x"}, "Enter a valid"),
        ({"address": ""}, "Enter a valid|cannot be blank"),
        ({"name": ""}, "Something new needs one."),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"drawing": "../../settings.svg"}, "There is no drawing"),
        ({"article number": "T-1"}, "This is the article number of “chew-toy”, Small."),
        ({"tax rate": "51"}, "less than or equal to 50"),
    ],
)
def test_a_row_that_is_wrong_is_named_and_nothing_changes(client, shop, row, said):
    before = everything()
    right = {"address": "good", "choice": "One", "tax rate": "21", "minutes": "", "drawing": ""}

    page = upload(client, file_of(right, right | {"address": "ball"} | row))

    assert page.status_code == 422
    [(line, _heading, texts)] = page.context["outcome"].errors
    assert line == "3"
    assert any(part in " ".join(texts) for part in said.split("|")), texts
    assertNotContains(page, "Import these changes", status_code=422)
    assert everything() == before


def test_every_kind_of_service_goes_out_and_in_without_a_difference(client, services):
    content = exported(client)

    of = {row["address"]: row for row in rows(content)}
    assert of["a-seat"]["begins at"] == "08:30"
    assert (of["a-stay"]["animal"], of["a-stay"]["minutes"]) == ("cat", "1440")
    assert (of["a-class"]["whole course"], of["bath"]["whole course"]) == ("yes", "")
    assertContains(upload(client, content), "No changes:")


def test_new_services_of_every_kind_come_with_a_file(client, shop):
    service = {"category": "Grooming", "tax rate": "21"}
    service |= dict.fromkeys(["drawing", "minutes", "begins at", "whole course", "animal"], "")
    seat = service | {"address": "d", "name": "Daycare", "kind": "seat", "minutes": "300", "begins at": "8:30"}
    stay = service | {"address": "h", "name": "Hotel", "kind": "stay", "choice": "Cat room", "animal": "cat"}
    school = service | {"address": "s", "name": "School", "kind": "class", "minutes": "60", "whole course": "yes"}

    imported(client, file_of(seat, stay, school))

    found = {variant.offering.slug: variant for variant in Variant.objects.filter(offering__slug__in="dhs")}
    assert found["d"].begins_at == time(8, 30)
    assert (found["h"].duration, found["h"].pet_species) == (timedelta(days=1), "cat")
    assert found["s"].whole_course


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"kind": "seat", "minutes": "300"}, "Daycare needs a time of day."),
        ({"kind": "seat", "minutes": "300", "begins at": "24:00"}, "“24:00” is not a time of day."),
        ({"kind": "seat", "minutes": "300", "begins at": "8.30"}, "is not a time of day."),
        ({"kind": "appointment", "minutes": "60", "begins at": "08:30"}, "Only daycare begins at one time of the day."),
        ({"begins at": "08:30"}, "Only daycare begins at one time of the day."),
        ({"kind": "stay", "minutes": "90"}, "Boarding is sold by the night."),
        ({"kind": "seat", "minutes": "300", "begins at": "08:30", "whole course": "yes"}, "Only a class has courses."),
        ({"kind": "class", "minutes": "60", "whole course": "perhaps"}, "is neither yes nor no"),
        ({"kind": "stay", "animal": "unicorn"}, "“unicorn” is none of these"),
    ],
)
def test_what_its_kind_does_not_have_is_named(client, shop, row, said):
    right = {"address": "good", "choice": "One", "tax rate": "21", "minutes": "", "drawing": ""}

    page = upload(client, file_of(right | row))

    assert page.status_code == 422
    [(_line, _heading, texts)] = page.context["outcome"].errors
    assert said in " ".join(texts)


def test_what_two_rows_say_of_one_thing_must_agree(client, shop):
    page = upload(client, file_of({"choice": "Red"}, {"choice": "Blue", "name": "Bowl"}))
    assertContains(page, "Row 2 says something else of the same address.", status_code=422)

    page = upload(client, file_of({"choice": "Red"}, {"choice": " Red "}))
    assertContains(page, "Row 2 is about the same choice.", status_code=422)

    page = upload(client, file_of({"choice": "Red", "article number": "B"}, {"choice": "Blue", "article number": "B"}))
    assertContains(page, "This is the article number of “ball”, Red.", status_code=422)


def test_a_product_does_not_become_a_service(client, shop):
    page = upload(client, file_of({"address": "chew-toy", "name": "Chew toy", "kind": "seat", "choice": "Small"}))

    assertContains(page, "cannot become something of another kind", status_code=422)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\xff\xfea\x00", "not UTF-8"),
        ("address,choice,name\nx,,Caf\xe9\n".encode("latin-1"), "not UTF-8"),
        (b"PK\x03\x04\x00\x00", "not a text file"),
        (b"address,choice,name\nx,,a\x00b\n", "not a text file"),
        (b"address,choice,prise\nx,,1\n", "no column “prise”"),
        (b"adress,choice\nx,\n", "The column “address” is missing."),
        (b"address,choice,choice\nx,,\n", "A column is there twice."),
        (b"address,choice\n", "no rows"),
        (b"address,choice\nx\n", "Row 2 has 1 cells, but there are 2 headings."),
        (b'address,choice\n"x,\n', "quotation mark"),
        (b"address,choice\nx,y\n" + b" " * files.BYTES, "can be imported at once"),
        (b"address,choice\n" + b"x,y\n" * (files.ROWS + 1), "At most 20000 can be imported"),
        (b"\n\n\n", "The column “address”, “choice” is missing."),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_with_a_sentence(client, shop, content, said):
    before = everything()

    page = upload(client, content)

    assertContains(page, said, status_code=422)
    assert everything() == before


def test_more_changes_than_can_be_written_at_once_are_refused(client, shop, monkeypatch):
    monkeypatch.setattr(exchange, "MOST_CHANGES", 2)
    colours = [{"choice": colour} for colour in ("Red", "Blue", "Green", "Pink")]

    page = upload(client, file_of(*colours))

    assertContains(page, "at most 2 rows can change", count=1, status_code=422)
    assert upload(client, file_of(*colours[:2])).status_code == 200


def test_what_changed_since_the_look_is_looked_at_again(client, shop):
    out = exported(client).replace("4.50", "5.25")
    page = upload(client, out)
    Variant.objects.filter(name="Small").update(price=Decimal("6.00"))

    again = confirm(client, page)

    assertContains(again, "the shop has changed since you looked", status_code=409)
    assert Variant.objects.get(name="Small").price == Decimal("6.00")
    confirm(client, again)
    assert Variant.objects.get(name="Small").price == Decimal("5.25")


def test_a_double_click_imports_once(client, shop):
    page = upload(client, exported(client).replace("4.50", "5.25"))

    confirm(client, page)
    again = confirm(client, page)

    assertContains(again, "perhaps it was imported already")
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    "said", [{"upload": "\0"}, {"upload": "x" * 5000}, {"seen": "0" * 64}, {"seen": ""}, {"upload": "b"}]
)
def test_only_what_was_seen_is_imported(client, shop, said):
    page = upload(client, exported(client).replace("4.50", "5.25"))

    assert confirm(client, page, **said).status_code in (200, 409)
    assert Variant.objects.get(name="Small").price == Decimal("4.50")


def test_nobody_imports_what_somebody_else_uploaded(client, shop):
    page = upload(client, exported(client).replace("4.50", "5.25"))
    sign_in(client, CATALOG_EDITORS)

    confirm(client, page)

    assert Variant.objects.get(name="Small").price == Decimal("4.50")


def test_i02_what_a_file_says_is_inert_on_the_page(client, shop):
    markup = '"><script>alert(1)</script>'
    page = upload(client, file_of({"choice": markup, "name": markup}))
    wrong = upload(client, file_of({"category": markup, "price": markup}))

    for response in (page, wrong):
        assert "<script>alert" not in response.content.decode()


def test_the_desk_neither_takes_the_catalog_out_nor_brings_one_in(client, shop):
    sign_in(client, FRONT_DESK)

    assert client.get(EXPORT).status_code == 403
    assert client.get(IMPORT).status_code == 403
    assert upload(client, "address,choice\nx,\n").status_code == 403
    assertNotContains(client.get(reverse("admin:catalog_product_changelist")), IMPORT)


def test_strangers_are_sent_to_the_login_page(client):
    client.logout()

    for address in (IMPORT, EXPORT):
        assert "/admin/login/" in client.get(address).url


def test_both_lists_lead_to_the_file(client, shop):
    for name in ("product", "service"):
        assertContains(client.get(reverse(f"admin:catalog_{name}_changelist")), IMPORT)
    assert "file" not in form_on(client.get(IMPORT))  # a browser sends it only when one is chosen
    assertContains(client.get(IMPORT), "Download the catalog")


def test_a_large_catalog_asks_as_much_as_a_small_one(client, shop, django_assert_max_num_queries):
    for number in range(30):
        VariantFactory(offering=shop, name=f"Size {number}")

    with django_assert_max_num_queries(8):
        out = client.get(EXPORT).content
    assertContains(upload(client, out), "No changes")
