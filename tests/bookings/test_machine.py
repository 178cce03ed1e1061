"""Everything that happens to a calendar, in any order: hypothesis presses the buttons, PostgreSQL keeps the books.

After each step the calendar's invariants hold, and the database says what the mind says, which kept a list beside it. An
answer of an operation is no surprise either: the mind knows before whether there is room. `make test` takes 2,000 steps,
the same ones each time; `make proof` takes 50,000 others, and says how to take them again: PROOF_SEED.
"""

import os
import secrets
from collections import Counter

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.forms.models import model_to_dict
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bookings.admin_forms import ResourceForm
from bookings.calendar import Calendar, able
from bookings.models import Booking, BookingStatus, Closure, OpeningHours, Resource, Weekday
from bookings.operations import (
    EXTENSIONS_AT_MOST,
    HoldLost,
    NoMoreTime,
    PetElsewhere,
    SlotTaken,
    VisitMovedOn,
    ask_for_more_time,
    cancel_bookings,
    check_in,
    close_time,
    complete,
    confirm_bookings,
    extend_holds,
    hold_booking,
    mark_no_show,
    move_booking,
    release_holds,
    reopen,
)
from bookings.tasks import tidy_holds
from bookings.terms import Terms
from catalog.models import Kind
from petshop.core import clock
from tests import kinds
from tests.bookings.crowded import (
    DAYS,
    HOUR,
    HOURS,
    MINUTE,
    Shop,
    answer_of,
    calendar_in_one_statement,
    sell,
    stored,
    stored_places,
    without_seats,
)
from tests.bookings.mind import Visit
from tests.factories import ClosureFactory

IS_PROOF = bool(os.environ.get("PROOF"))
STEPS = 50_000 if IS_PROOF else 2_000
FIRST_SEED = int(os.environ.get("PROOF_SEED") or (secrets.randbelow(10**9) if IS_PROOF else 20270328))
MACHINES_OF_A_SEED = 10

WALLS = ["09:00", "09:30", "10:00", "11:00", "12:30", "16:30"]
GENEROUS = Terms(moves_at_most=100)  # whether a customer may move a visit at all is not what is asked here

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]


class CalendarMachine(RuleBasedStateMachine):
    """One day at the desk; whatever it leaves behind is rolled back."""

    shop: Shop
    steps = 0
    happened = Counter()

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.mind = self.shop.mind()
        type(self).steps -= 1  # what is true before the first step is looked at too

    def teardown(self):
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    # Choosing

    def some(self, number, *statuses, **facts):
        """One of the visits that are so, with the number of its main booking."""
        there = [
            (pk, visit)
            for pk, visit in self.mind.visits.items()
            if visit.status in statuses and all(getattr(visit, name) == value for name, value in facts.items())
        ]
        return there[number % len(there)] if there else (None, None)

    def resource(self, number):
        return self.shop.resources[number % len(self.shop.resources)].pk

    # Customers

    @rule(day=st.sampled_from(DAYS), wall=st.sampled_from(WALLS), who=st.integers(0, 2))
    def book_a_trim(self, day, wall, who):
        resource = self.shop.resources[who].pk if who < 2 else None
        self.hold(self.shop.trim, kinds.on(kinds.in_days(day), wall), resource=resource)

    @rule(day=st.sampled_from(DAYS), wall=st.sampled_from(WALLS), pet=st.integers(0, 2))
    def book_a_bath(self, day, wall, pet):
        self.hold(self.shop.bath, kinds.on(kinds.in_days(day), wall), pet=pet)

    @rule(which=st.integers(0, 1), day=st.sampled_from(DAYS), pet=st.integers(0, 2))
    def book_a_day(self, which, day, pet):
        variant = self.shop.seats[which]
        self.hold(variant, kinds.on(kinds.in_days(day), f"{variant.begins_at:%H:%M}"), pet=pet)

    @rule(day=st.sampled_from(DAYS), nights=st.integers(1, 3), pet=st.integers(0, 2))
    def book_a_stay(self, day, nights, pet):
        self.hold(self.shop.stay, kinds.on(kinds.in_days(day), "15:00"), nights=nights, pet=pet)

    @rule(
        which=st.integers(0, 1),
        day=st.sampled_from(DAYS),
        wall=st.sampled_from(["18:00", "18:30"]),
        pet=st.integers(0, 2),
    )
    def book_a_class(self, which, day, wall, pet):
        self.hold(self.shop.classes[which], kinds.on(kinds.in_days(day), wall), pet=pet)

    def hold(self, variant, starts_at, *, resource=None, nights=0, pet=2):
        needs = self.mind.needs(variant, starts_at, nights=nights)
        if needs and resource:
            needs[0] = needs[0].only(resource)
        pet = self.shop.pets[pet] if pet < 2 else None
        expected = self.answer(needs, pet and pet.pk)

        who = resource and Resource.objects.get(pk=resource)
        booking, refusal = answer_of(
            lambda: hold_booking(variant, starts_at=starts_at, resource=who, nights=nights, pet=pet)
        )
        assert refusal is expected
        self.happened[f"{variant.offering}: {refusal.__name__ if refusal else 'held'}"] += 1
        if booking:
            self.mind.visits[booking.pk] = Visit(variant, frozenset(), pet=pet and pet.pk, nights=nights)
            self.settle(booking.pk, needs)

    def answer(self, needs, pet, *, moving=None):
        if not self.mind.room(needs, moving=moving):
            return SlotTaken
        # The tub is where the groomer is: a pet is said to be at one of two things that happen at the same time.
        elsewhere = self.mind.is_elsewhere(pet, [need.span for need in needs], moving=moving)
        return PetElsewhere if elsewhere else None

    def settle(self, pk, needs):
        """A visit has found its places: those that the database chose are among the free ones."""
        visit, places = self.mind.visits[pk], frozenset(stored_places()[pk])
        assert self.mind.fits(needs, places, moving=visit)
        visit.places = places
        self.mind.give_way(places)

    @precondition(lambda self: self.some(0, BookingStatus.HELD)[1])
    @rule(number=st.integers(0, 9), is_paying=st.booleans())
    def keep(self, number, is_paying):
        """One more press for more time, or the way to the payment page."""
        pk, visit = self.some(number, BookingStatus.HELD)
        try:
            with transaction.atomic():
                if is_paying:
                    extend_holds([Booking(pk=pk)], until=clock.now() + 40 * MINUTE)
                else:
                    ask_for_more_time(Booking(pk=pk))
        except HoldLost:
            assert visit.is_lapsed
        except NoMoreTime:
            assert Booking.objects.get(pk=pk).extensions == EXTENSIONS_AT_MOST
        else:
            assert not visit.is_lapsed

    @precondition(lambda self: self.some(0, BookingStatus.HELD, is_lapsed=False)[1])
    @rule(number=st.integers(0, 9))
    def let_the_time_run_out(self, number):
        pk, visit = self.some(number, BookingStatus.HELD, is_lapsed=False)
        Booking.objects.families_of([Booking(pk=pk)]).update(held_until=clock.now() - 2 * HOUR)
        visit.is_lapsed = True

    @precondition(lambda self: self.some(0, BookingStatus.HELD, is_lapsed=True)[1])
    @rule()
    def tidy_up(self):
        tidy_holds(timestamp=0)
        for visit in self.mind.visits.values():
            if visit.has_lapsed:
                visit.become(BookingStatus.CANCELLED)

    @precondition(lambda self: self.some(0, BookingStatus.HELD)[1])
    @rule(number=st.integers(0, 9))
    def give_back(self, number):
        pk, visit = self.some(number, BookingStatus.HELD)
        release_holds([Booking(pk=pk)])
        visit.become(BookingStatus.CANCELLED)

    @precondition(lambda self: self.some(0, BookingStatus.HELD, BookingStatus.CANCELLED, is_paid=False)[1])
    @rule(number=st.integers(0, 9))
    def pay(self, number):
        """In time or late: for a hold that is kept, that ran out, or that was given back while the bank was thinking."""
        pk, visit = self.some(number, BookingStatus.HELD, BookingStatus.CANCELLED, is_paid=False)
        # Nobody took the places of a hold that ran out, or it would be cancelled; but what was closed round it is closed.
        is_closed = any(self.mind.is_closed(place.resource, place.blocked) for place in visit.places)
        is_held = visit.keeps_its_places or (visit.has_lapsed and not is_closed)
        needs = self.mind.same_again(visit)
        is_kept = is_held or self.answer(needs, visit.pet) is None
        sell(pk, visit)

        lost = confirm_bookings([Booking(pk=pk)])

        assert [booking.pk for booking in lost] == ([] if is_kept else [pk])
        how = "in time" if visit.keeps_its_places else "late" if visit.has_lapsed else "after it was given back"
        self.happened[f"paid {how}: {'kept' if is_kept else 'lost'}"] += 1
        visit.is_paid = True
        visit.become(BookingStatus.CONFIRMED if is_kept else BookingStatus.CANCELLED)
        if is_kept and not is_held:
            self.settle(pk, needs)

    @precondition(lambda self: self.some(0, BookingStatus.CONFIRMED)[1])
    @rule(
        number=st.integers(0, 9),
        day=st.sampled_from(DAYS),
        wall=st.sampled_from([*WALLS, "15:00", "18:00", "18:30"]),
        by_customer=st.booleans(),
    )
    def move(self, number, day, wall, by_customer):
        pk, visit = self.some(number, BookingStatus.CONFIRMED)
        usual = {Kind.STAY: "15:00", Kind.SEAT: visit.variant.begins_at and f"{visit.variant.begins_at:%H:%M}"}
        starts_at = kinds.on(kinds.in_days(day), usual.get(visit.variant.offering.kind, wall))
        needs = self.mind.needs(visit.variant, starts_at, nights=visit.nights, at_any_time=not by_customer)
        expected = self.answer(needs, visit.pet, moving=visit)
        is_there = visit.first.span[0] == starts_at
        booking = Booking.objects.select_related("variant__offering__rules").get(pk=pk)
        accepted = GENEROUS if by_customer else None
        _moved, refusal = answer_of(lambda: move_booking(booking, starts_at=starts_at, accepted=accepted))
        assert refusal is (None if is_there else expected)
        self.happened[f"moved: {refusal.__name__ if refusal else 'stays' if is_there else 'yes'}"] += 1
        if not refusal and not is_there:
            self.settle(pk, needs)

    @rule(number=st.integers(0, 9))
    def call_off(self, number):
        pk, visit = self.some(number, *BookingStatus)
        if visit is None:
            return
        try:
            ended = cancel_bookings([Booking(pk=pk)])
        except VisitMovedOn:
            assert visit.status in (BookingStatus.CHECKED_IN, BookingStatus.COMPLETED, BookingStatus.NO_SHOW)
            return
        assert [booking.pk for booking in ended] == ([] if visit.status == BookingStatus.CANCELLED else [pk])
        visit.become(BookingStatus.CANCELLED)

    # The desk

    @precondition(lambda self: self.mind.visits)
    @rule(number=st.integers(0, 9), which=st.integers(0, 2))
    def come_and_go(self, number, which):
        act, after, to = [
            (check_in, BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN),
            (complete, BookingStatus.CHECKED_IN, BookingStatus.COMPLETED),
            (mark_no_show, BookingStatus.CONFIRMED, BookingStatus.NO_SHOW),
        ][which]
        pk, visit = self.some(number, *BookingStatus)
        try:
            act(Booking(pk=pk))
        except VisitMovedOn:
            assert visit.status != after
        else:
            assert visit.status == after
            visit.become(to)
            self.happened[str(to)] += 1

    @precondition(lambda self: len(self.mind.closures) < 3)
    @rule(day=st.sampled_from(DAYS), hours=st.sampled_from([(0, 24), (0, 10), (12, 20)]), who=st.integers(0, 6))
    def close(self, day, hours, who):
        midnight = kinds.on(kinds.in_days(day), "00:00")
        span = midnight + hours[0] * HOUR, midnight + hours[1] * HOUR
        resource = self.resource(who) if who < len(self.shop.resources) else None
        expected = self.mind.in_the_way(resource, span)
        closure = ClosureFactory(resource_id=resource, starts_at=span[0], ends_at=span[1])

        assert {booking.main_id for booking in close_time(closure)} == expected
        self.happened["closed with visits in the way" if expected else "closed"] += 1

        self.mind.close(closure.pk, resource, span)

    @precondition(lambda self: self.mind.closures)
    @rule(number=st.integers(0, 9))
    def open_again(self, number):
        pk = sorted(self.mind.closures)[number % len(self.mind.closures)]
        closure = Closure.objects.get(pk=pk)
        reopen(closure)
        closure.delete()
        del self.mind.closures[pk]

    @rule(who=st.integers(0, 5), capacity=st.integers(1, 3), is_active=st.sampled_from([True, True, True, False]))
    def change_places(self, who, capacity, is_active):
        """As the admin does: refused if there were fewer places than visits, else whoever fits changes seats."""
        resource = Resource.objects.get(pk=self.resource(who))
        is_refused = self.mind.most_at_once(resource.pk) > (capacity if is_active else 0)
        shown = model_to_dict(resource, fields=ResourceForm._meta.fields)
        typed = shown | {"capacity": capacity, "is_active": is_active}
        form = ResourceForm(typed | {f"initial-{name}": value for name, value in shown.items()}, instance=resource)

        assert form.is_valid() is not is_refused, form.errors
        self.happened[f"places changed: {'no' if is_refused else 'yes'}"] += 1

        if not is_refused:
            form.save(commit=False).save()
            admin.site.get_model_admin(Resource).save_related(None, form, [], change=True)
            self.mind.change_places(resource.pk, capacity, is_active=is_active)
            seats = stored_places()
            for pk, visit in self.mind.visits.items():
                assert without_seats(seats[pk]) == without_seats(visit.places)
                visit.places = frozenset(seats[pk])
                assert not visit.keeps_its_places or all(
                    place.seat <= self.mind.capacity[place.resource] for place in visit.places
                )

    @rule(who=st.integers(0, 6), hours=st.sampled_from(HOURS))
    def change_hours(self, who, hours):
        resource = self.resource(who) if who < len(self.shop.resources) else None
        OpeningHours.objects.filter(resource=resource).delete()
        if hours:
            OpeningHours.objects.bulk_create(
                OpeningHours(resource_id=resource, weekday=day, opens_at=hours[0], closes_at=hours[1])
                for day in Weekday
            )
        self.mind.hours[resource] = hours

    # What is always so

    @rule(which=st.integers(0, 6), day=st.sampled_from(DAYS), nights=st.integers(1, 2))
    def look_at_a_day(self, which, day, nights):
        """What the page shows: each time that there is room for, with how many can still come."""
        variant = self.shop.variants[which]
        day = kinds.in_days(day)
        calendar = Calendar(variant, now=clock.now(), resources=able(variant.offering), nights=nights)
        offered = {free.starts_at: free.room for free in calendar.free_times(day, day)[day]}

        midnight = kinds.on(day, "00:00")
        starts = [midnight + number * 30 * MINUTE for number in range(48)]
        room = {start: self.mind.room(self.mind.needs(variant, start, nights=nights)) for start in starts}
        assert offered == {start: places for start, places in room.items() if places}

    @invariant()
    def the_calendar_is_as_it_must_be(self):
        type(self).steps += 1
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            cursor.execute("EXECUTE calendar_queries")
            assert cursor.fetchall() == []

    @invariant()
    def the_database_says_what_the_mind_says(self):
        assert stored() == {
            pk: ({(visit.status, visit.is_lapsed)}, visit.places) for pk, visit in self.mind.visits.items()
        }


@pytest.fixture
def calendar_queries():
    """The calendar's invariants as one statement that PostgreSQL plans once: planning them takes longer than running them."""
    with connection.cursor() as cursor:
        cursor.execute("SET search_path = public, audit")
        cursor.execute(f"PREPARE calendar_queries AS {calendar_in_one_statement()}")
        yield
        cursor.execute("DEALLOCATE calendar_queries")
        cursor.execute("RESET search_path")


def test_whatever_happens_to_the_calendar_it_holds_what_it_promises(calendar_queries):
    CalendarMachine.shop, CalendarMachine.steps = Shop(), 0
    number = FIRST_SEED
    how = settings(
        max_examples=MACHINES_OF_A_SEED,
        stateful_step_count=50,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
        print_blob=False,
        report_multiple_bugs=False,
    )
    while CalendarMachine.steps < STEPS:
        print(f"Steps: {CalendarMachine.steps:,}; seed: {number}")
        run_state_machine_as_test(seed(number)(CalendarMachine), settings=how)
        number += 1
    print(f"Steps: {CalendarMachine.steps:,}; seeds: {FIRST_SEED} to {number - 1}")
    print("; ".join(f"{what}: {times}" for what, times in sorted(CalendarMachine.happened.items())))
