"""What needs attention, on its order's page: each reason with its own button, and what somebody found."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from tests.factories import ConcernFactory


@pytest.fixture
def trouble(sold):
    order = sold(products=1)
    for reason in ["Asked for €4.50, but €45.00 came", "Send back €4.50"]:
        ConcernFactory(payment=order.payments.get(), reason=reason)
    return order


def page(order):
    return f"/backoffice/orders/{order.number}/"


def button(concern):
    return f"{page(concern.order)}concerns/{concern.pk}/"


def test_each_reason_stands_by_itself_with_its_button(desk, trouble):
    response = desk.get(page(trouble))

    assertContains(response, "Asked for €4.50, but €45.00 came")
    assertContains(response, "There are 2 reasons for it.")
    for concern in trouble.concerns.all():
        assertContains(response, f'action="{button(concern)}"')


def test_clearing_one_leaves_the_other_and_says_who(desk, trouble):
    first, second = trouble.concerns.all()

    response = desk.post(button(first), {"note": "It was the other order"}, follow=True)

    assertRedirects(response, page(trouble))
    assertNotContains(response, f'action="{button(first)}"')
    assertContains(response, f'action="{button(second)}"')
    assertContains(response, "Somebody had a look")
    assertContains(response, "It was the other order")
    first.refresh_from_db()
    assert first.cleared_by == desk.user.get_username()


def test_the_last_one_takes_the_order_off_the_list(desk, trouble):
    assertContains(desk.get("/backoffice/attention/"), trouble.number)

    for concern in trouble.concerns.all():
        desk.post(button(concern), {"note": "Done"})

    assertNotContains(desk.get("/backoffice/attention/"), trouble.number)
    assertNotContains(desk.get(page(trouble)), "Look into this order.")


@pytest.mark.parametrize(("note", "error"), [("", "Write what you found"), ("x" * 301, "at most 300 characters")])
def test_i16_a_note_that_cannot_be_kept_stays_in_its_box(desk, trouble, note, error):
    first, second = trouble.concerns.all()

    response = desk.post(button(second), {"note": note})

    assertContains(response, error, status_code=422)
    assertContains(response, f'value="{note}"' if note else f'id="id_note_{second.pk}"', status_code=422)
    assert not trouble.concerns.exclude(cleared_at=None).exists()
    assert f"#id_note_{second.pk}" in response.content.decode()


def test_a_reason_of_another_order_is_a_404(desk, trouble, sold):
    other = sold(products=1)

    assert desk.post(f"{page(other)}concerns/{trouble.concerns.first().pk}/", {"note": "x"}).status_code == 404


def test_who_catalogues_clears_nothing(editor, trouble):
    assert editor.post(button(trouble.concerns.first()), {"note": "x"}).status_code == 403
    assert trouble.concerns.open().count() == 2


def test_the_customer_reads_nothing_of_it(client, trouble):
    assertNotContains(client.get(trouble.get_absolute_url()), "€45.00 came")
