"""A visit that gets a dearer time as soon as the difference is paid."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking, BookingStatus
from checkout.models.line import OrderLine
from checkout.models.order import CUSTOMER, Order


class ChangeStatus(models.TextChoices):
    WAITING = "waiting", _("Waits for the difference")
    DONE = "done", _("Paid and moved")
    ENDED = "ended", _("Stayed where it was")


class VisitChangeQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(status=ChangeStatus.WAITING)

    def overdue(self, now):
        """Waiting for longer than the new time was kept, or with a visit that has begun; Stripe must be asked before they end."""
        return self.waiting().filter(Q(held_until__lte=now) | ~Q(line__booking__status=BookingStatus.CONFIRMED))


class VisitChange(models.Model):
    """What was agreed to of another time of a visit: when, for how much, and until when it is kept. Changed by operations.

    The visit has its old time until the difference is here. Nothing of this is ever asked for twice: a change ends done,
    or the visit stays where it was.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="changes")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="changes")
    starts_at = models.DateTimeField()  # the new time
    sequence = models.PositiveIntegerField()  # of the visit when it was agreed to: what has changed since counts on
    price = models.DecimalField(max_digits=14, decimal_places=2)  # of the visit there
    amount = models.DecimalField(max_digits=14, decimal_places=2)  # what of it is still to be paid
    held_until = models.DateTimeField()  # until then the new time is kept
    booking = models.OneToOneField(  # what is kept for it; None: the visit has all of it already
        Booking, on_delete=models.PROTECT, null=True, blank=True, related_name="visit_change"
    )
    status = models.CharField(max_length=10, choices=ChangeStatus, default=ChangeStatus.WAITING)
    actor = models.CharField(max_length=150)  # as in OrderEvent
    cause = models.CharField(max_length=300)
    asked_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = VisitChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a visit")
        verbose_name_plural = _("changes of visits")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["held_until"], name="visit_change_overdue", condition=Q(status="waiting")),
        ]
        constraints = [
            models.CheckConstraint(name="visit_change_status_known", condition=Q(status__in=ChangeStatus.values)),
            models.CheckConstraint(
                name="visit_change_costs_something", condition=Q(amount__gt=0, amount__lte=F("price"))
            ),
            models.UniqueConstraint(
                name="visit_change_one_at_a_time", fields=["order"], condition=Q(status=ChangeStatus.WAITING)
            ),
        ]

    def __str__(self):
        return f"{self.line}, {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def cost(self) -> Decimal:
        """What the visit costs at the time that it has."""
        return self.price - self.amount

    @property
    def is_waiting(self) -> bool:
        return self.status == ChangeStatus.WAITING

    @property
    def is_customers(self) -> bool:
        """Whether its customer chose the new time, and not the shop."""
        return self.actor == CUSTOMER

    def is_of(self, visit: Booking | None) -> bool:
        """Whether the visit is still to come, and where it was when this was agreed to."""
        return visit is not None and (visit.status, visit.sequence) == (BookingStatus.CONFIRMED, self.sequence)

    def is_open(self, now: datetime) -> bool:
        """Whether the new time is kept, and can be paid for."""
        return self.is_waiting and self.held_until > now
