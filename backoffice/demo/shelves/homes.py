"""Litter and homes: where they live."""

from backoffice.demo.things import CAT, FISH, SMALL, Choice, Thing

THINGS = [
    Thing(
        name="Dune clay-free litter",
        slug="dune-clay-free-litter",
        category="litter-and-homes",
        species=[CAT],
        art="products/cat-litter.svg",
        summary="Clumps, and hardly any dust.",
        description="Plant fibre instead of clay, so that even the large box is light enough to carry home.",
        choices=[Choice("6 l box", "7.90", "DUN-LIT-6", 24), Choice("20 l box", "21.90", "DUN-LIT-20", 10)],
    ),
    Thing(
        name="Dune litter tray",
        slug="dune-litter-tray",
        category="litter-and-homes",
        species=[CAT],
        art="products/cat-litter-tray.svg",
        summary="A high rim, a low door and a scoop.",
        description="50 x 40 cm: large enough to turn round in, which is what most trays are not.",
        choices=[Choice("", "18.90", "DUN-TRAY", 7)],
    ),
    Thing(
        name="Lookout scratch post",
        slug="lookout-scratch-post",
        category="litter-and-homes",
        species=[CAT],
        art="products/cat-scratch-post.svg",
        summary="Sisal, with a seat above it all.",
        description="85 cm tall and heavy below, so that it stands still when somebody jumps. The cat is not included.",
        choices=[Choice("", "59.00", "HOM-POST", 0)],
    ),
    Thing(
        name="Whirl wheel",
        slug="whirl-wheel",
        category="litter-and-homes",
        species=[SMALL],
        art="products/guinea-wheel.svg",
        summary="For hamsters, who run at night.",
        description="28 cm across, so that the back stays straight, and quiet enough for you to sleep.",
        choices=[Choice("", "24.50", "HOM-WHEEL", 5)],
    ),
    Thing(
        name="Tidal starter tank",
        slug="tidal-starter-tank",
        category="litter-and-homes",
        species=[FISH],
        art="products/fish-tank.svg",
        summary="54 litres, with a filter and a lamp.",
        description="Let it run for three weeks before the first fish moves in. Glass, with a lid, 60 cm wide.",
        choices=[Choice("", "89.00", "HOM-TANK", 3)],
        questions=[
            (
                "How many goldfish can live in it?",
                "None for long: they need 100 litres and more. It is right for ten small fish, such as minnows.",
            )
        ],
    ),
]
