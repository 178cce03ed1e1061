"""The page of a service in the Django admin: first its kind, then what such a service needs and nothing else."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from bookings.admin_kinds import KINDS
from bookings.admin_service_forms import ServiceForm
from bookings.admin_terms import CancellationTierInline, ServiceQuestionInline
from bookings.models import ServiceRules
from bookings.operations import copy_service
from catalog.admin import OfferingAdmin, PictureInline, QuestionInline
from catalog.models import Kind
from petshop.core import clock


class KindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        return [(kind.kind, kind.name) for kind in KINDS.values()]

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() in KINDS else queryset


class ServiceAdmin(OfferingAdmin):
    """A service with its choices, its rules and who can do it: all that a customer needs to find a time."""

    form = ServiceForm
    list_display = ["thumbnail", "name", "kind", "price", "who", "category", "animals", "is_published"]
    list_display_links = ["name"]
    list_filter = [KindFilter, *OfferingAdmin.list_filter]
    readonly_fields = ["what_it_is"]
    fieldsets = [
        (None, {"fields": ["what_it_is", "name", "category", "species", "who", "pay_at_shop", "is_published"]}),
        OfferingAdmin.fieldsets[1],
    ]

    def kind_of(self, request, offering=None):
        return Kind(offering.kind if offering else request.GET["kind"])

    def add_view(self, request, form_url="", extra_context=None):
        """What it will be comes first: the page that follows asks only for what such a service needs."""
        if request.GET.get("kind") not in KINDS:
            return self.choose_kind(request)
        return super().add_view(request, form_url, extra_context)

    def choose_kind(self, request):
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("What kind of service is it?"),
            "opts": self.opts,
            "kinds": KINDS.values(),
        }
        return TemplateResponse(request, "admin/catalog/service/kinds.html", context)

    def get_inlines(self, request, offering):
        own = KINDS[self.kind_of(request, offering)].inlines
        return [*own, CancellationTierInline, ServiceQuestionInline, PictureInline, QuestionInline]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.words_for_who = KINDS[form.kind].who
        return form

    def get_queryset(self, request):
        return super().get_queryset(request).services().prefetch_related("resources")

    def copy(self, service, *, name):
        return copy_service(service, name=name)

    def missing(self, service):
        missing = super().missing(service)
        if not ServiceRules.objects.filter(offering=service).exists():
            missing.append(_("rules"))
        if not service.resources.filter(is_active=True).exists():
            missing.append(_("groomer or room that can do it"))
        if service.kind == Kind.CLASS and not service.class_dates.filter(starts_at__gt=clock.now()).exists():
            missing.append(_("date to come"))
        return missing

    @admin.display(description=_("kind"))
    def what_it_is(self, service):
        kind = KINDS[service.kind]
        return format_html("<strong>{}</strong><br>{}", kind.name, kind.sentence)

    @admin.display(description=_("who can do it"))
    def who(self, service):
        return ", ".join(resource.name for resource in service.resources.all())
