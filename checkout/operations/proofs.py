"""Proofs of vaccinations, as far as an order is concerned: its timeline, its mails, and its end when none comes."""

from datetime import date

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from bookings import operations as calendar
from bookings.models import Booking, BookingStatus, Vaccination, Vaccine
from checkout.fulfilment import lock_accepted
from checkout.models import CUSTOMER, SHOP, EventKind, Order, OrderLine
from checkout.operations.cancelling import call_off
from checkout.operations.messages import queue_message
from checkout.operations.paying import lock_order
from petshop.core.errors import ShopError

PROOFS_AT_MOST = 20


class NoProofNeeded(ShopError):
    """The visit is not booked any more, or never needed this."""

    def __init__(self):
        super().__init__(_("Nothing has to be proven for this visit any more."))


class TooManyProofs(ShopError):
    def __init__(self):
        super().__init__(
            _("You have sent %(count)d files already. Please call us, so that we can sort it out.")
            % {"count": PROOFS_AT_MOST}
        )


@transaction.atomic
def send_proof(line: OrderLine, *, vaccine: str, valid_until: date, proof: File) -> Vaccination:
    """Keep a proof for a booked visit's pet until staff have looked at it; while it waits, the visit does not lapse.

    Raises NoProofNeeded if nobody asks for it, TooManyProofs.
    """
    _cart, order = lock_order(line.order_id)
    visit = Booking.objects.awaiting_proof().filter(order_line=line).select_related("pet").first()
    if visit is None or vaccine not in visit.vaccinations:
        raise NoProofNeeded
    if Vaccination.objects.filter(pet__bookings__order_line__order=order).distinct().count() >= PROOFS_AT_MOST:
        raise TooManyProofs
    vaccination = calendar.keep_proof(visit.pet, vaccine=vaccine, valid_until=valid_until, proof=proof)
    order.record(EventKind.PROOF_SENT, actor=CUSTOMER, cause=name_of(vaccination), line=line.pk)
    return vaccination


@transaction.atomic
def approve_proof(vaccination: Vaccination, *, valid_until: date, actor: str) -> None:
    """The pet is vaccinated until that day, and visits for which that is enough are safe. Safe to repeat.

    Raises ProofDecided if somebody has refused it meanwhile.
    """
    orders = lock_orders_of(vaccination)
    is_news = calendar.approve_proof(vaccination, valid_until=valid_until, by=actor)
    for order in orders if is_news else []:
        order.record(EventKind.PROOF_APPROVED, actor=actor, cause=name_of(vaccination), vaccination=vaccination.pk)


@transaction.atomic
def refuse_proof(vaccination: Vaccination, *, reason: str, actor: str) -> None:
    """This proves nothing; whoever still needs it is told why, and has a day at least to send another. Safe to repeat.

    Raises ProofDecided if somebody has approved it meanwhile.
    """
    orders = lock_orders_of(vaccination)
    is_news = calendar.refuse_proof(vaccination, reason=reason, by=actor)
    for order in orders if is_news else []:
        order.record(
            EventKind.PROOF_REFUSED,
            actor=actor,
            cause=f"{name_of(vaccination)}: {reason}"[:300],
            vaccination=vaccination.pk,
        )
        queue_message(order, kind="proof_refused", key=f"proof-refused:{vaccination.pk}:{order.pk}")


def lock_orders_of(vaccination: Vaccination) -> list[Order]:
    """The orders with a visit for which this proof was asked, locked in id order."""
    lines = OrderLine.objects.filter(
        booking__pet=vaccination.pet_id,
        booking__status=BookingStatus.CONFIRMED,
        booking__proof_due_by__isnull=False,
        booking__vaccinations__contains=[vaccination.vaccine],
    )
    return list(Order.objects.filter(pk__in=lines.values("order")).order_by("pk").select_for_update())


@transaction.atomic(durable=True)
def lapse_visit(line: OrderLine) -> bool:
    """Call off a visit whose vaccinations were not proven in time; True if it was this call that did. Safe to repeat.

    It is cancelled as if its customer had done it, by the accepted terms. Raises NothingToDo if the order is over.
    """
    order = lock_accepted(line.order_id)
    list(order.payments.select_for_update().order_by("pk"))  # before the visit
    lacking = calendar.overdue_vaccinations(line.booking)
    if not lacking:
        return False
    vaccines = ", ".join(str(Vaccine(vaccine).label) for vaccine in lacking)
    call_off(order, [line], actor=SHOP, cause=f"Not proven in time: {vaccines}", message="lapsed")
    return True


def name_of(vaccination: Vaccination) -> str:
    return f"{vaccination.pet.name}: {Vaccine(vaccination.vaccine).label}"
