"""The mail that the shop sent while no mail server is set up, readable in the browser. It exists only with DEBUG or in a rehearsal."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

# Django's filebased backend ends each message of a file like this; the next one begins with a header.
END_OF_MESSAGE = re.compile(rb"\n-{79}\n(?=\Z|[A-Za-z-]+: )")
NEWEST_FILES = 100


@dataclass(frozen=True)
class Mail:
    key: str
    message: EmailMessage

    @property
    def sent_at(self) -> datetime | None:
        try:
            return timezone.localtime(parsedate_to_datetime(self.message["Date"]))
        except (TypeError, ValueError):
            return None

    @property
    def subject(self) -> str:
        return self.message["Subject"] or ""

    @property
    def to(self) -> str:
        return self.message["To"] or ""

    @property
    def text(self) -> str:
        return self.body("plain")

    @property
    def html(self) -> str:
        return self.body("html")

    def body(self, kind: str) -> str:
        part = self.message.get_body(preferencelist=(kind,))
        return part.get_content() if part else ""

    @property
    def files(self) -> list[EmailMessage]:
        return list(self.message.iter_attachments())

    @property
    def file_names(self) -> list[str]:
        return [file.get_filename() or "file" for file in self.files]


@never_cache
@require_safe
def development_mail(request):
    """The list, or with ?mail= one mail, or with &part=html its HTML alone, or with &file=0 something attached."""
    if not (settings.DEBUG or settings.REHEARSAL):
        raise Http404
    mails = read_mails()
    if "mail" not in request.GET:
        return render(request, "pages/mails.html", {"mails": mails})
    mail = next((mail for mail in mails if mail.key == request.GET["mail"]), None)
    if not mail:
        raise Http404
    if request.GET.get("part") == "html":
        return html_alone(mail)
    if "file" in request.GET:
        return attached(mail, request.GET["file"])
    return render(request, "pages/mail.html", {"mail": mail})


def read_mails() -> list[Mail]:
    """Newest first."""
    files = sorted(settings.MAIL_DIR.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)
    mails = []
    for file in files[:NEWEST_FILES]:
        messages = [part for part in END_OF_MESSAGE.split(file.read_bytes()) if part.strip()]
        mails += [
            Mail(f"{file.stem}-{number}", message_from_bytes(message.lstrip(), policy=policy.default))
            for number, message in reversed(list(enumerate(messages)))
        ]
    return mails


def html_alone(mail: Mail) -> HttpResponse:
    """Mail needs inline styles, which our pages forbid: it gets a page of its own, on which nothing else is allowed."""
    response = HttpResponse(mail.html)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https:; frame-ancestors 'none'; sandbox allow-popups"
    )
    return response


def attached(mail: Mail, number: str) -> HttpResponse:
    if not number.isdecimal() or int(number[:3]) >= len(mail.files):
        raise Http404
    file = mail.files[int(number[:3])]
    response = HttpResponse(file.get_payload(decode=True), content_type="application/octet-stream")
    name = "".join(c for c in file.get_filename() or "file" if c.isalnum() or c in "-_.")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
