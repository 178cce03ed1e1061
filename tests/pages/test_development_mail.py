import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import override_settings
from pytest_django.asserts import assertContains

pytestmark = pytest.mark.django_db


@pytest.fixture
def outbox(settings, tmp_path):
    """Send as the shop does in development: into files."""
    settings.DEBUG, settings.MAIL_DIR = True, tmp_path

    def send(subject="Biscuit’s bath", html='<p style="color:red" onclick="evil()">Hello</p>', **kwargs):
        mail = EmailMultiAlternatives(subject, "Saturday at 10:30\n" + "-" * 79, to=["ada@example.com"], **kwargs)
        mail.attach_alternative(html, "text/html")
        mail.attach("visit.ics", "BEGIN:VCALENDAR", "text/calendar")
        with override_settings(
            MAILERS={
                "default": {
                    "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
                    "OPTIONS": {"file_path": str(tmp_path)},
                }
            }
        ):
            mail.send()

    return send


def test_mail_can_be_read_in_the_browser(client, outbox):
    outbox()

    listed = client.get("/dev/mail/")
    [mail] = listed.context["mails"]
    page = client.get(f"/dev/mail/?mail={mail.key}")

    assertContains(listed, "Biscuit’s bath")
    assertContains(listed, "ada@example.com")
    assertContains(page, "Saturday at 10:30")
    assertContains(page, "visit.ics")


def test_its_html_is_shown_where_nothing_can_run(client, outbox):
    outbox()
    [mail] = client.get("/dev/mail/").context["mails"]

    page = client.get(f"/dev/mail/?mail={mail.key}&part=html")

    assertContains(page, "Hello")
    assert "sandbox" in page["Content-Security-Policy"]
    assert "script-src" not in page["Content-Security-Policy"]
    assert "default-src 'none'" in page["Content-Security-Policy"]


def test_what_is_attached_can_be_saved(client, outbox):
    outbox()
    [mail] = client.get("/dev/mail/").context["mails"]

    file = client.get(f"/dev/mail/?mail={mail.key}&file=0")

    assert file.content.strip() == b"BEGIN:VCALENDAR"
    assert file["Content-Disposition"] == 'attachment; filename="visit.ics"'


@pytest.mark.parametrize(
    "query", ["mail=nothing", "mail=../../etc/passwd", "mail=%00", "mail=KEY&file=9", "mail=KEY&file=x"]
)
def test_what_is_not_there_is_not_found(client, outbox, query):
    outbox()
    [mail] = client.get("/dev/mail/").context["mails"]

    assert client.get(f"/dev/mail/?{query.replace('KEY', mail.key)}").status_code == 404


def test_a_shop_that_has_sent_nothing_says_so(client, outbox):
    assertContains(client.get("/dev/mail/"), "Nothing has been sent yet.")


def test_in_production_it_does_not_exist(client, outbox, settings):
    outbox()
    settings.DEBUG = settings.REHEARSAL = False

    assert client.get("/dev/mail/").status_code == 404
