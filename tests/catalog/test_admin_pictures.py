"""Uploading pictures in the Django admin: only real photographs, made small, and stripped of what a phone adds."""

import subprocess
import sys
from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from pytest_django.asserts import assertContains

from catalog import pictures
from catalog.models import Picture
from petshop.core.roles import CATALOG_EDITORS
from tests.admin_pages import form_on, sign_in
from tests.factories import VariantFactory

pytestmark = pytest.mark.django_db

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
GPS, ORIENTATION, ON_ITS_SIDE = 0x8825, 0x0112, 6


@pytest.fixture(autouse=True)
def editor(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return sign_in(client, CATALOG_EDITORS)


@pytest.fixture
def product():
    return VariantFactory().offering


def image(kind, size=(300, 200), mode="RGB", **options):
    out = BytesIO()
    Image.new(mode, size, "orange").save(out, kind, **options)
    return out.getvalue()


def upload(client, product, content, name="dog.jpg"):
    address = reverse("admin:catalog_product_change", args=[product.pk])
    form = form_on(client.get(address))
    form |= {"pictures-TOTAL_FORMS": ["1"], "pictures-0-position": ["0"], "pictures-0-alt": ["A dog"]}
    form["pictures-0-file"] = SimpleUploadedFile(name, content)
    return client.post(address, form)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_photograph_becomes_a_picture_of_the_product(client, product, kind):
    response = upload(client, product, image(kind), name="Our dog.jpeg")

    assert response.status_code == 302
    picture = Picture.objects.get()
    assert (picture.offering, picture.alt, picture.width, picture.height) == (product, "A dog", 300, 200)
    assert picture.file.name.endswith("our-dog.webp")
    assert Image.open(picture.file).format == "WEBP"


def test_i07_where_it_was_taken_is_forgotten_and_which_way_is_up_is_not(client, product):
    exif = Image.Exif()
    exif[ORIENTATION] = ON_ITS_SIDE
    exif[GPS] = {1: "N", 2: (40.0, 25.0, 0.0)}

    upload(client, product, image("JPEG", size=(4000, 1000), exif=exif, comment=b"Home, sweet home"))

    picture = Picture.objects.get()
    assert (picture.width, picture.height) == (500, 2000)
    assert not Image.open(picture.file).getexif()
    assert b"Home" not in picture.file.open().read()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (SVG, "dog.svg"),
        (SVG, "dog.jpg"),
        (b"<html><script>alert(1)</script></html>", "dog.jpg"),
        (b"GIF89a" + b"\x00" * 50, "dog.gif"),
        (b"%PDF-1.7", "dog.png"),
        (b"\x00" * 20, "dog.png"),
    ],
)
def test_i07_what_is_not_a_photograph_is_refused(client, product, content, name):
    response = upload(client, product, content, name)

    assertContains(response, "This is not a PNG, JPEG or WebP picture.")
    assert not Picture.objects.exists()


def test_i07_a_damaged_photograph_is_refused(client, product):
    content = image("JPEG")

    assertContains(upload(client, product, content[: len(content) // 2]), "damaged")


def test_i07_a_picture_with_too_many_pixels_is_never_opened(client, product, monkeypatch):
    monkeypatch.setattr(pictures, "PIXELS", 1_000_000)

    assertContains(upload(client, product, image("PNG", (1001, 1000), "1")), "1001 × 1000 pixels")


def test_i07_a_decompression_bomb_is_refused(client, product):
    assertContains(upload(client, product, image("PNG", (20_000, 20_000), "1")), "too many")


def test_i07_a_file_that_is_too_large_is_refused(client, product):
    response = upload(client, product, image("PNG") + b"\x00" * pictures.BYTES)

    assertContains(response, "A picture may have 12.0")


MEASURE = """
import resource, sys, django
django.setup()
from django.core.files.uploadedfile import SimpleUploadedFile
from catalog.pictures import PictureField
content = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
PictureField().clean(SimpleUploadedFile("dog.png", content))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(
    ("kind", "mode", "size"),
    [
        ("PNG", "RGBA", (4000, 4000)),
        ("PNG", "LA", (4000, 4000)),
        ("JPEG", "CMYK", (3999, 3999)),
        ("JPEG", "RGB", (8160, 6120)),  # what a telephone of today can take
        ("WEBP", "RGBA", (3200, 3100)),
    ],
)
def test_i07_the_largest_picture_takes_less_than_200_megabytes(kind, mode, size):
    content = BytesIO()
    Image.new(mode, size).save(content, kind)

    measured = subprocess.run(
        [sys.executable, "-c", MEASURE],
        input=content.getvalue(),
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=True,
    )

    assert int(measured.stdout) < 200


def test_i07_no_more_is_opened_of_a_format_than_fits(client, product):
    assertContains(upload(client, product, image("WEBP", (3200, 3200))), "3200 × 3200 pixels")
    assertContains(upload(client, product, image("PNG", (4001, 4000), "1")), "4001 × 4000 pixels")


def test_an_empty_file_is_refused(client, product):
    assertContains(upload(client, product, b""), "empty")


def test_a_picture_can_be_replaced_and_removed(client, product):
    upload(client, product, image("PNG"))
    address = reverse("admin:catalog_product_change", args=[product.pk])

    form = form_on(client.get(address))
    form["pictures-0-file"] = SimpleUploadedFile("cat.png", image("PNG", (50, 60)))
    client.post(address, form)
    replaced = Picture.objects.values_list("width", "height").get()
    client.post(address, form_on(client.get(address)) | {"pictures-0-DELETE": ["on"]})

    assert replaced == (50, 60)
    assert not Picture.objects.exists()


def test_transparency_stays(client, product):
    upload(client, product, image("PNG", mode="RGBA"))

    assert Image.open(Picture.objects.get().file).mode in ("RGBA", "RGB")


def test_a_picture_is_seen_where_it_is_edited(client, product):
    upload(client, product, image("PNG"))

    page = client.get(reverse("admin:catalog_product_change", args=[product.pk]))

    assertContains(page, f'<img src="{Picture.objects.get().file.url}" height="80" alt="A dog" loading="lazy">')
