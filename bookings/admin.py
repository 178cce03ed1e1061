from django.contrib import admin
from django.db.models import Q
from django.urls import path
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from bookings.admin_dates import ClassDateAdmin, CourseAdmin
from bookings.admin_feed import FeedPage
from bookings.admin_forms import ClosureForm, ResourceForm
from bookings.admin_hours import OpeningHoursAdmin, SpecialDayAdmin
from bookings.admin_services import ServiceAdmin
from bookings.admin_visits import NobodyThereFilter, warn_of_visits_in_the_way, warn_of_visits_outside_hours
from bookings.admin_week import MOST, ResourceWeek, WeekStretchForm
from bookings.models import Booking, ClassDate, Closure, Course, OpeningHours, Resource, SpecialDay
from bookings.operations import close_time, lock, reopen, seat_within
from catalog.models import Service
from petshop.core import clock
from petshop.core.edits import EditAdmin, EditTabularInline, LookOnlyAdmin
from petshop.core.templatetags.shop import drawing

admin.site.register(Service, ServiceAdmin)
admin.site.register(Course, CourseAdmin)
admin.site.register(ClassDate, ClassDateAdmin)
admin.site.register(OpeningHours, OpeningHoursAdmin)
admin.site.register(SpecialDay, SpecialDayAdmin)


class WeekInline(EditTabularInline):
    model = OpeningHours
    form = WeekStretchForm
    formset = ResourceWeek
    fields = ["weekday", "opens_at", "closes_at"]
    template = "admin/bookings/resource/week.html"
    max_num = MOST

    def get_queryset(self, request):
        return super().get_queryset(request).filter(valid_from=None, valid_until=None)


@admin.register(Resource)
class ResourceAdmin(EditAdmin):
    """A groomer or a room: what they can do, and when they are there."""

    form = ResourceForm
    list_display = ["thumbnail", "name", "role", "capacity", "can_do", "is_active"]
    list_display_links = ["name"]
    list_filter = ["is_active"]
    search_fields = ["name", "role"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [WeekInline]

    def get_urls(self):
        page = self.admin_site.admin_view(FeedPage.as_view(model_admin=self))
        return [path("<int:pk>/feed/", page, name="bookings_resource_feed"), *super().get_urls()]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("services")

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        resource = form.instance
        if change and form.changes_places:
            seat_within(resource)
        if not change or form.changes_places:
            # Whoever is new is as closed as the rest of the shop.
            concerned = Q(resource=None) | Q(resource=resource)
            for closure in Closure.objects.filter(concerned, ends_at__gt=clock.now()).order_by("pk"):
                close_time(closure)
        if any(formset.has_changed() for formset in formsets):
            warn_of_visits_outside_hours(request, [resource])

    @admin.display(description="")
    def thumbnail(self, resource):
        return format_html('<img src="{}" width="40" height="40" alt="" loading="lazy">', drawing(resource.art)[0])

    @admin.display(description=_("can do"))
    def can_do(self, resource):
        return ", ".join(service.name for service in resource.services.all())


@admin.register(Closure)
class ClosureAdmin(EditAdmin):
    """Closing takes what is free of the time, and says which visits stand in the way. Deleting opens it again."""

    form = ClosureForm
    list_display = ["who", "starts_at", "ends_at", "reason"]
    list_display_links = ["who", "starts_at"]
    list_filter = ["resource"]
    list_select_related = ["resource"]
    search_fields = ["reason", "resource__name"]
    date_hierarchy = "starts_at"

    @admin.display(description=_("who is away"), ordering="resource")
    def who(self, closure):
        return closure.resource or _("Whole shop")

    def save_model(self, request, closure, form, change):
        lock(Resource.objects.all())  # before any booking, as everybody does who changes one's time
        super().save_model(request, closure, form, change)
        if change and set(form.changed_data) - {"reason"}:
            reopen(closure)
        warn_of_visits_in_the_way(request, close_time(closure))

    def get_deleted_objects(self, closures, request):
        """Only closures are named: what blocks their time goes along, and whoever may open a day may not delete visits."""
        _everything, counts, missing, protected = super().get_deleted_objects(closures, request)
        blocks = Booking._meta
        counts.pop(blocks.verbose_name_plural, None)
        return [str(closure) for closure in closures], counts, missing - {blocks.verbose_name}, protected

    def delete_model(self, request, closure):
        lock(Resource.objects.all())
        reopen(closure)
        super().delete_model(request, closure)

    def delete_queryset(self, request, closures):
        for closure in closures:
            self.delete_model(request, closure)


@admin.register(Booking)
class BookingAdmin(LookOnlyAdmin):
    """The visits, to look at: they are moved by operations."""

    fields = ["service", "resource", "when", "who", "status", "held_until", "belongs_to"]
    list_display = ["when", "service", "resource", "who", "status", "belongs_to"]
    list_filter = ["status", NobodyThereFilter, "resource"]
    list_select_related = [
        "variant__offering",
        "resource",
        "pet",
        "part_of__pet",
        "part_of__resource",
        "part_of__variant__offering",
    ]
    search_fields = ["pet__name", "part_of__pet__name"]
    ordering = ["-starts_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).visits()

    @admin.display(description=_("service"))
    def service(self, booking):
        return str(booking.variant)

    @admin.display(description=_("pet"))
    def who(self, booking):
        return booking.pet or booking.main.pet or ""

    @admin.display(description=_("belongs to"))
    def belongs_to(self, booking):
        """The visit that this tub, or this further date of a course, is a part of."""
        return booking.part_of or ""

    @admin.display(description=_("when"), ordering="starts_at")
    def when(self, booking):
        starts_at, ends_at = localtime(booking.starts_at), localtime(booking.ends_at)
        until = "H:i" if starts_at.date() == ends_at.date() else "D j M, H:i"
        return f"{date_format(starts_at, 'D j M Y, H:i')}\N{EN DASH}{date_format(ends_at, until)}"
