import pytest
from django.test import Client, RequestFactory
from pytest_django.asserts import assertContains

from petshop.pages import bad_request, server_error


def test_a_page_that_does_not_exist_has_a_search_and_a_way_home(client, db):
    page = client.get("/unicorn/")

    assertContains(page, "We dug everywhere", status_code=404)
    assertContains(page, 'name="q"', status_code=404)


def test_a_server_error_needs_neither_database_nor_session(settings, django_assert_num_queries):
    response = server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    assert "That was us, not you" in response.content.decode()
    assert settings.SHOP_PHONE in response.content.decode()


def test_an_exception_in_a_view_shows_that_page(client, settings):
    client.raise_request_exception = False
    settings.ROOT_URLCONF = "tests.pages.trouble"

    response = client.get("/bug/")

    assertContains(response, "That was us, not you", status_code=500)
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_a_bad_request_has_a_page(client, settings):
    settings.ALLOWED_HOSTS = ["shop.example"]

    response = client.get("/", headers={"host": "evil.example"})

    assertContains(response, "We could not read that", status_code=400)
    assert bad_request(RequestFactory().get("/"), None).status_code == 400


@pytest.mark.django_db
def test_a_form_from_elsewhere_is_refused_with_a_page():
    response = Client(enforce_csrf_checks=True).post("/cart/lines/", {"variant": "1"})

    assertContains(response, "Nothing has been changed", status_code=403)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/shop/", "/help/", "/contact/", "/healthz", "/robots.txt", "/sitemap.xml"])
def test_pages_that_only_show_refuse_a_post(client, path):
    assert client.post(path).status_code == 405
