"""What happens to a basket and to an order. Each function is one transaction and asks nobody outside the database.

Lock order, here and everywhere: cart, order, payments by id, variants by id, resources by id, bookings by id, and last of
all promotions by id.
"""

from catalog.operations import OutOfStock
from checkout.fulfilment import PaymentIsUnderWay
from checkout.operations.at_shop import NotAtShop, TooManyUnpaid
from checkout.operations.balances import (
    NotAfterIt,
    NothingToPay,
    lapse_balance,
    orders_to_lapse,
    postpone_balance,
    queue_balance_mails,
)
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
    take_hold_away,
)
from checkout.operations.cancelling import NotAsSeen, cancel_lines, cancel_unpaid, why_it_is_kept
from checkout.operations.changed import ChangeIsOver
from checkout.operations.changing import (
    ask_for_change,
    change_attempt,
    end_change,
    is_being_paid,
    open_change,
    take_for_change,
)
from checkout.operations.checking import (
    CartIsEmpty,
    CodeRefused,
    MoreIsDueNow,
    PriceRose,
    TooLittleToCharge,
    TooMuchToCharge,
    VisitNeedsTime,
)
from checkout.operations.choosing import choose_time, take_again
from checkout.operations.company import TooManyPets
from checkout.operations.composing import NotAsAgreed, compose_refund, preview_refund
from checkout.operations.concerns import clear_concern, flag, unflag
from checkout.operations.counter import OtherAmount, give_back_at_counter, take_at_counter
from checkout.operations.delivering import AddressMissing, NotDelivered, deliver, deliver_to
from checkout.operations.late import send_late_money_back, send_overdue_money_back
from checkout.operations.linking import KEPT_FOR, PaymentLink
from checkout.operations.lost import visit_without_time, why_no_other_time
from checkout.operations.mending import NotItsAmount, explain_refund, send_again
from checkout.operations.messages import queue_message
from checkout.operations.ordering import (
    Answer,
    BasketChanged,
    Details,
    PetDetails,
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
    record_session,
)
from checkout.operations.pets import EnoughPets, PetFacts, change_pet, forget_pet, tell_of_pet
from checkout.operations.promoting import CodeDoesNotCount, NoSuchCode, UsedUp, drop_code, use_code
from checkout.operations.proofs import (
    PROOFS_AT_MOST,
    NoProofNeeded,
    TooManyProofs,
    approve_proof,
    lapse_visit,
    refuse_proof,
    send_proof,
)
from checkout.operations.recording import (
    PROGRESS,
    DisputeTruth,
    NoRoom,
    RefundTruth,
    record_dispute,
    record_refund,
    reject_refund,
    take_another_key,
)
from checkout.operations.refunding import (
    MoreThanIsLeft,
    NothingToSendBack,
    PaymentIsDisputed,
    request_refund,
    sendable,
)
from checkout.operations.reminding import queue_reminders
from checkout.operations.visits import (
    NotAsQuoted,
    NotByCard,
    OtherPrice,
    check_price,
    check_quote,
    move_visit,
    why_it_stays,
)

__all__ = [
    "KEPT_FOR",
    "PaymentLink",
    "AddressMissing",
    "Answer",
    "BasketChanged",
    "CartIsEmpty",
    "CodeDoesNotCount",
    "CodeRefused",
    "Details",
    "DisputeTruth",
    "EnoughPets",
    "ExtraNoLongerOffered",
    "GRACE",
    "MoreIsDueNow",
    "MoreThanIsLeft",
    "NoLongerForSale",
    "NoProofNeeded",
    "NoRoom",
    "NoSuchCode",
    "NotAfterIt",
    "NotAsAgreed",
    "NotAsQuoted",
    "NotAsSeen",
    "NotAtShop",
    "NotByCard",
    "NotDelivered",
    "NotItsAmount",
    "NothingToPay",
    "NothingToSendBack",
    "OrderIsClosed",
    "OrderIsOpen",
    "OtherAmount",
    "OtherPrice",
    "OutOfStock",
    "PAY_WITHIN",
    "PROGRESS",
    "PROOFS_AT_MOST",
    "PageTruth",
    "PaymentIsDisputed",
    "PaymentIsUnderWay",
    "PetDetails",
    "PetFacts",
    "PriceRose",
    "RefundTruth",
    "TooLittleToCharge",
    "TooManyHolds",
    "TooManyPets",
    "TooManyProofs",
    "TooManyUnpaid",
    "TooMuchToCharge",
    "UsedUp",
    "VisitNeedsTime",
    "abandon_attempt",
    "add_note",
    "add_product",
    "add_visit",
    "add_visits",
    "apply_truth",
    "approve_proof",
    "cancel_lines",
    "cancel_unpaid",
    "change_pet",
    "check_price",
    "check_quote",
    "choose_time",
    "clear_concern",
    "compose_refund",
    "deliver",
    "deliver_to",
    "drop_code",
    "expire_order",
    "explain_refund",
    "flag",
    "forget_pet",
    "frozen_answers",
    "give_back_at_counter",
    "lapse_balance",
    "lapse_visit",
    "live_attempt",
    "move_visit",
    "orders_to_lapse",
    "place_order",
    "postpone_balance",
    "preview_refund",
    "queue_balance_mails",
    "queue_message",
    "queue_reminders",
    "record_dispute",
    "record_refund",
    "record_session",
    "refuse_proof",
    "reject_refund",
    "remove_line",
    "request_refund",
    "send_again",
    "send_late_money_back",
    "send_overdue_money_back",
    "send_proof",
    "sendable",
    "set_quantity",
    "take_again",
    "take_another_key",
    "take_at_counter",
    "tell_of_pet",
    "unflag",
    "use_code",
    "visit_without_time",
    "why_it_is_kept",
    "why_it_stays",
    "why_no_other_time",
    "ChangeIsOver",
    "ask_for_change",
    "change_attempt",
    "end_change",
    "open_change",
    "take_for_change",
    "is_being_paid",
    "take_hold_away",
]
