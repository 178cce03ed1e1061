"""What the demo shop sells: its shelves in their order, and what customers ask."""

from backoffice.demo.days_and_nights import DAYS_AND_NIGHTS
from backoffice.demo.services import BY_THE_HOUR
from backoffice.demo.shelves import beds, bowls, care, food, homes, toys, treats, walks
from backoffice.demo.things import Thing
from catalog.models import Tint

CATEGORIES = [
    ("Grooming", "grooming", Tint.SKY),
    ("Health", "health", Tint.MINT),
    ("Training and daycare", "training-and-daycare", Tint.BUTTER),
    ("Boarding", "boarding", Tint.LILAC),
    ("Food", "food", Tint.MINT),
    ("Treats", "treats", Tint.BUTTER),
    ("Toys", "toys", Tint.SKY),
    ("Care", "care", Tint.LILAC),
    ("Beds", "beds", Tint.BLUSH),
    ("Walks", "walks", Tint.MINT),
    ("Bowls", "bowls", Tint.SKY),
    ("Litter and homes", "litter-and-homes", Tint.LILAC),
]

SHELVES = [food, treats, toys, care, beds, walks, bowls, homes]

# What most people come for lies in front, one thing of each shelf; the rest follows shelf by shelf.
FAVOURITES = [
    "fern-oat-shampoo",
    "harvey-chicken-and-oats",
    "quentin-the-duck",
    "mimo-tuna-in-broth",
    "cloud-nest-bed",
    "nibs-baked-bones",
    "orchard-collar",
    "burrow-meadow-hay",
]


def place(product: Thing) -> int:
    return FAVOURITES.index(product.slug) if product.slug in FAVOURITES else len(FAVOURITES)


PRODUCTS = sorted((product for shelf in SHELVES for product in shelf.THINGS), key=place)

SERVICES = [*BY_THE_HOUR, *DAYS_AND_NIGHTS]
OFFERINGS = [*SERVICES, *PRODUCTS]

DELIVERY_ZONES = [
    {"name": "Madrid", "postal_codes": ["280"], "fee": "3.90", "free_from": "49.00", "days": "1 to 2 working days"},
    {
        "name": "Around Madrid",
        "postal_codes": ["28"],
        "fee": "5.90",
        "free_from": "69.00",
        "days": "2 to 3 working days",
    },
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
    (
        "Where do I collect what I bought?",
        "At the desk: with your visit, or at any time when we are open. In and around Madrid we deliver, too: choose it "
        "in the basket for each thing, and enter your postal code to see what it costs.",
    ),
]
