"""The hours of the shop in the Django admin: its weeks, and the days that are not like others."""

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from bookings.admin_forms import FARTHEST, OpeningHoursForm, stretch, today
from bookings.admin_visits import warn_of_visits_outside_hours
from bookings.admin_week_page import WeekPage
from bookings.models import OpeningHours, Resource, SpecialDay
from bookings.operations import lock
from petshop.core.edits import EditAdmin, EditForm


class OpeningHoursAdmin(EditAdmin):
    """The week of the whole shop, in place of a list. A groomer's usual week is on the groomer's page."""

    form = OpeningHoursForm
    ordering = ["weekday", "opens_at"]

    def changelist_view(self, request, extra_context=None):
        return WeekPage.as_view(model_admin=self)(request)

    def get_model_perms(self, request):
        """The week is where stretches are added: no menu leads past it."""
        return super().get_model_perms(request) | {"add": False}

    def get_queryset(self, request):
        return super().get_queryset(request).filter(resource=None)

    def save_model(self, request, hours, form, change):
        lock(Resource.objects.all())  # whoever books sees these hours or the ones before them
        super().save_model(request, hours, form, change)
        self.warn(request)

    def delete_model(self, request, hours):
        lock(Resource.objects.all())
        super().delete_model(request, hours)
        self.warn(request)

    def delete_queryset(self, request, queryset):
        lock(Resource.objects.all())
        super().delete_queryset(request, queryset)
        self.warn(request)

    def warn(self, request, resource=None):
        """Of the visits of this resource, or of everybody who keeps the shop's week at least on some days."""
        always = OpeningHours.objects.filter(resource=OuterRef("pk"), valid_from=None, valid_until=None)
        concerned = [resource] if resource else Resource.objects.filter(~Exists(always))
        warn_of_visits_outside_hours(request, concerned)


class SpecialDayForm(EditForm):
    """A stretch of one date, or a date that is closed."""

    is_closed = forms.BooleanField(label=_("Closed all day"), required=False)

    class Meta:
        model = SpecialDay
        fields = ["resource", "date", "opens_at", "closes_at", "is_closed", "reason"]
        widgets = {name: forms.TimeInput(format="%H:%M", attrs={"type": "time"}) for name in ["opens_at", "closes_at"]}
        widgets |= {"date": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "resource" in self.fields:  # and not for whoever may only look
            self.fields["resource"].empty_label = _("Whole shop")
            self.fields["is_closed"].initial = bool(self.instance.pk) and self.instance.is_closed

    def clean_date(self):
        date = self.cleaned_data["date"]
        if "date" in self.changed_data:
            if date < today():
                raise forms.ValidationError(_("That day is over."))
            if date - today() > FARTHEST:
                raise forms.ValidationError(_("That is too far away."))
        return date

    def clean(self):
        cleaned = super().clean()
        opens_at, closes_at = cleaned.get("opens_at"), cleaned.get("closes_at")
        if not {"opens_at", "closes_at"} & set(self.errors):
            if cleaned.get("is_closed") and (opens_at or closes_at):
                self.add_error("is_closed", _("Closed, or open at these times? Empty the times or take the tick away."))
            elif not cleaned.get("is_closed") and opens_at is None and closes_at is None:
                self.add_error("opens_at", _("From when? Or tick “Closed all day”."))
        return cleaned


class WhenFilter(admin.SimpleListFilter):
    """The days to come, unless somebody looks back."""

    title = _("when")
    parameter_name = "when"

    def lookups(self, request, model_admin):
        return [("past", _("Over")), ("all", _("All"))]

    def choices(self, changelist):
        coming, *others = super().choices(changelist)
        return [coming | {"display": _("Today and later")}, *others]

    def queryset(self, request, days):
        match self.value():
            case "past":
                return days.filter(date__lt=today())
            case "all":
                return days
        return days.filter(date__gte=today())


class SpecialDayAdmin(EditAdmin):
    """Days with hours of their own. Who has booked outside of them is listed, and stays until somebody moves them."""

    form = SpecialDayForm
    fieldsets = [
        (
            None,
            {
                "fields": ["date", "resource", ("opens_at", "closes_at"), "is_closed", "reason"],
                "description": _(
                    "A date whose hours are not those of the week: Christmas Eve, a Sunday that is open. A special day of "
                    "the whole shop is for everybody: nobody works outside its hours, and whoever has the day off in a "
                    "week of their own stays off. A special day of one groomer or room is theirs alone and counts before "
                    "the shop’s. A day with a break is added twice, once for each half. 23:59 means midnight."
                ),
            },
        )
    ]
    list_display = ["day", "who", "hours", "reason"]
    list_display_links = ["day", "who"]
    list_filter = [WhenFilter]
    list_select_related = ["resource"]
    search_fields = ["reason", "resource__name"]
    ordering = ["date", "resource__position", "opens_at"]

    @admin.display(description=_("day"), ordering="date")
    def day(self, special):
        return date_format(special.date, "D j M Y")

    @admin.display(description=_("for"), ordering="resource")
    def who(self, special):
        return special.resource or _("Whole shop")

    @admin.display(description=_("hours"), ordering="opens_at")
    def hours(self, special):
        return _("closed") if special.is_closed else stretch(special)

    def save_model(self, request, special, form, change):
        lock(Resource.objects.all())  # whoever books sees these hours or the ones before them
        super().save_model(request, special, form, change)
        self.warn(request, {special.date, form.initial.get("date", special.date)})

    def delete_model(self, request, special):
        self.delete_queryset(request, SpecialDay.objects.filter(pk=special.pk))

    def delete_queryset(self, request, specials):
        lock(Resource.objects.all())
        dates = set(specials.values_list("date", flat=True))
        specials.delete()
        self.warn(request, dates)

    def warn(self, request, dates):
        warn_of_visits_outside_hours(request, Resource.objects.all(), on=dates)
