from xml.etree import ElementTree

import pytest
from django.db import connections
from django.http import Http404

from catalog.models import Offering
from petshop import machines


def test_healthz_answers_without_a_database(client):
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_readyz_answers_with_one(client):
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_readyz_says_when_the_database_does_not_answer(client):
    connection = connections["default"]
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = "1"
    try:
        response = client.get("/readyz")
    finally:
        connection.settings_dict["PORT"] = port

    assert response.status_code == 503


def test_robots_keep_out_of_what_is_private(client):
    text = client.get("/robots.txt").content.decode()

    for path in ["/cart/", "/checkout/", "/orders/", "/backoffice/"]:
        assert f"Disallow: {path}\n" in text
    assert "Sitemap: http" in text


def test_the_sitemap_names_every_page_that_answers(client, small_shop):
    Offering.objects.filter(slug="kibble").update(is_published=False)

    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
    paths = [loc.text.partition("://")[2].partition("/")[2] for loc in tree.iterfind(".//{*}loc")]

    assert "shop/oat-shampoo/" in paths
    assert "shop/kibble/" not in paths
    assert [client.get(f"/{path}").status_code for path in paths] == [200] * len(paths)


@pytest.mark.parametrize("name", ["products/none.jpg", "a" * 10_000, "a\0b"])
def test_i01_an_upload_that_does_not_exist_is_missing_whatever_its_name(rf, settings, tmp_path, name):
    settings.MEDIA_ROOT = tmp_path

    with pytest.raises(Http404):
        machines.media(rf.get("/media/x"), name)
