"""The forms behind a service's page in the Django admin."""

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bookings.availability import ONE_DAY
from bookings.models import Resource, Vaccine, Weekday
from catalog.admin_forms import OfferingForm, VariantForm
from catalog.prices import check_visit
from petshop.core.edits import EditForm
from petshop.core.fields import HoursField, LineField, MinutesField, PriceField, TicksField

WALL_TIME = forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class ServiceForm(OfferingForm):
    """A service, and who or what can do it; its page knows how such a service calls them."""

    words_for_who: Promise
    who = forms.ModelMultipleChoiceField(
        queryset=Resource.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Who is missing here is added under “Groomers and rooms”."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["who"].label = self.words_for_who
        if self.instance.pk:
            self.fields["who"].initial = list(self.instance.resources.all())

    def _save_m2m(self):
        super()._save_m2m()
        if "who" in self.changed_data:
            self.instance.resources.set(self.cleaned_data["who"])


class AppointmentVariantForm(VariantForm):
    """A choice of a service: it takes time, and has no stock."""

    class Meta:
        field_classes = {"price": PriceField, "duration": MinutesField}
        labels = {"duration": _("minutes")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("duration", "begins_at"):
            if name in self.fields:
                self.fields[name].required = True

    def clean_duration(self):
        duration = self.cleaned_data["duration"]
        check_visit(duration)
        return duration


class SeatVariantForm(AppointmentVariantForm):
    """A choice of a daycare: a whole day, a morning. It begins at its time of the day and lasts for hours."""

    class Meta:
        field_classes = {"price": PriceField, "duration": HoursField}
        widgets = {"begins_at": WALL_TIME}
        labels = {"duration": _("hours")}


class StayVariantForm(VariantForm):
    """A choice of a boarding house: its price is for a night. How long a stay is says whoever books it."""

    class Meta(VariantForm.Meta):
        labels = {"price": _("price for a night")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.instance.duration = ONE_DAY


class ClassVariantForm(AppointmentVariantForm):
    """A choice of a class: its price is for one date, or for all dates of a course."""

    whole_course = forms.TypedChoiceField(
        label=_("the price is for"),
        choices=[(False, _("a single date")), (True, _("the whole course"))],
        coerce=lambda value: str(value) == "True",
        empty_value=False,
        required=False,
    )

    class Meta(AppointmentVariantForm.Meta):
        labels = {"duration": _("minutes of a date")}


class ServiceRulesForm(EditForm):
    """A service's rules, in hours and minutes. A new service gets the usual ones even if nothing was typed."""

    vaccinations = TicksField(
        label=_("Vaccinations"),
        choices=Vaccine,
        help_text=_("Valid on the last day of the visit. Of each animal only those that there are for it."),
    )

    class Meta:
        field_classes = {
            "lead_time": HoursField,
            "free_cancellation": HoursField,
            "move_until": HoursField,
            "balance_due": HoursField,
            "proof_due": HoursField,
            "step": MinutesField,
            "buffer_before": MinutesField,
            "buffer_after": MinutesField,
        }
        widgets = {
            "equipment": forms.CheckboxSelectMultiple,
            "check_in_at": WALL_TIME,
            "check_out_at": WALL_TIME,
        }
        labels = {
            "lead_time": _("Earliest, in hours"),
            "free_cancellation": _("Free to cancel until, in hours"),
            "late_fee_percent": _("We keep after that, in percent"),
            "moves_at_most": _("Customers may move it, times"),
            "move_until": _("Until, in hours"),
            "deposit_percent": _("Deposit when it is booked, in percent"),
            "balance_due": _("The rest is due, in hours before the visit"),
            "pets_at_most": _("Pets of one order at the same time"),
            "proof_due": _("Proof due, in hours before the visit"),
            "step": _("A start every, in minutes"),
            "buffer_before": _("Kept free before, in minutes"),
            "buffer_after": _("Kept free after, in minutes"),
        }
        help_texts = {
            "equipment": _("What must be free at the same time, such as a tub. None ticked: nothing."),
            "check_in_at": _("From when on guests come."),
            "check_out_at": _("Until when they leave. Not after check-in, so that one day can see both."),
        }

    def has_changed(self):
        return not self.instance.pk or super().has_changed()

    def clean(self):
        cleaned = super().clean()
        ticked = set(self.data.getlist("who")) if hasattr(self.data, "getlist") else set()
        twice = [resource for resource in cleaned.get("equipment") or [] if str(resource.pk) in ticked]
        if twice:
            text = _("%(name)s does this service already, and cannot be what it also needs.")
            self.add_error("equipment", text % {"name": ", ".join(resource.name for resource in twice)})
        check_in, check_out = cleaned.get("check_in_at"), cleaned.get("check_out_at")
        if check_in and check_out and check_out > check_in:
            self.add_error(
                "check_out_at", _("Guests leave before the next ones come: check-out is not after check-in.")
            )
        return cleaned


class SeasonForm(EditForm):
    """Nights that cost more or less: some days of the week, some weeks of the year, or both."""

    weekdays = TicksField(
        label=_("Nights that begin on"),
        choices=Weekday,
        coerce=int,
        help_text=_("None ticked: on every day."),
    )

    class Meta:
        field_classes = {"name": LineField}
        labels = {"percent": _("Percent more, or less with a minus")}
