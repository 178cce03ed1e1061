"""What can be booked by the day, by the night and by the course in the demo shop."""

from backoffice.demo.orders import COURSE
from backoffice.demo.things import CAT, DOG, Choice, Dear, Extra, Rules, Thing
from bookings.models import Weekday
from catalog.models import Kind, PetSize

A_NIGHT = 24 * 60
SUMMER = Dear("Summer", 20, first="07-01", last="08-31")
CHRISTMAS = Dear("Christmas", 25, first="12-20", last="01-06")

DAYS_AND_NIGHTS = [
    Thing(
        name="Daycare",
        slug="daycare",
        category="training-and-daycare",
        species=[DOG],
        art="services/daycare.svg",
        summary="A day in the playroom, or half of one, for twenty dogs at most.",
        description="Elin is in the room the whole time, and never alone with more than ten. They play by size and temper, rest "
        "halfway, and go out into the yard twice. A dog who would rather watch may watch.",
        kind=Kind.SEAT,
        choices=[
            Choice("Whole day", "32.00", minutes=9 * 60, begins_at="09:00"),
            Choice("Morning", "19.00", minutes=4 * 60, begins_at="09:00"),
            Choice("Afternoon", "19.00", minutes=4 * 60, begins_at="14:00"),
        ],
        extras=[Extra("A walk of their own", "7.00"), Extra("Lunch from our kitchen", "4.50")],
        rules=Rules("The vaccination record the first time, and no toy that would be missed."),
        questions=[
            ("What if mine does not get on with the others?", "Then Elin calls you, and you pay nothing for that day."),
            ("Can they be fed?", "Yes. Bring the meal in a box with the name on it."),
        ],
    ),
    Thing(
        name="Dog boarding",
        slug="dog-boarding",
        category="boarding",
        species=[DOG],
        art="services/boarding.svg",
        summary="A kennel with a bed and a door to the yard, and somebody in the house at night.",
        description="Three walks a day, meals as at home, and a message with a picture every evening. Small and medium dogs live on "
        "the quiet side; the large ones have room to turn round twice before they lie down.",
        kind=Kind.STAY,
        choices=[
            Choice("Small dog", "32.00", minutes=A_NIGHT, species=DOG, size=PetSize.SMALL),
            Choice("Medium dog", "36.00", minutes=A_NIGHT, species=DOG, size=PetSize.MEDIUM),
            Choice("Large dog", "42.00", minutes=A_NIGHT, species=DOG, size=PetSize.LARGE),
        ],
        seasons=[Dear("Weekend", 10, weekdays=[Weekday.FRIDAY, Weekday.SATURDAY]), SUMMER, CHRISTMAS],
        extras=[Extra("A bath before going home", "18.00"), Extra("An hour of play alone with Elin", "12.00")],
        rules=Rules(
            "Their food, their blanket, and the vaccination record.",
            horizon_days=120,
            deposit=30,
            asks=["What do they eat, how much, and when?"],
        ),
        questions=[
            ("Is somebody there at night?", "Yes. Elin lives above the kennels, and hears every one of them."),
            ("Can two dogs of one family share?", "If they do at home. Book a kennel for the larger one, and call us."),
        ],
    ),
    Thing(
        name="Cat boarding",
        slug="cat-boarding",
        category="boarding",
        species=[CAT],
        art="services/cat-groom.svg",
        summary="A room with a window, shelves to climb, and no dog within earshot.",
        description="Each cat has a room of its own, with two places to hide and one to be admired. We play with those who want to, "
        "and leave the others in peace.",
        kind=Kind.STAY,
        choices=[Choice("", "24.00", minutes=A_NIGHT, species=CAT)],
        seasons=[SUMMER, CHRISTMAS],
        extras=[Extra("Brushed every day", "10.00")],
        rules=Rules("A blanket that smells of home, and the food they are used to.", horizon_days=120, deposit=30),
        questions=[("May I call?", "As often as you like. We hold the phone to the room if it helps.")],
    ),
    Thing(
        name="Puppy school",
        slug="puppy-school",
        category="training-and-daycare",
        species=[DOG],
        art="services/training.svg",
        summary="Six evenings with Sam and at most seven other puppies.",
        description="The name, the lead, the recall, other dogs, other people, and what to do about shoes. Each evening stands on its "
        "own, and all six together make a puppy one can take anywhere.",
        kind=Kind.CLASS,
        choices=[
            Choice("One evening", "18.00", minutes=60),
            Choice(COURSE, "90.00", minutes=60, whole_course=True),
        ],
        rules=Rules("A lead, small treats, and patience.", horizon_days=90),
        questions=[
            ("We miss an evening. What now?", "Come to the same one of the next course, at no extra cost."),
            ("From what age on?", "From ten weeks, when the second vaccination is a week old."),
        ],
    ),
]
