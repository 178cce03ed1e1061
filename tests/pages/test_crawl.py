"""Every page that somebody can reach, and every address that we have: for a guest, the desk, an editor, and who means harm."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from bookings.models import Booking, Closure
from bookings.operations import hold_booking
from catalog.models import Offering, StockMovement, Variant
from checkout import payments
from checkout.cart import COOKIE
from checkout.models import CartLine, Concern, Order, OrderEvent, Payment, Receipt
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK
from tests.admin_pages import sign_in
from tests.checkout.conftest import open_page, pay, place
from tests.factories import CartFactory, ClosureFactory, ConcernFactory, ResourceFactory
from tests.pages.addresses import PARAMETER, addresses, filled

pytestmark = pytest.mark.django_db(transaction=True)

MARKUP = "%27%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
# As they stand in an address: NUL, numbers that no column holds, days that are none, halves of letters, a letter under
# ten thousand accents, markup, another folder, a template, and words that run backwards.
HOSTILE = [
    "%00",
    "a%00b",
    "-1",
    "0",
    "9e30",
    "9" * 500,
    "%D9%A3",  # a digit, but none of ours
    "9999-12-31",
    "9999-12",
    "0001-01-01",
    "0001-01",
    "2027-02-30",
    "2027-W54-1",
    "9999-12-31T23:59:59%2B00:00",
    "0001-01-01T00:00:00%2B14:00",
    "%ED%A0%80",
    "%FF%FE",
    "a" + "%CC%81" * 10_000,
    MARKUP,
    "..%2F..%2Fetc%2Fpasswd",
    "%7B%7B7*7%7D%7D%25s",
    "%E2%80%AEtab%0D%0ABcc:",
    "",
]
# What each page reads from its address.
ASKED = {
    "/?service=bath": ["species", "day"],
    "/shop/": ["q", "kind", "species", "category", "min", "max", "available", "sort", "page"],
    "/shop/bath/": ["variant", "resource", "day", "month", "taken", "line", "pet"],
    "/cart/pets/": ["offering", "day", "line"],
    "/dev/mail/": ["mail"],
    "/admin/login/": ["next"],
}
ASKED_OF_DESK = {
    "/backoffice/": ["day"],
    "/backoffice/orders/": ["q", "show", "money", "visit", "after"],
    "/backoffice/attention/": ["after"],
    "/backoffice/reports/receipts/": ["month", "day"],
    "/backoffice/reports/receipts/file/": ["month"],
}
ASKED_OF_A_MOVE = ["resource", "day", "month", "taken", "variant", "nights", "add_on", "start"]
ASKED_OF_LISTS = [
    "q",
    "o",
    "p",
    "e",
    "all",
    "id",
    "id__exact",
    "password__startswith",
    "_to_field",
    "_changelist_filters",
]


STAFFS = ("/backoffice/", "/admin/")
FORBIDDEN_TO_EDITORS = ["/backoffice/", "/backoffice/orders/", "/admin/checkout/order/", "/admin/core/user/"]


@pytest.fixture
def shop(small_shop, settings):
    """Beside the small shop: an order that is paid, one whose payment page is open, one in trouble, and a basket in use."""
    settings.REHEARSAL = True  # so that there is a page with the mail
    bath, shampoo = Variant.objects.get(offering__slug="bath"), Variant.objects.get(offering__slug="oat-shampoo")
    for slug in ("tom", "amira", "priya"):
        ResourceFactory(slug=slug, services=[bath.offering])
    ClosureFactory()
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=3)
    carts = [CartFactory(holding=[hold_booking(bath, starts_at=noon), shampoo]) for _ in range(4)]
    paid, pending, trouble = (place(cart) for cart in carts[:3])
    pages = [open_page(order) for order in (paid, pending, trouble)]
    pay(pages[0])
    payments.settle(pages[0].session_id)
    paid.refresh_from_db()
    assert paid.is_paid
    ConcernFactory(payment=trouble.payments.get(), reason="More came than was asked")
    return SimpleNamespace(paid=paid, pending=pending, trouble=trouble, cart=carts[3], session=pages[1].session_id)


@pytest.fixture
def guest(client, shop):
    """Somebody with a basket, who knows the links of their orders."""
    client.cookies[COOKIE] = shop.cart.token
    client.starts = [
        "/shop/",
        "/help/",
        "/privacy/",
        "/cart/",
        "/checkout/",
        "/dev/mail/",
        f"/dev/stripe/pay/{shop.session}/",
    ]
    client.starts += [order.get_absolute_url() for order in (shop.paid, shop.pending, shop.trouble)]
    client.folders = ("/shop/", "/cart/", "/checkout/", "/orders/", "/dev/", "/help/", "/contact/", "/privacy/")
    client.folders += STAFFS
    return client


@pytest.fixture
def desk(guest):
    sign_in(guest, FRONT_DESK)
    guest.starts, guest.folders = ["/backoffice/", "/admin/"], STAFFS
    return guest


@pytest.fixture
def editor(client, shop):
    sign_in(client, CATALOG_EDITORS)
    client.starts, client.folders = ["/admin/", *FORBIDDEN_TO_EDITORS], STAFFS
    return client


class Links(HTMLParser):
    """Where a page leads to: its links, and the questions of its forms."""

    def __init__(self, text):
        super().__init__()
        self.found = set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "a" and "href" in attributes:
            self.found.add(attributes["href"])
        if tag == "form" and attributes.get("method", "get") == "get":
            self.found.add(attributes.get("action") or "?")


def shape(address):
    """Pages that differ in a number, a day or what was chosen are one page."""
    url = urlsplit(address)
    return re.sub(r"\d+", "1", url.path), frozenset(name for name, _value in parse_qsl(url.query))


def crawl(client) -> dict:
    """Every page that links lead to, one of each shape, and where somebody is sent instead."""
    waiting, seen, shapes = list(client.starts), {}, set()
    while waiting:
        address = waiting.pop().partition("#")[0]
        if not address.startswith(client.folders) or shape(address) in shapes or "&" in urlsplit(address).query:
            continue
        shapes.add(shape(address))
        response = seen[address] = client.get(address)
        if response.status_code in (301, 302, 303):
            waiting.append(urljoin(address, response.url))
        elif "text/html" in response.get("Content-Type", ""):
            waiting += [urljoin(address, link) for link in Links(response.content.decode()).found]
    return seen


def broken(seen, *allowed):
    return {address: page.status_code for address, page in seen.items() if page.status_code not in (200, 302, *allowed)}


def opened(seen, *folders):
    return [address for address, page in seen.items() if page.status_code == 200 and address.startswith(folders)]


def test_a_guest_follows_every_link(guest):
    seen = crawl(guest)

    assert broken(seen) == {}
    assert len(seen) > 18
    assert opened(seen, "/backoffice/", "/admin/") == [a for a in seen if a.startswith("/admin/login/")]


def test_the_desk_follows_every_link(desk):
    seen = crawl(desk)

    assert broken(seen) == {}
    assert len(opened(seen, "/backoffice/")) > 10
    assert len(opened(seen, "/admin/")) > 20
    assert opened(seen, "/admin/core/", "/admin/auth/") == []


# What an editor must not see; beside it stands, in the same part of the admin, what things cost.
OF_CUSTOMERS = ("/backoffice/", "/admin/checkout/", "/admin/core/user/", "/admin/auth/")


def is_for_editors(address):
    prices = ("/admin/checkout/promotion/", "/admin/checkout/deliveryzone/")
    return address.split("?")[0] == "/admin/checkout/" or address.startswith(prices)


def test_an_editor_follows_every_link_and_meets_no_customer(editor, shop):
    seen = crawl(editor)

    assert set(broken(seen)) == set(FORBIDDEN_TO_EDITORS)
    assert len(opened(seen, "/admin/")) > 40
    opened_of_customers = opened(seen, *OF_CUSTOMERS)
    assert [address for address in opened_of_customers if not is_for_editors(address)] == []
    for address, page in seen.items():
        for secret in (shop.paid.email, shop.paid.name, shop.paid.phone, shop.paid.number, shop.paid.token):
            assert secret.encode() not in b"".join(page), address


# Every address that we have


def ask(client, address, method="GET", **more):
    """The answer to an address as it is, which no test client makes proper; and never a 500."""
    path, _mark, query = address.partition("?")
    try:
        return client.generic(method, path, QUERY_STRING=query, **more)
    except Exception as error:
        pytest.fail(f"{method} {address[:200]}: {error!r}")


def assert_quiet(client, address, method="GET", **more):
    response = ask(client, address, method, **more)
    assert response.status_code < 500, address[:200]
    assert b'"><script>alert(1)' not in b"".join(response), address[:200]
    return response


def turns(asked):
    """Each address with all that it reads at once; each name meets each value."""
    for address, names in asked.items():
        for turn in range(len(HOSTILE) if names else 1):
            yield address, {name: HOSTILE[(turn + 5 * place) % len(HOSTILE)] for place, name in enumerate(names)}


def questions(asked):
    for address, fields in turns(asked):
        said = "&".join(f"{name}={value}" for name, value in fields.items())
        yield f"{address}{'&' if '?' in address else '?'}{said}"


def test_i01_i10_i11_t10_no_question_of_a_guest_breaks_a_page(guest, shop):
    paid = shop.paid.get_absolute_url()
    visit = "?line=1"
    mine = {paid: ["session", "asked"], f"{paid}cancellation/": ["line", "product"], f"{paid}reschedule/": ["line"]}
    mine |= {f"{paid}reschedule/{visit}": ASKED_OF_A_MOVE}
    for address in questions(ASKED | mine | {"/cart/": ["q"]}):
        assert_quiet(guest, address)


def test_i01_i10_i11_t10_no_question_of_staff_breaks_a_page(desk, shop):
    order = f"/backoffice/orders/{shop.paid.number}/"
    sold = f"{order}visits/{shop.paid.lines.visits().get().pk}/"
    lists = {"/admin/bookings/booking/": ASKED_OF_LISTS, "/admin/catalog/product/": ASKED_OF_LISTS}
    hours = {"/admin/bookings/openinghours/": ["who", "from", "until"], "/admin/bookings/specialday/": ["when"]}
    for address in questions(
        ASKED_OF_DESK | lists | hours | {f"{sold}time/": ASKED_OF_A_MOVE, f"{order}cancellation/": ["line"]}
    ):
        assert_quiet(desk, address)


def real(shop):
    names = {"number": shop.paid.number, "token": shop.paid.token, "session": shop.session, "slug": "bath"}
    return names | {"receipt_number": Receipt.objects.get(payment__order=shop.paid).number}


def test_i01_no_address_breaks_the_shop(desk, shop):
    routes = sorted(set(addresses()))
    assert len(routes) > 90

    for number, route in enumerate(routes):
        # The admin's are many and alike: each value meets every fifth of them.
        values = HOSTILE[number % 5 :: 5] if route.startswith("/admin/") else HOSTILE
        for value in values if PARAMETER.search(route) else values[:1]:
            for address in filled(route, real(shop), value) if PARAMETER.search(route) else [f"{route}?x={value}"]:
                assert_quiet(desk, address)


def test_no_address_shows_an_editor_what_is_not_for_editors(editor, shop):
    for route in set(addresses()):
        if route.startswith(OF_CUSTOMERS) and not is_for_editors(route):
            [address] = filled(route, real(shop))
            assert assert_quiet(editor, address).status_code in (302, 403, 405), address


# What may change something, and what must not


def everything():
    """What of the shop could have changed."""
    tables = [Offering, Variant, StockMovement, Booking, Closure, CartLine, Order, OrderEvent, Payment, Concern]
    return {table.__name__: list(table.objects.order_by("pk").values()) for table in tables}


def changing(shop):
    line, visit = shop.cart.lines.filter(booking=None).get(), shop.cart.lines.exclude(booking=None).get()
    order, number = shop.pending.get_absolute_url(), shop.paid.number
    sold, concern = shop.paid.lines.visits().get(), shop.trouble.concerns.get()
    return {
        "/cart/lines/": ["variant", "quantity", "press"],
        "/cart/visits/": ["variant", "start", "resource", "line", "press", "in_basket"],
        f"/cart/lines/{line.pk}/": ["quantity"],
        f"/cart/lines/{visit.pk}/extension/": [],
        f"{order}payment/": [],
        f"{order}basket/": [],
        f"{shop.paid.get_absolute_url()}choice/": ["line", "choice", "amount"],
        f"{shop.paid.get_absolute_url()}change/": ["act"],
        "/webhooks/stripe/": [],
        f"/backoffice/orders/{number}/notes/": ["text", "next"],
        f"/backoffice/orders/{number}/visits/{sold.pk}/": ["to", "next"],
        f"/backoffice/orders/{number}/parcel/": ["to", "next"],
        f"/backoffice/holds/{visit.booking_id}/": [],
        f"/backoffice/orders/{shop.trouble.number}/concerns/{concern.pk}/": ["note", "next"],
    }


def pressed_on_its_page(shop):
    """What is changed on the page that asks whether to."""
    sold, order = shop.paid.lines.visits().get(), shop.paid.get_absolute_url()
    office = f"/backoffice/orders/{shop.paid.number}/"
    names = ["ticked", "pieces", "nights", "amount", "restock", "release", "agreed"]
    portions = [f"line-{line.pk}-{name}" for line in shop.paid.lines.all() for name in names]
    return {
        f"{order}reschedule/?line=1": ["start", "resource", "old", "new", "back", "pay"],
        f"{order}cancellation/?line=1": ["left", "kept", "part"],
        f"{office}visits/{sold.pk}/time/": [
            "reason",
            "start",
            "resource",
            "day",
            "time",
            "price",
            "old",
            "new",
            "back",
            "pay",
        ],
        f"{office}change/": ["act", "method", "note", "agreed", "press"],
        f"{office}cancellation/": ["reason", "keep", "amount", "shelf", "left", "kept", "part"],
        f"{office}payment/": ["method", "note", "agreed", "press", "act", "day", "reason", "then", "visit"],
        f"{office}refund/": ["step", "reason", "press", *portions],
    }


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_i13_only_a_post_changes_anything(desk, shop, method):
    before = everything()

    for address in changing(shop):
        assert ask(desk, address, method).status_code == 405, address

    assert everything() == before


def test_i01_nothing_that_is_sent_breaks_the_shop(desk, shop):
    line = shop.cart.lines.exclude(booking=None).get()
    pet = [f"pet-{line.pk}-{name}" for name in ("name", "species", "size", "notes")]
    details = ["email", "name", "phone", "handover", "agreed_total", "more_time", *pet]
    sent = {
        "/cart/lines/": {"variant": shop.paid.lines.products().get().variant_id, "quantity": 1},
        "/cart/visits/": {"variant": line.variant_id, "start": "2027-01-04T10:00:00%2B00:00", "line": ""},
    }

    alone = [(address, {name: value}) for address, right in sent.items() for name in right for value in HOSTILE[::2]]
    together = list(turns(changing(shop) | pressed_on_its_page(shop) | {"/checkout/": details}))
    for address, fields in alone + together:
        body = "&".join(f"{name}={said}" for name, said in (sent.get(address, {}) | fields).items())
        assert_quiet(desk, address, "POST", data=body, content_type="application/x-www-form-urlencoded")


def test_i01_no_header_breaks_the_shop(shop):
    for value in HOSTILE + [value.replace("%00", "\0") for value in HOSTILE if "%00" in value]:
        said = dict.fromkeys(["HTTP_REFERER", "HTTP_USER_AGENT", "HTTP_ACCEPT_LANGUAGE", "HTTP_HX_REQUEST"], value)
        cookie = f"{COOKIE}={value}; sessionid={value}; csrftoken={value}; messages={value}"
        assert_quiet(Client(), "/cart/", HTTP_COOKIE=cookie, **said)


def test_i06_another_host_is_not_answered(shop, settings):
    settings.ALLOWED_HOSTS = ["shop.example"]

    assert Client(headers={"host": "evil.example"}).get("/").status_code == 400
