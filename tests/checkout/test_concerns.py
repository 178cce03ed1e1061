"""What a person must look at: raised once for each reason, never cut off, cleared one by one, and frozen but for that."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from checkout import operations
from checkout.models import SHOP, Concern, EventKind, Order
from checkout.operations import clear_concern, flag, unflag
from tests.concurrency import at_once
from tests.factories import ConcernFactory, PaymentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment():
    return PaymentFactory()


def needing():
    return list(Order.objects.needing_attention())


def test_every_reason_is_kept_to_its_last_letter(payment):
    long = "Send back €35.00: " + "Bath and tidy, " * 40

    flag(payment, payment.order, long)
    flag(payment, payment.order, "The bank disputes €35.00; look soon")

    assert [concern.reason for concern in payment.concerns.all()] == [long, "The bank disputes €35.00; look soon"]
    assert payment.concerns.open()
    assert needing() == [payment.order], "once, however many reasons there are"
    event = payment.order.events.filter(kind=EventKind.PAYMENT_FLAGGED).first()
    assert event.cause == long[:300]


def test_an_order_can_need_a_look_without_a_payment(payment):
    flag(None, payment.order, "Nobody came to pay it")

    assert needing() == [payment.order]
    assert not payment.concerns.open()


def test_one_reason_is_cleared_by_a_name_and_what_they_found_and_the_other_stands(payment):
    first, second = ConcernFactory(payment=payment), ConcernFactory(payment=payment, reason="No time any more")

    clear_concern(first, note="Called her: it was her sister's card", actor="maya")

    first.refresh_from_db()
    assert (first.cleared_by, first.note) == ("maya", "Called her: it was her sister's card")
    assert list(payment.order.concerns.open()) == [second]
    assert needing() == [payment.order]
    event = payment.order.events.get(kind=EventKind.CONCERN_CLEARED)
    assert (event.actor, event.cause, event.details["reason"]) == ("maya", first.note, first.reason)

    clear_concern(second, note="Found another time", actor="tom")
    assert needing() == []


def test_cleared_twice_it_is_the_first_who_looked(payment):
    concern = ConcernFactory(payment=payment)

    clear_concern(concern, note="I looked", actor="maya")
    clear_concern(concern, note="So did I", actor="tom")

    concern.refresh_from_db()
    assert (concern.cleared_by, concern.note) == ("maya", "I looked")
    assert payment.order.events.filter(kind=EventKind.CONCERN_CLEARED).count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_ten_who_clear_it_at_once_one_did():
    concern = ConcernFactory()

    results = at_once(10, lambda: clear_concern(concern, note="I looked", actor="maya").note)

    assert results == ["I looked"] * 10
    assert concern.order.events.filter(kind=EventKind.CONCERN_CLEARED).count() == 1


def test_a_reason_that_is_none_any_more_is_taken_back_and_only_that(payment):
    ConcernFactory(payment=payment, reason="The bank disputes €1.00")
    other = ConcernFactory(payment=payment, reason="The bank disputes €1.00 twice")

    unflag(payment, "The bank disputes €1.00")

    assert list(payment.concerns.open()) == [other]
    assert payment.concerns.first().cleared_by == SHOP


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "Something else"},
        {"payment": None},
        {"raised_at": timezone.now()},
        {"cleared_at": timezone.now(), "cleared_by": "maya"},
        {"cleared_at": timezone.now(), "note": "Looked"},
        {"note": "Looked"},
        {"reason": ""},
    ],
)
def test_postgresql_lets_nobody_write_over_what_was_found(payment, change):
    concern = ConcernFactory(payment=payment)

    with pytest.raises(IntegrityError), transaction.atomic():
        Concern.objects.filter(pk=concern.pk).update(**change)


def test_postgresql_keeps_what_was_cleared_as_it_was(payment):
    concern = clear_concern(ConcernFactory(payment=payment), note="I looked", actor="maya")

    with pytest.raises(IntegrityError), transaction.atomic():
        Concern.objects.filter(pk=concern.pk).update(cleared_at=None, cleared_by="", note="")
    with pytest.raises(IntegrityError), transaction.atomic():
        concern.delete()


def test_the_audit_shows_what_is_open_and_who_cleared_the_rest(payment):
    ConcernFactory(payment=payment)
    operations.clear_concern(ConcernFactory(payment=payment), note="I looked", actor="maya")

    with connection.cursor() as cursor:
        cursor.execute("SELECT needs_attention FROM audit.payment")
        assert cursor.fetchall() == [(True,)]
        cursor.execute("SELECT cleared_by, note, cleared_at IS NULL FROM audit.concern ORDER BY id")
        assert cursor.fetchall() == [(None, None, True), ("maya", "I looked", False)]
