"""Ordinary weeks: the regulars, the people who come once, and those who only fetch something. Pure; a seed decides."""

from datetime import date, timedelta
from random import Random

from backoffice.demo.customers import CUSTOMERS, Customer
from backoffice.demo.orders import Parcel, Story
from catalog.models import Species

# How much goes on from Monday to Sunday.
BUSTLE = [3, 4, 4, 4, 6, 8, 2]
# What somebody comes for who does not come every month, and how often.
ONCE = {
    "full-groom": 4,
    "bath-and-tidy": 4,
    "vet-check-up": 4,
    "cat-groom": 2,
    "nail-trim": 3,
    "daycare": 4,
    "dog-boarding": 4,
    "cat-boarding": 2,
    "puppy-school": 1,
}
OVERNIGHT = ["dog-boarding", "cat-boarding"]
NIGHTS = [1, 2, 2, 3, 4, 7]
VISITS_A_DAY = 0.5
PURCHASES_A_DAY = 1.1

# What is taken along with a visit, by whom the visit is for.
ALONG = {
    Species.DOG: ["NBS-HEART-200", "NBS-BONE-300", "BRT-STICK-7", "FRN-TANGLE-250", "TOY-BALLS", "BRT-PASTE-75"],
    Species.CAT: ["MIM-BITE-1", "TOY-WAND", "DUN-LIT-6", "MIM-TUN-1"],
    Species.SMALL: ["BRW-HAY-1", "TOY-CARROT"],
    Species.BIRD: ["PLM-SEED-1", "TOY-SWING"],
}
# What people come for who need nothing else.
BASKETS = [
    {"HRV-CO-12": 1},
    {"HRV-CO-6": 1, "NBS-BONE-300": 1},
    {"HRV-SP-6": 1},
    {"HRV-PUP-6": 1, "NBS-HEART-200": 2},
    {"MIM-IND-4": 1, "MIM-TUN-12": 1},
    {"MIM-TUN-12": 2},
    {"DUN-LIT-20": 1, "MIM-BITE-3": 1},
    {"DUN-TRAY": 1, "DUN-LIT-6": 1},
    {"BRW-HAY-2": 1, "TOY-CARROT": 1},
    {"PLM-SEED-1": 2},
    {"TDL-GLD-50": 1},
    {"SPR-JOINT-60": 1},
    {"CLD-BED-L": 1},
    {"BED-BLANKET-S": 2},
    {"BED-HIDE-L": 1, "BRW-HAY-1": 1},
    {"TRL-HAR-M": 1, "ORC-LEAD-18": 1},
    {"ORC-COL-L": 1},
    {"PDL-COAT-S": 1},
    {"ATL-CAR-5": 1},
    {"BWL-MILO-10": 1, "BWL-MILO-05": 1},
    {"BWL-FEED-25": 1},
    {"BRK-FOUNT": 1, "BRK-FILTER-3": 1},
    {"HOM-POST": 1},
    {"HOM-WHEEL": 1},
    {"HOM-TANK": 1, "TDL-GLD-50": 1},
    {"TOY-DUCK": 1, "TOY-BALLS": 1},
]


def ordinary_weeks(random: Random, today: date, weeks: int) -> list[Story]:
    """What goes on in so many weeks before today and as many from today on, besides what the stories tell."""
    days = range(-7 * weeks, 7 * weeks)
    visits = [
        story for customer in CUSTOMERS if customer.habit for story in again_and_again(random, customer, today, days)
    ]
    for day in some_days(random, today, days, VISITS_A_DAY):
        [service] = random.choices(list(ONCE), ONCE.values())
        is_missed = random.random() < 0.08 and service not in OVERNIGHT
        nights = random.choice(NIGHTS) if service in OVERNIGHT else 0
        visits.append(Story(day, [service], is_missed=is_missed, nights=nights))
    purchases = [
        Story(day, [], random.choice(BASKETS), parcel=Parcel.COLLECTED if day < -2 else random.choice(list(Parcel)))
        for day in some_days(random, today, range(days.start, 0), PURCHASES_A_DAY)
    ]
    return sorted([*visits, *purchases], key=lambda story: story.day)


def again_and_again(random: Random, customer: Customer, today: date, days: range) -> list[Story]:
    """A regular's visits: on one weekday and every so many weeks; who comes every week books some of them at once."""
    habit = customer.habit
    [weekday] = random.choices(range(6), BUSTLE[:6])
    first = days.start + (weekday - (today + timedelta(days=days.start)).weekday()) % 7
    first += 7 * random.randrange(habit.every)
    return [
        Story(
            day,
            [habit.service],
            {random.choice(ALONG[customer.species]): 1} if habit.every > 1 and random.random() < 0.4 else {},
            customer=customer.name,
            weeks=min(habit.at_once, (days.stop - 1 - day) // 7 + 1),
        )
        for day in range(first, days.stop, 7 * habit.every * habit.at_once)
    ]


def some_days(random: Random, today: date, days: range, a_day: float) -> list[int]:
    """Days of this range, each as often as something happens on it: more of them on a Saturday than on a Monday."""
    bustle = [BUSTLE[(today + timedelta(days=day)).weekday()] for day in days]
    return sorted(random.choices(days, bustle, k=round(len(days) * a_day))) if days else []
