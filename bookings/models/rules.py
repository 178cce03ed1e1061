"""When a service can be booked, and on what terms."""

from datetime import time, timedelta

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.models.resource import Resource
from bookings.models.vaccination import Vaccine
from catalog.models import Offering

LONGEST_NOTICE = timedelta(days=366)


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
    moves_at_most = models.PositiveSmallIntegerField(
        _("customers may move it, times"),
        default=2,
        db_default=2,
        validators=[MaxValueValidator(20)],
        help_text=_("0: only the shop moves a visit."),
    )
    move_until = models.DurationField(
        _("to be moved until"),
        default=timedelta(hours=24),
        db_default=timedelta(hours=24),
        help_text=_("How long before the visit."),
    )
    pets_at_most = models.PositiveSmallIntegerField(
        _("pets of one order at a time"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(200)],
        help_text=_("Left empty, as many as there are places."),
    )
    vaccinations = ArrayField(
        models.CharField(max_length=20, choices=Vaccine),
        verbose_name=_("vaccinations"),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("Valid on the last day of the visit. Of each animal only those that there are for it."),
    )
    proof_due = models.DurationField(
        _("proof due"),
        default=timedelta(hours=48),
        db_default=timedelta(hours=48),
        help_text=_("How long before the visit a vaccination must be proven. Later the visit is cancelled."),
    )
    deposit_percent = models.PositiveSmallIntegerField(
        _("deposit, in percent"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text=_("Left empty, all of it is paid when it is booked."),
    )
    balance_due = models.DurationField(
        _("the rest is due"),
        default=timedelta(days=7),
        db_default=timedelta(days=7),
        help_text=_("How long before the visit. Whoever books later than that pays all of it at once."),
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
                    move_until__gte=timedelta(0),
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
            models.CheckConstraint(
                name="service_rules_proof_due_before_the_visit",
                condition=Q(proof_due__gte=timedelta(0)),
                violation_error_message=_("A proof is due before the visit, not after it."),
            ),
            models.CheckConstraint(
                name="service_rules_vaccines_known",
                condition=Q(vaccinations__contained_by=[str(vaccine) for vaccine in Vaccine.values]),
            ),
            models.CheckConstraint(name="service_rules_fee_is_a_percentage", condition=Q(late_fee_percent__lte=100)),
            models.CheckConstraint(
                name="service_rules_moved_twenty_times_at_most",
                condition=Q(moves_at_most__lte=20),
                violation_error_message=_("A visit can be moved 20 times at most."),
            ),
            models.CheckConstraint(
                name="service_rules_deposit_is_a_part",
                condition=Q(deposit_percent__isnull=True) | Q(deposit_percent__gte=1, deposit_percent__lte=99),
                violation_error_message=_("A deposit is between 1 and 99 percent."),
            ),
            models.CheckConstraint(
                name="service_rules_balance_due_before_the_visit",
                condition=Q(balance_due__gte=timedelta(0), balance_due__lte=LONGEST_NOTICE),
                violation_error_message=_("The rest is due before the visit, at most a year before."),
            ),
            models.CheckConstraint(
                name="service_rules_at_least_one_pet",
                condition=Q(pets_at_most__isnull=True) | Q(pets_at_most__gte=1),
                violation_error_message=_("At least one pet must be able to come."),
            ),
        ]

    def __str__(self):
        return f"{self.offering}"


class CancellationTier(models.Model):
    """From some hours before a visit on, more of its price is kept than the service's rules say by themselves.

    However the rows of one service stand to each other, what is kept never falls as the visit comes nearer: the highest
    share that has been reached counts.
    """

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="cancellation_tiers")
    before = models.DurationField(
        _("from this long before the visit on"), help_text=_("0: from the moment it begins, as for who does not come.")
    )
    percent = models.PositiveSmallIntegerField(
        _("we keep, in percent"), validators=[MinValueValidator(1), MaxValueValidator(100)]
    )

    class Meta:
        ordering = ["-before"]
        verbose_name = _("step of the cancellation fee")
        verbose_name_plural = _("further steps of the cancellation fee")
        constraints = [
            models.CheckConstraint(
                name="cancellation_tier_within_a_year",
                condition=Q(before__gte=timedelta(0), before__lte=LONGEST_NOTICE),
                violation_error_message=_("A step begins at most a year before the visit."),
            ),
            models.CheckConstraint(
                name="cancellation_tier_is_a_percentage",
                condition=Q(percent__gte=1, percent__lte=100),
                violation_error_message=_("We keep between 1 and 100 percent."),
            ),
            models.UniqueConstraint(
                name="cancellation_tier_once_per_time",
                fields=["offering", "before"],
                violation_error_message=_("Two steps begin at the same time."),
            ),
            models.UniqueConstraint(
                name="cancellation_tier_once_per_percentage",
                fields=["offering", "percent"],
                violation_error_message=_("Two steps keep the same percentage."),
            ),
        ]

    def __str__(self):
        return f"{self.percent} %"


class ServiceQuestion(models.Model):
    """What the shop wants to know before a visit; asked at the checkout, once for each visit of the service."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="visit_questions")
    text = models.CharField(_("question"), max_length=160, help_text=_("“Has your dog been groomed before?”"))
    is_required = models.BooleanField(_("must be answered"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("question to customers")
        verbose_name_plural = _("questions to customers")
        constraints = [
            models.CheckConstraint(name="service_question_asks_something", condition=~Q(text="")),
            models.UniqueConstraint(
                name="service_question_asked_once",
                fields=["offering", "text"],
                violation_error_message=_("This question is asked twice."),
            ),
        ]

    def __str__(self):
        return self.text
