import gzip
import hashlib
import json
import re

from django.conf import settings

STATIC = settings.BASE_DIR / "static"


def test_what_was_taken_from_others_is_what_the_list_says():
    listed = json.loads((STATIC / "vendored.json").read_text())

    for name, entry in listed.items():
        assert entry["version"], name
        assert entry["source"].startswith(("https://", "npm: ")), name
        for path, expected in entry["files"].items():
            assert expected == "sha256-" + hashlib.sha256((STATIC / path).read_bytes()).hexdigest(), path


def test_stylesheets_load_nothing_from_elsewhere_and_no_data():
    for file in (STATIC / "css").glob("*.css"):
        addresses = re.findall(r"url\(([^)]*)\)", file.read_text())
        assert [address for address in addresses if not (file.parent / address.strip("\"'")).exists()] == []


def test_our_own_script_stays_small():
    assert len(gzip.compress((STATIC / "js/shop.js").read_bytes())) <= 2560
