"""The four kinds of service in the Django admin: chosen first, fixed from then on, and each asked only for what it needs."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from bookings.models import Season, ServiceRules
from bookings.operations import copy_service
from catalog.models import Offering
from petshop.core.roles import CATALOG_EDITORS, FRONT_DESK
from tests.admin_pages import form_on, sign_in
from tests.factories import CategoryFactory, ResourceFactory, ServiceFactory, ServiceVariantFactory

pytestmark = pytest.mark.django_db

KINDS = ["appointment", "seat", "stay", "class"]
OWN = {
    "appointment": ["rules-0-step", "rules-0-buffer_after", "rules-0-equipment", "add_ons-0-duration"],
    "seat": ["variants-0-begins_at"],
    "stay": ["rules-0-check_in_at", "rules-0-nights_at_most", "seasons-0-percent", "seasons-0-weekdays"],
    "class": ["variants-0-whole_course"],
}


@pytest.fixture
def editor(client):
    return sign_in(client, CATALOG_EDITORS)


def adding(kind):
    return reverse("admin:catalog_service_add", query={"kind": kind})


def page_of(service):
    return reverse("admin:catalog_service_change", args=[service.pk])


@pytest.fixture
def add(client, editor):
    """Add a service of this kind with one choice; gives the answer."""
    category = CategoryFactory()

    def send(kind, **typed):
        form = form_on(client.get(adding(kind)))
        form |= {"name": ["Dog hotel"], "slug": ["dog-hotel"], "category": [str(category.pk)]}
        form |= {"variants-TOTAL_FORMS": ["1"], "variants-0-name": ["Small dog"], "variants-0-price": ["30"]}
        form |= {"variants-0-tax_rate": ["21"], "variants-0-position": ["0"], "variants-0-is_active": ["on"]}
        return client.post(adding(kind), form | {name: [value] for name, value in typed.items()}, follow=True)

    return send


def test_a_new_service_begins_with_the_question_what_it_is(client, editor):
    page = client.get(reverse("admin:catalog_service_add"))

    for kind, word in zip(KINDS, ["Appointment", "Daycare", "Boarding", "Class"], strict=True):
        assertContains(page, f'<a href="?kind={kind}"><strong>{word}</strong>')
    assertNotContains(page, 'name="name"')


@pytest.mark.parametrize("kind", ["", "product", "x", "Stay", "\0"])
def test_what_is_no_kind_of_service_is_asked_again(client, editor, kind):
    for answer in (client.get(adding(kind)), client.post(adding(kind), {"name": "Dog hotel"})):
        assertContains(answer, "What kind of service is it?")
    assert not Offering.objects.exists()


def test_whoever_may_not_add_a_service_is_not_asked(client):
    sign_in(client, FRONT_DESK)

    for address in (reverse("admin:catalog_service_add"), adding("stay")):
        assert client.get(address).status_code == 403


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_asked_what_it_needs_and_nothing_else(client, editor, kind):
    ResourceFactory()
    page = client.get(adding(kind))

    for other, names in OWN.items():
        for name in names:
            (assertContains if other == kind else assertNotContains)(page, f'name="{name}')
    assertContains(page, 'name="rules-0-lead_time"')
    assertContains(page, 'name="rules-0-what_to_bring"')
    (assertNotContains if kind == "stay" else assertContains)(page, 'name="variants-0-duration"')


def test_the_kind_stays_what_it_is(client, editor, add):
    add("stay")
    hotel = Offering.objects.get()
    page = client.get(page_of(hotel))

    assertContains(page, "Boarding")
    client.post(page_of(hotel) + "?kind=seat", form_on(page) | {"kind": ["seat"]})

    hotel.refresh_from_db()
    assert hotel.kind == "stay"


def test_boarding_is_priced_by_the_night_and_its_length_is_never_typed(add):
    typed = {"rules-0-check_in_at": "14:00", "rules-0-check_out_at": "10:30", "rules-0-nights_at_least": "2"}
    answer = add("stay", **typed, **{"variants-0-duration": "90"})

    variant, rules = Offering.objects.get().variants.get(), ServiceRules.objects.get()
    assertContains(answer, "was added successfully")
    assert variant.duration == timedelta(days=1)
    assert (rules.check_in_at, rules.check_out_at) == (time(14), time(10, 30))
    assert (rules.nights_at_least, rules.nights_at_most) == (2, 28)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"nights_at_least": "5", "nights_at_most": "4"}, "A stay has between 1 and 90 nights"),
        ({"nights_at_least": "0"}, "A stay has between 1 and 90 nights"),
        ({"nights_at_most": "91"}, "A stay has between 1 and 90 nights"),
        ({"check_in_at": "10:00", "check_out_at": "11:00"}, "check-out is not after check-in"),
        ({"check_in_at": "25:00"}, "Enter a valid time."),
    ],
)
def test_stays_that_cannot_be_are_refused(add, typed, sentence):
    answer = add("stay", **{f"rules-0-{name}": value for name, value in typed.items()})

    assertContains(answer, sentence)
    assert not Offering.objects.exists()


def test_a_season_has_weekdays_to_tick_dates_and_a_percentage(client, add):
    typed = {"seasons-0-name": "Summer", "seasons-0-percent": "20", "seasons-0-first_night": "2027-07-01"}
    add("stay", **typed, **{"seasons-0-last_night": "2027-08-31"})
    hotel = Offering.objects.get()
    form = form_on(client.get(page_of(hotel)))
    form |= {"seasons-TOTAL_FORMS": ["2"], "seasons-1-name": ["Weekend"], "seasons-1-percent": ["10"]}
    client.post(page_of(hotel), form | {"seasons-1-weekdays": ["4", "5"]})

    weekend, summer = Season.objects.order_by("percent")
    assert (summer.first_night, summer.last_night) == (date(2027, 7, 1), date(2027, 8, 31))
    assert (summer.weekdays, weekend.weekdays, weekend.percent) == ([], [4, 5], 10)
    assert [weekend.covers(date(2027, 7, day)) for day in (2, 3, 4)] == [True, True, False]
    history = client.get(page_of(hotel).replace("change", "history"))
    assertContains(history, "Weekend")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"percent": "-91"}, "greater than or equal to -90"),
        ({"percent": "301"}, "less than or equal to 300"),
        ({"percent": "1e9"}, "Enter a whole number."),
        ({"first_night": "2027-08-31", "last_night": "2027-07-01"}, "The last night cannot be before the first."),
        ({"weekdays": "7"}, "Select a valid choice."),
        ({"weekdays": "x"}, "Select a valid choice."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_seasons_that_cannot_be_are_refused(add, typed, sentence):
    season = {"name": "Summer", "percent": "20"} | typed
    answer = add("stay", **{f"seasons-0-{name}": value for name, value in season.items()})

    assertContains(answer, sentence)
    assert not Offering.objects.exists()


def test_a_seat_begins_at_its_time_and_lasts_for_hours(add):
    add("seat", **{"variants-0-begins_at": "08:30", "variants-0-duration": "9.5"})

    variant = Offering.objects.get().variants.get()
    assert (variant.begins_at, variant.duration) == (time(8, 30), timedelta(hours=9, minutes=30))


@pytest.mark.parametrize("typed", [{"begins_at": ""}, {"begins_at": "x"}, {"duration": ""}, {"duration": "25"}])
def test_a_seat_without_its_time_is_refused(add, typed):
    choice = {"begins_at": "08:30", "duration": "9"} | typed
    answer = add("seat", **{f"variants-0-{name}": value for name, value in choice.items()})

    assertContains(answer, "errorlist")
    assert not Offering.objects.exists()


def test_a_class_sells_single_dates_and_whole_courses(client, add):
    add("class", **{"variants-0-duration": "60"})
    school = Offering.objects.get()
    single = school.variants.get()
    form = form_on(client.get(page_of(school)))
    assert form["variants-0-whole_course"] == ["False"]

    client.post(page_of(school), form | {"variants-0-whole_course": ["True"]})

    assert not single.whole_course
    assert school.variants.get().whole_course


def test_a_class_without_dates_stays_out_of_the_shop(add):
    answer = add("class", is_published="on", **{"variants-0-duration": "60"})

    assertContains(answer, "It has no groomer or room that can do it and no date to come.")
    assert not Offering.objects.get().is_published


def test_an_appointment_can_need_one_of_two_tubs(client, editor):
    bath, [left, right] = ServiceVariantFactory().offering, [ResourceFactory(name=f"{side} tub") for side in "LR"]
    form = form_on(client.get(page_of(bath)))

    client.post(page_of(bath), form | {"rules-0-equipment": [str(left.pk), str(right.pk)]})
    assert set(bath.rules.equipment.all()) == {left, right}

    form = form_on(client.get(page_of(bath)))
    client.post(page_of(bath), form | {"rules-0-equipment": [str(right.pk)]})
    assert set(bath.rules.equipment.all()) == {right}


def test_nothing_is_needed_besides_that_does_the_service_itself(client, editor):
    bath = ServiceVariantFactory().offering
    maya = ResourceFactory(name="Maya", services=[bath])
    form = form_on(client.get(page_of(bath)))

    answer = client.post(page_of(bath), form | {"rules-0-equipment": [str(maya.pk)]})

    assertContains(answer, "Maya does this service already")
    assert not bath.rules.equipment.exists()


def test_services_are_listed_by_their_kind(client, editor):
    services = {kind: ServiceFactory(kind=kind, name=f"A {kind} service") for kind in KINDS}
    address = reverse("admin:catalog_service_changelist")

    everything = client.get(address)
    only = client.get(address, {"kind": "stay"})

    for kind, service in services.items():
        assertContains(everything, service.name)
        (assertContains if kind == "stay" else assertNotContains)(only, service.name)
    assert client.get(address, {"kind": "product"}).status_code == 200


def test_a_copy_has_the_seasons_and_needs_the_same_tubs():
    hotel, tub = ServiceFactory(kind="stay"), ResourceFactory()
    hotel.rules.equipment.add(tub)
    Season.objects.create(offering=hotel, name="Weekend", percent=10, weekdays=[4, 5])

    copy = copy_service(hotel, name="Another hotel")

    assert [(season.name, season.weekdays) for season in copy.seasons.all()] == [("Weekend", [4, 5])]
    assert list(copy.rules.equipment.all()) == [tub]
    assert (hotel.seasons.count(), hotel.rules.equipment.count()) == (1, 1)
