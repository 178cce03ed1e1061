"""Who buys in the demo shop. Each has one pet; regulars have a habit."""

from dataclasses import dataclass

from catalog.models import PetSize, Species

DOG, CAT, SMALL, BIRD, FISH = Species.DOG, Species.CAT, Species.SMALL, Species.BIRD, Species.FISH
S, M, L = PetSize.SMALL, PetSize.MEDIUM, PetSize.LARGE


@dataclass(frozen=True)
class Habit:
    """A service that somebody comes for again and again. Who comes every week books some weeks at once."""

    service: str
    every: int = 4  # weeks
    at_once: int = 1  # visits in one basket


GROOM, BATH, CAT_GROOM, NAILS = Habit("full-groom"), Habit("bath-and-tidy"), Habit("cat-groom"), Habit("nail-trim")
DAYCARE = Habit("daycare", every=1, at_once=4)
SCHOOL = Habit("puppy-lesson", every=1, at_once=4)

POSTAL_CODE, TOWN = "28012", "Madrid"  # everybody's


@dataclass(frozen=True)
class Customer:
    """Somebody with one pet."""

    name: str
    phone: str
    pet: str
    species: str
    size: str = ""
    notes: str = ""
    habit: Habit | None = None
    is_longhaired: bool = False

    @property
    def email(self) -> str:
        return self.name.lower().replace(" ", ".") + "@example.com"

    @property
    def street(self) -> str:
        return f"Calle del Olmo {int(self.phone[-2:])}"


CUSTOMERS = [
    Customer("Ana Ruiz", "600 100 201", "Biscuit", DOG, M, "Hates dryers."),
    Customer("Jonas Weber", "600 100 202", "Pepper", DOG, M),
    Customer("Elena Costa", "600 100 203", "Milo", DOG, S),
    Customer("Samuel Okafor", "600 100 204", "Luna", DOG, L, "Left hip is sore, please lift with care."),
    Customer("Mina Park", "600 100 205", "Teddy", DOG, S),
    Customer("Lucas Moreau", "600 100 206", "Rosie", DOG, S, "May snap when tired."),
    Customer("Irene Lindqvist", "600 100 207", "Bruno", DOG, L),
    Customer("David Novak", "600 100 208", "Archie", DOG, M),
    Customer("Carmen Vidal", "600 100 209", "Daisy", DOG, M),
    Customer("Theo Papas", "600 100 210", "Hugo", DOG, L),
    Customer("Nora Haddad", "600 100 211", "Olive", CAT, S, "Shy. A quiet corner to wait in, please."),
    Customer("Pablo Iglesias Mora", "600 100 212", "Socks", CAT, S),
    Customer("Greta Holm", "600 100 213", "Ziggy", CAT, S, is_longhaired=True),
    Customer("Marta Sousa", "600 100 214", "Peanut", SMALL, S),
    Customer("Oskar Bauer", "600 100 215", "Clover", SMALL, S),
    Customer("Leila Amari", "600 100 216", "Coco", DOG, S),
    Customer("Ivan Petrov", "600 100 217", "Kiwi", BIRD, S),
    Customer("Hanna Virtanen", "600 100 218", "Goldie", FISH),
    Customer("Bea Romero", "600 100 219", "Nala", CAT, S),
    Customer("Yusuf Demir", "600 100 220", "Simba", CAT, S, is_longhaired=True),
    Customer("Clara Jansen", "600 100 221", "Frida", DOG, M, "Deaf. Please touch her shoulder first."),
    Customer("Marco Bellini", "600 100 222", "Otto", DOG, L),
    Customer("Sofia Navarro", "600 100 223", "Chispa", DOG, S),
    Customer("Aoife Byrne", "600 100 224", "Finn", DOG, M),
    # Regulars
    Customer("Teresa Gil", "600 100 225", "Lola", DOG, S, habit=GROOM),
    Customer("Henrik Dahl", "600 100 226", "Bamse", DOG, L, "Sheds everything he has.", habit=GROOM),
    Customer("Rosa Ibarra", "600 100 227", "Canela", DOG, M, habit=GROOM),
    Customer("Tobias Kern", "600 100 228", "Watson", DOG, M, habit=GROOM),
    Customer("Amelie Laurent", "600 100 229", "Noisette", DOG, S, "Round face, please, as always.", habit=GROOM),
    Customer("Diego Santana", "600 100 230", "Rayo", DOG, L, habit=GROOM),
    Customer("Kaya Lindholm", "600 100 231", "Smilla", DOG, S, habit=GROOM),
    Customer("Paul Wagner", "600 100 232", "Emma", DOG, M, "Stiff in the mornings.", habit=GROOM),
    Customer("Lucia Ferrer", "600 100 233", "Trufa", DOG, S, habit=BATH),
    Customer("Bram de Wit", "600 100 234", "Moos", DOG, L, habit=BATH),
    Customer("Olga Marin", "600 100 235", "Perla", DOG, M, habit=BATH),
    Customer("Adrian Popescu", "600 100 236", "Max", DOG, M, habit=BATH),
    Customer("Ingrid Solberg", "600 100 237", "Pus", CAT, S, "Purrs and bites.", habit=CAT_GROOM, is_longhaired=True),
    Customer("Raul Cano", "600 100 238", "Mishi", CAT, S, habit=CAT_GROOM),
    Customer("Judith Klein", "600 100 239", "Minka", CAT, S, habit=CAT_GROOM, is_longhaired=True),
    Customer("Noor van Dijk", "600 100 240", "Stip", SMALL, S, habit=NAILS),
    Customer("Alba Prieto", "600 100 241", "Galleta", SMALL, S, habit=NAILS),
    Customer("Emil Horvat", "600 100 242", "Rio", BIRD, S, "Please dim the lamp before you catch him.", habit=NAILS),
    Customer("Sara Lopez Vega", "600 100 243", "Duna", DOG, M, habit=DAYCARE),
    Customer("Felix Braun", "600 100 244", "Juno", DOG, L, "Plays rough with dogs of her size.", habit=DAYCARE),
    Customer("Ines Carvalho", "600 100 245", "Pipoca", DOG, S, habit=DAYCARE),
    Customer("George Adeyemi", "600 100 246", "Scout", DOG, M, habit=DAYCARE),
    Customer("Vera Nilsson", "600 100 247", "Tass", DOG, M, "Eleven weeks old.", habit=SCHOOL),
    Customer("Manuel Ortega", "600 100 248", "Turco", DOG, S, "Four months. Afraid of buses.", habit=SCHOOL),
]
