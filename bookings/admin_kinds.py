"""The four kinds of service in the words of the Django admin, and what each of them asks for."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bookings.admin_service_forms import (
    AppointmentVariantForm,
    ClassVariantForm,
    SeasonForm,
    SeatVariantForm,
    ServiceRulesForm,
    StayVariantForm,
)
from bookings.models import Season, ServiceRules
from catalog.admin import AddOnInline, VariantInline
from catalog.models import Kind
from petshop.core.edits import EditStackedInline

FOR_WHOM = ["price", "tax_rate", "pet_species", "pet_size", "is_active", "position"]


class AppointmentVariantInline(VariantInline):
    form = AppointmentVariantForm
    fields = ["name", "duration", *FOR_WHOM]


class SeatVariantInline(VariantInline):
    form = SeatVariantForm
    fields = ["name", "begins_at", "duration", *FOR_WHOM]


class StayVariantInline(VariantInline):
    form = StayVariantForm
    fields = ["name", *FOR_WHOM]


class ClassVariantInline(VariantInline):
    form = ClassVariantForm
    fields = ["name", "whole_course", "duration", *FOR_WHOM]


class ExtraInline(AddOnInline):
    """An extra that is done while the visit lasts anyway."""

    fields = ["name", "price", "is_active", "position"]


class RulesInline(EditStackedInline):
    """The rules that every service has; each kind has some of its own besides."""

    model = ServiceRules
    form = ServiceRulesForm
    can_delete = False
    max_num = extra = 1
    own = []
    terms = [
        ("free_cancellation", "late_fee_percent"),
        ("moves_at_most", "move_until"),
        ("deposit_percent", "balance_due"),
        "pets_at_most",
        ("vaccinations", "proof_due"),
        "what_to_bring",
    ]

    def get_fields(self, request, obj=None):
        return [("lead_time", "horizon_days"), *self.own, *self.terms]


class AppointmentRulesInline(RulesInline):
    own = [("step", "buffer_before", "buffer_after"), "equipment"]


class StayRulesInline(RulesInline):
    own = [("check_in_at", "check_out_at"), ("nights_at_least", "nights_at_most")]


class SeasonInline(EditStackedInline):
    model = Season
    form = SeasonForm
    fields = [("name", "percent"), "weekdays", ("first_night", "last_night")]
    max_num = 12
    extra = 0

    def get_extra(self, request, obj=None, **kwargs):
        return 1


@dataclass(frozen=True)
class KindOfService:
    """What the admin says of one kind, and the parts of its page that no other kind has in this form."""

    kind: Kind
    sentence: Promise
    who: Promise
    inlines: list[type]

    @property
    def name(self) -> str:
        return self.kind.label


KINDS = {
    kind.kind: kind
    for kind in [
        KindOfService(
            Kind.APPOINTMENT,
            _("Somebody’s time, which begins whenever they are free: a groom, a check-up, a nail trim."),
            _("Who can do it"),
            [AppointmentVariantInline, AddOnInline, AppointmentRulesInline],
        ),
        KindOfService(
            Kind.SEAT,
            _("A place in a room at a set time of the day: a whole day, a morning, an afternoon."),
            _("In which room"),
            [SeatVariantInline, ExtraInline, RulesInline],
        ),
        KindOfService(
            Kind.STAY,
            _("A kennel or a room for nights, from check-in to check-out, with a price for each night."),
            _("In which kennels or rooms"),
            [StayVariantInline, ExtraInline, StayRulesInline, SeasonInline],
        ),
        KindOfService(
            Kind.CLASS,
            _("A place on dates that you publish: puppy school on six Tuesdays, sold singly or as a whole course."),
            _("Where, or with whom"),
            [ClassVariantInline, ExtraInline, RulesInline],
        ),
    ]
}
