"""A shop in which every text was typed by somebody who means harm: it is read everywhere, and nowhere is it obeyed."""

from datetime import timedelta
from email import message_from_string, policy
from html.parser import HTMLParser
from io import BytesIO
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from icalendar import Calendar
from PIL import Image

from bookings.models import Closure, Pet, Resource, ServiceQuestion, ServiceRules, SpecialDay
from bookings.operations import hold_booking
from catalog.models import AddOn, Category, Offering, Picture, Question, StockMovement, StockReason, Variant
from catalog.pictures import PictureField
from checkout import payments
from checkout.cart import COOKIE
from checkout.models import Order
from checkout.operations import Answer, PetDetails, add_note
from checkout.stripe_local import local_stripe
from petshop.core.models import Policy
from tests.admin_pages import sign_in
from tests.checkout.conftest import open_page, pay, place
from tests.factories import CartFactory, ClosureFactory, ConcernFactory
from tests.pages.test_crawl import Links, broken, crawl

pytestmark = pytest.mark.django_db(transaction=True)

MARKUP = "\"'></a></script><script>alert(1)</script><img src=x onerror=a>"[:60]
TEMPLATE = "{{7*7}}{% debug %}%s%(x)s{0.__class__}${7*7}\r\nBcc: eve@evil.example"
LINK = "javascript:alert(1)"
BOTH = TEMPLATE[:40] + MARKUP


@pytest.fixture
def shop(small_shop, settings, tmp_path, run_jobs):
    """A sale of it all: a visit and a bottle paid for, another that waits, and a basket in use."""
    settings.REHEARSAL, settings.MEDIA_ROOT = True, tmp_path
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": str(settings.MAIL_DIR)},
        }
    }
    bath = Variant.objects.get(offering__slug="bath")
    AddOn.objects.create(offering=bath.offering, name="-", price=8, duration=timedelta(minutes=10))
    Picture.objects.create(offering=bath.offering, file=uploaded(f"{MARKUP}.png"), alt=BOTH)
    ClosureFactory(starts_at=timezone.now() + timedelta(days=20), reason=BOTH)
    SpecialDay.objects.create(date=timezone.localdate() + timedelta(days=20), reason=BOTH)
    Category.objects.filter(slug="grooming").update(name=MARKUP)
    Category.objects.filter(slug="food").update(name=TEMPLATE[:60])
    Offering.objects.update(name=BOTH, summary=BOTH, description=f"{BOTH}\n{LINK}")
    for variant in Variant.objects.all():
        Variant.objects.filter(pk=variant.pk).update(name=f"{variant.pk}{BOTH}"[:80])
    AddOn.objects.update(name=BOTH[:80])
    Resource.objects.update(name=MARKUP, role=TEMPLATE)
    ServiceRules.objects.update(what_to_bring=BOTH)
    ServiceQuestion.objects.create(offering=bath.offering, text=BOTH)
    Question.objects.update(question=BOTH, answer=f"{BOTH}\n{LINK}")
    Policy.objects.update_or_create(slug="privacy", defaults={"title": MARKUP, "summary": BOTH, "text": BOTH})
    Policy.objects.create(slug="link", title=TEMPLATE, text=f"[a]({LINK}) # {MARKUP}\n\n* {BOTH}\n\n{LINK}")

    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=3)
    shampoo = Variant.objects.get(offering__slug="oat-shampoo")
    carts = [
        CartFactory(holding=[hold_booking(bath, starts_at=noon + timedelta(hours=n)), shampoo]) for n in range(0, 6, 2)
    ]
    typed = [(MARKUP, TEMPLATE), (TEMPLATE, MARKUP)]
    orders = []
    for cart, (name, pet) in zip(carts, typed, strict=False):
        pets = {line.pk: PetDetails(pet[:60], "dog", "medium", BOTH) for line in cart.lines.visits()}
        email = '"<script>alert(1)</script>"@example.com'
        answers = {pk: [Answer(BOTH, BOTH)] for pk in pets}
        orders.append(place(cart, email=email, name=name, phone=name[:40], pets=pets, answers=answers))
    page = open_page(orders[0])
    pay(page)
    payments.settle(page.session_id)
    other = open_page(orders[1])
    ConcernFactory(payment=orders[0].payments.get(), reason=BOTH)
    add_note(Order.objects.get(pk=orders[0].pk), text=BOTH, actor=MARKUP)
    StockMovement.objects.create(variant=shampoo, delta=1, reason=StockReason.RECEIVED, note=BOTH, actor=MARKUP)
    Variant.objects.filter(pk=shampoo.pk).update(stock=shampoo.stock - 3 + 1)
    run_jobs()
    return SimpleNamespace(paid=Order.objects.get(pk=orders[0].pk), pending=orders[1], cart=carts[2], session=other)


def uploaded(name):
    """What the form makes of a picture of this name."""
    content = BytesIO()
    Image.new("RGB", (2, 2)).save(content, "PNG")
    return PictureField().clean(SimpleUploadedFile(name, content.getvalue()))


class Obeyed(HTMLParser):
    """What of the hostile text a browser would take for more than letters; and which text it would show."""

    def __init__(self, text):
        super().__init__()
        self.found, self.shown, self.inside = [], "", ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.inside = tag
        for name, value in attributes:
            value = (value or "").strip().lower()
            if name.startswith("on") or (name in ("href", "src", "action") and value.startswith("javascript:")):
                self.found.append((tag, name, value))
            if name in ("src", "href") and value in ("x", "a"):
                self.found.append((tag, name, value))
            self.shown += f" {value}" if name in ("value", "alt", "title", "aria-label", "content") else ""

    def handle_data(self, text):
        if self.inside == "script" and "alert(1)" in text:
            self.found.append(("script", text))
        self.shown += text

    def handle_endtag(self, tag):
        self.inside = ""


def is_page(response):
    return "text/html" in response.get("Content-Type", "")


def visitors(shop):
    guest = Client()
    guest.cookies[COOKIE] = shop.cart.token
    guest.starts = ["/", "/shop/", "/shop/?q=script", "/help/", "/contact/", "/cart/", "/checkout/", "/dev/mail/"]
    guest.starts += [shop.paid.get_absolute_url(), shop.pending.get_absolute_url()]
    guest.starts += [f"{shop.paid.get_absolute_url()}receipt/", f"/dev/stripe/pay/{shop.session.session_id}/"]
    guest.folders = ("/",)
    owner = Client()
    sign_in(owner, is_superuser=True, first_name=MARKUP, last_name=TEMPLATE)
    owner.starts, owner.folders = ["/backoffice/", "/admin/"], ("/backoffice/", "/admin/")
    owner.starts += [f"/admin/bookings/closure/{closure.pk}/delete/" for closure in Closure.objects.all()]
    return {"guest": guest, "owner": owner}


def test_i02_i15_no_page_obeys_what_was_typed_and_every_page_shows_it(shop, settings):
    read = {}
    for name, visitor in visitors(shop).items():
        seen = crawl(visitor)
        assert broken(seen) == {}, name
        for address, response in seen.items():
            if is_page(response):
                page = Obeyed(b"".join(response).decode())
                assert page.found == [], address
                read[address] = page.shown
    shown = " ".join(read.values())
    for literal in ("{{7*7}}", "{% debug %}", "%s%(x)s", "{0.__class__}", "<script>alert(1)</script>", LINK):
        assert literal in shown
    for address in ["/", "/shop/", "/shop/bath/", "/cart/", "/checkout/", shop.paid.get_absolute_url()]:
        assert "<script>alert(1)" in read[address], address
        assert "{{7*7}}" in read[address], address
    for evaluated in ("49{%", "&lt;script&gt;", "&amp;lt;", "&quot;"):
        assert evaluated not in shown


def test_i02_i04_i15_no_mail_obeys_what_was_typed(shop, settings):
    [file] = settings.MAIL_DIR.iterdir()
    text = file.read_text().partition("\n" + "-" * 79)[0]
    mail = message_from_string(text, policy=policy.default)

    assert mail["Bcc"] is None
    assert mail["To"].addresses[0].domain == "example.com"
    assert "\n" not in mail["Subject"]
    assert "{{7*7}}{% debug %}%s" in mail["Subject"]
    html = Obeyed(mail.get_body(("html",)).get_content())
    assert html.found == []
    for part in (html.shown, mail.get_body(("plain",)).get_content()):
        assert "{{7*7}}{% debug %}%s" in part
        assert "<script>alert(1)</script>" in part
        assert "&lt;" not in part
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == f"visit-{shop.paid.number}.ics"


def test_i02_i04_i15_no_calendar_and_no_file_obeys_what_was_typed(shop):
    response = Client().get(f"{shop.paid.get_absolute_url()}calendar.ics")

    [event] = Calendar.from_ical(response.content).walk("VEVENT")
    assert "{{7*7}}" in event["summary"]
    assert "<script>alert(1)</script>" in event["description"]
    assert b"\r\nBcc:" not in response.content
    assert response["Content-Type"].startswith("text/calendar")
    assert response["Content-Disposition"].startswith("attachment; ")
    assert response["X-Content-Type-Options"] == "nosniff"


def test_i02_i15_stripe_is_told_letters(shop):
    page = local_stripe().page(shop.session.session_id)
    said = str(page)

    assert "<script>alert(1)</script>" in said
    assert "{{7*7}}" in said
    assert "49{" not in said
    assert page["session"]["customer_email"] == '"<script>alert(1)</script>"@example.com'


def test_i02_a_picture_has_a_name_of_ours(shop):
    [picture] = Picture.objects.all()

    assert "<" not in unquote(picture.file.url)
    assert '"' not in picture.file.name


def test_i02_an_address_is_text_wherever_a_page_repeats_it():
    for address in ["/shop/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/%3Cscript%3Ealert(1)%3C/script%3E/"]:
        assert Obeyed(Client().get(address).content.decode()).found == []
    for link in Links(Client().get("/shop/?q=javascript:alert(1)&sort=javascript:alert(1)").content.decode()).found:
        assert not link.startswith("javascript:")


def test_pets_keep_what_was_typed_as_it_was(shop):
    assert Pet.objects.filter(notes=BOTH).count() == 2
