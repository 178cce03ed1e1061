import re

import pytest
from django.template import Context, Template
from pytest_django.asserts import assertContains, assertNotContains

from petshop.core.static_files import HashedStaticFiles


@pytest.mark.django_db
def test_the_frame_says_what_the_settings_say_now(client, settings):
    settings.SHOP_ADDRESS = "1 Old Street"
    assertContains(client.get("/help/"), "1 Old Street")

    settings.SHOP_ADDRESS = "2 New Street"

    page = client.get("/help/")
    assertContains(page, "2 New Street")
    assertNotContains(page, "1 Old Street")


def test_a_fixed_part_knows_nobody(rf):
    """What could differ from page to page is not there to be read, so it cannot be kept for the next one."""
    part = '{% load shop %}{% fixed "components/search.html" id="a" %}{% fixed "components/search.html" id="b" %}'

    shown = Template(part).render(Context({"query": "somebody else’s", "show": True, "request": rf.get("/")}))

    assert re.findall('<input id="(.)"', shown) == ["a", "b"]
    assert "somebody" not in shown
    assert "search--show" not in shown


def test_a_files_address_is_the_hashed_one_and_worked_out_once(tmp_path, settings):
    settings.DEBUG = False
    (tmp_path / "shop.css").write_text("main {}")
    storage = HashedStaticFiles(location=tmp_path, base_url="/static/")
    list(storage.post_process({"shop.css": (storage, "shop.css")}))

    address = storage.url("shop.css")

    assert re.fullmatch(r"/static/shop\.[0-9a-f]{12}\.css", address)
    storage.hashed_files.clear()
    assert storage.url("shop.css") == address
