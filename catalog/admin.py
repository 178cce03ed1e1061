from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models
from django.db.models import Q, Sum
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalog.admin_copy import CopyPage
from catalog.admin_exchange import ExportPage, ImportPage, may_exchange
from catalog.admin_forms import AddOnForm, CategoryForm, OfferingForm, PictureForm, ProductVariantForm, VariantFormSet
from catalog.admin_stock import StockPage
from catalog.models import AddOn, Category, Kind, Picture, Product, Question, Species, StockMovement, Variant
from catalog.operations import copy_offering
from petshop.core.edits import EditAdmin, EditStackedInline, EditTabularInline, LookOnlyAdmin
from petshop.core.money import format_money
from petshop.core.templatetags.shop import drawing


class SpeciesFilter(admin.SimpleListFilter):
    title = _("animal")
    parameter_name = "species"

    def lookups(self, request, model_admin):
        return Species.choices

    def queryset(self, request, queryset):
        return queryset.for_species(self.value()) if self.value() in Species.values else queryset


class StockFilter(admin.SimpleListFilter):
    title = _("stock")
    parameter_name = "stock"

    def lookups(self, request, model_admin):
        return [("none", _("Something is sold out")), ("some", _("Everything is in stock"))]

    def queryset(self, request, queryset):
        sold_out = Q(pk__in=Variant.objects.filter(stock=0, is_active=True).values("offering"))
        match self.value():
            case "none":
                return queryset.filter(sold_out)
            case "some":
                return queryset.exclude(sold_out)
        return queryset


class AboutFilter(admin.SimpleListFilter):
    title = _("about")
    parameter_name = "about"

    def lookups(self, request, model_admin):
        return [("shop", _("A product or a service")), ("help", _("Help page"))]

    def queryset(self, request, queryset):
        match self.value():
            case "shop":
                return queryset.exclude(offering=None)
            case "help":
                return queryset.filter(offering=None)
        return queryset


class VariantInline(EditTabularInline):
    model = Variant
    formset = VariantFormSet
    max_num = 40

    def get_extra(self, request, obj=None, **kwargs):
        return 1 if obj else 2


class ProductVariantInline(VariantInline):
    form = ProductVariantForm
    fields = ["name", "price", "tax_rate", "sku", "stock", "is_active", "position"]
    readonly_fields = ["stock"]  # it changes by receiving, counting and selling, never by typing over it


class AddOnInline(EditTabularInline):
    model = AddOn
    form = AddOnForm
    formset = VariantFormSet
    fields = ["name", "duration", "price", "is_active", "position"]
    max_num = 20


class PictureInline(EditTabularInline):
    model = Picture
    form = PictureForm
    fields = ["preview", "file", "alt", "position"]
    readonly_fields = ["preview"]
    max_num = 12

    @admin.display(description="")
    def preview(self, picture):
        if not picture.pk:
            return ""
        return format_html(
            '<a href="{0}"><img src="{0}" height="80" alt="{1}" loading="lazy"></a>', picture.file.url, picture.alt
        )


class QuestionInline(EditStackedInline):
    model = Question
    fields = ["question", "answer", "position"]
    formfield_overrides = {models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 3})}}
    max_num = 20


class OfferingAdmin(EditAdmin):
    """What products and services have in common."""

    form = OfferingForm
    kind: Kind
    list_filter = ["is_published", "category", SpeciesFilter]
    list_select_related = ["category"]
    list_per_page = 50
    search_fields = ["name", "summary", "variants__name"]
    search_help_text = _("Its name, its line or one of its choices.")
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        (None, {"fields": ["name", "category", "species", "pay_at_shop", "is_published"]}),
        (_("On its page"), {"fields": ["summary", "description", "art", "slug", "position"]}),
    ]
    actions = ["publish", "unpublish"]
    change_list_template = "admin/catalog/offerings.html"
    change_form_template = "admin/catalog/offering.html"
    save_on_top = True

    def copy(self, offering, *, name):
        return copy_offering(offering, name=name)

    def get_urls(self):
        page = self.admin_site.admin_view(CopyPage.as_view(model_admin=self))
        return [path("<int:pk>/copy/", page, name=f"catalog_{self.opts.model_name}_copy"), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"may_exchange": may_exchange(request), **(extra_context or {})})

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("pictures")

    def kind_of(self, request, offering=None) -> Kind:
        """Of something new it is chosen before anything else, and it stays what it is."""
        return self.kind

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.kind = self.kind_of(request, obj)
        return form

    def save_related(self, request, form, formsets, change):
        """What is put into the shop here goes there only if it can be sold; what was there already stays."""
        super().save_related(request, form, formsets, change)
        offering = form.instance
        if not offering.is_published or not (missing := self.missing(offering)):
            return
        text = _("Customers see “{name}”, but cannot buy it. It has no {missing}.")
        if "is_published" in form.changed_data:
            offering.is_published = False
            offering.save(update_fields=["is_published"])
            form.changed_data.remove("is_published")
            text = _("“{name}” is saved, but not in the shop yet. It has no {missing}.")
        messages.warning(request, format_html(text, name=offering, missing=and_no(missing)))

    def get_view_on_site_url(self, obj=None):
        """What is not in the shop has no page there."""
        return super().get_view_on_site_url(obj) if obj and obj.is_published else None

    def missing(self, offering) -> list[str]:
        """What a customer would look for in vain."""
        return [] if offering.variants.filter(is_active=True).exists() else [_("choice that is for sale")]

    @admin.display(description="")
    def thumbnail(self, offering):
        address = offering.cover.file.url if offering.cover else drawing(offering.art)[0]
        return format_html('<img src="{}" width="40" height="40" alt="" loading="lazy">', address)

    @admin.display(description=_("price from"), ordering="price_from")
    def price(self, offering):
        return "" if offering.price_from is None else format_money(offering.price_from)

    @admin.display(description=_("for"))
    def animals(self, offering):
        return ", ".join(str(Species(species).label) for species in offering.species) or _("All")

    @admin.action(description=_("Put into the shop"), permissions=["change"])
    def publish(self, request, offerings):
        """What cannot be sold stays out, and the page says what it has none of."""
        ready = []
        for offering in offerings.exclude(is_published=True):
            if missing := self.missing(offering):
                text = _("“{name}” stays out of the shop. It has no {missing}.")
                messages.warning(request, format_html(text, name=offering, missing=and_no(missing)))
            else:
                ready.append(offering)
        self.show(request, ready, True)
        text = ngettext("%(count)d is now in the shop.", "%(count)d are now in the shop.", len(ready))
        if ready:
            messages.success(request, text % {"count": len(ready)})

    @admin.action(description=_("Take out of the shop"), permissions=["change"])
    def unpublish(self, request, offerings):
        shown = list(offerings.exclude(is_published=False))
        self.show(request, shown, False)
        text = ngettext("%(count)d was taken out of the shop.", "%(count)d were taken out of the shop.", len(shown))
        messages.success(request, text % {"count": len(shown)})

    def show(self, request, offerings, is_published):
        said = _("in the shop: no → yes") if is_published else _("in the shop: yes → no")
        for offering in offerings:
            offering.is_published = is_published
            offering.save(update_fields=["is_published"])
            self.log_change(request, offering, [{"changed": {"fields": [str(said)]}}])


def and_no(missing) -> str:
    return _(" and no ").join(str(thing) for thing in missing)


@admin.register(Product)
class ProductAdmin(OfferingAdmin):
    """A product with its choices. Stock has a page of its own, where each change says why."""

    kind = Kind.PRODUCT
    list_display = ["thumbnail", "name", "price", "stock", "category", "animals", "is_published"]
    list_display_links = ["name"]
    list_filter = [*OfferingAdmin.list_filter, StockFilter]
    search_fields = [*OfferingAdmin.search_fields, "variants__sku"]
    inlines = [ProductVariantInline, PictureInline, QuestionInline]
    fieldsets = [
        (None, {"fields": ["name", "category", "species", "can_be_delivered", "is_published"]}),
        *OfferingAdmin.fieldsets[1:],
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).products().annotate(total_stock=Sum("variants__stock"))

    def get_list_display(self, request):
        """Whoever may only look is not led to the page where stock changes."""
        columns = super().get_list_display(request)
        if self.has_change_permission(request):
            return columns
        return ["in_stock" if column == "stock" else column for column in columns]

    @admin.display(description=_("in stock"), ordering="total_stock")
    def in_stock(self, product):
        return product.total_stock or 0

    @admin.display(description=_("in stock"), ordering="total_stock")
    def stock(self, product):
        return format_html(
            '<a href="{}">{}</a>',
            reverse("admin:catalog_product_stock", args=[product.pk]),
            self.in_stock(product),
        )

    def get_urls(self):
        pages = {
            "catalog_product_stock": ("<int:pk>/stock/", StockPage.as_view(model_admin=self)),
            "catalog_import": ("file/", ImportPage.as_view(site=self.admin_site)),
            "catalog_export": ("file/export/", ExportPage.as_view()),
        }
        own = [path(route, self.admin_site.admin_view(view), name=name) for name, (route, view) in pages.items()]
        return [*own, *super().get_urls()]


@admin.register(Category)
class CategoryAdmin(EditAdmin):
    """The shelves of the shop."""

    form = CategoryForm
    list_display = ["name", "tint", "position"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Question)
class QuestionAdmin(EditAdmin):
    """All questions; those that are about no offering stand on the help page."""

    list_display = ["question", "about", "position"]
    list_filter = [AboutFilter]
    list_select_related = ["offering"]
    search_fields = ["question", "answer", "offering__name"]
    ordering = ["offering__name", "position", "pk"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "offering":
            kwargs["empty_label"] = _("Help page")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("about"), ordering="offering__name")
    def about(self, question):
        return question.offering or _("Help page")


@admin.register(StockMovement)
class StockMovementAdmin(LookOnlyAdmin):
    """Why stock is what it is: made by sales and by the stock page of a product, changed by nobody."""

    fields = ["created_at", "variant", "delta", "reason", "actor", "note", "reference"]
    list_display = ["created_at", "variant", "change", "reason", "actor", "note", "reference"]
    list_filter = ["reason", "created_at"]
    list_select_related = ["variant__offering"]
    search_fields = ["variant__offering__name", "variant__name", "variant__sku", "reference"]
    ordering = ["-pk"]

    @admin.display(description=_("change"), ordering="delta")
    def change(self, movement):
        return f"{movement.delta:+d}"
