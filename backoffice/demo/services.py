"""What can be booked by the hour in the demo shop. Whoever does it is in `people`, what takes longer in `days_and_nights`."""

from datetime import timedelta

from backoffice.demo.orders import GIFT
from backoffice.demo.people import TUBS
from backoffice.demo.things import BIRD, CAT, DOG, SMALL, Choice, Extra, Rules, Thing
from catalog.models import PetSize

BY_THE_HOUR = [
    Thing(
        name="Full groom",
        slug="full-groom",
        category="grooming",
        species=[DOG],
        art="services/full-groom.svg",
        summary="Bath, blow-dry, haircut, nails and ears. You choose the groomer.",
        description="We check skin, ears and nails with you and agree the cut before we start. Then two washes, a low-noise "
        "dryer and breaks whenever they need one. Nobody is ever left alone in a dryer.",
        choices=[
            Choice("Small dog", "48.00", minutes=90, size=PetSize.SMALL),
            Choice("Medium dog", "54.00", minutes=90, size=PetSize.MEDIUM),
            Choice("Large dog", "68.00", minutes=120, size=PetSize.LARGE),
        ],
        extras=[
            Extra("Nails filed smooth", "8.00", 10),
            Extra("Teeth brushed", "6.00", 10),
            Extra("De-shedding", "14.00", 20),
            Extra("Blueberry facial", "7.00", 10),
        ],
        rules=Rules(
            "A lead, and the brush you use at home if the coat knots easily.",
            buffer_after=timedelta(minutes=15),
            equipment=TUBS,
            later_fees=[(2, 100)],
            asks=["Has your dog been groomed before, and how did it go?"],
        ),
        questions=[
            ("Can I stay with my dog?", "Of course. Most dogs settle faster if you say goodbye at the door, though."),
            (
                "What if the coat needs more time?",
                "The price is agreed now. If the coat needs more time we ask you before we start.",
            ),
        ],
    ),
    Thing(
        name="Bath and tidy",
        slug="bath-and-tidy",
        pay_at_shop=True,
        category="grooming",
        species=[DOG, CAT],
        art="services/bath-tidy.svg",
        summary="A warm bath with oat shampoo, a blow-dry, and a tidy round face and paws.",
        description="For the weeks between two grooms. We wash with a mild oat shampoo, dry by hand, and trim only what gets in "
        "the way: round the eyes, under the paws, a little at the tail.",
        choices=[
            Choice("Cat or small dog", "28.00", minutes=45, size=PetSize.SMALL),
            Choice("Medium dog", "34.00", minutes=60, size=PetSize.MEDIUM),
            Choice("Large dog", "42.00", minutes=75, size=PetSize.LARGE),
        ],
        extras=[
            Extra("Nail trim", "8.00", 10),
            Extra("Teeth brushed", "6.00", 10),
            Extra("De-shedding", "14.00", 20),
            Extra("Detangling", "9.00", 15),
        ],
        rules=Rules(
            "A lead or a carrier, and a towel that smells of home.",
            buffer_after=timedelta(minutes=15),
            equipment=TUBS,
        ),
        questions=[("How often is a bath good?", "Every four to eight weeks for most coats. Ask your groomer.")],
    ),
    Thing(
        name="Nail trim",
        slug="nail-trim",
        pay_at_shop=True,
        category="grooming",
        species=[DOG, CAT, SMALL, BIRD],
        art="services/nail-trim.svg",
        summary="Quick, calm and one paw at a time.",
        description="Fifteen minutes with somebody who does this every day. We stop when they have had enough.",
        choices=[
            Choice("Dog", "10.00", minutes=15),
            Choice("Cat, small pet or bird", "9.00", minutes=15),
            Choice(GIFT, "0.00", minutes=15),
        ],
        extras=[Extra("Filed smooth", "4.00", 5)],
        rules=Rules("A lead or a carrier, and their favourite treat.", step=timedelta(minutes=15)),
    ),
    Thing(
        name="Vet check-up",
        slug="vet-check-up",
        pay_at_shop=True,
        category="health",
        species=[],
        art="services/vet-checkup.svg",
        summary="A calm half hour with our vet nurse, for any species.",
        description="Weight, teeth, ears, skin, heart and joints, and all the questions you brought. You leave with the "
        "findings in writing.",
        choices=[Choice("", "42.00", minutes=30)],
        extras=[Extra("Microchip", "28.00", 10), Extra("Nail trim", "6.00", 10)],
        rules=Rules("The vaccination record, if there is one.", step=timedelta(minutes=30)),
        questions=[
            ("Do you treat emergencies?", "No. In an emergency please go to the nearest animal hospital."),
            ("May they eat before?", "Yes, and they should."),
        ],
    ),
    Thing(
        name="Cat groom",
        slug="cat-groom",
        category="grooming",
        species=[CAT],
        art="services/cat-groom.svg",
        summary="Brushed, combed and freed of knots, with no dog in the room.",
        description="Amira and Maya work with cats behind a closed door, with two pairs of hands if that is kinder. What cannot be "
        "combed out is clipped. We bathe a cat only if there is a reason.",
        choices=[
            Choice("Short coat", "36.00", minutes=45),
            Choice("Long coat", "46.00", minutes=75),
        ],
        extras=[Extra("Nail trim", "7.00", 10), Extra("A bath, if there is a reason", "18.00", 30)],
        rules=Rules("A carrier, and a blanket that smells of home.", buffer_after=timedelta(minutes=15)),
        questions=[
            ("Do you sedate cats?", "Never. If it is too much today, we stop, and you pay for what was done."),
            ("May I stay?", "Yes. Some cats are braver with you there; some pretend to be."),
        ],
    ),
    Thing(
        name="Puppy lesson",
        slug="puppy-lesson",
        category="training-and-daycare",
        species=[DOG],
        art="services/training.svg",
        summary="You, your puppy and Sam: the lead, the recall, and the sofa.",
        description="One dog at a time, at the pace of that dog. In the first lesson we look at your day together and choose what to "
        "practise at home; later ones go on from there. Grown dogs are welcome too.",
        choices=[
            Choice("A puppy who is new to Sam", "42.00", minutes=60),
            Choice("A puppy who has been here", "34.00", minutes=45),
        ],
        rules=Rules("A lead, small treats, and somebody who practises at home.", buffer_after=timedelta(minutes=15)),
        questions=[
            ("From what age on?", "From eight weeks, as soon as the first vaccination is a week old."),
            ("How many lessons do we need?", "Most stop after four. Sam tells you when you no longer need her."),
        ],
    ),
]
