import pytest

from petshop.core.prose import prose


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\nTwo.\n\nThree.", "<p>One.<br>Two.</p>\n<p>Three.</p>"),
        ("## Cookies\n\n- one\n- two", "<h2>Cookies</h2>\n<ul><li>one</li><li>two</li></ul>"),
        ("## Cookies\r\nText.", "<h2>Cookies</h2><p>Text.</p>"),
        ("- not\na list", "<p>- not<br>a list</p>"),
        ("\n\n \n\n", ""),
        ("", ""),
    ],
)
def test_what_staff_write_becomes_paragraphs_headings_and_lists(text, html):
    assert prose(text) == html


def test_i02_markup_in_it_is_text(settings):
    settings.SHOP_NAME = "Cats <& Dogs>"

    assert prose("## <b>\n- <script>\n\n{name}") == (
        "<h2>&lt;b&gt;</h2><ul><li>&lt;script&gt;</li></ul>\n<p>Cats &lt;&amp; Dogs&gt;</p>"
    )


def test_i15_the_shops_facts_are_filled_in_and_other_braces_stay(settings):
    settings.SHOP_PHONE, settings.SHOP_CHAT = "600 1", ""

    assert prose("{phone}{chat} {0.__class__} {{7*7}} %s") == "<p>600 1 {0.__class__} {{7*7}} %s</p>"
