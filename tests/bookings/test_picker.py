"""The page of a service, as a browser gets it."""

from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from bookings.models import Booking
from bookings.picker import in_words
from catalog.models import AddOn
from tests.factories import AddOnFactory, BookingFactory, ClosureFactory, ResourceFactory, ServiceVariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def salon(bath, maya, tom):
    """A bath for two sizes of dogs, by Maya or Tom."""
    bath.offering.name, bath.offering.slug = "Bath and tidy", "bath-and-tidy"
    bath.offering.save(update_fields=["name", "slug"])
    large = ServiceVariantFactory(
        offering=bath.offering, name="Large dog", pet_size="large", price="50.00", duration=timedelta(hours=2)
    )
    return bath, large


@pytest.fixture
def show(client, salon):
    def get(**query):
        return client.get(reverse("offering", args=["bath-and-tidy"]), query)

    return get


def picker_of(response):
    return response.context["picker"]


def starts(response):
    """The times of the day that is shown, as the clock on the wall shows them."""
    return [f"{timezone.localtime(free.starts_at):%H:%M}" for part in picker_of(response).parts for free in part.times]


def tomorrow():
    return timezone.localdate() + timedelta(days=1)


def test_the_page_offers_sizes_groomers_a_month_and_times(show, salon):
    page = show(day=tomorrow().isoformat())

    assertContains(page, "Who is coming?")
    assertContains(page, "Large dog")
    assertContains(page, "€50.00")
    assertContains(page, "Who would you like?")
    for name in ("Anyone", "Maya", "Tom"):
        assertContains(page, f"<b>{name}</b>", html=True)
    assertContains(page, f"{tomorrow():%B %Y}")
    assert starts(page)[0] == "09:00"
    assertContains(page, 'aria-current="date"', count=1)
    assertContains(page, "Free to cancel until 24 hours before your visit.")
    assertContains(page, "After that we keep 50%.")
    assertContains(page, "Book at least 2 hours before.")


def test_each_time_is_a_button_that_says_service_day_and_time(show, salon, on_the_wall):
    page = show(day=tomorrow().isoformat())

    day = f"{tomorrow():%A} {tomorrow().day} {tomorrow():%B}"
    assertContains(page, f'aria-label="10:30, {day}, Bath and tidy"', count=1)
    assertContains(page, f'name="start" value="{on_the_wall("10:30").astimezone(UTC).isoformat()}"')
    assertContains(page, f'<form id="hold" method="post" action="{reverse("checkout:visits")}">')


def test_pressing_a_time_holds_it(client, show, salon, maya):
    page = show(day=tomorrow().isoformat(), resource="maya")
    free = picker_of(page).parts[0].times[0]

    client.post(
        reverse("checkout:visits"),
        {"variant": salon[0].pk, "start": free.starts_at.isoformat(), "resource": "maya"},
    )

    booking = Booking.objects.get()
    assert (booking.variant, booking.starts_at, booking.resource) == (salon[0], free.starts_at, maya)


def test_a_larger_dog_takes_longer(show, salon):
    page = show(variant=salon[1].pk, day=tomorrow().isoformat())

    assert starts(page)[-1] == "16:00"
    assertContains(page, "With whoever is free, 120 minutes")


def test_choosing_somebody_shows_their_times_only(show, maya, tom, on_the_wall):
    BookingFactory(resource=maya, starts_at=on_the_wall("09:00"), ends_at=on_the_wall("16:00"), confirmed=True)

    assert starts(show(day=tomorrow().isoformat(), resource="maya")) == ["16:00", "16:30", "17:00"]
    assert starts(show(day=tomorrow().isoformat(), resource="tom"))[0] == "09:00"
    assert starts(show(day=tomorrow().isoformat()))[0] == "09:00"


def test_links_keep_what_was_chosen(show, salon):
    page = show(variant=salon[1].pk, resource="tom", line="12", day=tomorrow().isoformat())

    picker = picker_of(page)
    days = [day for week in picker.weeks for day in week if day and day.has_times]
    assert all(f"variant={salon[1].pk}&resource=tom&line=12&day=" in day.address for day in days)
    assert f"variant={salon[1].pk}&resource=tom&line=12&month=" in (
        picker.next_address if picker.next_month else picker.previous_address
    )


def test_a_visit_in_the_basket_can_be_moved(show):
    page = show(line="12")

    assertContains(page, '<input type="hidden" name="line" value="12">', count=2)
    assertContains(page, "Choose another time for the visit in your basket.")


def test_a_script_gets_the_picker_alone_or_takes_it_from_the_page(client, salon):
    page = client.get(reverse("offering", args=["bath-and-tidy"]), headers={"HX-Request": "true"})

    assertContains(page, '<section id="picker"', count=1)


# Extras


@pytest.fixture
def extras(salon):
    """A nail trim of ten minutes for EUR 8, and a bow for nothing that takes no time."""
    service = salon[0].offering
    trim = AddOnFactory(offering=service, name="Nail trim")
    bow = AddOnFactory(offering=service, name="Bow", price="0.00", duration=timedelta(0), position=1)
    return trim, bow


def test_each_extra_says_what_it_adds(show, extras):
    page = show()

    assertContains(page, "Any extras?")
    assertContains(page, "<small>Adds 10 minutes</small>", html=True)
    assertContains(page, '<span class="price">+€8.00</span>', html=True)
    assertContains(page, "<small>Adds no time</small>", html=True)
    assertNotContains(page, '<input type="hidden" name="add_on"')


def test_a_service_without_extras_does_not_ask_for_any(show):
    assertNotContains(show(), "Any extras?")


def test_ticked_extras_lengthen_the_visit_and_are_in_the_total(show, salon, extras):
    page = show(add_on=[extra.pk for extra in extras], day=tomorrow().isoformat())

    assert starts(page)[-1] == "16:30"
    assertContains(page, "With whoever is free, 70 minutes")
    assertContains(page, "It takes 70 minutes.")
    assertContains(page, "<dt>Nail trim</dt><dd>€8.00</dd>", html=True)
    assertContains(page, '<dd data-testid="visit-total">€43.00</dd>', html=True)
    for extra in extras:
        assertContains(page, f'<input type="hidden" name="add_on" value="{extra.pk}">', html=True)


def test_soonest_and_nearest_times_have_room_for_the_extras(show, salon, extras, maya, tom, on_the_wall):
    """Of the day after tomorrow only an hour is left, too short for a bath with a nail trim."""
    tom.delete()
    for day in range(3):
        BookingFactory(
            resource=maya,
            starts_at=on_the_wall("00:00", days=day),
            ends_at=on_the_wall("12:00", days=day),
            confirmed=True,
        )
        BookingFactory(
            resource=maya,
            starts_at=on_the_wall("13:00", days=day),
            ends_at=on_the_wall("23:00", days=day),
            confirmed=True,
        )

    plain, longer = picker_of(show()), picker_of(show(add_on=extras[0].pk))

    assert plain.soonest[0].starts_at <= on_the_wall("12:00")
    assert longer.soonest[0].starts_at == on_the_wall("09:00", days=3)
    assert on_the_wall("12:00") in [free.starts_at for free in plain.nearest]
    assert on_the_wall("12:00") not in [free.starts_at for free in longer.nearest]


def test_a_visit_that_no_day_has_room_for_says_so(show, extras, maya, tom):
    AddOn.objects.update(duration=timedelta(hours=9))

    assertContains(show(add_on=extras[0].pk), "A shorter visit, with fewer extras, may still fit.")


def test_links_keep_the_extras(show, extras):
    picker = picker_of(show(add_on=[extra.pk for extra in extras], day=tomorrow().isoformat()))

    day = next(day for week in picker.weeks for day in week if day and day.has_times)
    assert "&".join(f"add_on={extra.pk}" for extra in extras) in day.address


@pytest.mark.parametrize("asked", ["nonsense", "", "0", "-1", "9" * 40, "\x00", "1.5", "²"])
def test_an_extra_that_an_address_cannot_mean_is_ignored(show, extras, asked):
    assert picker_of(show(add_on=asked)).add_ons == []


def test_extras_of_other_services_and_those_off_sale_are_ignored(show, extras):
    foreign, (trim, bow) = AddOnFactory(), extras
    AddOn.objects.filter(pk=bow.pk).update(is_active=False)

    page = show(add_on=[foreign.pk, bow.pk, trim.pk])

    assert picker_of(page).add_ons == [trim]
    assertNotContains(page, "Bow")


def test_many_extras_do_not_cost_more_queries(show, salon, extras, django_assert_max_num_queries):
    show()  # brings the basket's cookie, whose count is a query
    with django_assert_max_num_queries(25) as before:
        show()
    more = [AddOnFactory(offering=salon[0].offering) for _ in range(5)]

    with django_assert_max_num_queries(len(before.captured_queries)):
        show(add_on=[extra.pk for extra in [*extras, *more]])


# Days


def state_of(page, day):
    return picker_of(page).state(day)


def test_days_say_why_they_have_no_times(show, salon, maya, tom):
    tom.delete()
    bath = salon[0]
    today = timezone.localdate()
    last_day = (today.replace(day=1) + timedelta(days=62)).replace(day=15)
    bath.offering.rules.horizon_days = (last_day - today).days
    bath.offering.rules.save()
    days = [today + timedelta(days=ahead) for ahead in range(6)]
    noon = [timezone.make_aware(datetime.combine(day, datetime.min.time())) + timedelta(hours=12) for day in days]
    hours = {"ends_at": noon[3] + timedelta(hours=6), "confirmed": True, "resource": maya}
    BookingFactory(starts_at=noon[3] - timedelta(hours=3), **hours)
    BookingFactory(starts_at=noon[4] - timedelta(hours=2), **hours | {"ends_at": noon[4] + timedelta(hours=6)})
    ClosureFactory(starts_at=noon[5] - timedelta(hours=12), ends_at=noon[5] + timedelta(hours=12))

    def state(day):
        return state_of(show(month=f"{day:%Y-%m}"), day)

    assert [state(day) for day in days[2:]] == ["free", "full", "few", "closed"]
    assert state(last_day + timedelta(days=1)) == "later"
    if today.day > 1:
        assert state(today - timedelta(days=1)) == "past"


def test_a_notice_of_days_is_too_soon_and_not_closed(show, salon):
    rules = salon[0].offering.rules
    rules.lead_time = timedelta(days=3)
    rules.save()

    assert state_of(show(month=f"{tomorrow():%Y-%m}"), tomorrow()) == "soon"


def test_a_day_with_nothing_offers_the_nearest_times(show, on_the_wall):
    ClosureFactory(starts_at=on_the_wall("00:00", days=2), ends_at=on_the_wall("23:59", days=2))
    day = timezone.localdate() + timedelta(days=2)

    page = show(day=day.isoformat())

    assertContains(page, "Nothing is free on this day. The nearest times are:")
    assert len(picker_of(page).nearest) == 3


def test_a_shop_that_is_booked_out_says_so(show, on_the_wall):
    ClosureFactory(starts_at=on_the_wall("00:00", days=0), ends_at=on_the_wall("23:59", days=70))

    page = show()

    assertContains(page, "Everything is taken until")
    assertNotContains(page, 'data-testid="slot"')


def test_a_month_beyond_the_horizon_says_how_far_it_goes(show):
    page = show(month="2999-01")

    assertContains(page, "We take bookings until")
    assert picker_of(page).month == (timezone.localdate() + timedelta(days=60)).replace(day=1)
    assert picker_of(page).next_month is None


@pytest.mark.parametrize("missing", ["variants", "resources"])
def test_a_service_that_nobody_can_do_says_whom_to_ask(show, salon, maya, tom, missing):
    if missing == "variants":
        salon[0].offering.variants.update(is_active=False)
    else:
        for resource in (maya, tom):
            resource.services.clear()

    assertContains(show(), "This cannot be booked online right now.")


def test_with_one_groomer_and_one_size_there_is_only_the_time_to_choose(client):
    variant = ServiceVariantFactory(name="")
    ResourceFactory(name="Priya", services=[variant.offering])

    page = client.get(variant.offering.get_absolute_url())

    assertNotContains(page, "Who is coming?")
    assertNotContains(page, "Who would you like?")
    assertContains(page, "With Priya, 60 minutes")


# A time that somebody else was quicker to take


def test_c02_a_time_that_was_just_taken_comes_with_three_others(show, maya, tom, on_the_wall):
    for resource in (maya, tom):
        BookingFactory(resource=resource, starts_at=on_the_wall("10:00"))

    page = show(day=tomorrow().isoformat(), taken=on_the_wall("10:00").astimezone(UTC).isoformat())

    assertContains(page, "10:00 on")
    assertContains(page, "has just been taken.")
    instead = [f"{timezone.localtime(free.starts_at):%H:%M}" for free in picker_of(page).instead]
    assert instead == ["09:00", "11:00", "11:30"]


def test_a_time_that_is_free_was_not_taken(show, on_the_wall):
    page = show(taken=on_the_wall("10:00").isoformat())

    assertNotContains(page, "has just been taken")


# Whatever an address cannot mean

NONSENSE = [
    "",
    " ",
    "\0",
    "x",
    "9999-12-31",
    "0001-01-01",
    "2027-02-30",
    "2027-W54",
    "-1",
    "9" * 5000,
    "٣",
    "2027-13",
    "%00",
]


@pytest.mark.parametrize("name", ["variant", "resource", "day", "month", "taken", "line"])
@pytest.mark.parametrize("value", NONSENSE)
def test_t10_bad_parameters_fall_back(show, salon, name, value):
    page = show(**{name: value})

    assert page.status_code == 200
    assert picker_of(page).variant == salon[0]


@pytest.mark.parametrize(
    "taken",
    [
        "9999-12-31T23:59:59+00:00",
        "0001-01-01T00:00:00+00:00",
        "9999-12-31T23:59:59-23:59",
        "2027-01-01T10:00",
        "10:30",
    ],
)
def test_t10_a_taken_time_at_the_end_of_the_calendar_is_ignored(show, taken):
    assertNotContains(show(taken=taken), "has just been taken")


def test_the_variant_of_another_service_falls_back(show, salon):
    other = ServiceVariantFactory()

    assert picker_of(show(variant=other.pk)).variant == salon[0]


def test_what_is_typed_into_the_address_is_not_run(client, salon):
    attack = '"><script>alert(1)</script>'

    page = client.get(f"{reverse('offering', args=['bath-and-tidy'])}?line={quote(attack)}&resource={quote(attack)}")

    assert attack not in unescape(page.content.decode())


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, ""), (1, "1 minute"), (90, "90 minutes"), (60, "1 hour"), (1440, "24 hours"), (4320, "3 days")],
)
def test_durations_are_said_as_people_say_them(minutes, words):
    assert in_words(timedelta(minutes=minutes)) == words


def test_the_page_asks_little_however_many_can_do_it(show, salon, django_assert_max_num_queries):
    for number in range(5):
        ResourceFactory(services=[salon[0].offering], name=f"Groomer X{number}", slug=f"x{number}")

    with django_assert_max_num_queries(20):
        show(day=tomorrow().isoformat())
