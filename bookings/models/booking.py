"""One seat of one resource for one period."""

from datetime import date, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q
from django.db.models.functions import Now
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from bookings.models.pet import Pet
from bookings.models.resource import Closure, Resource
from bookings.models.vaccination import Vaccine
from catalog.models import Variant


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

    def standing(self, now):
        """Visits that were not called off, whether they are to come or over, and holds that are alive."""
        over_or_coming = self.visits().exclude(status=BookingStatus.CANCELLED)
        return over_or_coming.exclude(status=BookingStatus.HELD, held_until__lte=now)

    def overlapping(self, starts_at, ends_at):
        """Whose blocked time touches this one; ends are open. The GiST index of the exclusion constraint answers."""
        return self.filter(blocked__overlap=(starts_at, ends_at))

    def awaiting_proof(self):
        """Booked, and a vaccination is still to be proven."""
        return self.filter(status=BookingStatus.CONFIRMED, proof_due_by__isnull=False)

    def visits(self):
        """Everything but closures, those included that were opened again and are cancelled."""
        return self.filter(closure=None).exclude(status=BookingStatus.CLOSURE)

    def families_of(self, bookings):
        """These bookings with all that belong to the same visits, whichever of a visit's bookings are named."""
        mains = {booking.main_id for booking in bookings}
        return self.filter(Q(pk__in=mains) | Q(part_of__in=mains))

    def on_day(self, day):
        """What begins on this day of the shop's calendar and was not called off, in order."""
        return self.visits().exclude(status=BookingStatus.CANCELLED).filter(starts_at__date=day).order_by("starts_at")


class Booking(models.Model):
    """One seat of one resource for one period: a visit, a hold, or a closure. PostgreSQL itself refuses an overlap.

    A visit that needs more than one (a groomer and a tub; every date of a course) is a main booking, to which baskets and
    orders point, and its `parts`. This family shares its status and the end of its hold: what happens to one of its
    bookings happens to all of them.
    """

    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings")
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="bookings")
    seat = models.PositiveSmallIntegerField(default=1)
    part_of = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="parts")
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
    # Of a stay, in the shop's calendar: a night is a night, however many hours it has.
    nights = models.PositiveSmallIntegerField(null=True, blank=True)
    arrives_on = models.DateField(null=True, blank=True)
    leaves_on = models.DateField(null=True, blank=True)
    pet = models.ForeignKey(Pet, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings")
    closure = models.ForeignKey(Closure, on_delete=models.CASCADE, null=True, blank=True, related_name="bookings")
    status = models.CharField(max_length=10, choices=BookingStatus, default=BookingStatus.HELD)
    held_until = models.DateTimeField(null=True, blank=True)
    extensions = models.PositiveSmallIntegerField(default=0)  # how often the customer asked for more time
    sequence = models.PositiveIntegerField(default=0, db_default=0)  # how often it was changed once it was confirmed
    moves = models.PositiveSmallIntegerField(default=0, db_default=0)  # how often the customer chose another time
    # What its pet must be vaccinated against, as the customer accepted it, and until when that is still to be proven.
    vaccinations = ArrayField(models.CharField(max_length=20, choices=Vaccine), default=list, db_default=[], blank=True)
    proof_due_by = models.DateTimeField(null=True, blank=True)
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
            models.CheckConstraint(
                name="booking_vaccines_known",
                condition=Q(vaccinations__contained_by=[str(vaccine) for vaccine in Vaccine.values]),
            ),
            models.CheckConstraint(
                name="booking_has_a_night_or_is_no_stay", condition=Q(nights__isnull=True) | Q(nights__gte=1)
            ),
            models.CheckConstraint(
                name="booking_nights_are_calendar_nights",
                condition=Q(nights__isnull=True, arrives_on__isnull=True, leaves_on__isnull=True)
                | Q(
                    leaves_on=ExpressionWrapper(F("arrives_on") + F("nights"), output_field=models.DateField()),
                    nights__isnull=False,
                ),
            ),
            models.CheckConstraint(name="booking_seat_counts_from_one", condition=Q(seat__gte=1)),
            models.CheckConstraint(
                name="booking_part_belongs_to_another_visit",
                condition=Q(part_of__isnull=True)
                | (~Q(part_of=F("id")) & Q(variant__isnull=False, closure__isnull=True)),
            ),
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
            models.Index(fields=["arrives_on"], name="booking_stays", condition=Q(nights__isnull=False)),
            models.Index(fields=["held_until"], name="booking_held_until", condition=Q(status="held")),
            models.Index(
                fields=["proof_due_by"],
                name="booking_proof_due_by",
                condition=Q(status="confirmed", proof_due_by__isnull=False),
            ),
        ]

    def __str__(self):
        when = date_format(localtime(self.starts_at), "j M H:i")
        what = self.variant.offering if self.variant else _("Closed")
        return f"{what} with {self.resource}, {when}"

    @property
    def main_id(self) -> int:
        """The main booking of its family: it, or the one that it is a part of."""
        return self.part_of_id or self.pk

    @property
    def main(self) -> "Booking":
        return self.part_of or self

    @cached_property
    def family(self) -> list["Booking"]:
        """This main booking and its parts, in id order."""
        return [self, *self.parts.order_by("pk")]

    @property
    def last_day(self) -> date:
        """The last day of the shop's calendar on which some of it takes place. What ends at midnight ends on the day before."""
        ends_at = max(booking.ends_at for booking in self.family)
        return localtime(ends_at - timedelta.resolution).date()

    @property
    def vaccine_labels(self) -> list[str]:
        return [str(Vaccine(vaccine).label) for vaccine in self.vaccinations]

    def is_alive(self, now) -> bool:
        """Whether this hold still keeps its time, or the booking is past holding."""
        return self.status != BookingStatus.HELD or self.held_until > now

    def is_kept(self, now) -> bool:
        """Whether it is a hold that keeps its time at this moment."""
        return self.status == BookingStatus.HELD and self.held_until > now
