"""The pages of the Django admin on which the catalog goes out as a file and comes in again, after a look at what changes."""

import secrets
from itertools import groupby

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import slugify
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View
from tablib import Dataset

from catalog.exchange import CatalogResource, Outcome, export_catalog, import_catalog
from catalog.files import check_size, read, written
from catalog.models import Product

NEEDED = ["address", "choice"]  # which say what a row is about
HOUR = 60 * 60
LISTED = 200


def may_exchange(request) -> bool:
    """Whoever may change and add all that is in the file."""
    things = ("product", "service", "offering", "variant")
    return request.user.has_perms([f"catalog.{act}_{thing}" for act in ("view", "add", "change") for thing in things])


class ExchangeView(View):
    def dispatch(self, request, *args, **kwargs):
        if not may_exchange(request):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class ExportPage(ExchangeView):
    def get(self, request):
        name = f"{slugify(settings.SHOP_NAME)}-catalog-{localdate():%Y-%m-%d}.csv"
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(written(export_catalog()), content_type="text/csv; charset=utf-8", headers=disposition)


class FileForm(forms.Form):
    """Choosing a file. What comes out of it are its rows, and what it was."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"})
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        check_size(file.size)
        self.content = file.read()
        self.dataset = dataset_of(self.content)
        return file


class ConfirmForm(forms.Form):
    """Saying yes to what was seen of a file that was uploaded before."""

    upload = forms.RegexField(r"^[\w-]{1,60}\Z")
    seen = forms.RegexField(r"^[0-9a-f]{64}\Z")


class ImportPage(ExchangeView):
    """A file is chosen, the page says what it would change, and only then it changes that."""

    site = None
    template_name = "admin/catalog/file.html"

    def get(self, request):
        return self.page(FileForm())

    def post(self, request):
        return self.confirm(request) if "upload" in request.POST else self.look(request)

    def look(self, request):
        form = FileForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.page(form, status=422)
        outcome = import_catalog(form.dataset)
        if outcome.errors or not outcome.rows:
            return self.page(form, outcome=outcome, status=422 if outcome.errors else 200)
        upload = secrets.token_urlsafe(24)
        cache.set(key_of(request, upload), form.content, HOUR)
        return self.page(form, outcome=outcome, upload=upload)

    def confirm(self, request):
        form = ConfirmForm(request.POST)
        content = cache.get(key_of(request, form.cleaned_data["upload"])) if form.is_valid() else None
        if content is None:
            messages.error(request, _("This file is no longer here: perhaps it was imported already. Choose it again."))
            return HttpResponseRedirect(reverse("admin:catalog_import"))
        upload, seen = form.cleaned_data["upload"], form.cleaned_data["seen"]
        try:
            outcome = import_and_log(request.user, dataset_of(content), seen=seen)
        except IntegrityError:  # somebody took an address or an article number since the rows were looked at
            outcome = import_catalog(dataset_of(content))
        if not outcome.is_done:
            text = _("Nothing was imported: the shop has changed since you looked. This is what would change now.")
            messages.warning(request, text)
            return self.page(FileForm(), outcome=outcome, upload="" if outcome.errors else upload, status=409)
        cache.delete(key_of(request, upload))
        text = ngettext("%(count)d row was imported.", "%(count)d rows were imported.", len(outcome.rows))
        messages.success(request, text % {"count": len(outcome.rows)})
        self.warn_of_what_cannot_be_sold(outcome)
        return HttpResponseRedirect(reverse("admin:catalog_import"))

    def warn_of_what_cannot_be_sold(self, outcome: Outcome) -> None:
        """A file is obeyed; but who put something into the shop by it hears what is missing there."""
        shown = {
            row.instance.offering
            for row in outcome.rows
            if ("in the shop", "yes") in {(c[0], c[2]) for c in row.changes}
        }
        names = [str(one) for one in shown if self.site.get_model_admin(type(one)).missing(one)]
        if names:
            text = ngettext(
                "%(count)d is in the shop now and cannot be sold yet; its page says why: %(names)s.",
                "%(count)d are in the shop now and cannot be sold yet; their pages say why: %(names)s.",
                len(names),
            )
            some = ", ".join(sorted(names)[:20]) + ("…" if len(names) > 20 else "")
            messages.warning(self.request, text % {"count": len(names), "names": some})

    def page(self, form, *, outcome: Outcome | None = None, upload="", status=None):
        context = {
            **self.site.each_context(self.request),
            "title": _("Catalog as a file"),
            "opts": Product._meta,
            "form": form,
            "outcome": outcome,
            "upload": upload,
            "listed": LISTED,
            "headings": CatalogResource.headings(),
        }
        return TemplateResponse(self.request, self.template_name, context, status=status)


def dataset_of(content: bytes) -> Dataset:
    return read(content, columns=CatalogResource.headings(), needed=NEEDED)


def key_of(request, upload: str) -> str:
    """Whoever uploaded a file imports it, and nobody else."""
    return f"catalog-file:{request.user.pk}:{upload}"


@transaction.atomic
def import_and_log(user, dataset: Dataset, *, seen: str) -> Outcome:
    """Import what was seen, and leave in the history of each product and service what the file changed of it."""
    outcome = import_catalog(dataset, seen=seen)
    rows = sorted(outcome.rows, key=lambda row: row.instance.offering.pk) if outcome.is_done else []
    for offering, of_one in groupby(rows, key=lambda row: row.instance.offering):
        said = [words for row in of_one for words in in_words(row)]
        LogEntry.objects.log_actions(
            user.pk, [offering], CHANGE, change_message=_("From a file: %s.") % "; ".join(said), single_object=True
        )
    return outcome


def in_words(row) -> list[str]:
    """The phrases of a row; its choice is named where there is one."""
    choice = f"{row.instance.name}, " if row.instance.name else ""
    return [
        f"{choice}{name}: {before or _('nothing')} → {after or _('nothing')}" for name, before, after in row.changes
    ]
