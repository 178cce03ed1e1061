from datetime import timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from catalog.models import SERVICE_KINDS, Offering, PetSize, Species, Variant


class Resource(models.Model):
    """What limits a service: a groomer, a vet, a room. `capacity` is how many places it has at one time."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    slug = models.SlugField(_("short name in addresses"), max_length=60, unique=True)
    role = models.CharField(_("in one line"), max_length=80, blank=True, help_text=_("“Head groomer”."))
    art = models.CharField(_("drawing"), max_length=80, blank=True)
    capacity = models.PositiveSmallIntegerField(
        _("places"), default=1, validators=[MinValueValidator(1), MaxValueValidator(200)]
    )
    services = models.ManyToManyField(
        Offering,
        verbose_name=_("can do"),
        related_name="resources",
        blank=True,
        limit_choices_to={"kind__in": [str(kind) for kind in SERVICE_KINDS]},
    )
    is_active = models.BooleanField(_("takes bookings"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("groomer or room")
        verbose_name_plural = _("groomers and rooms")
        constraints = [models.CheckConstraint(name="resource_has_a_place", condition=Q(capacity__gte=1))]

    def __str__(self):
        return self.name


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


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class OpeningHours(models.Model):
    """A stretch of a weekday, on the shop's own clock. A resource without hours of its own keeps the shop's."""

    resource = models.ForeignKey(
        Resource,
        verbose_name=_("for"),
        on_delete=models.CASCADE,
        related_name="opening_hours",
        null=True,
        blank=True,
        help_text=_("Leave empty for the whole shop."),
    )
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday)
    opens_at = models.TimeField(_("from"))
    closes_at = models.TimeField(_("to"))

    class Meta:
        ordering = ["weekday", "opens_at"]
        verbose_name = verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(name="opening_hours_weekday_known", condition=Q(weekday__lte=6)),
            models.CheckConstraint(
                name="opening_hours_close_after_they_open",
                condition=Q(closes_at__gt=F("opens_at")),
                violation_error_message=_("Closing time must be after opening time."),
            ),
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.opens_at:%H:%M}\N{EN DASH}{self.closes_at:%H:%M}"


class Closure(models.Model):
    """A time in which the shop or one resource takes no visits. What closes it are `closure` bookings; see operations."""

    resource = models.ForeignKey(
        Resource,
        verbose_name=_("who is away"),
        on_delete=models.CASCADE,
        related_name="closures",
        null=True,
        blank=True,
        help_text=_("Leave empty to close the whole shop."),
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)

    class Meta:
        ordering = ["-starts_at"]
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        constraints = [
            models.CheckConstraint(
                name="closure_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A closure must end after it starts."),
            ),
        ]

    def __str__(self):
        who = self.resource or _("Whole shop")
        return f"{who}, {date_format(localtime(self.starts_at), 'j M H:i')}"


class Pet(models.Model):
    """Who the visit is for."""

    name = models.CharField(_("name"), max_length=60)
    species = models.CharField(_("animal"), max_length=10, choices=Species)
    size = models.CharField(_("size"), max_length=10, choices=PetSize, blank=True)
    notes = models.TextField(_("anything we should know"), max_length=1000, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="pet_species_known", condition=Q(species__in=Species.values)),
            models.CheckConstraint(name="pet_size_known", condition=Q(size__in=["", *PetSize.values])),
        ]

    def __str__(self):
        return self.name


class BookingStatus(models.TextChoices):
    HELD = "held", _("Held")  # a customer is choosing or paying; until `held_until`
    CONFIRMED = "confirmed", _("Confirmed")
    CHECKED_IN = "checked_in", _("Checked in")
    COMPLETED = "completed", _("Done")
    NO_SHOW = "no_show", _("No-show")
    CANCELLED = "cancelled", _("Cancelled")  # the time is free again
    CLOSURE = "closure", _("Closed")  # blocks time and sells nothing


LIVE = [BookingStatus.HELD, BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.CLOSURE]
HOLD_AT_MOST = timedelta(hours=24, minutes=5)


class BookingQuerySet(models.QuerySet):
    def lapsed(self, now):
        """Held, and not paid for in time: whoever wants the time may have it."""
        return self.filter(status=BookingStatus.HELD, held_until__lte=now)

    def blocking(self, now):
        """What keeps others from its time at this moment."""
        return self.filter(status__in=LIVE).exclude(status=BookingStatus.HELD, held_until__lte=now)

    def overlapping(self, starts_at, ends_at):
        """Whose blocked time touches this one; ends are open. The GiST index of the exclusion constraint answers."""
        return self.filter(blocked__overlap=(starts_at, ends_at))

    def visits(self):
        """Everything but closures."""
        return self.exclude(status=BookingStatus.CLOSURE)

    def on_day(self, day):
        """What begins on this day of the shop's calendar and was not called off, in order."""
        return self.visits().exclude(status=BookingStatus.CANCELLED).filter(starts_at__date=day).order_by("starts_at")


class Booking(models.Model):
    """One seat of one resource for one period: a visit, a hold, or a closure. PostgreSQL itself refuses an overlap."""

    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings")
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="bookings")
    seat = models.PositiveSmallIntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    blocked_from = models.DateTimeField()  # the visit with its buffers
    blocked_until = models.DateTimeField()
    period = models.GeneratedField(
        expression=Func("starts_at", "ends_at", function="tstzrange"),
        output_field=DateTimeRangeField(),
        db_persist=True,
    )
    blocked = models.GeneratedField(
        expression=Func("blocked_from", "blocked_until", function="tstzrange"),
        output_field=DateTimeRangeField(),
        db_persist=True,
    )
    pet = models.ForeignKey(Pet, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings")
    closure = models.ForeignKey(Closure, on_delete=models.CASCADE, null=True, blank=True, related_name="bookings")
    status = models.CharField(max_length=10, choices=BookingStatus, default=BookingStatus.HELD)
    held_until = models.DateTimeField(null=True, blank=True)
    extensions = models.PositiveSmallIntegerField(default=0)  # how often the customer asked for more time
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.CheckConstraint(name="booking_status_known", condition=Q(status__in=BookingStatus.values)),
            models.CheckConstraint(name="booking_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="booking_blocks_at_least_its_visit",
                condition=Q(blocked_from__lte=F("starts_at"), blocked_until__gte=F("ends_at")),
            ),
            models.CheckConstraint(
                name="booking_held_until_a_time",
                condition=Q(status=BookingStatus.HELD, held_until__isnull=False)
                | (~Q(status=BookingStatus.HELD) & Q(held_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="booking_held_a_day_at_most",
                condition=Q(held_until__isnull=True) | Q(held_until__lte=F("created_at") + HOLD_AT_MOST),
            ),
            models.CheckConstraint(
                name="booking_sells_something_or_is_a_closure",
                condition=Q(variant__isnull=False) | Q(closure__isnull=False),
            ),
            models.CheckConstraint(name="booking_seat_counts_from_one", condition=Q(seat__gte=1)),
            ExclusionConstraint(
                name="booking_no_overlap",
                expressions=[
                    ("resource", RangeOperators.EQUAL),
                    ("seat", RangeOperators.EQUAL),
                    ("blocked", RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=[str(status) for status in LIVE]),
                violation_error_message=_("That time has just been taken."),
            ),
            ExclusionConstraint(
                name="booking_pet_in_one_place",
                expressions=[("pet", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                condition=Q(status__in=["held", "confirmed", "checked_in"], pet__isnull=False),
                violation_error_message=_("This pet is already somewhere else at that time."),
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at"], name="booking_starts_at"),
            models.Index(fields=["held_until"], name="booking_held_until", condition=Q(status="held")),
        ]

    def __str__(self):
        when = date_format(localtime(self.starts_at), "j M H:i")
        what = self.variant.offering if self.variant else _("Closed")
        return f"{what} with {self.resource}, {when}"

    def is_alive(self, now) -> bool:
        """Whether this hold still keeps its time, or the booking is past holding."""
        return self.status != BookingStatus.HELD or self.held_until > now

    def is_kept(self, now) -> bool:
        """Whether it is a hold that keeps its time at this moment."""
        return self.status == BookingStatus.HELD and self.held_until > now
