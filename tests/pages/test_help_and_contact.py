import re
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import strip_tags
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bookings.models import OpeningHours, SpecialDay, Weekday
from petshop.core.models import Policy
from petshop.core.policies import ensure_policies
from petshop.core.roles import CATALOG_EDITORS
from petshop.core.templatetags.shop import day_as
from petshop.pages import whole_days
from tests.admin_pages import form_on, sign_in
from tests.factories import ClosureFactory, ResourceFactory

pytestmark = pytest.mark.django_db


def test_help_answers_what_belongs_to_no_offering(client, small_shop):
    page = client.get("/help/")

    assertContains(page, "Do I need an account?")
    assertNotContains(page, "Does it sting?")


def test_contact_says_where_and_when(client, small_shop, settings):
    page = client.get("/contact/")

    for fact in [settings.SHOP_ADDRESS, settings.SHOP_PHONE, settings.SHOP_EMAIL, "Monday", "09:00 – 19:00", "Closed"]:
        assertContains(page, fact)


def test_a_change_of_the_hours_shows_on_the_next_page(client, small_shop):
    client.get("/contact/")
    OpeningHours.objects.filter(resource=None, weekday=0).update(closes_at="20:45")

    assertContains(client.get("/contact/"), "09:00 – 20:45")


def rows_of(page):
    """What stands beside each name in the lists of the page, in order."""
    rows = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", page.content.decode(), flags=re.DOTALL)
    return [tuple(" ".join(strip_tags(cell).split()) for cell in row) for row in rows]


@pytest.fixture
def today():
    return timezone.localdate()


def test_contact_shows_the_week_that_is_valid_on_each_of_the_next_seven_days(client, small_shop, today):
    """Tomorrow another week begins, and in five days it is over."""
    dates = {"valid_from": today + timedelta(days=1), "valid_until": today + timedelta(days=5)}
    for weekday in range(7):
        OpeningHours.objects.create(weekday=weekday, opens_at="08:00", closes_at="15:00", **dates)

    rows = dict(rows_of(client.get("/contact/"))[:7])

    names = [Weekday((today + timedelta(days=ahead)).weekday()).label for ahead in range(7)]
    assert [rows[name] for name in names[1:6]] == ["08:00 – 15:00"] * 5
    assert rows[names[6]] in ("09:00 – 19:00", "Closed")
    assert "08:00" not in rows[f"{names[0]} Today"]


def test_contact_lists_special_days_and_marks_those_of_this_week(client, small_shop, today):
    soon, later = today + timedelta(days=3), today + timedelta(days=40)
    SpecialDay.objects.create(date=soon, opens_at="10:00", closes_at="12:00", reason="Christmas Eve")
    SpecialDay.objects.create(date=soon, opens_at="15:00", closes_at="16:00")
    SpecialDay.objects.create(date=later, reason="Stocktaking")
    SpecialDay.objects.create(date=today + timedelta(days=90), reason="Far away")
    SpecialDay.objects.create(date=today - timedelta(days=1), reason="Over")
    SpecialDay.objects.create(date=later, resource=ResourceFactory(), reason="Hers alone")

    page = client.get("/contact/")

    week, special = rows_of(page)[:7], rows_of(page)[7:]
    assert (f"{Weekday(soon.weekday()).label} {day_as(soon, 'j F')}", "10:00 – 12:00, 15:00 – 16:00") in week
    assert special == [
        (f"{day_as(soon, 'D j F')}Christmas Eve", "10:00 – 12:00, 15:00 – 16:00"),
        (f"{day_as(later, 'D j F')}Stocktaking", "Closed"),
    ]


def test_contact_says_today_what_is_special_today(client, small_shop, today):
    SpecialDay.objects.create(date=today, opens_at="10:00", closes_at="12:00")

    assert (f"{Weekday(today.weekday()).label} Today", "10:00 – 12:00") in rows_of(client.get("/contact/"))


@pytest.mark.parametrize("ends", [True, False])
def test_contact_announces_a_week_that_is_to_come(client, small_shop, today, ends):
    first, last = today + timedelta(days=20), today + timedelta(days=50)
    OpeningHours.objects.create(
        weekday=0, opens_at="08:00", closes_at="15:00", valid_from=first, valid_until=last if ends else None
    )

    page = client.get("/contact/")

    words = f"From {day_as(first, 'j F')} to {day_as(last, 'j F')}" if ends else f"From {day_as(first, 'j F')} on"
    assertContains(page, words)
    assert rows_of(page)[7:9] == [("Monday", "08:00 – 15:00"), ("Tuesday", "Closed")]


def test_contact_announces_closures_of_the_whole_shop(client, small_shop):
    ClosureFactory(reason="Stocktaking", starts_at=timezone.now() + timedelta(days=3))
    ClosureFactory(reason="Long ago", starts_at=timezone.now() - timedelta(days=9))

    page = client.get("/contact/")

    assertContains(page, "Stocktaking")
    assertNotContains(page, "Long ago")


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ((24, 48), "Closed on Tuesday 5 January."),
        ((24, 72), "Closed from Tuesday 5 January to Wednesday 6 January."),
        ((33, 36), "Closed on Tuesday 5 January, 09:00 to 12:00."),
        ((33, 48), "Closed from Tuesday 5 January, 09:00, to Wednesday 6 January, 00:00."),
    ],
)
def test_a_closure_of_whole_days_is_told_in_days(small_shop, hours, words):
    monday = datetime(2027, 1, 4, tzinfo=timezone.get_default_timezone())
    closure = ClosureFactory(
        starts_at=monday + timedelta(hours=hours[0]), ends_at=monday + timedelta(hours=hours[1]), reason=""
    )

    page = render_to_string("pages/contact.html", {"closures": [(closure, whole_days(closure))]})

    assert words in page


def test_whoever_edits_the_hours_reads_them_as_customers_do(client, small_shop):
    sign_in(client, CATALOG_EDITORS)
    ClosureFactory(starts_at=datetime(2027, 1, 4, 15, 0, tzinfo=timezone.get_default_timezone()))

    assertContains(client.get("/admin/bookings/openinghours/"), "19:00")
    assertContains(client.get("/admin/bookings/closure/"), "Mon 4 Jan 2027, 15:00")


def test_privacy_names_the_cookies_that_the_shop_sets(client, small_shop):
    client.get("/shop/oat-shampoo/")

    page = client.get("/privacy/").content.decode()

    assert [name for name in client.cookies if name not in page] == []


def test_a_policy_that_staff_write_is_on_the_help_page_at_once(client, small_shop):
    sign_in(client, CATALOG_EDITORS)
    form = {
        "title": "Bringing back",
        "slug": "bringing-back",
        "summary": "",
        "text": "## Toys\n\nAsk {name}.",
        "position": 1,
    }

    client.post("/admin/core/policy/add/", form)

    assertContains(client.get("/help/"), 'href="/help/bringing-back/"')
    assertContains(client.get("/help/bringing-back/"), "<h2>Toys</h2>\n<p>Ask Family Petshop.</p>", html=False)
    assertContains(client.get("/sitemap.xml"), "/help/bringing-back/")
    assert client.get("/help/unicorn/").status_code == 404


def test_the_privacy_page_keeps_its_address_and_cannot_be_thrown_away(client, small_shop):
    sign_in(client, CATALOG_EDITORS)
    privacy = Policy.objects.get(slug="privacy")
    page = f"/admin/core/policy/{privacy.pk}/change/"

    client.post(page, form_on(client.get(page)) | {"slug": "elsewhere", "text": "Nothing is stored."})

    assertContains(client.get("/privacy/"), "Nothing is stored.")
    assertRedirects(client.get("/help/privacy/"), "/privacy/")
    assert client.post(f"/admin/core/policy/{privacy.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ensure_policies() == []
    privacy.refresh_from_db()
    assert (privacy.slug, privacy.text) == ("privacy", "Nothing is stored.")


def test_the_chat_is_a_setting_and_a_shop_may_have_none(client, small_shop, settings):
    settings.SHOP_CHAT = "+34 611 22 33 44"
    assertContains(client.get("/contact/"), 'href="https://wa.me/34611223344"')

    settings.SHOP_CHAT = ""
    assertNotContains(client.get("/contact/"), "WhatsApp")


def test_no_template_and_no_code_knows_a_fact_of_the_shop_by_heart():
    """They come from the settings: name, address, phone, mail, chat, currency, tax and time zone."""
    facts = [settings.SHOP_NAME, settings.SHOP_ADDRESS, settings.SHOP_PHONE, settings.SHOP_EMAIL, settings.SHOP_CHAT]
    facts += [settings.TIME_ZONE, settings.SHOP_ADDRESS.split()[-1]]
    files = [*(settings.BASE_DIR / "templates").rglob("*.*"), *(settings.BASE_DIR / "static/js").glob("shop.js")]
    for app in ("petshop", "catalog", "bookings", "checkout", "backoffice"):
        files += [
            file for file in (settings.BASE_DIR / app).rglob("*.py") if not {"demo", "migrations"} & {*file.parts}
        ]
    files.remove(settings.BASE_DIR / "petshop/settings.py")

    assert len(files) > 200
    assert [(file, fact) for file in files for fact in facts if fact in file.read_text()] == []
