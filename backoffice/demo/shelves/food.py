"""Food: a meal for every species."""

from backoffice.demo.things import BIRD, CAT, DOG, FISH, FOOD_TAX, SMALL, Choice, Thing

THINGS = [
    Thing(
        name="Harvey chicken and oats",
        slug="harvey-chicken-and-oats",
        category="food",
        species=[DOG],
        art="products/dog-kibble-chicken.svg",
        summary="Dry food for grown dogs.",
        description="Chicken first, then oats and carrot. No added sugar. Kibble of 12 mm, for mouths of medium size and up.",
        choices=[
            Choice("2 kg bag", "13.90", "HRV-CO-2", 30),
            Choice("6 kg bag", "32.50", "HRV-CO-6", 14),
            Choice("12 kg bag", "54.90", "HRV-CO-12", 9),
        ],
        tax_rate=FOOD_TAX,
        questions=[
            (
                "How much a day?",
                "About 12 g for each kilogram of dog, in two meals. The table on the bag goes by weight and age.",
            )
        ],
    ),
    Thing(
        name="Harvey salmon and pea",
        slug="harvey-salmon-and-pea",
        category="food",
        species=[DOG],
        art="products/dog-kibble-salmon.svg",
        summary="Dry food without chicken or grain.",
        description="Salmon first, then peas and potato. Kibble of 12 mm, like the one with chicken, so that a change is only a change of taste.",
        choices=[
            Choice("2 kg bag", "15.90", "HRV-SP-2", 16),
            Choice("6 kg bag", "36.90", "HRV-SP-6", 9),
            Choice("12 kg bag", "61.90", "HRV-SP-12", 4),
        ],
        tax_rate=FOOD_TAX,
        questions=[
            (
                "How do I change to it?",
                "Over a week: a quarter of the new food for two days, then half, then three quarters.",
            )
        ],
    ),
    Thing(
        name="Harvey puppy lamb",
        slug="harvey-puppy-lamb",
        category="food",
        species=[DOG],
        art="products/puppy-kibble.svg",
        summary="Dry food for the first year.",
        description="Lamb and rice in kibble of 7 mm, small enough for milk teeth. Three meals a day until six months, then two.",
        choices=[Choice("2 kg bag", "14.90", "HRV-PUP-2", 12), Choice("6 kg bag", "34.90", "HRV-PUP-6", 7)],
        tax_rate=FOOD_TAX,
    ),
    Thing(
        name="Mimo indoor chicken",
        slug="mimo-indoor-chicken",
        category="food",
        species=[CAT],
        art="products/cat-kibble-chicken.svg",
        summary="Dry food for cats who stay in.",
        description="Chicken and rice, some fibre against hairballs, and a little less energy than a garden would use up.",
        choices=[Choice("1.5 kg bag", "11.90", "MIM-IND-15", 18), Choice("4 kg bag", "27.50", "MIM-IND-4", 8)],
        tax_rate=FOOD_TAX,
        questions=[
            ("Is dry food enough?", "With a bowl of fresh water beside it, yes. Many cats drink more from a fountain.")
        ],
    ),
    Thing(
        name="Mimo tuna in broth",
        slug="mimo-tuna-in-broth",
        category="food",
        species=[CAT],
        art="products/cat-wet-tuna.svg",
        summary="Wet food for grown cats.",
        description="Flakes of tuna in their own broth, with nothing that a cat would not find by itself.",
        choices=[Choice("400 g tin", "1.90", "MIM-TUN-1", 60), Choice("12 tins of 400 g", "18.60", "MIM-TUN-12", 11)],
        tax_rate=FOOD_TAX,
    ),
    Thing(
        name="Burrow meadow hay",
        slug="burrow-meadow-hay",
        category="food",
        species=[SMALL],
        art="products/rabbit-hay.svg",
        summary="Second cut, soft and green.",
        description="Dried slowly and shaken free of dust. The larger part of what a rabbit or a guinea pig should eat.",
        choices=[Choice("1 kg bale", "6.90", "BRW-HAY-1", 18), Choice("2 kg bale", "11.50", "BRW-HAY-2", 12)],
        tax_rate=FOOD_TAX,
    ),
    Thing(
        name="Plume budgie mix",
        slug="plume-budgie-mix",
        category="food",
        species=[BIRD],
        art="products/bird-seed.svg",
        summary="For budgies, finches and canaries.",
        description="Millet, canary seed and a little niger, cleaned twice.",
        choices=[Choice("1 kg", "5.40", "PLM-SEED-1", 20)],
        tax_rate=FOOD_TAX,
    ),
    Thing(
        name="Tidal goldfish flakes",
        slug="tidal-goldfish-flakes",
        category="food",
        species=[FISH],
        art="products/fish-flakes.svg",
        summary="Float for minutes, cloud nothing.",
        description="For all cold-water fish. As much as they eat in two minutes, once a day.",
        choices=[Choice("50 g", "4.20", "TDL-GLD-50", 16), Choice("200 g", "9.80", "TDL-GLD-200", 7)],
        tax_rate=FOOD_TAX,
    ),
]
