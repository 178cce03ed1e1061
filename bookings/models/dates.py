"""The published dates of classes."""

from datetime import timedelta

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking, BookingQuerySet
from bookings.models.resource import Resource
from catalog.models import Kind, Offering


class Course(models.Model):
    """Dates of a class that belong together and can be booked as a whole: six Tuesdays of puppy school."""

    offering = models.ForeignKey(
        Offering,
        verbose_name=_("class"),
        on_delete=models.PROTECT,
        related_name="courses",
        limit_choices_to={"kind": str(Kind.CLASS)},
    )
    resource = models.ForeignKey(
        Resource,
        verbose_name=_("where, or with whom"),
        on_delete=models.PROTECT,
        related_name="courses",
        help_text=_("It has as many places as can join."),
    )
    name = models.CharField(_("name"), max_length=80, help_text=_("“Spring course”."))
    first_day = models.DateField(_("first day"))
    starts_at = models.TimeField(_("from"))
    duration = models.DurationField(_("duration"), default=timedelta(hours=1))
    weeks = models.PositiveSmallIntegerField(
        _("weeks"), default=6, help_text=_("One date in each, on the same weekday.")
    )

    class Meta:
        ordering = ["first_day", "starts_at", "pk"]
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        constraints = [
            models.CheckConstraint(
                name="course_has_one_to_fifty_two_weeks",
                condition=Q(weeks__gte=1, weeks__lte=52),
                violation_error_message=_("A course has between 1 and 52 dates."),
            ),
            models.CheckConstraint(
                name="course_date_lasts_a_while",
                condition=Q(duration__gte=timedelta(minutes=5), duration__lte=timedelta(hours=12)),
                violation_error_message=_("A date lasts between 5 minutes and 12 hours."),
            ),
        ]

    def __str__(self):
        return f"{self.offering}, {self.name}"


class ClassDateQuerySet(models.QuerySet):
    def with_joined(self, now):
        """Each with `joined`, how many are coming or came: of this date alone or of its whole course."""
        here = Booking.objects.standing(now).filter(
            variant__offering=OuterRef("offering"), resource=OuterRef("resource"), starts_at=OuterRef("starts_at")
        )
        count = here.order_by().values("starts_at").annotate(count=Count("pk")).values("count")
        return self.annotate(joined=Coalesce(models.Subquery(count), 0))

    def bookings(self, now) -> BookingQuerySet:
        """What somebody has booked of these dates, or holds at this moment."""
        dates = self.filter(
            offering=OuterRef("variant__offering"), resource=OuterRef("resource"), starts_at=OuterRef("starts_at")
        )
        return Booking.objects.standing(now).filter(Exists(dates))


class ClassDate(models.Model):
    """One date of a class, alone or of a course. Whoever joins has a booking of it; it has none of its own."""

    offering = models.ForeignKey(
        Offering,
        verbose_name=_("class"),
        on_delete=models.PROTECT,
        related_name="class_dates",
        limit_choices_to={"kind": str(Kind.CLASS)},
    )
    resource = models.ForeignKey(
        Resource,
        verbose_name=_("where, or with whom"),
        on_delete=models.PROTECT,
        related_name="class_dates",
        help_text=_("It has as many places as can join."),
    )
    course = models.ForeignKey(
        Course, verbose_name=_("course"), on_delete=models.CASCADE, null=True, blank=True, related_name="dates"
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))

    objects = ClassDateQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = _("date of a class")
        verbose_name_plural = _("dates of classes")
        constraints = [
            models.CheckConstraint(
                name="class_date_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A date must end after it starts."),
            ),
            models.UniqueConstraint(
                name="class_date_once",
                fields=["offering", "resource", "starts_at"],
                violation_error_message=_("This date is published already."),
            ),
        ]

    def __str__(self):
        return f"{self.offering}, {date_format(localtime(self.starts_at), 'j M Y H:i')}"
