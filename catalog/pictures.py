"""Pictures that staff upload: small enough to open safely, re-encoded so that nothing but the picture itself is kept."""

from io import BytesIO

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.template.defaultfilters import filesizeformat
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

FORMATS = ["PNG", "JPEG", "WEBP"]  # SVG is a program that runs in the customer's browser; the drawings are our own
BYTES = 12 * 1024 * 1024
PIXELS = 16_000_000  # opened and made smaller, this takes less than 200 MB of memory
PIXELS_OF_WEBP = 10_000_000  # whose decoder keeps four copies
EDGE = 2000  # the longest side that is kept


class PictureField(forms.ImageField):
    """A photograph in one of FORMATS. What comes out is a WebP of at most EDGE pixels, without GPS and other extras."""

    default_validators = []  # the content says what it is, not its name
    default_error_messages = {
        "format": _("This is not a PNG, JPEG or WebP picture. Drawings (SVG) and animations are not taken."),
        "bytes": _("This file has %(size)s. A picture may have %(limit)s at most."),
        "pixels": _("This picture has %(width)d × %(height)d pixels. That is too many: make it smaller first."),
        "broken": _("This picture is damaged and cannot be opened."),
    }

    def widget_attrs(self, widget):
        return {**super().widget_attrs(widget), "accept": "image/png,image/jpeg,image/webp"}

    def to_python(self, data):
        file = forms.FileField.to_python(self, data)
        if file is None:
            return None
        if file.size > BYTES:
            sizes = {"size": filesizeformat(file.size), "limit": filesizeformat(BYTES)}
            raise ValidationError(self.error_messages["bytes"], code="bytes", params=sizes)
        try:
            file.seek(0)
            image = Image.open(file, formats=FORMATS)  # reads the header only
        except Image.DecompressionBombError:
            raise ValidationError(
                _("This picture has too many pixels: make it smaller first."), code="pixels"
            ) from None
        except (OSError, SyntaxError, ValueError):
            raise ValidationError(self.error_messages["format"], code="format") from None
        size = {"width": image.width, "height": image.height}
        draft(image)
        if image.width * image.height > (PIXELS_OF_WEBP if image.format == "WEBP" else PIXELS):
            raise ValidationError(self.error_messages["pixels"], code="pixels", params=size)
        if getattr(image, "n_frames", 1) > 1:
            raise ValidationError(self.error_messages["format"], code="format")
        try:
            content = encoded(image)
        except (OSError, SyntaxError, ValueError):
            raise ValidationError(self.error_messages["broken"], code="broken") from None
        stem = slugify(file.name.rpartition(".")[0])[:40] or "picture"
        return ContentFile(content, name=f"{stem}.webp")


def draft(image: Image.Image) -> None:
    """Have a JPEG decoded at a fraction of its size: a camera's 50 million pixels need not all be opened."""
    scale = max(image.size) / EDGE
    if scale > 1:
        image.draft("RGB", (max(1, int(image.width / scale)), max(1, int(image.height / scale))))


def encoded(image: Image.Image) -> bytes:
    """The picture upright and small, as WebP."""
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    colours = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
    if image.mode not in ("L", "LA", "RGB", "RGBA"):  # of the others a smaller one is made only from a copy
        image = image.convert("RGBA" if has_alpha else "RGB")
    image.thumbnail((EDGE, EDGE))
    image = ImageOps.exif_transpose(image.convert("RGBA" if has_alpha else "RGB"))
    out = BytesIO()
    image.save(out, "WEBP", quality=85, exif=b"", icc_profile=colours)
    return out.getvalue()
