"""Reminders of a visit: who gets one and when, that nobody gets two, and that none is sent that is not true any more."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from icalendar import Calendar

from backoffice.demo.moving import unfrozen
from bookings.models import Booking, BookingStatus
from bookings.operations import cancel_bookings, check_in
from catalog.models import Kind
from checkout import emails, jobs
from checkout.models import EventKind, Message, Order, OrderEvent
from checkout.operations import PetDetails, cancel_lines, move_visit, queue_reminders
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.customer import visit_of
from tests.concurrency import at_once
from tests.factories import BookingFactory, CartFactory

HOUR = timedelta(hours=1)
LONG_AGO = timedelta(days=30)


def shift(visit, starts_at):
    """Put a visit to this time as if it had been sold for it: the row is moved, and nobody changed anything."""
    by = starts_at - visit.starts_at
    for name in ("starts_at", "ends_at", "blocked_from", "blocked_until"):
        setattr(visit, name, getattr(visit, name) + by)
    visit.save(update_fields=["starts_at", "ends_at", "blocked_from", "blocked_until"])


def begin_in(order, length, *, booked=LONG_AGO):
    """The order's visit begins after this length of time, and was booked so long ago."""
    now = timezone.now()
    shift(visit(order), now + length)
    with unfrozen():
        OrderEvent.objects.filter(order=order).update(at=now - booked)
    Message.objects.filter(order=order, kind="confirmation").update(sent_at=now)


def visit(order) -> Booking:
    return Booking.objects.get(order_line__order=order, part_of=None)


def reminders() -> list[str]:
    """Which reminders are queued, by the names in their keys."""
    keys = Message.objects.filter(kind="reminder").order_by("pk").values_list("key", flat=True)
    return [key.partition(":")[0].removeprefix("remind-") for key in keys]


@pytest.fixture
def paid(cart):
    order = place(cart)
    pay(open_page(order))
    return order


# Who gets one, and when


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("begins_in", "booked", "expected"),
    [
        (49 * HOUR, LONG_AGO, []),
        (47 * HOUR, LONG_AGO, ["48h"]),
        (4 * HOUR, LONG_AGO, ["48h"]),  # the jobs were asleep; it still helps
        (2 * HOUR, LONG_AGO, ["3h"]),  # now the other one says it
        (timedelta(minutes=1), LONG_AGO, ["3h"]),
        (-timedelta(minutes=1), LONG_AGO, []),
        # Booked less than two days ahead: only the second one.
        (40 * HOUR, HOUR, []),
        (2 * HOUR, 30 * HOUR, ["3h"]),
        # Booked in the last three hours: none.
        (2 * HOUR, timedelta(minutes=30), []),
        (47 * HOUR, 2 * HOUR, ["48h"]),  # booked 49 hours ahead
    ],
)
def test_who_is_reminded_and_when(paid, begins_in, booked, expected):
    begin_in(paid, begins_in, booked=booked)

    assert queue_reminders() == len(expected)

    assert reminders() == expected


@pytest.mark.django_db
def test_asked_again_it_reminds_nobody_twice(paid):
    begin_in(paid, 47 * HOUR)
    queue_reminders()

    assert queue_reminders() == 0
    begin_in(paid, 2 * HOUR)
    assert queue_reminders() == 1

    assert reminders() == ["48h", "3h"]


@pytest.mark.django_db(transaction=True)
def test_o17_two_schedulers_send_one_reminder(paid, run_jobs, mailoutbox):
    begin_in(paid, 47 * HOUR)

    results = at_once(4, queue_reminders)
    run_jobs()

    assert not [result for result in results if isinstance(result, Exception)]
    assert reminders() == ["48h"]
    assert len(mailoutbox) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "status",
    [BookingStatus.CHECKED_IN, BookingStatus.COMPLETED, BookingStatus.NO_SHOW, BookingStatus.CANCELLED],
)
def test_only_a_visit_that_is_confirmed_is_reminded_of(paid, status):
    begin_in(paid, 2 * HOUR)
    Booking.objects.update(status=status)

    assert queue_reminders() == 0


@pytest.mark.django_db
def test_a_visit_that_is_not_paid_is_not_reminded_of(cart):
    order = place(cart)
    shift(visit(order), timezone.now() + 2 * HOUR)

    assert queue_reminders() == 0


@pytest.mark.django_db
def test_who_moved_a_visit_closer_than_two_days_knows_of_it(paid):
    begin_in(paid, 40 * HOUR)
    line = paid.lines.visits().get()
    paid.record(EventKind.VISIT_MOVED, actor="customer", cause="Moved", line=line.pk)

    assert queue_reminders() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("status", [BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN])
def test_each_date_of_a_course_is_reminded_of_and_no_room_beside_it(bath, ten_tomorrow, status):
    bath.offering.kind = Kind.CLASS
    bath.offering.save(update_fields=["kind"])
    first = BookingFactory(variant=bath, resource=bath.offering.resources.get(), starts_at=ten_tomorrow + LONG_AGO)
    for days in (0, 7):
        kept = {"status": first.status, "held_until": first.held_until}
        BookingFactory(variant=bath, part_of=first, starts_at=first.starts_at + timedelta(days=days), **kept)
    order = place(CartFactory(holding=[first]))
    pay(open_page(order))
    begin_in(order, -timedelta(days=6))
    Booking.objects.families_of([first]).update(status=status)
    [_tub, second] = Booking.objects.filter(part_of=first).order_by("starts_at")
    shift(second, timezone.now() + 2 * HOUR)

    assert queue_reminders() == 1

    message = Message.objects.get(kind="reminder")
    assert (message.booking, message.starts_at) == (first, second.starts_at)
    emails.send(message)
    message.refresh_from_db()
    assert message.sent_at


# What it says


@pytest.fixture
def reminder(paid):
    """The reminder of a visit in two hours, not sent yet."""
    begin_in(paid, 2 * HOUR)
    queue_reminders()
    return Message.objects.get(kind="reminder")


def html_of(letter) -> str:
    [alternative] = letter.alternatives
    return alternative.content


@pytest.mark.django_db
def test_it_says_when_where_and_what_in_text_and_html(reminder, mailoutbox, settings):
    settings.SITE_URL = "https://shop.example"
    starts_at = timezone.localtime(reminder.starts_at)

    emails.send(reminder)

    [letter] = mailoutbox
    day = "Today" if starts_at.date() == timezone.localdate() else "Tomorrow"
    assert letter.subject == f"{day} {starts_at:%H:%M}: Biscuit's bath and tidy"
    assert letter.to == ["ada@example.com"]
    for text in [letter.body, html_of(letter)]:
        assert f"{starts_at:%H:%M}" in text
        assert "with Maya" in text
        assert "12 Orchard Lane" in text
        assert "If you cancel, we keep 50%." in text
        assert f"https://shop.example/orders/{reminder.order.token}/" in text
        assert reminder.order.number in text
    [event] = Calendar.from_ical(letter.attachments[0].content).walk("VEVENT")
    assert event.start == reminder.starts_at.replace(microsecond=0)


@pytest.mark.django_db
@pytest.mark.parametrize(("hours", "day"), [(20, "Tomorrow"), (47, None)])
def test_the_day_is_said_as_people_say_it(paid, mailoutbox, hours, day):
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    begins = noon + timedelta(days=1) if day else timezone.localtime() + 47 * HOUR
    begin_in(paid, begins - timezone.now())
    queue_reminders()

    emails.send(Message.objects.get(kind="reminder"))

    starts_at = timezone.localtime(visit(paid).starts_at)
    days = (starts_at.date() - timezone.localdate()).days
    said = {1: "Tomorrow"}.get(days, f"{starts_at:%A} {starts_at.day} {starts_at:%B}")
    assert mailoutbox[-1].subject.startswith(f"{said} {starts_at:%H:%M}: ")


@pytest.mark.django_db
def test_what_to_bring_is_in_it_as_it_was_sold(bath, cart, mailoutbox):
    bath.offering.rules.what_to_bring = "A towel & a lead"
    bath.offering.rules.save()
    order = place(cart)
    pay(open_page(order))
    bath.offering.rules.what_to_bring = "Nothing"
    bath.offering.rules.save()
    begin_in(order, 2 * HOUR)
    queue_reminders()

    emails.send(Message.objects.get(kind="reminder"))

    assert "What to bring: A towel & a lead" in mailoutbox[-1].body
    assert "A towel &amp; a lead" in html_of(mailoutbox[-1])


@pytest.mark.django_db
def test_a_hostile_name_is_only_a_name(cart, mailoutbox):
    name = "Rex\r\nBcc: eve@evil.example <b>{{ x }}"
    order = place(cart, pets={visit_of(cart).pk: PetDetails(name=name, species="dog", size="medium")})
    pay(open_page(order))
    begin_in(order, 2 * HOUR)
    queue_reminders()

    emails.send(Message.objects.get(kind="reminder"))

    letter = mailoutbox[-1]
    assert "\n" not in letter.subject
    assert letter.recipients() == ["ada@example.com"]
    assert "<b>" not in html_of(letter)


@pytest.mark.django_db
def test_the_timeline_says_that_it_was_sent(reminder, client):
    emails.send(reminder)

    page = client.get(reminder.order.get_absolute_url()).content.decode()
    assert "Reminder sent to ada@example.com" in page


# What is not true any more


@pytest.mark.django_db(transaction=True)
def test_a_visit_that_is_moved_never_sends_the_old_reminder(run_jobs, reminder, ten_tomorrow, mailoutbox):
    line = reminder.order.lines.visits().get()
    move_visit(line, starts_at=ten_tomorrow + timedelta(days=5), actor="robin", cause="Maya is ill")

    run_jobs()

    assert [letter.subject.partition(":")[0] for letter in mailoutbox] == ["New time"]
    reminder.refresh_from_db()
    assert (reminder.sent_at, reminder.error) == (None, "The visit was moved.")
    assert reminder.dropped_at
    Message.objects.update(created_at=timezone.now() - 2 * HOUR)
    call_command("audit")  # which counts no message as waiting


@pytest.mark.django_db(transaction=True)
def test_a_visit_that_is_called_off_sends_its_cancellation_and_no_reminder(run_jobs, reminder, mailoutbox):
    cancel_lines([reminder.order.lines.visits().get()], actor="robin", cause="Maya is ill")

    run_jobs()

    assert [letter.subject.partition(":")[0] for letter in mailoutbox] == ["Cancelled", "€17.50 sent back"]
    reminder.refresh_from_db()
    assert reminder.dropped_at
    call_command("audit")


@pytest.mark.django_db
def test_a_visit_that_is_moved_is_reminded_of_at_its_new_time(reminder, mailoutbox):
    booking = visit(reminder.order)
    shift(booking, timezone.now() + 47 * HOUR)
    Booking.objects.filter(pk=booking.pk).update(sequence=1)

    assert queue_reminders() == 1
    for message in Message.objects.filter(kind="reminder"):
        emails.send(message)

    assert len(mailoutbox) == 1
    assert Message.objects.get(dropped_at__isnull=True, kind="reminder").starts_at == visit(reminder.order).starts_at


@pytest.mark.django_db
def test_moved_away_and_back_again_it_is_reminded_of_once_more_if_it_was_not_sent(reminder, mailoutbox):
    booking = visit(reminder.order)
    then = booking.starts_at
    shift(booking, then + 24 * HOUR)
    emails.send(reminder)
    shift(visit(reminder.order), then)
    Booking.objects.filter(pk=booking.pk).update(sequence=2)

    assert queue_reminders() == 1
    emails.send(Message.objects.filter(kind="reminder").latest("pk"))

    assert len(mailoutbox) == 1


@pytest.mark.django_db
def test_a_visit_that_is_called_off_never_sends_its_reminder(reminder, mailoutbox):
    cancel_bookings([visit(reminder.order)])

    emails.send(reminder)
    emails.send(reminder)

    assert mailoutbox == []
    reminder.refresh_from_db()
    assert reminder.dropped_at
    assert "Cancelled" in reminder.error


@pytest.mark.django_db
def test_whoever_is_here_already_needs_no_reminder(reminder, mailoutbox):
    check_in(visit(reminder.order))

    emails.send(reminder)

    assert mailoutbox == []


@pytest.mark.django_db
def test_a_reminder_that_comes_too_late_is_dropped(reminder, mailoutbox):
    booking = visit(reminder.order)
    late = timezone.now() - timedelta(minutes=1)
    shift(booking, late)
    Message.objects.filter(pk=reminder.pk).update(starts_at=late)

    emails.send(reminder)

    reminder.refresh_from_db()
    assert (mailoutbox, reminder.error) == ([], "The visit has begun.")


@pytest.mark.django_db
def test_a_message_is_sent_or_dropped_and_never_both(reminder):
    emails.send(reminder)

    with pytest.raises(IntegrityError, match="message_sent_or_dropped"), transaction.atomic():
        Message.objects.filter(pk=reminder.pk).update(dropped_at=timezone.now())
    with pytest.raises(IntegrityError, match="message_about_a_visit_says_when"), transaction.atomic():
        Message.objects.filter(pk=reminder.pk).update(starts_at=None)


@pytest.mark.django_db(transaction=True)
def test_the_job_reminds_and_the_worker_sends(paid, run_jobs, mailoutbox):
    begin_in(paid, 2 * HOUR)
    jobs.remind.func(0)

    run_jobs()
    run_jobs()

    assert [order.pk for order in Order.objects.filter(messages__kind="reminder", messages__sent_at__isnull=False)] == [
        paid.pk
    ]
    assert OrderEvent.objects.filter(order=paid, cause="Reminder sent").count() == 1
