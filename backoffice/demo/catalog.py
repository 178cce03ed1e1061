"""What the demo shop sells. Brand names are invented, and every drawing is one of ours."""

from dataclasses import dataclass, field
from datetime import timedelta

from backoffice.demo.orders import GIFT
from catalog.models import PetSize, Species, Tint

DOG, CAT, SMALL, BIRD, FISH = Species.DOG, Species.CAT, Species.SMALL, Species.BIRD, Species.FISH
FOOD_TAX = "10"  # percent; everything else has the shop's own rate


@dataclass(frozen=True)
class Choice:
    """One variant: a product's has an article number and pieces on the shelf, a service's has minutes."""

    name: str
    price: str
    sku: str = ""
    stock: int = 0
    minutes: int = 0
    size: str = ""


@dataclass(frozen=True)
class Rules:
    """Where a service differs from the rules that services have anyway."""

    what_to_bring: str
    step: timedelta = timedelta(minutes=30)
    buffer_after: timedelta = timedelta(0)


@dataclass(frozen=True)
class Thing:
    """An offering. One with rules is a service."""

    name: str
    slug: str
    category: str
    species: list[str]
    art: str
    summary: str
    description: str
    choices: list[Choice]
    rules: Rules | None = None
    tax_rate: str = ""
    questions: list[tuple[str, str]] = field(default_factory=list)


CATEGORIES = [
    ("Grooming", "grooming", Tint.SKY),
    ("Health", "health", Tint.MINT),
    ("Food", "food", Tint.MINT),
    ("Treats", "treats", Tint.BUTTER),
    ("Toys", "toys", Tint.SKY),
    ("Care", "care", Tint.LILAC),
    ("Beds and walks", "beds-and-walks", Tint.BLUSH),
]

SERVICES = [
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
        rules=Rules(
            "A lead, and the brush you use at home if the coat knots easily.", buffer_after=timedelta(minutes=15)
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
        rules=Rules("A lead or a carrier, and a towel that smells of home.", buffer_after=timedelta(minutes=15)),
        questions=[("How often is a bath good?", "Every four to eight weeks for most coats. Ask your groomer.")],
    ),
    Thing(
        name="Nail trim",
        slug="nail-trim",
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
        rules=Rules("A lead or a carrier, and their favourite treat.", step=timedelta(minutes=15)),
    ),
    Thing(
        name="Vet check-up",
        slug="vet-check-up",
        category="health",
        species=[],
        art="services/vet-checkup.svg",
        summary="A calm half hour with our vet nurse, for any species.",
        description="Weight, teeth, ears, skin, heart and joints, and all the questions you brought. You leave with the "
        "findings in writing.",
        choices=[Choice("", "42.00", minutes=30)],
        rules=Rules("The vaccination record, if there is one.", step=timedelta(minutes=30)),
        questions=[
            ("Do you treat emergencies?", "No. In an emergency please go to the nearest animal hospital."),
            ("May they eat before?", "Yes, and they should."),
        ],
    ),
]

PRODUCTS = [
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
        name="Quentin the duck",
        slug="quentin-the-duck",
        category="toys",
        species=[DOG, CAT],
        art="products/dog-plush-duck.svg",
        summary="Plush, squeaks twice.",
        description="Double seams, no hard eyes. Survives the washing machine at 30 degrees, and most spaniels.",
        choices=[Choice("", "9.90", "TOY-DUCK", 6)],
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
        name="Paw-print towel",
        slug="paw-print-towel",
        category="care",
        species=[],
        art="products/bath-towel.svg",
        summary="Dries fast, 60 x 90 cm.",
        description="Microfibre that takes up four times its own weight. For rain, lakes and everything after.",
        choices=[Choice("", "16.00", "CAR-TOWEL", 15)],
    ),
    Thing(
        name="Orchard collar",
        slug="orchard-collar",
        category="beds-and-walks",
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
        name="Cloud nest bed",
        slug="cloud-nest-bed",
        category="beds-and-walks",
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
]

# The help page
QUESTIONS = [
    (
        "Can I buy things and book a visit together?",
        "Yes: one basket, one payment. Products can wait at the desk until your visit.",
    ),
    (
        "How long is a time kept for me?",
        "Fifteen minutes from the moment you choose it. If you need longer, one press adds ten more. While you are paying, "
        "it stays yours.",
    ),
    (
        "Can I change or cancel a visit?",
        "Each service says until when that is free, and what we keep after that. You see it before you pay and on your order's "
        "page. Call or write to us, and we do it for you.",
    ),
    ("Do I need an account?", "No. Your order has a page of its own; its address is in the mail we send you."),
    ("How do I pay?", "By card, on Stripe's secure page. We never see your card's number."),
    ("Where do I collect what I bought?", "At the desk: with your visit, or at any time when we are open."),
]
