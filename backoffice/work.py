"""What staff do next with an order, and which buttons each of its visits and its parcel offer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings.models import BookingStatus
from checkout import fulfilment
from checkout.models import ACCEPTED, Handover, Order, OrderLine, OrderStatus, ParcelStatus
from petshop.core.templatetags.shop import clock_time, day_short
from petshop.core.typed import isolated


@dataclass(frozen=True)
class Step:
    """Something that staff do with one press; `act` is the operation behind the button, `done` what is so then."""

    to: str
    label: str
    done: str
    icon: str
    act: Callable


VISIT_STEPS = {
    "checked_in": Step(
        "checked_in", gettext_lazy("Check in"), gettext_lazy("checked in"), "check", fulfilment.check_in
    ),
    "completed": Step(
        "completed", gettext_lazy("Visit done"), gettext_lazy("the visit is done"), "circle-check", fulfilment.complete
    ),
    "no_show": Step(
        "no_show", gettext_lazy("Did not come"), gettext_lazy("did not come"), "user-x", fulfilment.mark_no_show
    ),
}
PARCEL_STEPS = {
    "ready": Step(
        "ready",
        gettext_lazy("Mark as packed"),
        gettext_lazy("the products are packed"),
        "package-check",
        fulfilment.pack,
    ),
    "handed_over": Step(
        "handed_over",
        gettext_lazy("Hand over"),
        gettext_lazy("the products are handed over"),
        "shopping-bag",
        fulfilment.hand_over,
    ),
    "sent": Step("sent", gettext_lazy("Sent"), gettext_lazy("the products are on their way"), "truck", fulfilment.send),
}

PAID_BEFORE = ["checked_in", "handed_over"]  # then the customer is at the desk


def visit_steps(line: OrderLine, *, of: Order, now: datetime) -> list[Step]:
    """The buttons of a visit of an order, the likely one first. Nobody can fail to come before it was time.

    A course is neither done nor missed before its last date: either would let go of the dates that are left.
    """
    match line.booking.status if line.booking and of.status in ACCEPTED else None:
        case BookingStatus.CONFIRMED:
            steps = [VISIT_STEPS["checked_in"]]
            return steps + [VISIT_STEPS["no_show"]] if last_start(line) <= now else steps
        case BookingStatus.CHECKED_IN if last_start(line) <= now or len(line.dates) < 2:
            return [VISIT_STEPS["completed"]]
    return []


def dates(line: OrderLine) -> list[datetime]:
    """When each date of a course begins; nothing for what is no course."""
    return [datetime.fromisoformat(begins) for begins, _ends in line.dates]


def last_start(line: OrderLine) -> datetime:
    """When a visit begins, or the last date of a course."""
    return dates(line)[-1] if line.dates else line.booking.starts_at


def parcel_steps(order: Order) -> list[Step]:
    """The buttons of an order's products. Nothing leaves the shop before it is paid or accepted."""
    if order.status not in ACCEPTED:
        return []
    if any(line.parcel == ParcelStatus.TO_PACK for line in products(order)):
        return [PARCEL_STEPS["ready"]]
    ready = {line.is_delivered for line in products(order) if line.parcel == ParcelStatus.READY}
    return [PARCEL_STEPS[to] for to, is_delivered in (("handed_over", False), ("sent", True)) if is_delivered in ready]


def visits(order: Order) -> list[OrderLine]:
    return [line for line in order.parts if line.is_visit]


def products(order: Order) -> list[OrderLine]:
    return [line for line in order.parts if not line.is_visit]


def can_be_cancelled(order: Order, line: OrderLine) -> bool:
    """Whether staff can still call it off, or take back what its customer has."""
    if order.status not in ACCEPTED or line.cancelled_at:
        return False
    if line.is_visit:
        return bool(line.booking) and line.booking.status == BookingStatus.CONFIRMED
    return line.parcel != ParcelStatus.CANCELLED


def can_be_ended(order: Order) -> bool:
    """Whether there is an order to cancel: nobody has paid it yet, or something of it is still to come."""
    coming = (line for line in order.parts if line.parcel != ParcelStatus.HANDED_OVER)
    return order.status == OrderStatus.PENDING or any(can_be_cancelled(order, line) for line in coming)


@dataclass(frozen=True)
class Job:
    """The next thing to do with an order: one sentence, why or when, and the buttons that do it."""

    tone: str
    icon: str
    text: str
    detail: str = ""
    line: OrderLine | None = None  # the visit that the buttons are about; without one they are about the parcel
    steps: tuple[Step, ...] = ()


def next_job(order: Order, *, now: datetime) -> Job:
    """What to do first. Trouble with money comes before pets, pets before parcels."""
    if count := len(order.open_concerns):
        why = ngettext("There is a reason for it.", "There are %(count)d reasons for it.", count) % {"count": count}
        return Job("bad", "triangle-alert", _("Look into this order."), why)
    match order.status:
        case OrderStatus.PENDING:
            until = {"time": clock_time(order.held_until), "day": day_short(order.held_until)}
            return Job("", "clock", _("Wait for the payment."), _("Kept for them until %(day)s, %(time)s.") % until)
        case OrderStatus.EXPIRED:
            return Job("", "info", _("Nothing to do."), _("It was not paid in time; its times and its stock are free."))
        case OrderStatus.CANCELLED:
            return Job("", "info", _("Nothing to do."), _("It was cancelled."))
        case OrderStatus.FULFILLED:
            return Job("ok", "circle-check", _("Everything is done."))
    return (
        pet_here(order, now)
        or to_pack(order)
        or pet_expected(order, now)
        or to_send(order)
        or to_hand_over(order)
        or pet_later(order)
    )


def pet_of(line: OrderLine) -> str:
    return isolated(line.pet_name) or _("the pet")


def pet_here(order: Order, now: datetime) -> Job | None:
    for line in visits(order):
        if line.booking and line.booking.status == BookingStatus.CHECKED_IN:
            said = {"pet": pet_of(line), "service": line.name}
            if begins := next((begins for begins in dates(line) if begins > now), None):
                said |= {"day": day_short(begins), "time": clock_time(begins)}
                return Job("", "calendar", _("%(pet)s comes again on %(day)s at %(time)s: %(service)s.") % said)
            text = _("%(pet)s is here: %(service)s.") % said
            return Job("grape", "paw", text, line=line, steps=tuple(visit_steps(line, of=order, now=now)))
    return None


def to_pack(order: Order) -> Job | None:
    waiting = [line for line in products(order) if line.parcel == ParcelStatus.TO_PACK]
    if not waiting or not parcel_steps(order):
        return None
    count = sum(line.quantity - back_on_the_shelf(order, line) for line in waiting)
    text = ngettext("Pack %(count)d product.", "Pack %(count)d products.", count) % {"count": count}
    start = min((line.booking.starts_at for line in expected(order)), default=None)
    if all(line.is_delivered for line in waiting):
        detail = _("To be delivered to %(address)s.") % {"address": address(order)}
    elif any(line.is_delivered for line in waiting):
        detail = _("Some to be collected, some to be delivered to %(address)s.") % {"address": address(order)}
    elif order.handover == Handover.VISIT and start:
        when = {"day": day_short(start), "time": clock_time(start)}
        detail = _("They collect them with their visit, %(day)s at %(time)s.") % when
    else:
        detail = _("They pick them up in the shop.")
    return Job("warn", "package", text, detail, steps=tuple(parcel_steps(order)))


def back_on_the_shelf(order: Order, line: OrderLine) -> int:
    """How many pieces of a line staff have put back while they sent its money back."""
    parts = [part for refund in order.refunds for part in refund.lines.all() if part.order_line_id == line.pk]
    return sum(part.restocked for part in parts)


def address(order: Order) -> str:
    return isolated(f"{order.street}, {order.postal_code} {order.city}")


def expected(order: Order) -> list[OrderLine]:
    lines = [line for line in visits(order) if line.booking and line.booking.status == BookingStatus.CONFIRMED]
    return sorted(lines, key=lambda line: line.booking.starts_at)


def pet_expected(order: Order, now: datetime) -> Job | None:
    """A visit of today, or an older one that nobody closed."""
    for line in expected(order):
        if localtime(line.booking.starts_at).date() <= localtime(now).date():
            return Job("info", "clock", *arrival(line), line=line, steps=tuple(visit_steps(line, of=order, now=now)))
    return None


def arrival(line: OrderLine) -> tuple[str, str]:
    start = line.booking.starts_at
    when = {"pet": pet_of(line), "day": day_short(start), "time": clock_time(start)}
    text = _("%(pet)s comes on %(day)s at %(time)s.") % when
    return text, _("%(service)s with %(groomer)s.") % {"service": line.name, "groomer": line.booking.resource}


def to_send(order: Order) -> Job | None:
    steps = tuple(step for step in parcel_steps(order) if step.to == "sent")
    return Job("info", "truck", _("Deliver the products."), address(order), steps=steps) if steps else None


def to_hand_over(order: Order) -> Job | None:
    steps = tuple(step for step in parcel_steps(order) if step.to == "handed_over")
    if not steps or (order.handover == Handover.VISIT and expected(order)):
        return None
    return Job("info", "package-check", _("Hand over the products."), _("They are packed."), steps=steps)


def pet_later(order: Order) -> Job:
    for line in expected(order):
        return Job("", "calendar", *arrival(line))
    return Job("", "info", _("Nothing to do right now."))
