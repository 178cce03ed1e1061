"""A service's terms in the Django admin: the steps of its cancellation fee, moving, and what customers are asked."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from bookings.models import CancellationTier, ServiceQuestion, ServiceRules
from petshop.core.roles import CATALOG_EDITORS
from tests.admin_pages import form_on, sign_in
from tests.factories import ServiceVariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    return sign_in(client, CATALOG_EDITORS, username="ada")


@pytest.fixture
def page(client, editor):
    return reverse("admin:catalog_service_change", args=[ServiceVariantFactory().offering.pk])


def type_steps(form, *steps):
    """Type steps of the cancellation fee, as (hours, percent), into new rows."""
    form["cancellation_tiers-TOTAL_FORMS"] = [str(len(steps))]
    for number, (hours, percent) in enumerate(steps):
        form |= {f"cancellation_tiers-{number}-before": [hours], f"cancellation_tiers-{number}-percent": [percent]}


def test_the_fee_rises_in_steps(client, page):
    form = form_on(client.get(page))

    type_steps(form, ("2", "100"), ("12.5", "75"))
    assert client.post(page, form).status_code == 302

    steps = list(CancellationTier.objects.values_list("before", "percent"))
    assert steps == [(timedelta(hours=12, minutes=30), 75), (timedelta(hours=2), 100)]
    assert form_on(client.get(page))["cancellation_tiers-0-before"] == ["12.5"]


@pytest.mark.parametrize(
    "steps",
    [
        [("2", "40")],  # less than the 50 % of the rules
        [("2", "50")],
        [("24", "80")],  # no later than the rules' own 24 hours
        [("30", "80")],
        [("12", "100"), ("2", "80")],
    ],
)
def test_a_step_that_does_not_rise_is_refused_with_a_sentence(client, page, steps):
    form = form_on(client.get(page))

    type_steps(form, *steps)
    response = client.post(page, form)

    assertContains(response, "keeps more")
    assert not CancellationTier.objects.exists()


@pytest.mark.parametrize(
    "step", [("-1", "80"), ("x", "80"), ("NaN", "80"), ("9000", "80"), ("2", "0"), ("2", "101"), ("2", ""), ("", "80")]
)
def test_a_step_that_cannot_be_is_refused_on_its_row(client, page, step):
    form = form_on(client.get(page))

    type_steps(form, step)
    response = client.post(page, form)

    assertContains(response, "errorlist")
    assert not CancellationTier.objects.exists()


def test_where_cancelling_late_costs_nothing_the_steps_begin_when_they_say(client, page):
    form = form_on(client.get(page))

    type_steps(form, ("48", "30"))
    form["rules-0-late_fee_percent"] = ["0"]

    assert client.post(page, form).status_code == 302
    assert CancellationTier.objects.get().percent == 30


def test_moving_and_the_number_of_pets_are_typed_with_the_rules(client, page):
    form = form_on(client.get(page))
    assert (form["rules-0-moves_at_most"], form["rules-0-move_until"]) == (["2"], ["24"])

    form |= {"rules-0-moves_at_most": ["0"], "rules-0-move_until": ["48"], "rules-0-pets_at_most": ["3"]}
    assert client.post(page, form).status_code == 302

    rules = ServiceRules.objects.get()
    assert (rules.moves_at_most, rules.move_until, rules.pets_at_most) == (0, timedelta(hours=48), 3)


@pytest.mark.parametrize("wrong", [{"moves_at_most": "21"}, {"move_until": "-1"}, {"pets_at_most": "0"}])
def test_rules_that_cannot_be_are_refused(client, page, wrong):
    form = form_on(client.get(page))

    response = client.post(page, form | {f"rules-0-{name}": [value] for name, value in wrong.items()})

    assertContains(response, "errorlist")


def test_customers_are_asked_what_the_shop_typed(client, page):
    form = form_on(client.get(page))

    form |= {"visit_questions-TOTAL_FORMS": ["1"], "visit_questions-0-is_required": ["on"]}
    form |= {"visit_questions-0-text": [" Has your dog\r\nbeen groomed before? "], "visit_questions-0-position": ["0"]}
    assert client.post(page, form).status_code == 302

    question = ServiceQuestion.objects.get()
    assert (question.text, question.is_required) == ("Has your dog been groomed before?", True)
    assertContains(client.get(page), "Has your dog been groomed before?")


def test_a_few_questions_are_enough(client, page):
    form = form_on(client.get(page))

    form["visit_questions-TOTAL_FORMS"] = ["6"]
    for number in range(6):
        form |= {f"visit_questions-{number}-text": [f"Question {number}?"], f"visit_questions-{number}-position": ["0"]}
    response = client.post(page, form)

    assertNotContains(response, "was changed successfully")
    assert not ServiceQuestion.objects.exists()
