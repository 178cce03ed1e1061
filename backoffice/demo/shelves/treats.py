"""Treats, and what is given one a day."""

from backoffice.demo.things import CAT, DOG, FOOD_TAX, Choice, Thing

THINGS = [
    Thing(
        name="Nibs baked bones",
        slug="nibs-baked-bones",
        category="treats",
        species=[DOG],
        art="products/dog-treat-bones.svg",
        summary="Treats for calm moments.",
        description="Baked hard, so that they last a little. Five ingredients, all of which you know.",
        choices=[Choice("300 g", "6.40", "NBS-BONE-300", 26)],
        tax_rate=FOOD_TAX,
    ),
    Thing(
        name="Nibs beef hearts",
        slug="nibs-beef-hearts",
        category="treats",
        species=[DOG],
        art="products/dog-treat-hearts.svg",
        summary="Soft little hearts, for training.",
        description="Beef, dried gently and cut so small that twenty of them are still no meal.",
        choices=[Choice("200 g", "7.20", "NBS-HEART-200", 21)],
        tax_rate=FOOD_TAX,
    ),
    Thing(
        name="Mimo tuna bites",
        slug="mimo-tuna-bites",
        category="treats",
        species=[CAT],
        art="products/cat-treat-fish.svg",
        summary="A crumb of tuna for coming when called.",
        description="Tuna and nothing else, baked dry. Also good for getting into a carrier, on most days.",
        choices=[Choice("60 g", "3.60", "MIM-BITE-1", 34), Choice("3 bags of 60 g", "9.90", "MIM-BITE-3", 10)],
        tax_rate=FOOD_TAX,
    ),
    Thing(
        name="Brite dental sticks",
        slug="brite-dental-sticks",
        category="treats",
        species=[DOG],
        art="products/dog-dental-sticks.svg",
        summary="One a day, after the last walk.",
        description="Chewy and ridged, so that each bite reaches the gum line. They help; a brush helps more.",
        choices=[Choice("7 sticks", "5.90", "BRT-STICK-7", 19), Choice("28 sticks", "19.90", "BRT-STICK-28", 6)],
        tax_rate=FOOD_TAX,
    ),
    Thing(
        name="Spry joint chews",
        slug="spry-joint-chews",
        category="treats",
        species=[DOG],
        art="products/joint-chews.svg",
        summary="For older hips and steep stairs.",
        description="Green-lipped mussel in a soft chew that tastes of chicken. One a day for every 15 kg of dog.",
        choices=[Choice("60 chews", "21.90", "SPR-JOINT-60", 11)],
        tax_rate=FOOD_TAX,
        questions=[
            (
                "Does my dog need them?",
                "Not every old dog does. Ask at the next check-up, also if your dog takes medicine.",
            )
        ],
    ),
]
