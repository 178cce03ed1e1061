"""Courses and dates of classes in the Django admin: published by the week, changed while nobody has booked them."""

from datetime import date, datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from bookings.calendar import free_times
from bookings.models import BookingStatus, ClassDate, Course
from bookings.operations import DateRefused, close_time, publish_course
from petshop.core.roles import CATALOG_EDITORS
from tests.admin_pages import form_on, sign_in
from tests.factories import BookingFactory, ClosureFactory, ResourceFactory, ServiceVariantFactory

pytestmark = pytest.mark.django_db

COURSES, DATES = "bookings_course", "bookings_classdate"


@pytest.fixture
def editor(client):
    return sign_in(client, CATALOG_EDITORS)


@pytest.fixture
def variant():
    """One date of puppy school."""
    return ServiceVariantFactory(offering__name="Puppy school", offering__kind="class", name="One date", pet_size="")


@pytest.fixture
def room(variant):
    return ResourceFactory(name="Class room", capacity=8, services=[variant.offering])


@pytest.fixture
def day():
    """In a week and a day, when the summer is far."""
    return timezone.localdate() + timedelta(days=8)


@pytest.fixture
def course(variant, room, day):
    """Three dates at six in the evening."""
    course = Course.objects.create(
        offering=variant.offering, resource=room, name="Spring", first_day=day, starts_at=time(18), weeks=3
    )
    publish_course(course)
    return course


def adding(what):
    return reverse(f"admin:{what}_add")


def page_of(thing, act="change"):
    return reverse(f"admin:bookings_{thing._meta.model_name}_{act}", args=[thing.pk])


def at(day, hour, minute=0):
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def walls(dates):
    return [timezone.localtime(date.starts_at).strftime("%Y-%m-%d %H:%M") for date in dates]


def typed_course(client, variant, room, day, **typed):
    form = form_on(client.get(adding(COURSES)))
    form |= {"offering": [str(variant.offering_id)], "resource": [str(room.pk)], "name": ["Spring"]}
    form |= {"first_day": [day.isoformat()], "starts_at": ["18:00"], "duration": ["60"], "weeks": ["6"]}
    return form | {name: [value] for name, value in typed.items()}


def typed_date(form, starts_at, *, hours=1, prefix="", number=None):
    """Type a date into a form, or into a row of a course's page."""
    if number is not None:
        prefix = f"dates-{number}-"
        form["dates-TOTAL_FORMS"] = [str(max(int(form["dates-TOTAL_FORMS"][0]), number + 1))]
    ends_at = starts_at + timedelta(hours=hours)
    for name, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        local = timezone.localtime(moment)
        form |= {f"{prefix}{name}_0": [f"{local:%Y-%m-%d}"], f"{prefix}{name}_1": [f"{local:%H:%M}"]}


def join(variant, date, **booking):
    return BookingFactory(
        variant=variant, resource=date.resource, starts_at=date.starts_at, ends_at=date.ends_at, **booking
    )


# A course


def test_a_new_course_has_a_date_in_each_week_and_customers_can_join(client, editor, variant, room, day):
    answer = client.post(adding(COURSES), typed_course(client, variant, room, day), follow=True)

    assertContains(answer, "It has 6 dates:")
    dates = list(Course.objects.get().dates.all())
    assert walls(dates) == [f"{day + timedelta(weeks=week)} 18:00" for week in range(6)]
    assert {date.ends_at - date.starts_at for date in dates} == {timedelta(hours=1)}
    [free] = free_times(variant, first=day, last=day, now=timezone.now())[day]
    assert (free.starts_at, free.room) == (dates[0].starts_at, 8)


@pytest.mark.parametrize(("first", "utc"), [("2027-03-14", [17, 17, 16, 16]), ("2027-10-17", [16, 16, 17, 17])])
def test_a_course_keeps_its_time_on_the_wall_when_the_clocks_change(variant, room, first, utc):
    course = Course(offering=variant.offering, resource=room, name="x", starts_at=time(18), weeks=4)
    course.first_day = date.fromisoformat(first)
    course.save()

    dates = publish_course(course)

    assert [when[-5:] for when in walls(dates)] == ["18:00"] * 4
    assert [date.starts_at.hour for date in dates] == utc


@pytest.mark.parametrize(
    ("first", "wall", "minutes"),
    [
        ("2027-03-21", "02:30", 60),  # the second date would begin when there is no 02:30
        ("2027-10-24", "02:30", 60),  # or at one of two
        ("2027-10-24", "01:45", 60),  # or end at one of two
    ],
)
def test_t01_t02_a_course_in_an_hour_that_is_not_there_or_is_there_twice_is_refused(
    client, editor, variant, room, first, wall, minutes
):
    typed = {"starts_at": wall, "duration": str(minutes), "weeks": "2"}
    form = typed_course(client, variant, room, date.fromisoformat(first), **typed)

    answer = client.post(adding(COURSES), form)

    assertContains(answer, "the clocks change")
    assert not Course.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"first_day": "2020-01-01"}, "is over"),
        ({"first_day": "9999-12-31"}, "is too far away"),
        ({"first_day": "2027-02-30"}, "Enter a valid date."),
        ({"weeks": "0"}, "between 1 and 52 dates"),
        ({"weeks": "53"}, "between 1 and 52 dates"),
        ({"duration": "4"}, "between 5 minutes and 12 hours"),
        ({"duration": "721"}, "between 5 minutes and 12 hours"),
        ({"starts_at": "25:00"}, "Enter a valid time."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_a_course_that_cannot_be_is_refused_and_keeps_what_was_typed(
    client, editor, variant, room, day, typed, sentence
):
    answer = client.post(adding(COURSES), typed_course(client, variant, room, day, **typed))

    assertContains(answer, sentence)
    assertContains(answer, 'value="18:00"' if "starts_at" not in typed else 'value="25:00"')
    assert not Course.objects.exists()


def test_a_course_is_where_its_class_is(client, editor, variant, day):
    elsewhere = ResourceFactory(name="Cellar")

    answer = client.post(adding(COURSES), typed_course(client, variant, elsewhere, day))

    assertContains(answer, "“Puppy school” says nothing of Cellar.")
    assert not Course.objects.exists()


def test_two_courses_cannot_have_the_same_dates(client, editor, course, variant, room, day):
    answer = client.post(adding(COURSES), typed_course(client, variant, room, day, name="Another"))

    assertContains(answer, "is published already")
    assert Course.objects.count() == 1


def test_a_course_that_nobody_booked_is_published_anew(client, editor, course, day):
    form = form_on(client.get(page_of(course)))

    client.post(page_of(course), form | {"starts_at": ["17:30"], "weeks": ["2"]})

    assert walls(course.dates.all()) == [f"{day} 17:30", f"{day + timedelta(weeks=1)} 17:30"]


def test_the_dates_of_a_course_that_somebody_booked_stay_and_the_visits_are_listed(client, editor, course, variant):
    second = course.dates.all()[1]
    visit = join(variant, second, confirmed=True)
    form = form_on(client.get(page_of(course)))

    answer = client.post(page_of(course), form | {"starts_at": ["17:30"]})

    assertContains(answer, "These visits are booked, so their dates stay as they are:")
    assertContains(answer, str(visit))
    assert [wall[-5:] for wall in walls(course.dates.all())] == ["18:00"] * 3


def test_a_course_that_somebody_booked_can_be_called_something_else(client, editor, course, variant):
    join(variant, course.dates.first(), confirmed=True)
    form = form_on(client.get(page_of(course)))
    before = set(course.dates.values_list("pk", flat=True))

    client.post(page_of(course), form | {"name": ["Early spring"]})

    course.refresh_from_db()
    assert course.name == "Early spring"
    assert set(course.dates.values_list("pk", flat=True)) == before


@pytest.mark.parametrize("gone", [{"lapsed": True}, {"status": BookingStatus.CANCELLED}])
def test_who_does_not_come_any_more_keeps_no_date(client, editor, course, variant, gone):
    join(variant, course.dates.first(), **gone)
    form = form_on(client.get(page_of(course)))

    assert client.post(page_of(course), form | {"weeks": ["1"]}).status_code == 302
    assert course.dates.count() == 1


# Its dates, one by one


def test_one_date_of_a_course_is_added_moved_and_taken_away(client, editor, course, day):
    form = form_on(client.get(page_of(course)))
    typed_date(form, at(day + timedelta(days=1), 17), number=0)
    typed_date(form, at(day + timedelta(days=30), 18), number=3)

    client.post(page_of(course), form | {"dates-1-DELETE": ["on"]})

    moved, last, added = course.dates.all()
    assert walls([moved]) == [f"{day + timedelta(days=1)} 17:00"]
    assert walls([added]) == [f"{day + timedelta(days=30)} 18:00"]
    assert (added.offering, added.resource) == (course.offering, course.resource)


@pytest.mark.parametrize("edit", ["move", "delete"])
def test_a_date_that_somebody_booked_stays(client, editor, course, variant, day, edit):
    visit = join(variant, course.dates.first(), confirmed=True)
    form = form_on(client.get(page_of(course)))
    if edit == "move":
        typed_date(form, at(day, 17), number=0)
    else:
        form["dates-0-DELETE"] = ["on"]

    answer = client.post(page_of(course), form)

    assertContains(answer, str(visit))
    assert [wall[-5:] for wall in walls(course.dates.all())] == ["18:00"] * 3


def test_the_other_dates_of_a_booked_course_can_move(client, editor, course, variant, day):
    join(variant, course.dates.first(), confirmed=True)
    form = form_on(client.get(page_of(course)))
    typed_date(form, at(day + timedelta(days=15), 18), number=1)

    assert client.post(page_of(course), form).status_code == 302
    assert f"{day + timedelta(days=15)} 18:00" in walls(course.dates.all())


@pytest.mark.parametrize(
    ("days", "hour", "hours", "sentence"),
    [
        (-1, 18, 1, "is over"),
        (8, 18, 1, "Two of these dates are the same."),
        (9, 18, -1, "A date must end after it starts."),
        (9, 18, 13, "between 5 minutes and 12 hours"),
    ],
)
def test_a_date_that_cannot_be_is_refused(client, editor, course, days, hour, hours, sentence):
    form = form_on(client.get(page_of(course)))
    typed_date(form, at(timezone.localdate() + timedelta(days=days), hour), hours=hours, number=3)

    answer = client.post(page_of(course), form)

    assert answer.status_code == 200
    assertContains(answer, sentence)
    assert course.dates.count() == 3


def test_a_course_and_its_dates_are_not_changed_at_once(client, editor, course, day):
    form = form_on(client.get(page_of(course))) | {"weeks": ["2"], "dates-0-DELETE": ["on"]}

    assertContains(client.post(page_of(course), form), "not both at once")
    assert course.dates.count() == 3


def test_dates_on_closed_days_or_beside_other_visits_are_warned_about(client, editor, variant, room, day):
    close_time(ClosureFactory(starts_at=at(day, 0), ends_at=at(day, 23), reason="Stocktaking"))
    BookingFactory(resource=room, seat=3, starts_at=at(day + timedelta(weeks=1), 17, 30), confirmed=True)
    form = typed_course(client, variant, room, day, weeks="3", starts_at="17:00")

    answer = client.post(adding(COURSES), form, follow=True)

    [warning] = [str(message) for message in answer.context["messages"] if message.level_tag == "warning"]
    assert "closed (Stocktaking)" in warning
    assert "only 7 of 8 places are free, because of other visits" in warning
    assert warning.count("<li>") == 2


def test_a_date_in_the_evening_is_published_with_a_warning(client, editor, variant, room, day):
    answer = client.post(adding(COURSES), typed_course(client, variant, room, day, weeks="1"), follow=True)

    assertContains(answer, "outside the opening hours")
    assert ClassDate.objects.count() == 1


# The list of dates


def test_a_single_date_is_added_where_all_dates_are(client, editor, variant, room, day):
    form = form_on(client.get(adding(DATES)))
    form |= {"offering": [str(variant.offering_id)], "resource": [str(room.pk)]}
    typed_date(form, at(day, 10))

    assert client.post(adding(DATES), form).status_code == 302
    assert walls(ClassDate.objects.filter(course=None)) == [f"{day} 10:00"]


@pytest.mark.parametrize("wall", ["2027-03-28 02:30", "2027-10-31 02:30"])
def test_a_single_date_in_an_hour_that_is_not_one_is_refused(client, editor, variant, room, wall):
    form = form_on(client.get(adding(DATES)))
    form |= {"offering": [str(variant.offering_id)], "resource": [str(room.pk)]}
    day, at_time = wall.split()
    form |= {"starts_at_0": [day], "starts_at_1": [at_time], "ends_at_0": [day], "ends_at_1": ["04:00"]}

    assertContains(client.post(adding(DATES), form), "it may be ambiguous or it may not exist")
    assert not ClassDate.objects.exists()


def test_the_list_says_how_many_have_joined_and_begins_with_what_is_to_come(client, editor, course, variant, room):
    first = course.dates.first()
    for seat in (1, 2, 3):
        join(variant, first, seat=seat, confirmed=True)
    join(variant, first, seat=4, lapsed=True)
    over = ClassDate.objects.create(
        offering=variant.offering, resource=room, starts_at=at(date(2026, 1, 5), 18), ends_at=at(date(2026, 1, 5), 19)
    )

    page = client.get(reverse(f"admin:{DATES}_changelist"))

    assertContains(page, "3 of 8")
    assertContains(page, "0 of 8", count=2)
    assertNotContains(page, page_of(over))
    assertContains(client.get(reverse(f"admin:{DATES}_changelist"), {"when": "past"}), page_of(over))
    assertContains(client.get(page_of(course)), "3 of 8")


def test_a_date_of_a_course_keeps_its_class_and_its_room(client, editor, course):
    page = client.get(page_of(course.dates.first()))

    for name in ("offering", "resource", "course"):
        assertNotContains(page, f'name="{name}"')


def test_what_is_booked_is_never_deleted(client, editor, course, variant):
    booked, free, _last = course.dates.all()
    visit = join(variant, booked, confirmed=True)

    for thing in (booked, course):
        for answer in (client.get(page_of(thing, "delete")), client.post(page_of(thing, "delete"), {"post": "yes"})):
            assertContains(answer, "Cannot delete")
            assertContains(answer, str(visit))
    client.post(page_of(free, "delete"), {"post": "yes"})

    assert set(course.dates.all()) == {booked, _last}
    assertNotContains(client.get(reverse(f"admin:{DATES}_changelist")), 'value="delete_selected"')


def test_a_course_whose_dates_are_refused_keeps_the_ones_it_has(course, day):
    course.weeks = 2
    course.first_day = day - timedelta(weeks=2)

    with pytest.raises(DateRefused):
        publish_course(course)

    assert course.dates.count() == 3
