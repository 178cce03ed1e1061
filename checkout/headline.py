"""The first sentence of an order's page: the next thing that happens, in the pet's name. Pure, like `states`."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.models import BookingStatus
from checkout.models import Handover, Order, OrderLine, OrderStatus, ParcelStatus, PaymentStatus, RefundOrigin
from checkout.money_words import money_word
from checkout.states import all_of, clock_time, day, ends, fulfilment_word, is_booked, money_back, times
from petshop.core.money import format_money
from petshop.core.typed import isolated


@dataclass(frozen=True)
class Headline:
    title: str
    lead: str


def headline(order: Order, *, now: datetime) -> Headline:
    """The next thing that happens, named after the pet if there is one."""
    lines = order.parts
    codes = {fulfilment_word(order, line, now=now).code for line in lines}
    if money_word(order).code == "flagged":
        return Headline(_("We are looking at your payment."), _("It is not what we expected. We will write to you."))
    if order.status == OrderStatus.PENDING:
        return headline_unpaid(order, codes)
    if order.status == OrderStatus.EXPIRED:
        has_failed = any(payment.status == PaymentStatus.FAILED for payment in order.attempts)
        title = _("Your payment did not go through.") if has_failed else _("This order was not paid in time.")
        return Headline(title, _("Nothing was charged, and nothing is kept any more."))
    if order.status == OrderStatus.CANCELLED and not order.received:
        return headline_unpaid_and_over(order)
    if "lost" in codes:
        return Headline(
            _("Your payment is here. Your time is not."),
            _("The time you chose was gone before your payment reached us. We are sorry."),
        )
    if "sold_out" in codes:
        return Headline(
            _("Your payment is here. One thing is not."),
            _("Something sold out before your payment reached us. We are sorry."),
        )
    if codes == {"cancelled"}:
        return headline_cancelled(order, lines)
    said = headline_of_visits(order, [line for line in lines if line.is_visit], now=now)
    return Headline(said.title, f"{said.lead} {still_to_pay(order)}") if order.outstanding else said


def still_to_pay(order: Order) -> str:
    words = {"amount": format_money(order.outstanding), "day": order.due_by and day(order.due_by)}
    if order.received and order.due_by:
        return _("The remaining %(amount)s is due by %(day)s.") % words
    return _("You pay %(amount)s at the shop.") % words


def headline_unpaid_and_over(order: Order) -> Headline:
    """Nothing was due when it was cancelled; what came all the same goes back."""
    title = _("This order was cancelled.")
    if surplus := sum(refund.amount for refund in order.refunds if refund.origin == RefundOrigin.SURPLUS):
        amount = {"amount": format_money(surplus, order.currency)}
        return Headline(title, _("%(amount)s came for it all the same, and goes back to you.") % amount)
    return Headline(title, _("Nothing was charged. Call us if that surprises you."))


def headline_unpaid(order: Order, codes: set[str]) -> Headline:
    if money_word(order).code == "processing":
        return Headline(
            _("We are waiting for your bank."),
            _("You can close this page: we write to you as soon as the money is here."),
        )
    if "lapsed" in codes:
        return Headline(_("We are waiting for your payment."), _("Your time is no longer kept. Nothing was charged."))
    kept = _("Your time is kept until %(time)s.") if "held" in codes else _("Everything is kept until %(time)s.")
    return Headline(_("We are waiting for your payment."), kept % {"time": clock_time(order.held_until)})


def headline_cancelled(order: Order, lines: list[OrderLine]) -> Headline:
    money = money_back(order, *order.every_line)
    if {refund.origin for refund in order.refunds} == {RefundOrigin.LATE}:
        return Headline(
            _("Your money came too late, and goes back to you."),
            " ".join([_("We are sorry: what you chose was gone by then."), money]),
        )
    if any(not line.is_visit for line in lines):
        title = _("Your order is cancelled.")
    else:
        title = ngettext("Your visit is cancelled.", "Your visits are cancelled.", len(lines))
    return Headline(title, money or _("By the terms that were agreed, nothing comes back."))


def headline_of_visits(order: Order, visits: list[OrderLine], *, now: datetime) -> Headline:
    thanks = Headline(_("Thank you."), after_sales(order))
    here = [line for line in visits if line.booking and line.booking.status == BookingStatus.CHECKED_IN]
    if here:
        pets = all_of([isolated(line.pet_name) or _("Your pet") for line in here])
        ready = ends(max(here, key=lambda line: times(line)[1]))
        return Headline(
            _("%(pets)s: with us right now.") % {"pets": pets}, _("Ready at about %(time)s.") % {"time": ready}
        )
    coming = [line for line in visits if is_booked(line) and times(line)[1] > now]
    if not coming:
        return thanks
    first = min(localtime(times(line)[0]).date() for line in coming)
    pets = all_of([isolated(line.pet_name) or _("you") for line in coming if localtime(times(line)[0]).date() == first])
    return Headline(see_you(pets, (first - localtime(now).date()).days, first), after_sales(order))


def see_you(pets: str, days: int, day: date) -> str:
    if days <= 0:
        return _("See you today, %(pets)s.") % {"pets": pets}
    if days == 1:
        return _("See you tomorrow, %(pets)s.") % {"pets": pets}
    if days < 7:
        return _("See you %(day)s, %(pets)s.") % {"day": date_format(day, "l"), "pets": pets}
    return _("See you on %(day)s, %(pets)s.") % {"day": date_format(day, "j F"), "pets": pets}


def after_sales(order: Order) -> str:
    """What became of a paid order's parts, in a sentence."""
    lines = order.parts
    booked = any(is_booked(line) for line in lines)
    parcels = {line.parcel for line in lines if not line.is_visit}
    ready = {line.is_delivered for line in lines if line.parcel == ParcelStatus.READY}
    if ready == {True} and ParcelStatus.TO_PACK not in parcels:
        on_its_way = _("Your order is packed and will be brought to you.")
        return _("Your visit is booked.") + " " + on_its_way if booked else on_its_way
    if booked and ParcelStatus.TO_PACK in parcels:
        if order.handover == Handover.VISIT:
            return _("Your visit is booked and your order will be waiting at the desk.")
        return _("Your visit is booked, and we are packing your order.")
    if booked and ParcelStatus.READY in parcels:
        return _("Your visit is booked, and your order is waiting at the desk.")
    if booked:
        return _("Your visit is booked.")
    if ParcelStatus.TO_PACK in parcels:
        return _("We are packing your order.")
    if ParcelStatus.READY in parcels:
        return _("Your order is waiting at the desk.")
    return _("Everything is done.")
