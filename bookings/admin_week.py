"""A week of opening hours as seven days, each with its stretches: for the whole shop on a page, for a groomer on theirs."""

from collections import Counter

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.core.exceptions import ObjectNotUpdated, PermissionDenied
from django.db import IntegrityError, transaction
from django.forms.models import BaseInlineFormSet, BaseModelFormSet, modelformset_factory
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views import View

from bookings.admin_forms import StretchForm, refuse_overlaps
from bookings.models import OpeningHours, Resource, Weekday
from bookings.operations import lock
from petshop.core.edit_words import changes_in_words
from petshop.core.edits import save_edits

STRETCHES = 2  # places to type in on each day, and one more where these are full
MOST = 7 * 12


class WeekStretchForm(StretchForm):
    """A stretch in its place of the week. With both times emptied it is no more; with none typed it never was."""

    class Meta(StretchForm.Meta):
        widgets = StretchForm.Meta.widgets | {"weekday": forms.HiddenInput}
        error_messages = {"weekday": {"required": _("This day is missing.")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, words in (("opens_at", _("Opens")), ("closes_at", _("Closes"))):
            self.fields[name].required = False
            self.fields[name].widget.attrs["aria-label"] = words

    def has_changed(self):
        return super().has_changed() if self.instance.pk else bool(set(self.changed_data) - {"weekday"})

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not self.is_empty:
            for name, text in (("opens_at", _("From when?")), ("closes_at", _("Until when?"))):
                if cleaned.get(name) is None:
                    self.add_error(name, text)
        return cleaned

    @property
    def is_empty(self) -> bool:
        return not self.errors and not (self.cleaned_data.get("opens_at") or self.cleaned_data.get("closes_at"))

    def _post_clean(self):
        if not self.is_empty:  # what goes keeps its times for the history
            super()._post_clean()


class Week:
    """For a formset of stretches: places to type in on each day, and no two stretches that overlap."""

    def __init__(self, *args, **kwargs):
        taken = Counter(self.stored().values_list("weekday", flat=True))
        places = [{"weekday": day} for day in Weekday for _place in range(max(1, STRETCHES - taken[day]))]
        super().__init__(*args, initial=places, **kwargs)
        if self.max_num:  # none for whoever may only look
            self.extra = len(places)

    def add_fields(self, form, index):
        super().add_fields(form, index)
        gone = _("Somebody else took this stretch away meanwhile. Open the page again.")
        form.fields["id"].error_messages["invalid_choice"] = gone

    def _should_delete_form(self, form):
        return bool(form.instance.pk) and hasattr(form, "cleaned_data") and form.is_empty

    @cached_property
    def days(self) -> list[tuple[str, list[forms.ModelForm], bool]]:
        """Each day with its forms, and whether the shop is closed on it."""
        of_day = {str(day.value): [] for day in Weekday}
        for form in self.forms:
            of_day.get(str(form["weekday"].value()), []).append(form)
        return [
            (day.label, of_day[str(day.value)], not any(form.instance.pk for form in of_day[str(day.value)]))
            for day in Weekday
        ]

    def clean(self):
        """With what others added or changed meanwhile: nobody else changes the shop's time until this is saved."""
        super().clean()
        if any(self.errors):
            return
        lock(Resource.objects.all())
        rows = {row.pk: row for row in self.stored()}
        for number, form in enumerate(form for form in self.forms if form.has_changed()):
            if self._should_delete_form(form):
                rows.pop(form.instance.pk, None)
            elif not form.is_empty:
                typed = {name: form.cleaned_data[name] for name in StretchForm.Meta.fields}
                rows[form.instance.pk or f"new {number}"] = OpeningHours(**typed)
        refuse_overlaps(list(rows.values()))

    def stored(self):
        return OpeningHours.objects.filter(resource=None)


class ShopWeek(Week, BaseModelFormSet):
    """The week of the whole shop, which everybody keeps who has none of their own."""


class ResourceWeek(Week, BaseInlineFormSet):
    """The week of one groomer or room."""

    def __init__(self, *args, instance=None, **kwargs):
        self.resource = instance
        super().__init__(*args, instance=instance, **kwargs)

    def stored(self):
        return OpeningHours.objects.filter(resource=self.resource.pk or 0)


ShopWeekFormSet = modelformset_factory(
    OpeningHours, form=WeekStretchForm, formset=ShopWeek, extra=0, max_num=MOST, can_delete=True
)


class WeekPage(View):
    """The seven days of the shop, typed and saved together."""

    model_admin = None
    template_name = "admin/bookings/openinghours/week.html"

    def dispatch(self, request):
        if not self.model_admin.has_view_or_change_permission(request):
            raise PermissionDenied
        return super().dispatch(request)

    def get(self, request):
        return self.page(self.week())

    def post(self, request):
        if not self.may_change():
            raise PermissionDenied
        try:
            return self.save(request)
        except (IntegrityError, ObjectNotUpdated):  # a rival was faster: the second look says so on the page
            return self.save(request)

    @transaction.atomic
    def save(self, request):
        week = self.week(request.POST)
        if not week.is_valid():
            return self.page(week, status=422)
        self.log(DELETION, [form.instance for form in week.deleted_forms])
        save_edits(week)
        self.log(ADDITION, week.new_objects)
        form_of = {form.instance.pk: form for form in week.initial_forms}
        for row, _fields in week.changed_objects:
            self.log(CHANGE, [row], [{"changed": {"fields": changes_in_words(form_of[row.pk])}}])
        if week.has_changed():
            messages.success(request, _("The opening hours are saved."))
            self.model_admin.warn(request)
        return HttpResponseRedirect(reverse("admin:bookings_openinghours_changelist"))

    def week(self, data=None):
        return ShopWeekFormSet(data, queryset=OpeningHours.objects.filter(resource=None), prefix="hours")

    def may_change(self) -> bool:
        acts = ("add", "change", "delete")
        return all(getattr(self.model_admin, f"has_{act}_permission")(self.request) for act in acts)

    def log(self, flag, rows, said=""):
        for row in rows:
            LogEntry.objects.log_actions(self.request.user.pk, [row], flag, change_message=said, single_object=True)

    def page(self, week, status=None):
        context = {
            **self.model_admin.admin_site.each_context(self.request),
            "title": _("Opening hours"),
            "opts": self.model_admin.opts,
            "week": week,
            "may_change": self.may_change(),
        }
        return TemplateResponse(self.request, self.template_name, context, status=status)
