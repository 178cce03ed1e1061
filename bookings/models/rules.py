"""When a service can be booked, and on what terms."""

from datetime import timedelta

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

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
            models.CheckConstraint(name="service_rules_fee_is_a_percentage", condition=Q(late_fee_percent__lte=100)),
        ]

    def __str__(self):
        return f"{self.offering}"
