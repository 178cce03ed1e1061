"""Orders, money and mail, to look at. All of it is changed by operations, through the backoffice."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from checkout.admin_promotions import PromotionAdmin
from checkout.models import (
    Concern,
    DeliveryZone,
    Dispute,
    Message,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    Promotion,
    Receipt,
    ReceiptLine,
    Refund,
    RefundLine,
    WebhookEvent,
)
from petshop.core.edits import EditAdmin, LookOnly, LookOnlyAdmin
from petshop.core.money import format_money

admin.site.register(Promotion, PromotionAdmin)


class LookOnlyInline(LookOnly, admin.TabularInline):
    extra = 0

    def get_readonly_fields(self, request, obj=None):
        return self.fields


class LineInline(LookOnlyInline):
    model = OrderLine
    fields = ["title", "quantity", "unit_price", "total", "starts_at", "resource_name", "pet_name", "parcel"]
    verbose_name_plural = _("what was bought")

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("add_ons")

    @admin.display(description=_("what"))
    def title(self, line):
        return line.full_title


class PaymentInline(LookOnlyInline):
    model = Payment
    fields = ["created_at", "provider", "amount", "currency", "status", "card", "settled_at", "refunded"]
    show_change_link = True
    verbose_name_plural = _("payments")


class ConcernInline(LookOnlyInline):
    model = Concern
    fields = ["raised_at", "reason", "cleared_at", "cleared_by", "note"]
    verbose_name_plural = _("what needs a look")


class EventInline(LookOnlyInline):
    model = OrderEvent
    fields = ["at", "kind", "from_status", "to_status", "actor", "cause"]
    verbose_name_plural = _("what happened")


class MessageInline(LookOnlyInline):
    model = Message
    fields = ["created_at", "kind", "to", "subject", "sent_at", "dropped_at", "error"]
    verbose_name_plural = _("mail")


@admin.register(DeliveryZone)
class DeliveryZoneAdmin(EditAdmin):
    """Where things are brought to, and for how much. What was ordered keeps its price."""

    list_display = ["name", "codes", "price", "free", "days", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "postal_codes"]
    fields = ["name", "is_active", "postal_codes", "fee", "free_from", "tax_rate", "days"]

    @admin.display(description=_("postal codes"))
    def codes(self, zone):
        return ", ".join(zone.postal_codes)

    @admin.display(description=_("price"), ordering="fee")
    def price(self, zone):
        return format_money(zone.fee)

    @admin.display(description=_("free from"), ordering="free_from", empty_value="")
    def free(self, zone):
        return None if zone.free_from is None else format_money(zone.free_from)


@admin.register(Order)
class OrderAdmin(LookOnlyAdmin):
    # Without its secret token, which opens the customer's own page.
    fields = [
        "number",
        "placed_at",
        "status",
        "name",
        "email",
        "phone",
        "handover",
        "subtotal",
        "discount",
        "total",
        "currency",
        "held_until",
    ]
    list_display = ["number", "name", "email", "status", "amount", "placed_at"]
    list_filter = ["status", "placed_at"]
    search_fields = ["number", "email", "name"]
    ordering = ["-placed_at", "-pk"]
    inlines = [LineInline, PaymentInline, ConcernInline, EventInline, MessageInline]
    view_on_site = False  # its page on the site is the customer's, by secret link

    @admin.display(description=_("total"), ordering="total")
    def amount(self, order):
        return format_money(order.total, order.currency)


@admin.register(Payment)
class PaymentAdmin(LookOnlyAdmin):
    # Without the address of its Stripe page, where anybody could pay it.
    fields = [
        "uuid",
        "order",
        "purpose",
        "provider",
        "mode",
        "status",
        "amount",
        "currency",
        "card",
        "session_id",
        "session_expires_at",
        "intent_id",
        "charge_id",
        "created_at",
        "settled_at",
        "last_checked_at",
        "refunded",
        "is_disputed",
        "lines_snapshot",
    ]
    list_display = ["order", "sum", "provider", "mode", "status", "created_at", "settled_at"]
    list_filter = ["status", "provider", "mode", "created_at"]
    list_select_related = ["order"]
    search_fields = ["order__number", "order__email", "session_id", "intent_id", "charge_id"]
    ordering = ["-pk"]

    @admin.display(description=_("amount"), ordering="amount")
    def sum(self, payment):
        return format_money(payment.amount, payment.currency)


class RefundLineInline(LookOnlyInline):
    model = RefundLine
    fields = ["order_line", "amount", "tax", "quantity"]
    verbose_name_plural = _("what it is for")


class ReceiptLineInline(LookOnlyInline):
    model = ReceiptLine
    fields = ["name", "quantity", "price", "discount", "amount", "tax_rate", "tax"]
    verbose_name_plural = _("what it is for")


@admin.register(Receipt)
class ReceiptAdmin(LookOnlyAdmin):
    fields = [
        "number",
        "kind",
        "issued_at",
        "payment",
        "refund",
        "amount",
        "currency",
        "purpose",
        "provider",
        "method",
        "card",
        "customer_name",
        "seller_name",
        "seller_address",
        "seller_tax_id",
    ]
    list_display = ["number", "kind", "issued_at", "payment", "amount", "provider"]
    list_filter = ["kind", "provider", "issued_at"]
    list_select_related = ["payment__order"]
    search_fields = ["number", "payment__order__number", "payment__order__email", "customer_name"]
    ordering = ["-pk"]
    inlines = [ReceiptLineInline]


@admin.register(Refund)
class RefundAdmin(LookOnlyAdmin):
    fields = [
        "uuid",
        "payment",
        "amount",
        "status",
        "origin",
        "reason",
        "actor",
        "stripe_id",
        "requested_at",
        "settled_at",
        "last_checked_at",
        "error",
    ]
    list_display = ["requested_at", "payment", "amount", "status", "origin", "actor", "reason"]
    list_filter = ["status", "origin", "requested_at"]
    list_select_related = ["payment__order"]
    search_fields = ["payment__order__number", "payment__order__email", "stripe_id", "reason"]
    ordering = ["-pk"]
    inlines = [RefundLineInline]


@admin.register(Dispute)
class DisputeAdmin(LookOnlyAdmin):
    fields = [
        "payment",
        "amount",
        "status",
        "reason",
        "due_by",
        "is_charge_refundable",
        "stripe_id",
        "opened_at",
        "closed_at",
    ]
    list_display = ["opened_at", "payment", "amount", "status", "reason", "due_by"]
    list_filter = ["status", "opened_at"]
    list_select_related = ["payment__order"]
    search_fields = ["payment__order__number", "payment__order__email", "stripe_id"]
    ordering = ["-pk"]


@admin.register(Concern)
class ConcernAdmin(LookOnlyAdmin):
    fields = ["order", "payment", "refund", "reason", "raised_at", "cleared_at", "cleared_by", "note"]
    list_display = ["raised_at", "order", "reason", "cleared_at", "cleared_by", "note"]
    list_filter = [("cleared_at", admin.EmptyFieldListFilter), "raised_at"]
    list_select_related = ["order"]
    search_fields = ["order__number", "order__email", "reason", "note"]
    ordering = ["-pk"]


@admin.register(OrderEvent)
class OrderEventAdmin(LookOnlyAdmin):
    fields = ["order", "at", "kind", "from_status", "to_status", "actor", "cause", "details"]
    list_display = ["at", "order", "kind", "to_status", "actor", "cause"]
    list_filter = ["kind", "at"]
    list_select_related = ["order"]
    search_fields = ["order__number", "actor", "cause"]
    ordering = ["-pk"]


@admin.register(Message)
class MessageAdmin(LookOnlyAdmin):
    fields = ["order", "kind", "key", "to", "subject", "created_at", "sent_at", "dropped_at", "error"]
    list_display = ["created_at", "order", "kind", "to", "sent_at", "dropped_at", "error"]
    list_filter = ["kind", ("sent_at", admin.EmptyFieldListFilter)]
    list_select_related = ["order"]
    search_fields = ["order__number", "to", "key"]
    ordering = ["-pk"]


@admin.register(WebhookEvent)
class WebhookEventAdmin(LookOnlyAdmin):
    fields = [
        "event_id",
        "type",
        "livemode",
        "api_version",
        "object_id",
        "received_at",
        "processed_at",
        "outcome",
        "attempts",
        "error",
        "body",
    ]
    list_display = ["received_at", "type", "object_id", "processed_at", "outcome", "attempts"]
    list_filter = ["outcome", "type", ("processed_at", admin.EmptyFieldListFilter)]
    search_fields = ["event_id", "object_id", "type"]
    ordering = ["-pk"]
