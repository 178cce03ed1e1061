"""The day with guests who stay overnight, seats of daycare, courses, and what a visit needs besides."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from pytest_django.asserts import assertContains, assertNotContains

from backoffice.board import draw
from backoffice.day import Stay, read_day
from backoffice.guests import guests_of
from backoffice.work import visit_steps
from bookings.models import BookingStatus
from petshop.core import clock
from tests.factories import BookingFactory, CartFactory, PetFactory, ResourceFactory, ServiceVariantFactory
from tests.statements import asked_for

TODAY = "/backoffice/"
ZONE = ZoneInfo(settings.TIME_ZONE)
A_DAY = timedelta(days=1)
MONDAY = date(2027, 6, 7)


def at(day, wall):
    return datetime.combine(day, time.fromisoformat(wall), tzinfo=ZONE)


@pytest.fixture
def hotel():
    return ServiceVariantFactory(offering__name="Dog hotel", offering__kind="stay", duration=A_DAY)


@pytest.fixture
def kennels(hotel):
    return ResourceFactory(name="Kennels", capacity=4, services=[hotel.offering])


@pytest.fixture
def guest(sold, hotel, kennels):
    """A paid stay from this day on."""

    def book(arrives, nights, *, pet="Rex", **fields):
        leaves = arrives + nights * A_DAY
        fields = {"resource": kennels, "status": BookingStatus.CONFIRMED, "pet": PetFactory(name=pet)} | fields
        booking = BookingFactory(
            variant=hotel,
            starts_at=at(arrives, "15:00"),
            ends_at=at(leaves, "11:00"),
            nights=nights,
            arrives_on=arrives,
            leaves_on=leaves,
            **fields,
        )
        return sold(booking, pet=pet)

    return book


def shown(day):
    return read_day(day, clock.now())


# Guests


@pytest.mark.parametrize(
    "change", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 7, 1)], ids=["23 hours", "25 hours", "24 hours"]
)
def test_t06_a_stay_appears_on_each_of_its_days_once(desk, guest, change):
    arrives = change - 2 * A_DAY
    guest(arrives, 4)

    days = [arrives + number * A_DAY for number in range(-1, 6)]
    seen = [[visit.stay for visit in desk.get(TODAY, {"day": day.isoformat()}).context["visits"]] for day in days]

    assert seen == [[], [Stay.ARRIVES], [Stay.STAYS], [Stay.STAYS], [Stay.STAYS], [Stay.LEAVES], []]


def test_who_arrives_and_who_leaves_is_on_the_desks_list_and_who_stays_is_with_the_room(desk, guest):
    guest(MONDAY - A_DAY, 3, pet="Stays")
    guest(MONDAY - 2 * A_DAY, 2, pet="Leaves", seat=2)
    guest(MONDAY, 1, pet="Arrives", seat=3)

    response = desk.get(TODAY, {"day": MONDAY.isoformat()})

    assert [(entry.line.pet_name, entry.at) for entry in response.context["agenda"]] == [
        ("Leaves", at(MONDAY, "11:00")),
        ("Arrives", at(MONDAY, "15:00")),
    ]
    [room] = response.context["guests"].rooms
    assert [guest.line.pet_name for guest in room.staying] == ["Stays"]
    assert (room.tonight, room.arriving, room.leaving) == (2, 1, 1)
    for words in ["Overnight guests", "2 of 4 tonight", "night 2 of 3", "2 nights, Sat 5 Jun to Mon 7 Jun", "arrives"]:
        assertContains(response, words)


def test_each_guest_is_shown_once_on_the_page(desk, guest):
    orders = [guest(MONDAY - A_DAY, 3, pet="Stays"), guest(MONDAY, 1, pet="Arrives", seat=2)]

    response = desk.get(TODAY, {"day": MONDAY.isoformat()})

    for order in orders:
        booking = order.lines.get().booking_id
        assertContains(response, f'id="visit-{booking}"', count=1)


def test_a_room_in_which_guests_only_stay_has_no_column(guest, kennels):
    ResourceFactory(name="Maya")
    guest(MONDAY, 1)

    drawn = draw(shown(MONDAY), clock.now())

    assert [column.resource.name for column in drawn.columns] == ["Maya"]
    assert drawn.labels[0] == "09:00"


def test_a_stay_in_a_basket_takes_a_place_tonight(desk, hotel, kennels):
    held = BookingFactory(
        variant=hotel,
        resource=kennels,
        starts_at=at(MONDAY - A_DAY, "15:00"),
        ends_at=at(MONDAY + A_DAY, "11:00"),
        nights=2,
        arrives_on=MONDAY - A_DAY,
        leaves_on=MONDAY + A_DAY,
    )
    CartFactory(holding=[held])

    assert guests_of(shown(MONDAY)).tonight == 1
    assertContains(desk.get(TODAY, {"day": MONDAY.isoformat()}), "1 of 4 tonight")


def test_whoever_stays_is_here_and_only_who_arrives_is_awaited(guest):
    guest(MONDAY - A_DAY, 3, pet="Here", status=BookingStatus.CHECKED_IN)
    guest(MONDAY - A_DAY, 3, pet="Never came", seat=2)
    guest(MONDAY, 3, pet="Comes", seat=3)
    now = at(MONDAY, "09:00")

    visits = shown(MONDAY).visits

    assert [visit.line.pet_name for visit in visits if visit.is_here(now)] == ["Here"]
    assert [visit.line.pet_name for visit in visits if visit.is_awaited(now)] == ["Comes"]


# What a visit needs besides


def test_a_tub_is_shown_with_its_bath_and_not_beside_it(desk, sold):
    bath = ServiceVariantFactory(offering__name="Bath")
    maya, tub = ResourceFactory(name="Maya", services=[bath.offering]), ResourceFactory(name="Left tub")
    bath.offering.rules.equipment.add(tub)
    fields = {"variant": bath, "starts_at": at(MONDAY, "10:00"), "confirmed": True}
    main = BookingFactory(resource=maya, pet=PetFactory(), **fields)
    BookingFactory(resource=tub, part_of=main, **fields)
    sold(main)

    response = desk.get(TODAY, {"day": MONDAY.isoformat()})

    [visit] = response.context["visits"]
    assert (visit.booking, visit.also) == (main, [tub])
    assertContains(response, "with Maya, Left tub")
    assertContains(desk.get(f"/backoffice/orders/{visit.order.number}/"), "Maya, Left tub")
    part = main.parts.get()
    for words in ["Left tub", "Biscuit", f"Order {visit.order.number}", str(main)]:
        assertContains(desk.get(f"/admin/bookings/booking/{part.pk}/change/"), words)
    assert [column.resource for column in response.context["board"].columns] == [maya]


# Courses


@pytest.fixture
def pupil(sold):
    """Somebody on a course of three Mondays."""
    course = ServiceVariantFactory(offering__name="Puppy school", offering__kind="class", whole_course=True)
    room = ResourceFactory(name="Class room", capacity=8, services=[course.offering])
    days = [MONDAY + 7 * week * A_DAY for week in range(3)]

    def book(*, seat=1, status=BookingStatus.CONFIRMED):
        fields = {"variant": course, "resource": room, "seat": seat, "status": status, "pet": PetFactory()}
        main, *later = [BookingFactory(starts_at=at(day, "18:00"), **fields) for day in days]
        for part in later:
            part.part_of = main
            part.save(update_fields=["part_of"])
        return sold(main).lines.get()

    return book


def test_every_date_of_a_course_is_shown_with_its_order(desk, pupil):
    line = pupil()

    for week in range(3):
        response = desk.get(TODAY, {"day": (MONDAY + 7 * week * A_DAY).isoformat()})
        [visit] = response.context["visits"]
        assert (visit.line, visit.date_of_course) == (line, week + 1)
        assertContains(response, f"Date {week + 1} of 3")
        assertContains(response, line.order.number)


def test_a_course_is_neither_done_nor_missed_before_its_last_date(pupil):
    came, did_not = pupil(status=BookingStatus.CHECKED_IN), pupil(seat=2)

    def buttons(line, now):
        return [step.to for step in visit_steps(line, of=line.order, now=now)]

    after_the_first, after_the_last = at(MONDAY + A_DAY, "09:00"), at(MONDAY + 15 * A_DAY, "09:00")
    assert (buttons(came, after_the_first), buttons(came, after_the_last)) == ([], ["completed"])
    assert (buttons(did_not, after_the_first), buttons(did_not, after_the_last)) == (
        ["checked_in"],
        ["checked_in", "no_show"],
    )


def test_the_order_of_a_course_says_all_dates_and_when_the_pupil_comes_again(desk, pupil):
    line = pupil(status=BookingStatus.CHECKED_IN)

    response = desk.get(f"/backoffice/orders/{line.order.number}/")

    assertContains(response, "Biscuit comes again on Mon 7 Jun at 18:00: Puppy school.")
    for day in ["Mon 7 Jun", "Mon 14 Jun", "Mon 21 Jun"]:
        assertContains(response, f'<span class="nowrap">{day}</span>')
    assertContains(response, "<dt>Room</dt>")


# Seats


def test_the_seats_of_a_room_are_one_block_with_their_number(desk, sold):
    morning = ServiceVariantFactory(offering__name="Daycare", offering__kind="seat", begins_at=time(9))
    playroom = ResourceFactory(name="Playroom", capacity=20, services=[morning.offering])
    for seat in range(1, 15):
        booking = BookingFactory(
            variant=morning, resource=playroom, seat=seat, starts_at=at(MONDAY, "09:00"), confirmed=True
        )
        sold(booking, pet=f"Pet {seat}")

    response = desk.get(TODAY, {"day": MONDAY.isoformat()})

    [column] = response.context["board"].columns
    [block] = [block for block in column.blocks if block.group]
    assert (len(block.group), block.tone, block.lane) == (14, "ok", 1)
    assertContains(response, "Daycare: 14 of 20")
    assert len(response.context["visits"]) == 14


def test_the_day_takes_the_same_queries_however_many_guests_there_are(desk, guest, pupil):
    guest(MONDAY - A_DAY, 3)
    pupil()
    desk.get(TODAY)
    few = asked_for(desk, f"{TODAY}?day={MONDAY}").total()

    for seat in (2, 3, 4):
        guest(MONDAY - A_DAY, 3, seat=seat)
        pupil(seat=seat)

    assert asked_for(desk, f"{TODAY}?day={MONDAY}").total() == few


def test_a_day_without_guests_says_nothing_of_them(desk):
    assertNotContains(desk.get(TODAY), "Overnight guests")
