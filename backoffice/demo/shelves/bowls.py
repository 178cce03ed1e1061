"""Bowls: for food and for water."""

from backoffice.demo.things import CAT, DOG, Choice, Thing

THINGS = [
    Thing(
        name="Milo bowl",
        slug="milo-bowl",
        category="bowls",
        species=[DOG],
        art="products/dog-bowl.svg",
        summary="Stoneware, too heavy to push about.",
        description="Glazed inside and out, goes into the dishwasher, and has its name on it.",
        choices=[Choice("0.5 l", "11.50", "BWL-MILO-05", 13), Choice("1 l", "15.50", "BWL-MILO-10", 9)],
    ),
    Thing(
        name="Meadow raised feeder",
        slug="meadow-raised-feeder",
        category="bowls",
        species=[DOG],
        art="products/raised-feeder.svg",
        summary="Two bowls at the height of a nose.",
        description="Steel bowls in a stand of beech, for long legs and stiff necks. Both lift out for washing.",
        choices=[Choice("15 cm high", "32.00", "BWL-FEED-15", 5), Choice("25 cm high", "38.00", "BWL-FEED-25", 4)],
    ),
    Thing(
        name="Brook water fountain",
        slug="brook-water-fountain",
        category="bowls",
        species=[DOG, CAT],
        art="products/water-fountain.svg",
        summary="Running water, for those who ignore bowls.",
        description="Two litres, and so quiet that you look whether it is on. A filter lasts for a month.",
        choices=[
            Choice("Fountain with one filter", "46.00", "BRK-FOUNT", 6),
            Choice("3 filters", "9.90", "BRK-FILTER-3", 20),
        ],
    ),
]
