"""The terms of a visit: what cancelling it costs, how often the customer may move it, what to bring. Pure, and its words.

The same sentences stand at the picker, where no time is chosen yet ("24 hours before"), and wherever one is ("Friday 27
November, 10:30"). What an order froze is read back into the same shape, so that a later change of the rules changes
nothing that was sold.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.calendar import rules_of
from bookings.models import CancellationTier, ServiceRules
from catalog.models import Offering
from petshop.core.dates import in_words, written_day, written_time
from petshop.core.joined import Join

NOTHING = timedelta(0)
ONE_HOUR = timedelta(hours=1)
BALANCE_GRACE = timedelta(hours=48)  # so long after it was due a visit waits for its rest, and is then cancelled


@dataclass(frozen=True)
class Step:
    """From this long before the visit on, so much of its price is kept."""

    before: timedelta
    percent: int


@dataclass(frozen=True)
class Terms:
    """`steps` keep more and more, the one furthest from the visit first; without any, cancelling is always free."""

    steps: tuple[Step, ...] = ()
    moves_at_most: int = 0
    move_until: timedelta = NOTHING
    what_to_bring: str = ""
    deposit_percent: int | None = None  # paid when it is booked; without one all of it is
    balance_due: timedelta = NOTHING  # the rest, this long before the visit

    def kept_percent(self, starts_at: datetime, *, now: datetime) -> int:
        """How much of the price is kept if the visit that begins then is cancelled now. A step holds from its moment on."""
        return max((step.percent for step in self.steps if starts_at - step.before <= now), default=0)

    def free_until(self, starts_at: datetime) -> datetime | None:
        """The moment from which cancelling costs something; None if it never does."""
        return starts_at - self.steps[0].before if self.steps else None

    def can_be_moved(self, starts_at: datetime, *, moves: int, now: datetime) -> bool:
        """Whether the customer may move the visit that begins then, having moved it so often already."""
        return moves < self.moves_at_most and now < starts_at - self.move_until

    def balance_due_by(self, starts_at: datetime) -> datetime:
        """By when the rest of a visit that begins then must be paid."""
        return starts_at - self.balance_due

    def asks_deposit(self, starts_at: datetime, *, now: datetime) -> bool:
        """Whether a visit that begins then can be booked with a deposit; too near, all of it is paid at once."""
        return self.deposit_percent is not None and now < self.balance_due_by(starts_at)


def rising(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps in the order of time, without those that keep no more than one before them does."""
    kept = []
    for step in sorted(steps, key=lambda step: (-step.before, -step.percent)):
        if step.percent > (kept[-1].percent if kept else 0):
            kept.append(step)
    return tuple(kept)


# What a service promises now

TERMS = Join(
    """
    FROM unnest(%s) AS service
    LEFT JOIN bookings_servicerules AS rules ON rules.offering_id = service
    LEFT JOIN bookings_cancellationtier AS tier ON tier.offering_id = service
    """,
    rules=ServiceRules,
    tier=CancellationTier,
)


def read_terms(services: Iterable[Offering]) -> None:
    """Give each of these services its `rules` and its `fee_steps`, which `terms_of` reads, in one statement for them all."""
    services = list(services)
    asked = list({service.pk for service in services})
    read = list(TERMS.read(asked)) if asked else []
    rules = {each.offering_id: each for each, _tier in read if each}
    tiers = [tier for _rules, tier in read if tier]
    for service in services:
        service.rules = rules.get(service.pk) or ServiceRules()
        further = [tier for tier in tiers if tier.offering_id == service.pk]
        service.fee_steps = [Step(tier.before, tier.percent) for tier in further]


def terms_of(offering: Offering) -> Terms:
    """What the service promises and asks for at this moment. What `read_terms` has not read is asked for."""
    rules = rules_of(offering)
    further = getattr(offering, "fee_steps", None)
    if further is None:
        further = [Step(tier.before, tier.percent) for tier in offering.cancellation_tiers.all()]
    return Terms(
        steps=rising([Step(rules.free_cancellation, rules.late_fee_percent), *further]),
        moves_at_most=rules.moves_at_most,
        move_until=rules.move_until,
        what_to_bring=rules.what_to_bring,
        deposit_percent=rules.deposit_percent,
        balance_due=rules.balance_due,
    )


# In words


def cancellation_in_general(terms: Terms) -> str:
    """What cancelling costs, for a visit whose time is still to be chosen."""
    if not terms.steps:
        return _("Free to cancel at any time before it begins.")
    first, *further = terms.steps
    if first.before:
        sentences = [_("Free to cancel until %(length)s before your visit.") % {"length": in_words(first.before)}]
    else:
        sentences = [_("Free to cancel until your visit begins.")]
    sentences.append(after_that(first.percent))
    sentences += [
        _("From %(length)s before on we keep %(share)s.")
        % {"length": in_words(step.before), "share": share_of(step.percent)}
        if step.before
        else _("Once it has begun we keep %(share)s.") % {"share": share_of(step.percent)}
        for step in further
    ]
    return " ".join(sentences)


def cancellation_of(terms: Terms, starts_at: datetime, *, now: datetime) -> str:
    """What cancelling the visit that begins then costs, from now on."""
    if not terms.steps:
        return _("Free to cancel at any time before it begins.")
    past = terms.kept_percent(starts_at, now=now)
    first, *further = terms.steps
    if past:
        sentences = [_("If you cancel, we keep %(share)s.") % {"share": share_of(past)}]
        further = [step for step in further if step.percent > past]
    else:
        sentences = [
            _("Free to cancel until %(moment)s.") % {"moment": moment(starts_at - first.before)},
            after_that(first.percent),
        ]
    sentences += [
        _("From %(moment)s on we keep %(share)s.")
        % {"moment": moment(starts_at - step.before), "share": share_of(step.percent)}
        for step in further
    ]
    return " ".join(sentences)


def moving_in_general(terms: Terms) -> str:
    """How often and until when the customer may move a visit, for one whose time is still to be chosen."""
    if not terms.moves_at_most:
        return _("To move it, call us.")
    if not terms.move_until:
        return times_to_move(terms.moves_at_most, _("your visit begins"))
    return times_to_move(
        terms.moves_at_most, _("%(length)s before your visit") % {"length": in_words(terms.move_until)}
    )


def moving_of(terms: Terms, starts_at: datetime, *, moves: int = 0, now: datetime) -> str:
    """How often and until when the customer may still move the visit that begins then."""
    if not terms.can_be_moved(starts_at, moves=moves, now=now):
        return _("To move it, call us.")
    return times_to_move(terms.moves_at_most - moves, moment(starts_at - terms.move_until))


def deposit_in_general(terms: Terms) -> str:
    """How much of a visit is paid when it is booked, for one whose time is still to be chosen; nothing if all of it is."""
    if terms.deposit_percent is None:
        return ""
    words = {"percent": terms.deposit_percent, "length": in_words(terms.balance_due)}
    if not terms.balance_due:
        return _("You pay a deposit of %(percent)d%% now, and the rest by the time your visit begins.") % words
    return _("You pay a deposit of %(percent)d%% now, and the rest by %(length)s before your visit.") % words


def deposit_of(terms: Terms, starts_at: datetime, *, now: datetime) -> str:
    """The same for the visit that begins then, with what happens if the rest does not come."""
    if not terms.asks_deposit(starts_at, now=now):
        return ""
    words = {"percent": terms.deposit_percent}
    return " ".join([_("You pay a deposit of %(percent)d%% now.") % words, balance_of(terms.balance_due_by(starts_at))])


def balance_of(due_by: datetime) -> str:
    """By when the rest is due, and the one rule for what happens if it is not paid by then."""
    return _(
        "The rest is due by %(moment)s. If it is not here by then, we write to you, and %(hours)d hours later the visit"
        " is cancelled by these terms."
    ) % {"moment": moment(due_by), "hours": BALANCE_GRACE // ONE_HOUR}


def times_to_move(count: int, until: str) -> str:
    return ngettext(
        "You can move it once, until %(until)s.", "You can move it up to %(count)d times, until %(until)s.", count
    ) % {"count": count, "until": until}


def after_that(percent: int) -> str:
    return _("After that we keep %(share)s.") % {"share": share_of(percent)}


def share_of(percent: int) -> str:
    return _("the whole price") if percent == 100 else _("%(percent)d%%") % {"percent": percent}


def moment(when: datetime) -> str:
    return _("%(day)s, %(time)s") % {"day": written_day(when, "l j F"), "time": written_time(when)}
