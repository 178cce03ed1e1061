"""What an editor does with services, groomers and hours in the Django admin, and which times are then free."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from bookings.calendar import free_times
from bookings.models import Booking, BookingStatus, OpeningHours, Resource, ServiceRules, Weekday
from catalog.models import Offering, Variant
from petshop.core.roles import CATALOG_EDITORS
from tests.admin_pages import form_on, sign_in
from tests.factories import (
    BookingFactory,
    CategoryFactory,
    ClosureFactory,
    ProductFactory,
    ResourceFactory,
    ServiceVariantFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    return sign_in(client, CATALOG_EDITORS, username="ada")


@pytest.fixture
def variant():
    return ServiceVariantFactory()


@pytest.fixture
def sam(variant):
    return ResourceFactory(name="Sam", services=[variant.offering])


def page_of(thing):
    name = "resource" if isinstance(thing, Resource) else "openinghours"
    return reverse(f"admin:bookings_{name}_change", args=[thing.pk])


def service_page(service):
    return reverse("admin:catalog_service_change", args=[service.pk])


def starts(variant, day):
    """When it can start on this day, on the shop's clock."""
    times = free_times(variant, first=day, last=day, now=timezone.now())[day]
    return [timezone.localtime(free.starts_at).time() for free in times]


@pytest.fixture
def day():
    return timezone.localdate() + timedelta(days=10)


def at(day, hour):
    return timezone.make_aware(datetime.combine(day, time(hour)))


def hours_row(form, day, opens, closes, *, number=None):
    """Type one stretch into the week, in a new row if no number is given."""
    if number is None:
        number = int(form["opening_hours-TOTAL_FORMS"][0])
        form["opening_hours-TOTAL_FORMS"] = [str(number + 1)]
    form[f"opening_hours-{number}-weekday"] = [str(day)]
    form[f"opening_hours-{number}-opens_at"] = [opens]
    form[f"opening_hours-{number}-closes_at"] = [closes]


def test_a_service_is_added_with_its_choices_rules_and_groomer(client, editor, day):
    category, sam = CategoryFactory(), ResourceFactory()
    address = reverse("admin:catalog_service_add", query={"kind": "appointment"})
    form = form_on(client.get(address))

    form |= {"name": ["Full groom"], "slug": ["full-groom"], "category": [str(category.pk)], "is_published": ["on"]}
    form |= {"who": [str(sam.pk)], "rules-0-lead_time": ["1.5"], "rules-0-buffer_after": ["10"]}
    form |= {"variants-TOTAL_FORMS": ["1"], "variants-0-name": ["Large dog"], "variants-0-duration": ["90"]}
    form |= {"variants-0-price": ["65"], "variants-0-tax_rate": ["21"], "variants-0-position": ["0"]}
    form |= {"variants-0-is_active": ["on"], "variants-0-pet_size": ["large"]}
    response = client.post(address, form, follow=True)

    assertNotContains(response, "cannot buy it yet")
    service = Offering.objects.get(slug="full-groom")
    assert (service.kind, service.resources.get()) == ("appointment", sam)
    assert (service.rules.lead_time, service.rules.buffer_after) == (timedelta(minutes=90), timedelta(minutes=10))
    variant = service.variants.get()
    assert (variant.duration, variant.stock) == (timedelta(minutes=90), None)
    assert starts(variant, day)[-1] == time(16, 30)


def test_a_new_service_has_the_usual_rules_and_says_what_is_missing(client, editor):
    address = reverse("admin:catalog_service_add", query={"kind": "appointment"})
    form = form_on(client.get(address))

    form |= {"name": ["Bath"], "slug": ["bath"], "category": [str(CategoryFactory().pk)], "is_published": ["on"]}
    response = client.post(address, form, follow=True)

    assert ServiceRules.objects.get().free_cancellation == timedelta(hours=24)
    assertContains(response, "It has no choice that is for sale and no groomer or room that can do it.")


def test_a_visit_without_a_length_is_refused(client, editor, variant):
    form = form_on(client.get(service_page(variant.offering)))

    for typed in ["", "0", "4", "1441", "90.5", "x", "9" * 30]:
        response = client.post(service_page(variant.offering), form | {"variants-0-duration": [typed]})
        assert response.status_code == 200, typed

    variant.refresh_from_db()
    assert variant.duration == timedelta(hours=1)


@pytest.mark.parametrize("typed", ["-1", "", "x", "NaN", "Infinity", "1e999999", "9" * 40, "8761"])
def test_hours_that_are_none_are_refused(client, editor, variant, typed):
    form = form_on(client.get(service_page(variant.offering)))

    response = client.post(service_page(variant.offering), form | {"rules-0-lead_time": [typed]})

    assert response.status_code == 200
    assert ServiceRules.objects.get().lead_time == timedelta(hours=2)


def test_a_new_price_and_a_new_choice_are_what_customers_get(client, editor, variant, sam, day):
    form = form_on(client.get(service_page(variant.offering)))

    form |= {"variants-0-price": ["39.00"], "variants-TOTAL_FORMS": ["2"], "variants-1-name": ["Giant dog"]}
    form |= {"variants-1-duration": ["120"], "variants-1-price": ["80"], "variants-1-tax_rate": ["21"]}
    form |= {"variants-1-position": ["1"], "variants-1-is_active": ["on"]}
    client.post(service_page(variant.offering), form)

    variant.refresh_from_db()
    assert variant.price == Decimal("39.00")
    assert starts(Variant.objects.get(name="Giant dog"), day)[-1] == time(16)


def test_who_can_do_a_service_is_ticked_on_its_page(client, editor, variant, sam, day):
    form = form_on(client.get(service_page(variant.offering)))
    tom = ResourceFactory(name="Tom")

    client.post(service_page(variant.offering), form | {"who": [str(tom.pk)]})
    assert list(variant.offering.resources.all()) == [tom]

    form = form_on(client.get(service_page(variant.offering)))
    del form["who"]
    client.post(service_page(variant.offering), form)
    assert starts(variant, day) == []


def test_rules_that_somebody_else_changed_are_kept(client, editor, variant, sam):
    form = form_on(client.get(service_page(variant.offering)))
    ServiceRules.objects.update(buffer_after=timedelta(minutes=20))
    tom = ResourceFactory(name="Tom", services=[variant.offering])

    client.post(service_page(variant.offering), form | {"rules-0-step": ["15"]})

    rules = ServiceRules.objects.get()
    assert (rules.step, rules.buffer_after) == (timedelta(minutes=15), timedelta(minutes=20))
    assert set(variant.offering.resources.all()) == {sam, tom}


def test_services_have_no_stock_and_products_no_service_page(client, editor, variant):
    assertNotContains(client.get(service_page(variant.offering)), "variants-0-stock")
    assert client.get(service_page(ProductFactory())).status_code == 302


def test_a_groomers_new_hours_are_the_times_of_the_next_page(client, editor, variant, sam, day):
    form = form_on(client.get(page_of(sam)))
    hours_row(form, day.weekday(), "14:00", "16:00", number=day.weekday())

    response = client.post(page_of(sam), form)

    assert response.status_code == 302
    assert starts(variant, day) == [time(14), time(14, 30), time(15)]


def test_a_groomer_without_hours_keeps_the_shops(client, editor, variant, day):
    ResourceFactory(hours=False, services=[variant.offering])
    address = reverse("admin:bookings_openinghours_add")
    form = form_on(client.get(address))

    form |= {"weekday": [str(day.weekday())], "opens_at": ["10:00"], "closes_at": ["12:00"]}
    client.post(address, form)

    assert starts(variant, day) == [time(10), time(10, 30), time(11)]


def test_hours_that_overlap_are_refused_with_a_sentence(client, editor, sam):
    form = form_on(client.get(page_of(sam)))
    hours_row(form, Weekday.MONDAY, "17:00", "20:00")

    response = client.post(page_of(sam), form)

    assertContains(response, "Monday: 09:00–18:00 and 17:00–20:00 overlap.")
    assert sam.opening_hours.count() == 7


def test_hours_may_touch_and_a_day_may_have_a_break(client, editor, sam):
    form = form_on(client.get(page_of(sam)))
    hours_row(form, Weekday.MONDAY, "18:00", "20:00")
    hours_row(form, Weekday.MONDAY, "21:00", "23:59")

    assert client.post(page_of(sam), form).status_code == 302
    assert sam.opening_hours.filter(weekday=Weekday.MONDAY).count() == 3


def test_the_shops_own_hours_cannot_overlap_either(client, editor):
    OpeningHours.objects.create(weekday=0, opens_at=time(9), closes_at=time(13))
    address = reverse("admin:bookings_openinghours_add")
    form = form_on(client.get(address))

    response = client.post(address, form | {"weekday": ["0"], "opens_at": ["12:00"], "closes_at": ["15:00"]})

    assertContains(response, "Monday: 09:00–13:00 and 12:00–15:00 overlap.")


def test_hours_end_after_they_begin(client, editor, sam):
    form = form_on(client.get(page_of(sam)))
    hours_row(form, Weekday.MONDAY, "18:00", "09:00", number=0)

    assertContains(client.post(page_of(sam), form), "Closing time must be after opening time.")


def test_visits_outside_the_new_hours_are_listed_and_stay(client, editor, variant, sam, day):
    visit = BookingFactory(variant=variant, resource=sam, confirmed=True, starts_at=at(day, 10))
    inside = BookingFactory(variant=variant, resource=sam, confirmed=True, starts_at=at(day, 15))
    form = form_on(client.get(page_of(sam)))
    hours_row(form, day.weekday(), "14:00", "18:00", number=day.weekday())

    response = client.post(page_of(sam), form, follow=True)

    assertContains(response, "outside the opening hours")
    assertContains(response, reverse("admin:bookings_booking_change", args=[visit.pk]))
    assertNotContains(response, reverse("admin:bookings_booking_change", args=[inside.pk]))
    visit.refresh_from_db()
    assert visit.status == BookingStatus.CONFIRMED


def test_visits_outside_the_shops_new_hours_are_listed_too(client, editor, variant, day):
    resource = ResourceFactory(hours=False, services=[variant.offering])
    hours = OpeningHours.objects.create(weekday=day.weekday(), opens_at=time(9), closes_at=time(18))
    visit = BookingFactory(variant=variant, resource=resource, confirmed=True, starts_at=at(day, 10))

    response = client.post(reverse("admin:bookings_openinghours_delete", args=[hours.pk]), {"post": "yes"}, follow=True)

    assertContains(response, reverse("admin:bookings_booking_change", args=[visit.pk]))


def test_s09_a_cut_below_what_is_booked_is_refused_with_the_list_of_those_in_the_way(client, editor, variant, day):
    """Capacity 10, 8 booked at once, cut to 6: any two of the eight could move, so all of them are named."""
    room = ResourceFactory(capacity=10, services=[variant.offering])
    eight = [
        BookingFactory(variant=variant, resource=room, seat=seat, confirmed=True, starts_at=at(day, 10))
        for seat in range(1, 9)
    ]
    BookingFactory(variant=variant, resource=room, confirmed=True, starts_at=at(day, 15))
    form = form_on(client.get(page_of(room)))

    response = client.post(page_of(room), form | {"capacity": ["6"]})

    sentence, *listed = response.context["adminform"].form.errors["capacity"]
    assert sentence == "There would be fewer places than visits. Move or cancel some of these first:"
    assert listed == [str(visit) for visit in eight]
    assertContains(response, str(eight[0]), count=8)
    room.refresh_from_db()
    assert room.capacity == 10
    assert client.post(page_of(room), form | {"capacity": ["8"]}).status_code == 302


def test_s09_visits_that_fit_into_fewer_places_change_seats(client, editor, variant, day):
    """Three places, never more than two taken at once: it is the number that counts, and not who got which seat."""
    room = ResourceFactory(capacity=3, services=[variant.offering])
    for seat, hour in [(1, 9), (2, 10), (3, 11)]:
        BookingFactory(variant=variant, resource=room, seat=seat, confirmed=True, starts_at=at(day, hour))
    form = form_on(client.get(page_of(room)))

    assert client.post(page_of(room), form | {"capacity": ["1"]}).status_code == 302

    assert list(room.bookings.values_list("seat", "status")) == [(1, "confirmed")] * 3


def test_places_that_nobody_booked_can_be_taken_away(client, editor, variant, day):
    room = ResourceFactory(capacity=3, services=[variant.offering])
    BookingFactory(variant=variant, resource=room, seat=1, confirmed=True, starts_at=at(day, 10))
    BookingFactory(variant=variant, resource=room, seat=3, lapsed=True, starts_at=at(day, 10))
    form = form_on(client.get(page_of(room)))

    client.post(page_of(room), form | {"capacity": ["1"]})

    room.refresh_from_db()
    assert room.capacity == 1


def test_somebody_with_visits_goes_on_taking_them(client, editor, variant, sam, day):
    BookingFactory(variant=variant, resource=sam, confirmed=True, starts_at=at(day, 10))
    form = form_on(client.get(page_of(sam)))
    del form["is_active"]

    response = client.post(page_of(sam), form)

    assertContains(response, "To take no new ones, add a closure.")
    sam.refresh_from_db()
    assert sam.is_active


@pytest.mark.parametrize("capacity", ["0", "-1", "201", "1e9", ""])
def test_a_number_of_places_that_makes_no_sense_is_refused(client, editor, sam, capacity):
    form = form_on(client.get(page_of(sam)))

    assert client.post(page_of(sam), form | {"capacity": [capacity]}).status_code == 200
    sam.refresh_from_db()
    assert sam.capacity == 1


def test_new_places_are_offered_at_once(client, editor, variant, sam, day):
    BookingFactory(variant=variant, resource=sam, confirmed=True, starts_at=at(day, 9), ends_at=at(day, 18))
    assert starts(variant, day) == []

    client.post(page_of(sam), form_on(client.get(page_of(sam))) | {"capacity": ["2"]})

    assert len(starts(variant, day)) == 17


def test_new_places_are_closed_when_the_rest_of_the_shop_is(client, editor, sam, day):
    close_whole_shop(client, at(day, 9), at(day, 18))
    form = form_on(client.get(page_of(sam)))

    client.post(page_of(sam), form | {"capacity": ["2"]})

    closed = Booking.objects.filter(status=BookingStatus.CLOSURE, resource=sam)
    assert sorted(closed.values_list("seat", flat=True)) == [1, 2]


def test_a_new_groomer_is_closed_when_the_rest_of_the_shop_is(client, editor, variant, sam, day):
    close_whole_shop(client, at(day, 9), at(day, 18))
    address = reverse("admin:bookings_resource_add")
    form = form_on(client.get(address))

    form |= {"name": ["Tom"], "slug": ["tom"], "capacity": ["1"], "services": [str(variant.offering.pk)]}
    hours_row(form, day.weekday(), "09:00", "18:00")
    client.post(address, form)

    tom = Resource.objects.get(slug="tom")
    assert Booking.objects.filter(status=BookingStatus.CLOSURE, resource=tom).count() == 1
    assert starts(variant, day) == []


def close_whole_shop(client, starts_at, ends_at):
    address = reverse("admin:bookings_closure_add")
    form = form_on(client.get(address))
    form |= {
        "starts_at_0": [f"{timezone.localtime(starts_at):%Y-%m-%d}"],
        "starts_at_1": [f"{timezone.localtime(starts_at):%H:%M}"],
    }
    form |= {
        "ends_at_0": [f"{timezone.localtime(ends_at):%Y-%m-%d}"],
        "ends_at_1": [f"{timezone.localtime(ends_at):%H:%M}"],
    }
    assert client.post(address, form).status_code == 302


def test_somebody_who_was_booked_cannot_be_deleted(client, variant, sam):
    sign_in(client, is_superuser=True)
    BookingFactory(variant=variant, resource=sam)

    response = client.post(reverse("admin:bookings_resource_delete", args=[sam.pk]), {"post": "yes"})

    assertContains(response, "Cannot delete")
    assert Resource.objects.filter(pk=sam.pk).exists()


def test_closures_are_not_needed_to_add_the_first_groomer(client, editor):
    ClosureFactory(ends_at=timezone.now() + timedelta(days=3))
    address = reverse("admin:bookings_resource_add")
    form = form_on(client.get(address))

    response = client.post(address, form | {"name": ["Maya"], "slug": ["maya"], "art": ["team/maya.svg"]})

    assert response.status_code == 302
