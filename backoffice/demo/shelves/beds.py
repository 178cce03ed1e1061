"""Beds: where they sleep."""

from backoffice.demo.things import CAT, DOG, SMALL, Choice, Thing

THINGS = [
    Thing(
        name="Cloud nest bed",
        slug="cloud-nest-bed",
        category="beds",
        species=[DOG, CAT],
        art="products/dog-donut-bed.svg",
        summary="A round bed to curl up in, washable.",
        description="A high soft rim to lay a chin on. The cover comes off with one zip.",
        choices=[
            Choice("Small, 50 cm", "44.00", "CLD-BED-S", 6),
            Choice("Medium, 70 cm", "62.00", "CLD-BED-M", 4),
            Choice("Large, 90 cm", "79.00", "CLD-BED-L", 3),
        ],
    ),
    Thing(
        name="Paw-print blanket",
        slug="paw-print-blanket",
        category="beds",
        species=[DOG, CAT],
        art="products/dog-blanket.svg",
        summary="For the sofa that you share anyway.",
        description="Warm fleece that dries overnight and lets go of hair in the wash.",
        choices=[
            Choice("70 x 100 cm", "14.00", "BED-BLANKET-S", 10),
            Choice("100 x 150 cm", "22.00", "BED-BLANKET-L", 2),
        ],
    ),
    Thing(
        name="Hazel hide",
        slug="hazel-hide",
        category="beds",
        species=[SMALL],
        art="products/small-pet-hide.svg",
        summary="A wooden house with a heart above the door.",
        description="Solid wood, screwed and not glued, so it may be gnawed. The roof lifts off.",
        choices=[
            Choice("For hamsters, 20 cm", "16.00", "BED-HIDE-S", 6),
            Choice("For guinea pigs, 30 cm", "24.00", "BED-HIDE-M", 5),
            Choice("For rabbits, 45 cm", "36.00", "BED-HIDE-L", 3),
        ],
    ),
]
