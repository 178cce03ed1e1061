"""When a service can be booked, and on what terms."""

from datetime import time, timedelta

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.models.resource import Resource
from catalog.models import Offering


class ServiceRules(models.Model):
    """When a service can be booked, and what it costs to cancel late. One row per service; the customer reads them."""

    offering = models.OneToOneField(Offering, on_delete=models.CASCADE, related_name="rules")
    lead_time = models.DurationField(
        _("earliest"), default=timedelta(hours=2), help_text=_("How long before its start a visit can last be booked.")
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("latest, in days"), default=60, help_text=_("How many days ahead customers can book.")
    )
    step = models.DurationField(_("a start every"), default=timedelta(minutes=30))
    buffer_before = models.DurationField(_("kept free before"), default=timedelta(0))
    buffer_after = models.DurationField(_("kept free after"), default=timedelta(0))
    free_cancellation = models.DurationField(
        _("free to cancel until"), default=timedelta(hours=24), help_text=_("How long before the visit.")
    )
    late_fee_percent = models.PositiveSmallIntegerField(
        _("kept after that, in percent"), default=50, validators=[MaxValueValidator(100)]
    )
    equipment = models.ManyToManyField(
        Resource,
        verbose_name=_("also needs one of"),
        related_name="supports",
        blank=True,
        help_text=_("What must be free at the same time, such as a tub."),
    )
    check_in_at = models.TimeField(_("check-in"), default=time(15), db_default=time(15), help_text=_("Stays only."))
    check_out_at = models.TimeField(_("check-out"), default=time(11), db_default=time(11), help_text=_("Stays only."))
    nights_at_least = models.PositiveSmallIntegerField(_("nights, at least"), default=1, db_default=1)
    nights_at_most = models.PositiveSmallIntegerField(_("nights, at most"), default=28, db_default=28)
    what_to_bring = models.TextField(_("what to bring"), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("rules")
        constraints = [
            models.CheckConstraint(
                name="service_rules_step_five_minutes_or_more",
                condition=Q(step__gte=timedelta(minutes=5)),
                violation_error_message=_("Starts must be at least five minutes apart."),
            ),
            models.CheckConstraint(
                name="service_rules_not_negative",
                condition=Q(
                    lead_time__gte=timedelta(0),
                    buffer_before__gte=timedelta(0),
                    buffer_after__gte=timedelta(0),
                    free_cancellation__gte=timedelta(0),
                ),
                violation_error_message=_("These times cannot be below zero."),
            ),
            models.CheckConstraint(
                name="service_rules_horizon_within_two_years",
                condition=Q(horizon_days__gte=1, horizon_days__lte=730),
                violation_error_message=_("Customers can book between 1 and 730 days ahead."),
            ),
            models.CheckConstraint(
                name="service_rules_nights_in_reach",
                condition=Q(nights_at_least__gte=1, nights_at_least__lte=F("nights_at_most"), nights_at_most__lte=90),
                violation_error_message=_(
                    "A stay has between 1 and 90 nights, and at least as many at most as at least."
                ),
            ),
            models.CheckConstraint(name="service_rules_fee_is_a_percentage", condition=Q(late_fee_percent__lte=100)),
        ]

    def __str__(self):
        return f"{self.offering}"
