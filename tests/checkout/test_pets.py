"""A browser tells us of its pets; with one of them chosen, all that follows is for that one."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bookings.models import Booking, Pet
from catalog.models import PetSize, Species
from checkout.cart import COOKIE
from checkout.models import Cart, CartLine, OrderStatus
from checkout.operations import PetFacts, tell_of_pet
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.customer import answers, carrying, lapse
from tests.factories import CartFactory, PetFactory, ResourceFactory, ServiceFactory, ServiceVariantFactory

pytestmark = pytest.mark.django_db

PETS = "/cart/pets/"
REX = {"name": "Rex", "species": "dog", "weight": "31,5", "size": ""}


@pytest.fixture
def shop(bath):
    """The bath of medium dogs, beside one for large dogs that takes longer and costs more."""
    bath.offering.large = ServiceVariantFactory(
        offering=bath.offering, name="Large dog", pet_size="large", price=Decimal(50), duration=timedelta(hours=2)
    )
    return bath


@pytest.fixture
def mine(client, db):
    """This browser's basket."""
    cart = CartFactory()
    carrying(client, cart)
    return cart


@pytest.fixture
def rex(mine):
    return tell_of_pet(mine, PetFacts("Rex", Species.DOG, Decimal("31.5")))


@pytest.fixture
def luna(mine):
    return tell_of_pet(mine, PetFacts("Luna", Species.DOG, size=PetSize.MEDIUM))


def page_of(choice, **asked):
    return f"{choice.offering.get_absolute_url()}?" + "&".join(f"{name}={value}" for name, value in asked.items())


def keep(client, variant, start, **chosen):
    return client.post(reverse("checkout:visits"), {"variant": variant.pk, "start": start.isoformat()} | chosen)


# Telling


def test_a_pet_that_is_told_of_at_a_service_comes_back_to_its_times(client, shop):
    response = client.post(PETS, REX | {"offering": "bath-and-tidy", "day": "2027-01-02"})

    pet = Pet.objects.get()
    assert (pet.name, pet.weight, pet.size) == ("Rex", Decimal("31.5"), "large")
    assert response.status_code == 303
    assert urlsplit(response.url).path == "/shop/bath-and-tidy/"
    assert parse_qs(urlsplit(response.url).query) == {"pet": [str(pet.pk)], "day": ["2027-01-02"]}
    assert list(Cart.objects.get(token=client.cookies[COOKIE].value).pets.all()) == [pet]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Enter your pet’s name"),
        ({"name": "x" * 61}, "at most 60 characters"),
        ({"species": ""}, "Choose which animal"),
        ({"species": "unicorn"}, "Choose which animal"),
        ({"species": "cat", "offering": "bath-and-tidy"}, "Choose which animal"),
        ({"weight": ""}, "Enter what your dog weighs"),
        ({"weight": "heavy"}, "Enter the weight in kg as a number"),
        ({"weight": "0"}, "above 0 kg"),
        ({"weight": "-3"}, "above 0 kg"),
        ({"weight": "201"}, "at most 200 kg"),
        ({"weight": "9e99"}, "kg"),
        ({"weight": "NaN"}, "Enter the weight"),
        ({"weight": "Infinity"}, "Enter the weight"),
        ({"weight": "1.234"}, "at most two decimals"),
        ({"size": "huge"}, "Choose your pet’s size"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(client, shop, typed, said):
    response = client.post(PETS, REX | typed)

    assertContains(response, said, status_code=422)
    if "name" not in typed:
        assertContains(response, 'value="Rex"', status_code=422)
    assert not Pet.objects.exists()


@pytest.mark.parametrize("offering", ["", "nothing", "\x00", "x" * 5000, "oat-shampoo"])
def test_a_service_that_is_none_leads_to_the_list_of_pets(client, shampoo, offering):
    response = client.post(PETS, REX | {"offering": offering})

    assertRedirects(response, PETS, status_code=303)
    assertContains(client.get(PETS), "Rex")


def test_told_twice_it_is_one_pet_with_what_was_said_last(client, mine):
    client.post(PETS, REX)
    client.post(PETS, REX | {"name": "REX", "weight": "9"})

    assert [(pet.name, pet.size) for pet in mine.pets.all()] == [("Rex", "small")]


def test_a_browser_tells_of_a_dozen_pets_at_most(client, mine):
    for number in range(12):
        mine.pets.add(PetFactory(name=f"Fish {number}"))

    assertContains(client.post(PETS, REX), "Please forget one of them first", status_code=422)


def test_i02_a_name_that_is_markup_is_text(client, mine):
    client.post(PETS, REX | {"name": "<script>alert(1)</script>"})

    assertNotContains(client.get(PETS), "<script>alert")


# Knowing more


def test_everything_about_a_pet_can_be_said(client, mine, rex):
    typed = {"name": "Rex", "breed": "Boxer", "weight": "24", "size": "large", "birth_date": "2022-05-03"}
    typed |= {"temperament": "shy", "allergies": "Chicken", "notes": "Fears the dryer"}

    assertRedirects(client.post(f"{PETS}{rex.pk}/", typed), PETS, status_code=303)

    rex.refresh_from_db()
    assert (rex.breed, rex.size, rex.temperament, rex.allergies) == ("Boxer", "medium", "shy", "Chicken")
    assertContains(client.get(PETS), "Boxer, 24 kg, born 3 May 2022, Shy")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"birth_date": "2090-01-01"}, "Enter a day that has been"),
        ({"birth_date": "0001-01-01"}, "Enter a day that has been"),
        ({"birth_date": "yesterday"}, "Enter the date"),
        ({"temperament": "evil"}, "Choose one of these"),
        ({"allergies": "x" * 501}, "at most 500"),
        ({"weight": "x"}, "Enter the weight"),
    ],
)
def test_what_cannot_be_is_said(client, mine, rex, typed, said):
    response = client.post(f"{PETS}{rex.pk}/", {"name": "Rex", "breed": "Boxer"} | typed)

    assertContains(response, said, status_code=422)
    assertContains(response, 'value="Boxer"', status_code=422)


def test_a_pet_is_forgotten_by_this_browser_and_its_visits_stay(client, shop, mine, rex, ten_tomorrow):
    keep(client, shop.offering.large, ten_tomorrow, pet=rex.pk)

    client.post(f"{PETS}{rex.pk}/", {"forget": "yes"})

    assertNotContains(client.get(PETS), "<b>Rex</b>")
    assert Booking.objects.get().pet == rex
    assertContains(client.get("/cart/"), "For Rex")


@pytest.mark.parametrize("pk", ["0", "999999999", "9" * 30])
def test_a01_a_pet_that_was_guessed_is_not_found(client, mine, rex, pk):
    assert client.get(f"{PETS}{pk}/").status_code == 404
    assert client.post(f"{PETS}{pk}/", {"forget": "yes"}).status_code == 404


def test_a01_somebody_elses_pet_is_as_unknown_as_none(client, mine, shop, ten_tomorrow):
    theirs = tell_of_pet(CartFactory(), PetFacts("Secret", Species.DOG, size=PetSize.MEDIUM))

    assert client.get(f"{PETS}{theirs.pk}/").status_code == 404
    assertNotContains(client.get(page_of(shop, pet=theirs.pk)), "Secret")
    response = keep(client, shop, ten_tomorrow, pet=theirs.pk)
    assertContains(response, "choose again who is coming", status_code=422)
    assert not Booking.objects.exists()


# Choosing


def test_the_pet_chooses_the_choice_its_length_and_its_price(client, shop, mine, rex, luna):
    page = client.get(page_of(shop, pet=rex.pk))

    picker = page.context["picker"]
    assert (picker.variant, picker.price) == (shop.offering.large, Decimal(50))
    assert picker.variants == [shop.offering.large]
    assertContains(page, "For Rex")
    assertContains(page, f'<input type="hidden" name="pet" value="{rex.pk}">', html=True)
    assert client.get(page_of(shop, pet=luna.pk)).context["picker"].variant == shop


def test_a_choice_that_is_not_for_the_pet_cannot_be_asked_for(client, shop, mine, rex):
    assert client.get(page_of(shop, pet=rex.pk, variant=shop.pk)).context["picker"].variant == shop.offering.large


def test_who_does_not_take_the_pet_is_not_offered(client, shop, mine, rex):
    ResourceFactory(name="Nora", services=[shop.offering], sizes=["small"])

    assertNotContains(client.get(page_of(shop, pet=rex.pk)), "Nora")


@pytest.mark.parametrize("sizes", [["small"], []])
def test_where_nothing_is_for_the_pet_a_sentence_says_so(client, bath, mine, rex, sizes):
    """Either no choice is for it, or nobody takes it."""
    if sizes:
        bath.pet_size = ""
        bath.save()
        bath.offering.resources.update(sizes=sizes)

    page = client.get(page_of(bath, pet=rex.pk))

    assertContains(page, "Bath and tidy is not for Rex.")
    assertNotContains(page, 'data-testid="slot"')


@pytest.mark.parametrize("pet", ["", "0", "-1", "x", "%00", "9" * 40, "\u0663"])
def test_a_pet_that_is_none_is_another_pet(client, shop, mine, rex, pet):
    page = client.get(page_of(shop, pet=pet))

    assert page.context["picker"].guests.pet is None
    assertContains(page, "Another pet")


def test_a_service_says_which_vaccinations_it_demands(client, shop, mine, rex):
    rules = shop.offering.rules
    rules.vaccinations = ["rabies", "cat_flu"]
    rules.save()

    assertContains(client.get(page_of(shop, pet=rex.pk)), "must be vaccinated on the last day: Rabies.")


def test_the_basket_and_the_checkout_say_so_too(client, shop, mine, rex, ten_tomorrow):
    rules = shop.offering.rules
    rules.vaccinations = ["rabies", "cat_flu"]
    rules.save()
    keep(client, shop.offering.large, ten_tomorrow, pet=rex.pk)

    for page in ("/cart/", "/checkout/"):
        assertContains(client.get(page), "must be vaccinated on the last day: Rabies.")


# The basket


def test_a_visit_in_the_basket_is_for_the_pet_that_was_chosen(client, shop, mine, rex, luna, ten_tomorrow):
    keep(client, shop.offering.large, ten_tomorrow, pet=rex.pk)

    line = CartLine.objects.get()
    assert (line.wanted_pet, line.booking.pet) == (rex, rex)
    page = client.get("/cart/")
    assertContains(page, "For Rex")
    assertContains(page, "Add a visit for Luna")
    assertContains(page, f"?pet={luna.pk}&amp;day={ten_tomorrow:%Y-%m-%d}#book")


def test_the_next_pet_is_offered_times_next_to_the_first(client, shop, mine, rex, luna, ten_tomorrow):
    keep(client, shop.offering.large, ten_tomorrow, pet=rex.pk)

    page = client.get(page_of(shop, pet=luna.pk))

    assertContains(page, "Next to Rex’s visit")
    beside = [free.starts_at for free in page.context["picker"].beside]
    assert ten_tomorrow + timedelta(hours=2) in beside


def test_a_pet_cannot_be_put_in_two_places(client, shop, mine, rex, ten_tomorrow):
    ResourceFactory(services=[shop.offering])
    keep(client, shop.offering.large, ten_tomorrow, pet=rex.pk)

    response = keep(client, shop.offering.large, ten_tomorrow + timedelta(hours=1), pet=rex.pk)

    assert urlsplit(response.url).path == "/shop/bath-and-tidy/"
    assertContains(client.get(response.url), "Rex is already somewhere else")
    assert CartLine.objects.count() == 1


def test_a_choice_for_others_is_not_held(client, shop, mine, rex, ten_tomorrow):
    response = keep(client, shop, ten_tomorrow, pet=rex.pk)

    assertContains(client.get(response.url), "is not for Rex")
    assert not CartLine.objects.exists()


def test_another_time_of_a_visit_is_for_the_same_pet(client, shop, mine, rex, ten_tomorrow):
    keep(client, shop.offering.large, ten_tomorrow, pet=rex.pk)
    line = CartLine.objects.get()

    assert client.get(page_of(shop, line=line.pk)).context["picker"].guests.pet == rex
    keep(client, shop.offering.large, ten_tomorrow + timedelta(hours=3), line=line.pk)

    assert CartLine.objects.get().wanted_pet == rex


def test_a_time_that_ran_out_is_offered_again_for_the_same_pet(client, shop, mine, rex, ten_tomorrow):
    keep(client, shop.offering.large, ten_tomorrow, pet=rex.pk)
    lapse(mine)

    assertContains(client.get("/cart/"), "For Rex")


# The checkout


def test_of_a_pet_that_we_know_only_its_care_is_asked_once(client, shop, mine, rex, ten_tomorrow):
    for hours in (0, 3):
        keep(client, shop.offering.large, ten_tomorrow + timedelta(hours=hours), pet=rex.pk)

    page = client.get("/checkout/")

    assertContains(page, "What should we know about Rex?", count=1)
    assertContains(page, f'name="known-{rex.pk}-allergies"', count=1)
    assertNotContains(page, "Your pet’s name")


def test_what_is_said_of_it_is_kept_with_the_pet_and_frozen_with_the_order(client, shop, mine, rex, ten_tomorrow):
    keep(client, shop.offering.large, ten_tomorrow, pet=rex.pk)

    client.post("/checkout/", answers(mine) | {f"known-{rex.pk}-allergies": "Oats", f"known-{rex.pk}-notes": "Slow"})

    rex.refresh_from_db()
    assert (rex.allergies, rex.notes) == ("Oats", "Slow")
    line = mine.orders.get().lines.get()
    assert (line.pet_name, line.pet_species, line.pet_size, line.booking.pet) == ("Rex", "dog", "large", rex)


def test_a_pet_that_grew_meanwhile_is_told_so_before_it_pays(client, shop, mine, rex, ten_tomorrow):
    keep(client, shop.offering.large, ten_tomorrow, pet=rex.pk)
    Pet.objects.filter(pk=rex.pk).update(weight=None, size="medium")

    response = client.post("/checkout/", answers(mine))

    assertContains(response, "is not for Rex", status_code=422)
    assert not mine.orders.exists()


def test_a_size_that_the_visit_is_not_for_is_said_at_its_field(client, cart):
    carrying(client, cart)

    response = client.post("/checkout/", answers(cart, pet_size="large"))

    assertContains(response, "is not for Biscuit", status_code=422)
    assert not cart.orders.exists()


def test_a_pet_that_came_once_is_known_the_next_time(client, cart, bath):
    order = place(cart)
    pay(open_page(order), delivery="now")
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID

    assert [pet.name for pet in cart.pets.all()] == ["Biscuit"]
    assertContains(carrying(client, cart).get(page_of(bath)), "Biscuit")


def test_a_pet_of_the_same_name_is_the_one_that_we_know(cart):
    biscuit = tell_of_pet(cart, PetFacts("biscuit", Species.DOG, Decimal(14)))

    order = place(cart)

    assert order.lines.visits().get().booking.pet == biscuit
    biscuit.refresh_from_db()
    assert biscuit.weight == 14


def test_pay_pressed_again_is_the_same_order(client, shop, mine, rex, ten_tomorrow):
    keep(client, shop.offering.large, ten_tomorrow, pet=rex.pk)
    typed = answers(mine) | {f"known-{rex.pk}-allergies": "Oats", f"known-{rex.pk}-notes": ""}

    for _ in range(2):
        client.post("/checkout/", typed)

    assert mine.orders.count() == 1


# One cart for several pets and several visits


def test_a_bath_for_rex_nails_for_luna_and_a_day_for_both_are_one_order(client, shop, mine, rex, luna, ten_tomorrow):
    nails = ServiceVariantFactory(
        offering=ServiceFactory(name="Nails", slug="nails"), name="", pet_size="", duration=timedelta(minutes=30)
    )
    day = ServiceVariantFactory(offering=ServiceFactory(name="Day", slug="day"), name="", pet_size="")
    ResourceFactory(services=[nails.offering])
    ResourceFactory(services=[day.offering], capacity=2)

    keep(client, shop.offering.large, ten_tomorrow, pet=rex.pk)
    keep(client, nails, ten_tomorrow, pet=luna.pk)
    for pet in (rex, luna):
        keep(client, day, ten_tomorrow + timedelta(hours=3), pet=pet.pk)
    client.post("/checkout/", answers(mine))

    sold = mine.orders.get().lines.order_by("pk").values_list("name", "pet_name")
    assert sorted(sold) == [("Bath and tidy", "Rex"), ("Day", "Luna"), ("Day", "Rex"), ("Nails", "Luna")]
