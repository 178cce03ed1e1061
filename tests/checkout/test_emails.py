"""The mails about an order: what they say, and that each is sent once."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from icalendar import Calendar

from bookings.models import Booking
from bookings.operations import hold_booking
from catalog.models import Species
from checkout import emails
from checkout.emails import one_line
from checkout.models import EventKind, Message, OrderEvent, Receipt
from checkout.operations import PetDetails
from tests.checkout.conftest import open_page, pay, place
from tests.checkout.customer import lapse, visit_of
from tests.concurrency import at_once
from tests.factories import CartFactory


@pytest.fixture
def confirmation(cart):
    """The message of an order that was just paid, not sent yet."""
    pay(open_page(place(cart)))
    return Message.objects.get()


def sent(message):
    emails.send(message)
    return mail.outbox[-1]


def html_of(letter) -> str:
    [alternative] = letter.alternatives
    return alternative.content


# What it says


@pytest.mark.django_db
def test_the_subject_names_the_pet_and_the_time(confirmation, ten_tomorrow):
    day = f"{ten_tomorrow:%A} {ten_tomorrow.day} {ten_tomorrow:%B}"

    assert sent(confirmation).subject == f"Biscuit's bath and tidy: {day}, 10:00"


@pytest.mark.django_db
def test_it_goes_to_who_bought_and_says_everything_in_text_and_html(confirmation, settings):
    settings.SITE_URL = "https://shop.example"

    letter = sent(confirmation)

    assert letter.to == ["ada@example.com"]
    for text in [letter.body, html_of(letter)]:
        assert "See you tomorrow, Biscuit." in text
        assert confirmation.order.number in text
        assert "10:00 to 11:00" in text
        assert "with Maya" in text
        assert "12 Orchard Lane" in text
        assert "Oat shampoo" in text
        assert "We pack it for your visit on " in text
        assert "€39.50" in text
        assert "€6.85" in text
        assert f"receipt/{Receipt.objects.get()}/" in text
        assert "we keep 50%." in text
        assert f"https://shop.example/orders/{confirmation.order.token}/" in text


@pytest.mark.django_db
def test_the_first_line_carries_the_fact(confirmation):
    assert sent(confirmation).body.startswith("See you tomorrow, Biscuit.\n")


@pytest.mark.django_db
def test_the_visit_comes_as_a_calendar_file(confirmation):
    letter = sent(confirmation)

    [attachment] = letter.attachments
    assert attachment.filename == f"visit-{confirmation.order.number}.ics"
    assert attachment.mimetype == "text/calendar"
    [event] = Calendar.from_ical(attachment.content).walk("VEVENT")
    assert event["summary"] == "Biscuit: Bath and tidy"


@pytest.mark.django_db
def test_an_order_of_products_names_its_number_and_has_no_calendar_file(shampoo):
    order = place(CartFactory(holding=[shampoo]))
    pay(open_page(order))

    letter = sent(Message.objects.get())

    assert letter.subject == f"Your order {order.number} is paid"
    assert not letter.attachments
    assert "Move or cancel" not in letter.body


@pytest.mark.django_db
def test_of_two_visits_the_first_one_is_in_the_subject_and_both_in_the_file(bath, ten_tomorrow):
    times = [ten_tomorrow + timedelta(hours=3), ten_tomorrow]
    pay(open_page(place(CartFactory(holding=[hold_booking(bath, starts_at=time) for time in times]))))

    letter = sent(Message.objects.get())

    assert letter.subject.endswith(", 10:00")
    assert len(Calendar.from_ical(letter.attachments[0].content).walk("VEVENT")) == 2


@pytest.mark.django_db
def test_p04_a_lost_time_is_not_called_booked(cart, bath, ten_tomorrow):
    order = place(cart)
    payment = open_page(order)
    lapse(cart)
    hold_booking(bath, starts_at=ten_tomorrow)  # somebody else
    pay(payment)

    letter = sent(Message.objects.get(kind="confirmation"))

    assert letter.subject == f"About your visit: order {order.number}"
    assert "Your payment is here. Your time is not." in letter.body
    assert "We are sorry." in letter.body
    assert "Choose another time or your money back by " in letter.body
    assert order.get_absolute_url() in letter.body
    assert not letter.attachments


# What a customer typed is text


@pytest.fixture
def sent_for(cart):
    """The mail for a pet of this name."""

    def send_it(name):
        order = place(cart, name=name, pets={visit_of(cart).pk: PetDetails(name=name, species=Species.DOG, notes=name)})
        pay(open_page(order))
        return sent(Message.objects.get())

    return send_it


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85"])
@pytest.mark.django_db
def test_i04_a_name_cannot_begin_a_header(sent_for, break_):
    letter = sent_for(f"Rex{break_}Bcc: eve@example.com")

    assert letter.subject.startswith("Rex Bcc: eve@example.com's")
    assert letter.recipients() == ["ada@example.com"]
    assert letter.message()["Bcc"] is None


@pytest.mark.django_db
def test_i15_a_template_in_a_name_is_only_its_letters(sent_for):
    letter = sent_for("{{7*7}}{% debug %}%s{0.__class__}")

    for text in [letter.subject, letter.body, html_of(letter)]:
        assert "{{7*7}}{% debug %}%s{0.__class__}" in text
        assert "49" not in text.replace(Message.objects.get().order.token, "")


@pytest.mark.django_db
def test_i02_markup_in_a_name_is_only_its_letters(sent_for):
    letter = sent_for('"><img src=x onerror=alert(1)>')

    assert "<img" not in html_of(letter)
    assert "&lt;img src=x onerror=alert(1)&gt;" in html_of(letter)
    assert "<img src=x" in letter.body


def test_a_subject_is_never_too_long_for_its_column():
    assert len(one_line("x " * 500)) == 200


# Once


@pytest.mark.django_db
def test_a_message_that_was_sent_stays_sent(confirmation):
    emails.send(confirmation)
    emails.send(confirmation)
    emails.send(Message.objects.get())

    assert len(mail.outbox) == 1
    message = Message.objects.get()
    assert message.subject == mail.outbox[0].subject
    assert abs(message.sent_at - timezone.now()) < timedelta(minutes=1)
    assert message.error == ""


@pytest.mark.django_db
def test_sending_is_written_into_the_timeline_by_the_shop(confirmation):
    emails.send(confirmation)

    event = OrderEvent.objects.get(kind=EventKind.MESSAGE_SENT)
    assert (event.actor, event.details["to"]) == ("shop", "ada@example.com")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_message_send_it_once(confirmation):
    results = at_once(8, lambda: emails.send(confirmation))

    assert results == [None] * 8
    assert len(mail.outbox) == 1
    assert OrderEvent.objects.filter(kind=EventKind.MESSAGE_SENT).count() == 1


@pytest.mark.django_db
def test_a_mail_server_that_is_down_leaves_the_message_to_be_sent_again(confirmation, settings):
    working = settings.MAILERS
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": 1, "timeout": 1},
        }
    }
    with pytest.raises(OSError, match="refused"):
        emails.send(confirmation)
    message = Message.objects.get()
    assert message.sent_at is None
    assert "refused" in message.error
    assert not OrderEvent.objects.filter(kind=EventKind.MESSAGE_SENT).exists()

    settings.MAILERS = working
    emails.send(message)

    message.refresh_from_db()
    assert message.sent_at
    assert message.error == ""


@pytest.mark.django_db(transaction=True)
def test_c09_paid_and_told_twice_is_one_mail(cart, run_jobs):
    payment = open_page(place(cart))
    pay(payment, delivery="twice")
    run_jobs()
    run_jobs()

    assert len(mail.outbox) == 1
    assert Message.objects.get().sent_at
    assert Booking.objects.get().status == "confirmed"
