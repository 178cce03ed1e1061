"""Courses and the dates of classes in the Django admin: published by the week, and changed while nobody has booked them."""

from collections.abc import Iterable

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.forms import BaseInlineFormSet
from django.utils.html import format_html, format_html_join
from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings.admin_forms import refusal
from bookings.admin_service_forms import WALL_TIME
from bookings.admin_visits import is_inside
from bookings.availability import ONE_DAY
from bookings.calendar import closures
from bookings.hours import read_hours
from bookings.models import Booking, ClassDate, Course, Resource
from bookings.operations import DatesBooked, check_date, dates_to_publish, publish_course, refuse_booked
from catalog.models import Kind, Offering
from petshop.core import clock
from petshop.core.dates import written_day, written_time
from petshop.core.edits import EditAdmin, EditForm, EditTabularInline
from petshop.core.errors import ShopError
from petshop.core.fields import LineField, MinutesField

DATES_LISTED = 12
MOST_DATES = 60
ONLY_USED = [("offering", admin.RelatedOnlyFieldListFilter), ("resource", admin.RelatedOnlyFieldListFilter)]


def when(date: ClassDate) -> str:
    """“Tue 1 Dec 2026, 18:00–19:00”."""
    return f"{written_day(date.starts_at, 'D j M Y')}, {written_time(date.starts_at)}\N{EN DASH}{written_time(date.ends_at)}"


# What staff are told


def warn_of_dates(request, dates: Iterable[ClassDate]) -> None:
    """A warning with each of these dates that customers cannot book, or not all places of; nothing if there are none."""
    troubled = [(when(date), ", ".join(reasons)) for date in dates if (reasons := troubles_of(date))]
    if troubled:
        rows = format_html_join("", "<li>{}: {}</li>", troubled[:DATES_LISTED])
        if (left := len(troubled) - DATES_LISTED) > 0:
            more = ngettext("and %(count)d more", "and %(count)d more", left) % {"count": left}
            rows += format_html("<li>{}</li>", more)
        messages.warning(request, format_html("{}<ul>{}</ul>", _("Please look at these dates again:"), rows))


def troubles_of(date: ClassDate) -> list[str]:
    """Why a date is not as free as it looks: closed, out of hours, or something else is there."""
    now, room = clock.now(), date.resource
    troubles = []
    concerned = closures(date.starts_at, date.ends_at).filter(Q(resource=None) | Q(resource=room))
    for closure in concerned:
        troubles.append(_("closed (%s)") % closure.reason if closure.reason else _("closed"))
    day = localtime(date.starts_at, get_default_timezone()).date()
    hours = read_hours([room], day - ONE_DAY, day)[room.pk]
    if not troubles and not is_inside(hours, date.starts_at, date.ends_at):
        troubles.append(_("outside the opening hours"))
    at_the_time = Booking.objects.blocking(now).visits().overlapping(date.starts_at, date.ends_at).filter(resource=room)
    others = at_the_time.exclude(variant__offering=date.offering, starts_at=date.starts_at)
    if taken := others.values("seat").distinct().count():
        places = {"free": max(room.capacity - taken, 0), "all": room.capacity}
        troubles.append(_("only %(free)d of %(all)d places are free, because of other visits") % places)
    beside = ClassDate.objects.filter(resource=room, starts_at__lt=date.ends_at, ends_at__gt=date.starts_at)
    troubles += [_("at the same time as %s") % other for other in beside.exclude(pk=date.pk)]
    return troubles


# Forms


class DateForm(EditForm):
    """One date. One that somebody has booked stays where it is."""

    def refuse(self) -> None:
        """Raises ShopError for a date that cannot be; its class and its room are known by now."""
        if self.instance.pk:
            refuse_booked(ClassDate.objects.filter(pk=self.instance.pk), also=self.instance.resource)
        check_date(self.instance)

    @property
    def is_moved(self) -> bool:
        return bool({"offering", "resource", "starts_at", "ends_at"} & set(self.changed_data))

    def add_refusal(self, error: ShopError) -> None:
        listed = refusal(str(error), error.visits) if isinstance(error, DatesBooked) else ValidationError(str(error))
        self.add_error(None, listed)


class SingleDateForm(DateForm):
    """A date on its own page, with its class and its room."""

    def clean(self):
        cleaned = super().clean()
        refuse_resource(self, cleaned)
        return cleaned

    def _post_clean(self):
        super()._post_clean()
        if not self.errors and self.is_moved:
            try:
                self.refuse()
            except ShopError as error:
                self.add_refusal(error)


def refuse_resource(form, cleaned) -> None:
    """Whoever a class is not done by, or wherever it is not, has no dates of it."""
    offering = cleaned.get("offering") or getattr(form.instance, "offering", None)
    resource = cleaned.get("resource")
    if offering and resource and not offering.resources.filter(pk=resource.pk).exists():
        text = _("“%(class)s” says nothing of %(name)s. Tick it under “Where, or with whom” there first.")
        form.add_error("resource", text % {"class": offering, "name": resource})


class CourseForm(EditForm):
    """A course. What its weeks, its time and its place are makes its dates."""

    WEEKS = ("resource", "first_day", "starts_at", "duration", "weeks")

    class Meta:
        field_classes = {"name": LineField, "duration": MinutesField}
        widgets = {"starts_at": WALL_TIME}
        labels = {"duration": gettext_lazy("Minutes"), "starts_at": gettext_lazy("At")}
        help_texts = {
            "first_day": gettext_lazy("The others follow on the same day of each week."),
            "weeks": gettext_lazy("How many dates it has."),
        }

    def clean(self):
        cleaned = super().clean()
        refuse_resource(self, cleaned)
        return cleaned

    def _post_clean(self):
        super()._post_clean()
        if not self.errors and self.changes_dates:
            try:
                dates_to_publish(self.instance)
            except DatesBooked as error:
                self.add_error(None, refusal(str(error), error.visits))
            except ShopError as error:
                self.add_error(None, str(error))

    @property
    def changes_dates(self) -> bool:
        return not self.instance.pk or bool(set(self.WEEKS) & set(self.changed_data))


class CourseDates(BaseInlineFormSet):
    """The dates of one course, changed one by one."""

    def clean(self):
        super().clean()
        edited = [form for form in self.forms if form.has_changed() or self._should_delete_form(form)]
        if any(self.errors) or not edited:
            return
        stored = Course.objects.get(pk=self.instance.pk)
        if any(getattr(stored, name) != getattr(self.instance, name) for name in CourseForm.WEEKS):
            raise ValidationError(_("Change either the course as a whole or single dates of it, not both at once."))
        starts = [form.instance.starts_at for form in self.forms if not self._should_delete_form(form)]
        for form in edited:
            self.check(form, is_twice=starts.count(form.instance.starts_at) > 1)

    def check(self, form: DateForm, *, is_twice: bool) -> None:
        if is_twice and not self._should_delete_form(form):
            raise ValidationError(_("Two of these dates are the same."))
        form.instance.offering, form.instance.resource = self.instance.offering, self.instance.resource
        try:
            if self._should_delete_form(form):
                refuse_booked(ClassDate.objects.filter(pk=form.instance.pk))
            elif form.is_moved:
                form.refuse()
        except ShopError as error:
            form.add_refusal(error)
            raise ValidationError(_("Not all of these dates can be changed like this.")) from None


# Pages


class Joined:
    """For lists of dates: how many come to each."""

    def get_queryset(self, request):
        return super().get_queryset(request).with_joined(clock.now()).select_related("resource")

    @admin.display(description=gettext_lazy("joined"))
    def how_many(self, date):
        if not date.pk:
            return ""
        return _("%(joined)d of %(places)d") % {"joined": date.joined, "places": date.resource.capacity}


IN_ONE_LINE = {
    models.DateTimeField: {
        "form_class": forms.SplitDateTimeField,
        "widget": forms.SplitDateTimeWidget(
            date_format="%Y-%m-%d", time_format="%H:%M", date_attrs={"type": "date"}, time_attrs={"type": "time"}
        ),
    }
}


class DateInline(Joined, EditTabularInline):
    model = ClassDate
    formfield_overrides = IN_ONE_LINE
    form = DateForm
    formset = CourseDates
    fields = ["starts_at", "ends_at", "how_many"]
    readonly_fields = ["how_many"]
    max_num = MOST_DATES
    verbose_name_plural = gettext_lazy("its dates")


class KeptWhileBooked:
    """For what has dates: nothing that somebody has booked is deleted, and nothing without a look at it."""

    def get_actions(self, request, action_location=ActionLocation.CHANGE_LIST):
        actions = super().get_actions(request, action_location)
        actions.pop("delete_selected", None)
        return actions

    def get_deleted_objects(self, objs, request):
        names, counts, missing, protected = super().get_deleted_objects(objs, request)
        try:
            refuse_booked(self.dates_of(objs))
        except DatesBooked as error:
            protected = [*protected, *(str(visit) for visit in error.visits)]
        return names, counts, missing, protected

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "offering":
            kwargs["queryset"] = Offering.objects.filter(kind=Kind.CLASS)
        if db_field.name == "resource":
            kwargs["queryset"] = Resource.objects.filter(is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class CourseAdmin(KeptWhileBooked, EditAdmin):
    """A weekly course. Saved for the first time it gets its dates; from then on they are changed as long as nobody booked them."""

    form = CourseForm
    fields = ["offering", "name", "resource", ("first_day", "starts_at", "duration", "weeks")]
    list_display = ["name", "offering", "resource", "first_day", "starts_at", "weeks"]
    list_filter = ONLY_USED
    list_select_related = ["offering", "resource"]
    search_fields = ["name", "offering__name"]

    def get_queryset(self, request):
        return super().get_queryset(request).order_by("-first_day", "-pk")

    def get_inlines(self, request, obj):
        return [DateInline] if obj else []

    def get_readonly_fields(self, request, obj=None):
        return ["offering"] if obj else []

    def dates_of(self, courses):
        return ClassDate.objects.filter(course__in=courses)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        course = form.instance
        if form.changes_dates:
            dates = publish_course(course)
            text = ngettext("It has %(count)d date: %(dates)s.", "It has %(count)d dates: %(dates)s.", len(dates))
            listed = "; ".join(when(date) for date in dates[:DATES_LISTED])
            messages.info(request, text % {"count": len(dates), "dates": listed})
            warn_of_dates(request, dates)
        for formset in formsets:
            changed = [date for date, _fields in formset.changed_objects]
            warn_of_dates(request, [*formset.new_objects, *changed])


class ComingFilter(admin.SimpleListFilter):
    """What is to come, unless something else is asked for."""

    title = gettext_lazy("when")
    parameter_name = "when"

    def lookups(self, request, model_admin):
        return [("past", _("Past")), ("all", _("All"))]

    def choices(self, changelist):
        coming, *others = super().choices(changelist)
        return [coming | {"display": _("To come")}, *others]

    def queryset(self, request, queryset):
        match self.value():
            case "all":
                return queryset
            case "past":
                return queryset.filter(ends_at__lte=clock.now()).order_by("-starts_at", "-pk")
        return queryset.filter(ends_at__gt=clock.now())


class ClassDateAdmin(Joined, KeptWhileBooked, EditAdmin):
    """All dates, each with how many come to it. A date of a course belongs to it; others are added here."""

    form = SingleDateForm
    formfield_overrides = IN_ONE_LINE
    list_display = ["when", "offering", "course", "resource", "how_many"]
    list_filter = [ComingFilter, *ONLY_USED]
    list_select_related = ["offering", "course__offering", "resource"]
    search_fields = ["offering__name", "course__name"]
    readonly_fields = ["how_many"]

    def get_fields(self, request, obj=None):
        if obj is None:
            return ["offering", "resource", "starts_at", "ends_at"]
        return ["offering", *(["course"] if obj.course else []), "resource", "starts_at", "ends_at", "how_many"]

    def get_readonly_fields(self, request, obj=None):
        return ["how_many", "offering", *(["course", "resource"] if obj and obj.course else [])] if obj else []

    def dates_of(self, dates):
        return ClassDate.objects.filter(pk__in=[date.pk for date in dates])

    def save_model(self, request, date, form, change):
        super().save_model(request, date, form, change)
        if form.is_moved:
            warn_of_dates(request, [date])

    @admin.display(description=gettext_lazy("when"), ordering="starts_at")
    def when(self, date):
        return when(date)
