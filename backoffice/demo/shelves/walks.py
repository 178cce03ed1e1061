"""Walks: out of the door, in any weather."""

from backoffice.demo.things import CAT, DOG, SMALL, Choice, Thing

THINGS = [
    Thing(
        name="Orchard collar",
        slug="orchard-collar",
        category="walks",
        species=[DOG],
        art="products/dog-collar.svg",
        summary="Leather tanned with bark.",
        description="Grows softer with every walk. The buckle is brass and can be repaired.",
        choices=[
            Choice("Small, 30 to 38 cm", "22.00", "ORC-COL-S", 5),
            Choice("Medium, 38 to 48 cm", "24.00", "ORC-COL-M", 8),
            Choice("Large, 48 to 60 cm", "26.00", "ORC-COL-L", 0),
        ],
    ),
    Thing(
        name="Orchard lead",
        slug="orchard-lead",
        category="walks",
        species=[DOG],
        art="products/dog-leash.svg",
        summary="Soft rope, with a loop for your hand.",
        description="Stays soft when it gets wet. The hook is brass, and turns.",
        choices=[Choice("1.2 m", "19.00", "ORC-LEAD-12", 9), Choice("1.8 m", "21.00", "ORC-LEAD-18", 12)],
    ),
    Thing(
        name="Trail harness",
        slug="trail-harness",
        category="walks",
        species=[DOG],
        art="products/dog-harness.svg",
        summary="Nothing presses on the neck.",
        description="Padded at the chest, with a ring at the back and one in front for those who pull.",
        choices=[
            Choice("Small, 40 to 52 cm", "29.00", "TRL-HAR-S", 7),
            Choice("Medium, 52 to 70 cm", "32.00", "TRL-HAR-M", 8),
            Choice("Large, 70 to 90 cm", "35.00", "TRL-HAR-L", 4),
        ],
        questions=[
            (
                "Which size is right?",
                "Measure round the chest, just behind the front legs. Between two sizes take the larger one.",
            )
        ],
    ),
    Thing(
        name="Puddle raincoat",
        slug="puddle-raincoat",
        category="walks",
        species=[DOG],
        art="products/dog-raincoat.svg",
        summary="Bright yellow, with room to run.",
        description="Closes under the belly, so that it stays in place. Measure from the collar to the tail.",
        choices=[
            Choice("Small, 30 cm", "34.00", "PDL-COAT-S", 0),
            Choice("Medium, 42 cm", "38.00", "PDL-COAT-M", 2),
            Choice("Large, 54 cm", "42.00", "PDL-COAT-L", 1),
        ],
    ),
    Thing(
        name="Atlas carrier",
        slug="atlas-carrier",
        category="walks",
        species=[CAT, SMALL],
        art="products/pet-carrier.svg",
        summary="For the way to us.",
        description="The roof comes off, so that nobody has to be pulled out through the door.",
        choices=[Choice("Up to 5 kg", "39.00", "ATL-CAR-5", 6), Choice("Up to 8 kg", "49.00", "ATL-CAR-8", 5)],
        questions=[
            (
                "How do I get my cat to like it?",
                "Leave it open at home for a week, with a blanket inside and a treat now and then.",
            )
        ],
    ),
]
