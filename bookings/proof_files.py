"""The files that customers send us: a picture, made small and stripped as all pictures are, or a PDF as it is."""

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from catalog.pictures import BYTES, PictureField

PDF = b"%PDF-"


class ProofField(PictureField):
    """A photograph or a PDF, told apart by what is in it. Its name and what it says of itself are forgotten.

    Nothing looks into a PDF, and nothing shows one on a page of ours: it is sent to staff as a file to keep.
    """

    default_error_messages = {
        "format": _("This is neither a PDF nor a PNG, JPEG or WebP picture."),
        "bytes": _("This file has %(size)s. A file may have %(limit)s at most."),
    }

    def widget_attrs(self, widget):
        attrs = super().widget_attrs(widget)
        return attrs | {"accept": f"{attrs['accept']},application/pdf"}

    def to_python(self, data):
        if data is None or data in self.empty_values or not data.size:
            return super().to_python(data)
        data.seek(0)
        if data.read(len(PDF)) != PDF:
            picture = super().to_python(data)
            picture.name = "proof.webp"
            return picture
        if data.size > BYTES:
            sizes = {"size": filesizeformat(data.size), "limit": filesizeformat(BYTES)}
            raise ValidationError(self.error_messages["bytes"], code="bytes", params=sizes)
        data.seek(0)
        data.name = "proof.pdf"
        return data
