"""What the shop asks before a visit: asked at the checkout, kept as answered, read by staff and by the customer."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.html import escape
from pytest_django.asserts import assertContains, assertNotContains

from bookings.operations import hold_booking
from checkout import operations
from checkout.models import Order, OrderLine
from petshop.core.roles import FRONT_DESK
from tests.admin_pages import sign_in
from tests.checkout.conftest import open_page, pay
from tests.checkout.customer import answers, carrying, visit_of
from tests.factories import CartFactory

CHECKOUT = "/checkout/"
HOSTILE = "<script>alert(1)</script>{{ 7|add:7 }}{% debug %}"


@pytest.fixture
def bites(bath):
    return bath.offering.visit_questions.create(text="Does he bite?", is_required=True, position=1)


@pytest.fixture
def vet(bath):
    return bath.offering.visit_questions.create(text="Who is your vet?", position=2)


def name_of(cart, question) -> str:
    return f"answer-{visit_of(cart).pk}-{question.pk}"


pytestmark = pytest.mark.django_db(transaction=True)


def test_each_question_of_the_service_is_asked_in_the_shops_order(client, cart, vet, bites):
    page = carrying(client, cart).get(CHECKOUT)

    assertContains(page, "Before the visit")
    assertContains(page, "Does he bite?")
    text = page.content.decode()
    assert text.index("Does he bite?") < text.index("Who is your vet?")


def test_a_service_without_questions_asks_none(client, cart):
    assertNotContains(carrying(client, cart).get(CHECKOUT), "Before the visit")


def test_an_empty_answer_to_a_required_question_is_refused_and_the_rest_stays_typed(client, cart, bites, vet):
    typed = answers(cart) | {name_of(cart, bites): "  ", name_of(cart, vet): "Dr. Vega"}

    response = carrying(client, cart).post(CHECKOUT, typed)

    assertContains(response, "Answer “Does he bite?”", status_code=422)
    assertContains(response, "Dr. Vega", status_code=422)
    assertContains(response, "ada@example.com", status_code=422)
    assert not Order.objects.exists()


def test_an_answer_that_is_too_long_is_refused(client, cart, vet):
    response = carrying(client, cart).post(CHECKOUT, answers(cart) | {name_of(cart, vet): "x" * 501})

    assertContains(response, "Answer in at most 500 characters", status_code=422)
    assert not Order.objects.exists()


def test_the_answers_are_kept_with_the_visit_whatever_is_asked_later(client, cart, bites, vet):
    carrying(client, cart).post(CHECKOUT, answers(cart) | {name_of(cart, bites): "Only cats"})
    bites.text = "Is he friendly?"
    bites.save()
    vet.delete()

    sold = Order.objects.get().lines.visits().get()
    assert sold.answers == [{"question": "Does he bite?", "answer": "Only cats"}]
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.filter(pk=sold.pk).update(answers=[])


def test_customer_and_staff_read_what_was_answered(client, cart, bites):
    carrying(client, cart).post(CHECKOUT, answers(cart) | {name_of(cart, bites): HOSTILE})
    order = Order.objects.get()
    pay(open_page(order))

    assertContains(client.get(order.get_absolute_url()), escape(HOSTILE))
    sign_in(client, FRONT_DESK)
    assertContains(client.get(reverse("backoffice:order", args=[order.number])), escape(HOSTILE))
    day = order.lines.visits().get().starts_at.date()
    today = client.get(reverse("backoffice:today"), {"day": day.isoformat()})
    assertContains(today, "Does he bite?")
    assertContains(today, escape(HOSTILE[:40]))


def test_other_answers_are_another_order(client, cart, bites):
    carrying(client, cart).post(CHECKOUT, answers(cart) | {name_of(cart, bites): "No"})
    first = Order.objects.get()
    client.post(CHECKOUT, answers(cart) | {name_of(cart, bites): "No"})
    assert Order.objects.get() == first

    client.post(CHECKOUT, answers(cart) | {name_of(cart, bites): "Yes"})

    second = Order.objects.exclude(pk=first.pk).get()
    assert second.lines.visits().get().answers[0]["answer"] == "Yes"


def test_on_the_way_back_to_the_checkout_nothing_is_typed_twice(client, cart, bites):
    carrying(client, cart).post(CHECKOUT, answers(cart) | {name_of(cart, bites): "Only cats"})

    assertContains(client.get(CHECKOUT), "Only cats")


def test_more_time_keeps_the_answers(client, cart, bites):
    typed = answers(cart) | {name_of(cart, bites): "Only cats", "more_time": str(visit_of(cart).pk)}

    assertContains(carrying(client, cart).post(CHECKOUT, typed), "Only cats")


def test_two_visits_are_asked_about_apart_and_named(client, bath, bites, ten_tomorrow):
    bath.offering.name = HOSTILE
    bath.offering.save(update_fields=["name"])
    cart = CartFactory(holding=[hold_booking(bath, starts_at=ten_tomorrow.replace(hour=hour)) for hour in (10, 12)])
    first, second = cart.lines.order_by("pk")

    page = carrying(client, cart).get(CHECKOUT)
    assertContains(page, escape(f"Before “{HOSTILE}” on"), count=2)
    assertContains(page, ", 10:00</h2>")
    assertContains(page, ", 12:00</h2>")
    assertNotContains(page, "<script>alert")
    typed = {f"answer-{first.pk}-{bites.pk}": "No", f"answer-{second.pk}-{bites.pk}": "Yes"}
    names = {f"pet-{second.pk}-name": "Luna"}
    response = client.post(CHECKOUT, answers(cart) | typed | names)

    assert response.status_code == 303, response.content.decode()
    said = [line.answers[0]["answer"] for line in Order.objects.get().lines.visits().order_by("starts_at")]
    assert said == ["No", "Yes"]
    assertContains(client.get(CHECKOUT), "No</textarea>")


class TestSeveralPetsAtOnce:
    @pytest.fixture
    def room(self, bath):
        bath.offering.resources.update(capacity=4)
        bath.offering.rules.pets_at_most = 2
        bath.offering.rules.save()
        return bath

    def test_as_many_as_the_rules_allow_and_no_more(self, room, ten_tomorrow):
        cart = CartFactory()
        for _ in range(2):
            operations.add_visit(cart, room, starts_at=ten_tomorrow)

        with pytest.raises(operations.TooManyPets, match="At most 2 of your pets can come to “Bath and tidy”"):
            operations.add_visit(cart, room, starts_at=ten_tomorrow)

        assert cart.lines.count() == 2
        operations.add_visit(cart, room, starts_at=ten_tomorrow.replace(hour=11))
        operations.add_visit(CartFactory(), room, starts_at=ten_tomorrow)

    def test_a_visit_that_is_moved_makes_room_for_itself(self, room, ten_tomorrow):
        cart = CartFactory()
        lines = [operations.add_visit(cart, room, starts_at=ten_tomorrow) for _ in range(2)]

        operations.add_visit(cart, room, starts_at=ten_tomorrow, instead_of=lines[0])

        assert cart.lines.count() == 2

    def test_the_customer_is_told_and_shown_the_times_again(self, client, room, ten_tomorrow):
        cart = CartFactory()
        for _ in range(2):
            operations.add_visit(cart, room, starts_at=ten_tomorrow)

        posted = {"variant": room.pk, "start": ten_tomorrow.isoformat()}
        response = carrying(client, cart).post("/cart/visits/", posted, follow=True)

        assertContains(response, "At most 2 of your pets")
        assertContains(response, "Up to 2 of your pets at the same time.")
        assert response.redirect_chain[0][0].startswith(room.offering.get_absolute_url())

    def test_rules_that_became_stricter_are_said_at_pay(self, client, room, ten_tomorrow):
        cart = CartFactory()
        for _ in range(2):
            operations.add_visit(cart, room, starts_at=ten_tomorrow)
        room.offering.rules.pets_at_most = 1
        room.offering.rules.save()

        first, second = cart.lines.order_by("pk")
        typed = answers(cart) | {f"pet-{second.pk}-name": "Luna"}
        response = carrying(client, cart).post(CHECKOUT, typed)

        assertContains(response, "Only one of your pets can come to “Bath and tidy” at a time.", status_code=422)
        assert not Order.objects.exists()
