"""Care: between two visits."""

from backoffice.demo.things import CAT, DOG, Choice, Thing

THINGS = [
    Thing(
        name="Fern oat shampoo",
        slug="fern-oat-shampoo",
        category="care",
        species=[DOG, CAT],
        art="products/shampoo-oat.svg",
        summary="For sensitive skin. What Maya uses.",
        description="Oat milk and aloe, no perfume. Lathers little and rinses out fast, which the one being washed will like.",
        choices=[Choice("400 ml", "12.90", "FRN-OAT-400", 24), Choice("1 l", "26.50", "FRN-OAT-1000", 8)],
        questions=[("Is it safe for cats?", "Yes. It has no essential oils, which cats do not tolerate.")],
    ),
    Thing(
        name="Fern detangling spray",
        slug="fern-detangling-spray",
        category="care",
        species=[DOG, CAT],
        art="products/detangle-spray.svg",
        summary="For the knots behind the ears.",
        description="Oat and aloe like the shampoo, and no perfume either. Spray, wait a minute, comb.",
        choices=[Choice("250 ml", "10.90", "FRN-TANGLE-250", 12)],
    ),
    Thing(
        name="Soft slicker brush",
        slug="soft-slicker-brush",
        category="care",
        species=[DOG, CAT],
        art="products/slicker-brush.svg",
        summary="For medium coats. Keeps a groom looking fresh.",
        description="Rounded pins on a soft cushion. Five minutes twice a week keep the knots away.",
        choices=[Choice("", "14.50", "CAR-SLICK", 13)],
    ),
    Thing(
        name="Brite mint toothpaste",
        slug="brite-mint-toothpaste",
        category="care",
        species=[DOG],
        art="products/pet-toothpaste.svg",
        summary="Mild mint that may be swallowed.",
        description="Does not foam, and has no xylitol, which dogs must never eat. Begin with a finger, then a soft brush.",
        choices=[Choice("75 ml", "6.90", "BRT-PASTE-75", 17)],
    ),
    Thing(
        name="Paw-print towel",
        slug="paw-print-towel",
        category="care",
        species=[],
        art="products/bath-towel.svg",
        summary="Dries fast, 60 x 90 cm.",
        description="Microfibre that takes up four times its own weight. For rain, lakes and everything after.",
        choices=[Choice("", "16.00", "CAR-TOWEL", 15)],
    ),
]
