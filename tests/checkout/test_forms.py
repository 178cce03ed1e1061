"""What is typed at the checkout: how much is asked, what is refused, and how it says so."""

import pytest
from django.http import QueryDict

from catalog.models import Kind, Species
from checkout.basket import look_into
from checkout.contact import meant
from checkout.forms import CheckoutForm, agreed_total
from checkout.models import Handover
from tests.checkout.conftest import place
from tests.checkout.customer import answers, visit_of
from tests.factories import CartFactory


def form_for(cart, **changes) -> CheckoutForm:
    return CheckoutForm(posted(answers(cart, **changes)), basket=look_into(cart))


def posted(typed: dict) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update(typed)
    return data


# How much is asked


@pytest.mark.django_db
def test_one_service_and_one_pet_are_at_most_eight_fields(cart, bath):
    bath.offering.species = [Species.DOG, Species.CAT]
    bath.offering.save(update_fields=["species"])

    assert len(CheckoutForm(basket=look_into(cart)).fields) <= 8


@pytest.mark.django_db
def test_the_animal_is_asked_only_where_there_is_a_choice(cart, bath):
    name = f"pet-{visit_of(cart).pk}-species"
    assert name not in CheckoutForm(basket=look_into(cart)).fields

    bath.offering.species = [Species.DOG, Species.CAT]
    bath.offering.save(update_fields=["species"])

    choices = dict(CheckoutForm(basket=look_into(cart)).fields[name].choices)
    assert list(choices) == ["", "dog", "cat"]


@pytest.mark.django_db
def test_a_service_for_every_animal_asks_which(cart, bath):
    bath.offering.species = []
    bath.offering.save(update_fields=["species"])

    form = CheckoutForm(basket=look_into(cart))

    assert len(form.fields[f"pet-{visit_of(cart).pk}-species"].choices) == 1 + len(Species.values)


@pytest.mark.django_db
def test_the_size_is_filled_in_as_the_variant_has_it(cart):
    form = CheckoutForm(basket=look_into(cart))

    assert form[f"pet-{visit_of(cart).pk}-size"].value() == "medium"


@pytest.mark.django_db
def test_products_alone_ask_neither_for_a_pet_nor_where(shampoo):
    basket = look_into(CartFactory(holding=[shampoo]))

    form = CheckoutForm(basket=basket)

    assert list(form.fields) == ["email", "name", "phone"]
    assert not form.fields["phone"].required


@pytest.mark.django_db
def test_products_are_collected_with_the_visit_unless_something_else_is_chosen(cart):
    assert CheckoutForm(basket=look_into(cart))["handover"].value() == Handover.VISIT


@pytest.mark.django_db
def test_a_form_that_is_filled_in_says_who_comes(cart):
    form = form_for(cart, pet_notes="Afraid of\r\ndryers")

    assert form.is_valid(), form.errors
    pet = form.details.pets[visit_of(cart).pk]
    assert (pet.name, pet.species, pet.size, pet.notes) == ("Biscuit", "dog", "medium", "Afraid of\ndryers")
    assert form.details.handover == "visit"


# What is refused


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("email", "", "Enter your e-mail address, like ada@example.com"),
        ("email", "ada.example.com", "Enter an e-mail address with an @, like ada@example.com"),
        ("email", "ada@localhost", "like ada@example.com"),
        ("email", "ada@example.com\r\nBcc: eve@example.com", "Enter an e-mail address with an @"),
        ("email", "a" * 250 + "@example.com", "Enter an e-mail address"),
        ("name", "", "Enter your name"),
        ("name", "\u0000 \r\n", "Enter your name"),
        ("name", "A" * 121, "at most 120 characters"),
        ("phone", "", "Enter a phone number"),
        ("phone", "call me", "with its digits"),
        ("phone", "12", "with its digits"),
        ("handover", "", "Choose how you would like to get your products"),
        ("handover", "drone", "Choose how you would like to get your products"),
    ],
)
@pytest.mark.django_db
def test_what_is_wrong_is_said_with_how_to_fix_it(cart, field, typed, words):
    form = form_for(cart, **{field: typed})

    assert words in form.errors[field][0]


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("pet_name", "", "Enter your pet’s name"),
        ("pet_name", "B" * 61, "at most 60 characters"),
        ("pet_size", "huge", "Choose your pet’s size"),
        ("pet_size", "", "Choose your pet’s size"),
        ("pet_notes", "x" * 1001, "at most 1000 characters"),
    ],
)
@pytest.mark.django_db
def test_what_is_wrong_with_a_pet_is_said_at_its_field(cart, field, typed, words):
    form = form_for(cart, **{field: typed})

    assert words in form.errors[f"pet-{visit_of(cart).pk}-{field.removeprefix('pet_')}"][0]


@pytest.mark.parametrize("phone", ["600 100 200", "+34 600-100-200", "(+34) 600.100.200", "910 000 142/3"])
@pytest.mark.django_db
def test_people_write_phone_numbers_as_they_like(cart, phone):
    assert form_for(cart, phone=phone).is_valid()


@pytest.mark.django_db
def test_i04_what_would_break_a_header_is_a_space(cart):
    form = form_for(cart, name="Ada\r\nBcc: eve@example.com", pet_name="Bis\tcuit\x00\x1b")

    assert form.is_valid(), form.errors
    assert form.details.name == "Ada Bcc: eve@example.com"
    assert form.details.pets[visit_of(cart).pk].name == "Bis cuit"


@pytest.mark.django_db
def test_i12_names_in_other_scripts_stay_as_they_are(cart):
    form = form_for(cart, name="Åsa Zoë 李", pet_name="कुत्ता 👩‍👩‍👧")

    assert form.is_valid(), form.errors
    assert form.details.pets[visit_of(cart).pk].name == "कुत्ता 👩‍👩‍👧"


@pytest.mark.django_db
def test_i14_more_fields_than_were_asked_mean_nothing(cart):
    form = form_for(cart, is_staff="1", status="paid", total="0", kind=Kind.PRODUCT)

    assert form.is_valid()
    assert "status" not in form.cleaned_data


# The total that was agreed to


@pytest.mark.parametrize(
    ("typed", "agreed"),
    [("39.50", "39.50"), (" 39.50 ", "39.50"), ("", "0"), ("NaN", "0"), ("1e400", "0"), ("-5", "0"), ("39,50", "0")],
)
def test_what_cannot_be_read_agrees_to_nothing(typed, agreed):
    assert str(agreed_total({"agreed_total": typed})) == agreed


# A likely slip in the address


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("ada@gmial.com", "ada@gmail.com"),
        ("ada@gmail.co", "ada@gmail.com"),
        ("ada@gmail.con", "ada@gmail.com"),
        ("ada@GMIAL.com", "ada@gmail.com"),
        ("Ada.L+pets@hotmial.com", "Ada.L+pets@hotmail.com"),
        ("ada@yaho.com", "ada@yahoo.com"),
        ("ada@outlok.com", "ada@outlook.com"),
        ("ada@orchard.con", "ada@orchard.com"),
        ("ada@orchard.ogr", "ada@orchard.org"),
    ],
)
def test_a_slip_of_a_well_known_house_is_seen(typed, right):
    assert meant(typed) == right


@pytest.mark.parametrize(
    "typed",
    [
        "ada@gmail.com",
        "ada@Gmail.com",
        "ada@mail.com",
        "ada@ymail.com",
        "ada@yahoo.de",
        "ada@hotmail.fr",
        "ada@outlook.pt",
        "ada@familypetshop.example",
        "ada@amazon.com",
        "ada@co",
        "ada",
        "@gmial.com",
        "",
    ],
)
def test_what_may_be_right_is_left_alone(typed):
    assert meant(typed) == ""


@pytest.mark.django_db
def test_a_slip_is_asked_about_once(cart):
    first = form_for(cart, email="ada@gmial.com")
    again = form_for(cart, email="ada@gmial.com", email_asked="ada@gmial.com")
    another = form_for(cart, email="ada@gnail.com", email_asked="ada@gmial.com")

    assert first.errors["email"] == ["Did you mean ada@gmail.com?"]
    assert first.proposed_email == "ada@gmail.com"
    assert again.is_valid()
    assert again.details.email == "ada@gmial.com"
    assert not another.is_valid()


@pytest.mark.parametrize("chosen", ["ada@gmail.com", "ada@gmial.com"])
@pytest.mark.django_db
def test_either_button_settles_the_question(cart, chosen):
    form = form_for(cart, email="ada@gmial.com", email_chosen=chosen)

    assert form.is_valid()
    assert form.details.email == chosen


# The same answers again


@pytest.mark.django_db
def test_an_order_knows_its_own_answers_again(cart):
    order = place(cart)

    assert form_for(cart).is_valid()
    same, other = form_for(cart), form_for(cart, email="grace@example.com")
    other_pet = form_for(cart, pet_name="Olive")
    assert same.is_valid()
    assert other.is_valid()
    assert other_pet.is_valid()
    assert same.describes(order)
    assert not other.describes(order)
    assert not other_pet.describes(order)
