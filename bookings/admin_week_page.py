"""The page of a week: the shop's usual one, and those of the shop or of a groomer that stand in for it on some days."""

from datetime import date, datetime

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.core.exceptions import ObjectNotUpdated, PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from bookings.admin_forms import FARTHEST, today
from bookings.admin_week import WeekFormSet
from bookings.admin_weeks import USUAL, Dates, address, links
from bookings.models import Resource
from bookings.operations import lock
from petshop.core.edit_words import changes_in_words
from petshop.core.edits import save_edits
from petshop.core.typed import cleaned


class DatesForm(forms.Form):
    """The days of a week that is not the usual one."""

    use_required_attribute = False
    first = forms.DateField(
        label=gettext_lazy("First day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("Leave it empty if it is so already."),
    )
    last = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("Leave it empty if it stays so."),
    )

    def clean(self):
        typed = super().clean()
        first, last = typed.get("first"), typed.get("last")
        for name in set(self.changed_data) & set(typed):
            if typed[name] and abs(typed[name] - today()) > FARTHEST:
                self.add_error(name, _("That is too far away."))
        if not self.errors and not first and not last:
            self.add_error("first", _("Give it a first or a last day: a week without either is the usual one."))
        elif first and last and last < first:
            self.add_error("last", _("The last day must not be before the first."))
        elif "last" in self.changed_data and last and last < today():
            self.add_error("last", _("That day is over."))
        return typed

    @property
    def dates(self) -> Dates:
        return Dates(self.cleaned_data["first"], self.cleaned_data["last"])


class WeekPage(View):
    """Seven days, typed and saved together. `dates` is None for a week that is new."""

    model_admin = None
    template_name = "admin/bookings/openinghours/week.html"

    def dispatch(self, request):
        if not self.model_admin.has_view_or_change_permission(request):
            raise PermissionDenied
        asked = request.GET
        self.resource = get_object_or_404(Resource, slug=cleaned(asked["who"])) if "who" in asked else None
        self.dates = None if "new" in asked else Dates(day(asked.get("from")), day(asked.get("until")))
        if self.dates is None and not self.may_change():
            raise PermissionDenied
        if self.resource and self.dates == USUAL:
            return redirect(address(self.resource, USUAL))
        return super().dispatch(request)

    def get(self, request):
        if self.is_dated and self.dates and not self.dates.week_of(self.resource).exists():
            messages.warning(request, _("There is no week for these days any more."))
            return redirect(address(self.resource, USUAL))
        return self.page(self.week(), self.dates_form())

    def post(self, request):
        if not self.may_change():
            raise PermissionDenied
        act = self.take_away if self.is_dated and "_remove" in request.POST else self.save
        try:
            return act(request)
        except (IntegrityError, ObjectNotUpdated):  # a rival was faster: the second look says so on the page
            return act(request)

    @transaction.atomic
    def save(self, request):
        week, dates_form = self.week(request.POST), self.dates_form(request.POST)
        if not self.is_valid(week, dates_form):
            return self.page(week, dates_form, status=422)
        dates = dates_form.dates if dates_form else USUAL
        is_moved = self.dates != dates
        if self.dates and is_moved:
            self.log(CHANGE, self.dates.week_of(self.resource), changed(dates_form))
            self.dates.week_of(self.resource).update(valid_from=dates.first, valid_until=dates.last)
        week.dates = dates
        self.log(DELETION, [form.instance for form in week.deleted_forms])
        save_edits(week)
        self.log(ADDITION, week.new_objects)
        form_of = {form.instance.pk: form for form in week.initial_forms}
        for row, _fields in week.changed_objects:
            self.log(CHANGE, [row], changed(form_of[row.pk]))
        if week.has_changed() or is_moved:
            messages.success(request, _("The opening hours are saved."))
            self.model_admin.warn(request, self.resource)
        return HttpResponseRedirect(address(self.resource, dates))

    def is_valid(self, week, dates_form) -> bool:
        """Both forms, and what one cannot know of the other. Nobody else changes the shop's hours from here on."""
        if not all([form.is_valid() for form in (week, dates_form) if form is not None]):
            return False
        if dates_form and not week.has_hours:
            text = _("A week needs an open day at least. To close on all of these days, add a closure.")
            dates_form.add_error(None, text)
        elif dates_form and dates_form.dates != self.dates and dates_form.dates.week_of(self.resource).exists():
            dates_form.add_error(None, _("There is a week for just these days already: edit that one."))
        return not (dates_form and dates_form.errors)

    @transaction.atomic
    def take_away(self, request):
        lock(Resource.objects.all())  # whoever books sees these hours or the ones without them
        rows = list(self.dates.week_of(self.resource)) if self.dates else []
        self.log(DELETION, rows)
        for row in rows:
            row.delete()
        messages.success(request, _("The week is taken away."))
        self.model_admin.warn(request, self.resource)
        return HttpResponseRedirect(address(self.resource, USUAL))

    @property
    def is_dated(self) -> bool:
        return self.dates != USUAL

    def week(self, data=None):
        """A new one begins as a copy of the usual one."""
        usual = () if self.dates else list(USUAL.week_of(self.resource)) or USUAL.week_of(None)
        return WeekFormSet(data, resource=self.resource, dates=self.dates, like=usual)

    def dates_form(self, data=None):
        now = self.dates or USUAL
        return DatesForm(data, initial={"first": now.first, "last": now.last}, prefix="days") if self.is_dated else None

    def may_change(self) -> bool:
        acts = ("add", "change", "delete")
        return all(getattr(self.model_admin, f"has_{act}_permission")(self.request) for act in acts)

    def log(self, flag, rows, said=""):
        for row in rows:
            LogEntry.objects.log_actions(self.request.user.pk, [row], flag, change_message=said, single_object=True)

    def page(self, week, dates_form, status=None):
        context = {
            **self.model_admin.admin_site.each_context(self.request),
            "title": _("Hours of %(name)s") % {"name": self.resource} if self.resource else _("Opening hours"),
            "opts": self.model_admin.opts,
            "week": week,
            "dates": self.dates,
            "dates_form": dates_form,
            "resource": self.resource,
            "links": links(self.resource, self.dates),
            "may_change": self.may_change(),
        }
        return TemplateResponse(self.request, self.template_name, context, status=status)


def changed(form: forms.BaseForm) -> list[dict]:
    """A change as the admin's history keeps it."""
    return [{"changed": {"fields": changes_in_words(form)}}]


def day(text: str | None) -> date | None:
    """A date as our own addresses write it; anything else is no page of ours."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date() if text else None  # noqa: DTZ007 - a date has no zone
    except ValueError:
        raise Http404 from None
