"""Files as people upload them, and as those do who mean harm."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<html><script>alert(1)</script></html>"


def image(kind="JPEG", size=(300, 200), mode="RGB", **options) -> bytes:
    out = BytesIO()
    Image.new(mode, size, "orange").save(out, kind, **options)
    return out.getvalue()


def file(content=PDF, name="Rex's card.pdf", kind="application/pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=kind)
