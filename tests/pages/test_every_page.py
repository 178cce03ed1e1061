import re
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings

PAGES = ["/", "/shop/", "/shop/?q=unicorn", "/shop/oat-shampoo/", "/shop/kibble/", "/shop/bath/", "/help/"]
PAGES += ["/contact/", "/privacy/", "/cart/", "/unicorn/"]


class Page(HTMLParser):
    """Collects what our policy forbids and what every page needs."""

    def __init__(self, text):
        super().__init__()
        self.forbidden, self.tags, self.links, self.ids, self.symbols = [], [], set(), [], set()
        self.title, self.inside = "", ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self.inside = tag
        self.forbidden += [(tag, name) for name in attrs if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in attrs):
            self.forbidden.append((tag, "inline"))
        self.forbidden += [
            (tag, value) for value in attrs.values() if value and value.startswith(("data:", "javascript:"))
        ]
        if tag == "a" and attrs.get("href", "").startswith("/"):
            self.links.add(attrs["href"].partition("#")[0])
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "use":
            self.symbols.add(attrs["href"].partition("#")[2])
        if tag == "img":
            self.forbidden += [(tag, f"no {name}") for name in ("alt", "width", "height") if name not in attrs]

    def handle_data(self, data):
        if self.inside == "title":
            self.title += data

    def handle_endtag(self, tag):
        self.inside = ""


def crawl(client):
    """Every page that a stranger reaches by links from home, and a few that no link leads to."""
    waiting, seen, shapes = [*PAGES], {}, set()
    while waiting:
        address = waiting.pop()
        url = urlsplit(address)
        shape = url.path, frozenset(parse_qs(url.query))  # one page for each kind of question, not one for each day
        is_known = address in seen or (shape in shapes and address not in PAGES)
        if is_known or address.startswith(("/admin/", "/static/", "/media/", "/backoffice/")):
            continue
        shapes.add(shape)
        response = client.get(address, follow=True)
        seen[address] = response, Page(response.content.decode())
        if response.status_code == 200:
            waiting += seen[address][1].links
    return seen


@pytest.fixture
def pages(client, small_shop, settings, tmp_path):
    settings.REHEARSAL, settings.MAIL_DIR = True, tmp_path  # so that the mail page exists too
    return crawl(client)


def test_no_link_leads_nowhere_and_no_page_breaks(pages):
    broken = {address for address, (response, _) in pages.items() if response.status_code != 200}

    assert broken == {"/unicorn/"}
    assert len(pages) > 15


def test_no_page_has_inline_style_or_script_or_a_picture_without_its_size(pages):
    assert {address: page.forbidden for address, (_, page) in pages.items() if page.forbidden} == {}


def test_every_page_tells_the_browser_to_run_nothing_else(pages):
    for response, _ in pages.values():
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert "unsafe-inline" not in response["Content-Security-Policy"]


def test_every_page_has_one_heading_one_main_a_skip_link_and_no_id_twice(pages):
    for address, (_, page) in pages.items():
        assert page.tags.count("h1") == 1, address
        assert page.tags.count("main") == 1, address
        assert "main" in page.ids, address
        assert len(page.ids) == len(set(page.ids)), address


def test_every_page_has_a_title_of_its_own(pages):
    titles = [page.title for address, (_, page) in pages.items() if "?" not in address]

    assert len(titles) == len(set(titles))


def test_every_icon_that_is_used_is_in_the_sprite():
    """Read from the templates: a page in a rare state would not show it to a crawler."""
    sprite = (settings.BASE_DIR / "static/img/icons.svg").read_text()
    drawn = set(re.findall(r'<symbol id="i-([\w-]+)"', sprite))
    templates = "".join(file.read_text() for file in (settings.BASE_DIR / "templates").rglob("*.html"))
    used = set(re.findall(r'{% icon "([\w-]+)"', templates)) | set(re.findall(r' icon="([\w-]+)"', templates))

    assert used - drawn == set()


def test_a_rehearsal_says_so_on_every_page_and_the_shop_does_not(client, settings, small_shop):
    assert "Rehearsal" not in client.get("/").content.decode()

    settings.REHEARSAL, settings.DEBUG = True, False

    assert "Rehearsal: no money moves" in client.get("/").content.decode()
