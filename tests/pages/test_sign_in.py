"""Signing in: slowed down for guessers, open for the owner, and no word about who has an account."""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains, assertNotContains

from catalog.models import Variant
from petshop.core.sign_in import NOBODY_KNOWS, WRONG_FOR_ONE_ACCOUNT, WRONG_FROM_ONE_SOURCE, client_address
from petshop.core.tasks import forget_wrong_passwords
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"
QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # each guess costs half a second with the real one


@pytest.fixture
def desk(settings):
    settings.PASSWORD_HASHERS = QUICK
    return somebody("desk")


def somebody(name, **user):
    person = UserFactory(username=name, staff=True, **user)
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(client, username="desk", password=PASSWORD, *, source="192.0.2.1", **headers):
    typed = {"username": username, "password": password, "next": "/backoffice/"}
    return client.post("/admin/login/", typed, REMOTE_ADDR=source, **headers)


def guess(times, username="desk", **more):
    return [sign_in(Client(), username, f"guess {n}", **more).status_code for n in range(times)]


# Slowed down


def test_a07_fifty_guesses_at_one_account_are_slowed_down(desk):
    assert guess(50) == [200] * (WRONG_FOR_ONE_ACCOUNT - 1) + [429] * (51 - WRONG_FOR_ONE_ACCOUNT)

    assert sign_in(Client(), source="192.0.2.99").status_code == 429  # not even the right one, wherever it comes from


def test_a07_one_password_for_fifty_accounts_is_slowed_down(settings):
    settings.PASSWORD_HASHERS = QUICK
    tried = [sign_in(Client(), f"user {n}", "Password1").status_code for n in range(50)]

    assert tried == [200] * (WRONG_FROM_ONE_SOURCE - 1) + [429] * (51 - WRONG_FROM_ONE_SOURCE)


def test_a07_nobody_else_is_slowed_down(desk):
    somebody("editor")
    guess(20)

    assert sign_in(Client(), "editor", source="192.0.2.99").status_code == 302
    assert Client().get("/shop/", REMOTE_ADDR="192.0.2.1").status_code == 200


def test_a07_a_slip_or_two_is_forgiven_by_the_right_password(desk):
    for _ in range(5):
        guess(WRONG_FOR_ONE_ACCOUNT - 1)
        assert sign_in(Client(), source="192.0.2.99").status_code == 302


def test_a07_a_right_password_does_not_forgive_the_source_its_other_guesses(desk):
    somebody("insider")
    tried = []
    for n in range(WRONG_FROM_ONE_SOURCE + 1):
        sign_in(Client(), "insider")
        tried += guess(1, f"user {n}")

    assert tried[-1] == 429


def test_a07_guesses_while_slowed_down_make_it_no_longer(desk):
    guess(WRONG_FOR_ONE_ACCOUNT)
    AccessAttempt.objects.update(attempt_time="2020-01-01T00:00Z")

    assert guess(1) == [200]

    guess(WRONG_FOR_ONE_ACCOUNT)
    last = AccessAttempt.objects.values_list("attempt_time", "failures_since_start").get()
    guess(5)
    assert AccessAttempt.objects.values_list("attempt_time", "failures_since_start").get() == last


def test_a07_somebody_slowed_down_reads_why_keeps_what_they_typed_and_finds_the_way_in(desk):
    guess(WRONG_FOR_ONE_ACCOUNT)

    page = sign_in(Client())

    assertContains(page, "Too many wrong passwords", status_code=429)
    assertContains(page, 'value="desk"', status_code=429)
    assertContains(page, 'value="/backoffice/"', status_code=429)
    assertContains(page, 'href="/admin/password_reset/"', status_code=429)
    assertNotContains(page, "Please enter the correct", status_code=429)
    assertNotContains(page, PASSWORD, status_code=429)
    assert page["Retry-After"] == "900"


@pytest.mark.parametrize("is_behind_proxy", [True, False])
def test_a08_a_source_cannot_give_itself_another_name(settings, is_behind_proxy):
    settings.PASSWORD_HASHERS, settings.BEHIND_PROXY = QUICK, is_behind_proxy
    tried = []
    for n in range(WRONG_FROM_ONE_SOURCE + 1):
        forged = dict.fromkeys(["X-Forwarded-For", "X-Real-IP", "Forwarded", "User-Agent"], f"198.51.100.{n}")
        if is_behind_proxy:  # its own word comes last; it is the only one that the client does not write
            forged["X-Forwarded-For"] += ", 192.0.2.7"
        tried.append(sign_in(Client(headers=forged), f"user {n}", "Password1").status_code)

    assert tried[-1] == 429


@pytest.mark.parametrize(
    ("forwarded", "is_behind_proxy", "expected"),
    [
        ("198.51.100.1", False, "192.0.2.1"),
        ("198.51.100.1", True, "198.51.100.1"),
        ("203.0.113.9, 198.51.100.1", True, "198.51.100.1"),
        ("203.0.113.9,::ffff:198.51.100.1", True, "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", True, "2001:db8:1:2::"),
        ("198.51.100.1, nonsense\0", True, NOBODY_KNOWS),
        ("", True, NOBODY_KNOWS),
    ],
)
def test_a08_the_clients_address_is_the_proxys_word_and_nobody_elses(
    rf, settings, forwarded, is_behind_proxy, expected
):
    settings.BEHIND_PROXY = is_behind_proxy

    assert client_address(rf.get("/", REMOTE_ADDR="192.0.2.1", headers={"x-forwarded-for": forwarded})) == expected


def test_a07_where_guesses_came_from_is_forgotten(desk):
    guess(3)
    forget_wrong_passwords(0)
    assert AccessAttempt.objects.count() == 1

    AccessAttempt.objects.update(attempt_time="2020-01-01T00:00Z")
    forget_wrong_passwords(0)

    assert AccessAttempt.objects.count() == 0


def test_a07_no_password_and_no_name_is_written_down_or_logged(desk, caplog):
    caplog.set_level("DEBUG")
    guess(WRONG_FOR_ONE_ACCOUNT, HTTP_USER_AGENT="A browser\nwith a\0name")

    [kept] = AccessAttempt.objects.all()
    assert "guess" not in kept.get_data + kept.post_data
    assert (kept.user_agent, kept.http_accept) == ("", "")
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("axes", "petshop")))
    assert "Locking out" in ours
    assert not any(said in ours for said in ("desk", "guess", "192.0.2.1", "A browser"))


# Nobody is told who has an account


def test_a09_a_known_and_an_unknown_name_read_the_same(desk):
    pages = [sign_in(Client(), name, "wrong").content.decode() for name in ("desk", "none")]

    assert without_secrets(pages[0]).replace("desk", "none") == without_secrets(pages[1])

    guess(WRONG_FOR_ONE_ACCOUNT, "desk")
    guess(WRONG_FOR_ONE_ACCOUNT, "none", source="192.0.2.50")
    pages = [sign_in(Client(), name, source="192.0.2.60").content.decode() for name in ("desk", "none")]
    assert without_secrets(pages[0]).replace("desk", "none") == without_secrets(pages[1])


def without_secrets(page):
    """The page but for the token against foreign forms, which is another one each time."""
    return "".join(line for line in page.splitlines(keepends=True) if "csrfmiddlewaretoken" not in line)


class Counting(PBKDF2PasswordHasher):
    """Django's own, but for how often it turns; `turned` is what a guess has cost."""

    iterations, turned = 100, 0

    def encode(self, password, salt, iterations=None):
        Counting.turned += iterations or self.iterations
        return super().encode(password, salt, iterations)


def test_a09_a_name_that_nobody_has_costs_as_much_as_a_wrong_password(settings):
    """The hasher is nearly all of the time that signing in takes; what is left are questions to the database."""
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    somebody("desk")
    somebody("gone", is_active=False)
    costs = []
    for name in ("desk", "none", "gone"):
        before = Counting.turned
        with CaptureQueriesContext(connection) as asked:
            sign_in(Client(), name, "wrong")
        costs.append((Counting.turned - before, len(asked)))

    assert costs[0][0] > 0
    assert len(set(costs)) == 1


# The session


def test_a05_signing_in_gives_a_new_session_and_keeps_the_basket(desk, client, small_shop):
    client.get("/shop/")
    client.post("/cart/lines/", {"variant": bottle(), "quantity": 2})
    session = client.session
    session["checkout"] = {"email": "ada@example.com"}
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    basket = client.cookies["basket"].value

    sign_in(client)

    assert client.session.session_key != before
    assert client.cookies["basket"].value == basket
    assertContains(client.get("/cart/"), "Oat shampoo")
    assert client.session["checkout"] == {"email": "ada@example.com"}


def test_a05_signing_out_of_a_shared_computer_leaves_an_empty_basket_and_no_names(desk, client, small_shop):
    sign_in(client)
    client.post("/cart/lines/", {"variant": bottle(), "quantity": 2})
    session = client.session
    session["checkout"] = {"email": "ada@example.com", "name": "Ada Lovelace", "pets": {}}
    session.save()

    page = client.post("/admin/logout/", follow=True)

    assertNotContains(page, "desk")
    cart = client.get("/cart/")
    assertNotContains(cart, "Oat shampoo")
    assertNotContains(client.get("/checkout/", follow=True), "Ada")
    assert client.get("/backoffice/").status_code == 302
    assert "checkout" not in client.session
    assert "no-store" in page["Cache-Control"]


def test_a06_a_session_that_was_planted_is_dead_after_signing_in(desk, client):
    planted = Client()
    session = planted.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = planted.cookies["sessionid"] = session.session_key

    sign_in(client)

    assert client.get("/admin/").status_code == 200
    assert not Session.objects.filter(session_key=session.session_key).exists()
    assert planted.get("/admin/").status_code == 302


def test_a06_a_session_that_never_existed_is_not_taken_over(desk, client):
    client.cookies["sessionid"] = "a" * 32

    sign_in(client)

    assert client.cookies["sessionid"].value != "a" * 32


def test_a05_one_who_signs_in_after_another_sees_nothing_of_theirs(desk, client):
    somebody("editor")
    sign_in(client)
    session = client.session
    session["checkout"] = {"email": "ada@example.com"}
    session.save()

    sign_in(client, "editor")

    assert "checkout" not in client.session


def bottle():
    return Variant.objects.get(offering__slug="oat-shampoo").pk


def test_a_lock_can_be_lifted_by_hand(desk):
    guess(WRONG_FOR_ONE_ACCOUNT)

    call_command("axes_reset_username", "desk", stdout=None)

    assert sign_in(Client()).status_code == 302
