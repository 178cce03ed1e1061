"""Why something cannot happen to a booking, in the customer's words."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from bookings.models import Booking, BookingStatus, Pet
from bookings.terms import Terms
from catalog.models import Variant
from petshop.core.dates import in_words, written_time
from petshop.core.errors import ShopError
from petshop.core.typed import isolated


class SlotTaken(ShopError):
    """Somebody else has this time, or it is not offered."""

    def __init__(self, variant: Variant, start: datetime):
        self.variant = variant
        self.start = start
        super().__init__(_("That time is not free any more."))


class HoldLost(ShopError):
    """The hold ran out, or somebody took its time after it did."""

    def __init__(self, booking: Booking):
        self.booking = booking
        when = date_format(localtime(booking.starts_at), "l j F, H:i")
        super().__init__(_("We could no longer keep %(when)s for you.") % {"when": when})


class NoMoreTime(ShopError):
    """More time was asked for as often as it is given."""

    def __init__(self):
        super().__init__(_("We cannot keep this time any longer. Please check out while it is yours."))


class PetElsewhere(ShopError):
    """The pet would be in two places at once."""

    def __init__(self, booking: Booking, pet: Pet):
        self.booking = booking
        self.pet = pet
        when = date_format(localtime(booking.starts_at), "l j F, H:i")
        super().__init__(_("%(pet)s is already somewhere else on %(when)s.") % {"pet": pet, "when": when})


class NotForThisPet(ShopError):
    """The choice, its service, or whoever does it is for other animals or other sizes."""

    def __init__(self, variant: Variant, pet: Pet, booking: Booking | None = None):
        self.variant = variant
        self.pet = pet
        self.booking = booking
        super().__init__(
            _("“%(service)s” is not for %(pet)s. Please choose again.")
            % {"service": variant, "pet": isolated(pet.name)}
        )


class TimeOfSomebodyElse(SlotTaken):
    """For the shop itself: what is in the way at this time, in words that say who has it."""

    def __init__(self, variant: Variant, start: datetime, there: Booking):
        super().__init__(variant, start)
        self.there = there
        if there.status == BookingStatus.HELD:
            until = written_time(there.held_until)
            reason = _("A customer has this time in the basket, until %(until)s: nobody else can have it.") % {
                "until": until
            }
        elif there.status == BookingStatus.CLOSURE:
            reason = _("%(who)s takes no visits at that time.") % {"who": there.resource}
        else:
            reason = _("%(service)s with %(who)s is there, from %(start)s to %(end)s.") % {
                "service": there.variant.offering,
                "who": there.resource,
                "start": written_time(there.starts_at),
                "end": written_time(there.ends_at),
            }
        self.args = (reason,)


class CannotBeMoved(ShopError):
    """Its customer may not move this visit, or not any more, by the terms that were accepted."""

    def __init__(self, booking: Booking, terms: Terms):
        self.booking = booking
        if booking.moves >= terms.moves_at_most:
            reason = (
                _("You have moved this visit as often as you can by yourself.")
                if booking.moves
                else _("This visit cannot be moved online.")
            )
        else:
            reason = _("This visit could be moved until %(length)s before it begins.") % {
                "length": in_words(terms.move_until)
            }
        super().__init__(_("%(reason)s Please call us.") % {"reason": reason})


class VisitHasBegun(ShopError):
    """The visit is under way, or over, by the clock."""

    def __init__(self, booking: Booking, *, is_over: bool):
        self.booking = booking
        super().__init__(_("This visit is over.") if is_over else _("This visit has begun."))


class VisitMovedOn(ShopError):
    """The visit is in a state from which this cannot happen, or has happened already."""

    def __init__(self, booking: Booking):
        self.booking = booking
        super().__init__(_("This visit is “%(status)s” by now.") % {"status": booking.get_status_display()})
