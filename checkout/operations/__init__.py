"""What happens to a basket and to an order. Each function is one transaction and asks nobody outside the database.

Lock order, here and everywhere: cart, order, payments by id, variants by id, resources by id, bookings by id.
"""

from catalog.operations import OutOfStock
from checkout.operations.basket import (
    ExtraNoLongerOffered,
    NoLongerForSale,
    OrderIsOpen,
    TooManyHolds,
    add_product,
    add_visit,
    add_visits,
    remove_line,
    set_quantity,
)
from checkout.operations.company import TooManyPets
from checkout.operations.ordering import (
    Answer,
    BasketChanged,
    CartIsEmpty,
    Details,
    PetDetails,
    PriceRose,
    TooLittleToCharge,
    VisitNeedsTime,
    add_note,
    expire_order,
    frozen_answers,
    place_order,
)
from checkout.operations.paying import (
    GRACE,
    PAY_WITHIN,
    OrderIsClosed,
    PageTruth,
    abandon_attempt,
    apply_truth,
    live_attempt,
    queue_message,
    record_session,
)
from checkout.operations.pets import EnoughPets, PetFacts, change_pet, forget_pet, tell_of_pet
from checkout.operations.proofs import (
    PROOFS_AT_MOST,
    NoProofNeeded,
    TooManyProofs,
    approve_proof,
    lapse_visit,
    refuse_proof,
    send_proof,
)
from checkout.operations.reminding import queue_reminders
from checkout.operations.visits import MoreIsKept, OtherPrice, cancel_visit, move_visit, why_it_is_kept, why_it_stays

__all__ = [
    "GRACE",
    "PAY_WITHIN",
    "Answer",
    "PROOFS_AT_MOST",
    "EnoughPets",
    "PetFacts",
    "change_pet",
    "forget_pet",
    "tell_of_pet",
    "NoProofNeeded",
    "TooManyProofs",
    "approve_proof",
    "lapse_visit",
    "refuse_proof",
    "send_proof",
    "BasketChanged",
    "CartIsEmpty",
    "Details",
    "ExtraNoLongerOffered",
    "MoreIsKept",
    "NoLongerForSale",
    "OrderIsClosed",
    "OrderIsOpen",
    "OtherPrice",
    "OutOfStock",
    "PageTruth",
    "PetDetails",
    "PriceRose",
    "TooLittleToCharge",
    "TooManyHolds",
    "TooManyPets",
    "VisitNeedsTime",
    "abandon_attempt",
    "add_note",
    "add_product",
    "add_visit",
    "add_visits",
    "apply_truth",
    "cancel_visit",
    "expire_order",
    "frozen_answers",
    "live_attempt",
    "move_visit",
    "place_order",
    "queue_message",
    "queue_reminders",
    "record_session",
    "remove_line",
    "set_quantity",
    "why_it_is_kept",
    "why_it_stays",
]
