"""`make bench`: a rehearsal of the shop in a database of its own, one web process, one visitor; with 12 offerings, and
with 10,000. Then a month of its calendar, with a year of bookings and with ten (tests/benchmarks/visits.py).

CPU is what the operating system counted for the web process and for its database process, not wall time, so that a busy
machine changes little. Every round asks for a few of each page in turn, the floor among them, until each was asked for
often enough; a page costs what the median of its rounds says, as a multiple of the floor's in the same round.

Ends with 1 if something asks the database more often than it may, or a page the same twice. For its CPU only if each of its rounds
was too dear: one that is not says that the others may have been the machine's.
"""

import argparse
import os
import re
import statistics
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import django
import psutil

from tests.rehearsal.shop import environment, manage, own_database, prepare, wait_until_it_answers, web_server
from tests.rehearsal.visitor import Visitor, forms

ROUNDS = 5
AT_ONCE = 10  # requests of one page before the next page's turn


@dataclass
class Page:
    """One page, what it may cost, and what it cost in each round: milliseconds of web and database per request."""

    name: str
    path: str
    most_queries: int
    most_floors: float
    web: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)
    statements: Counter[str] = field(default_factory=Counter)
    size: int = 0

    @property
    def queries(self) -> int:
        return sum(self.statements.values())

    @property
    def repeated(self) -> int:
        return self.queries - len(self.statements)

    @property
    def is_too_dear(self) -> bool:
        return min(self.floors) > self.most_floors

    @property
    def asks_too_much(self) -> bool:
        return self.queries > self.most_queries or self.repeated > 0

    @property
    def verdict(self) -> str:
        faults = []
        if self.queries > self.most_queries:
            faults.append("too many queries")
        if self.repeated:
            faults.append("asks twice")
        if self.is_too_dear:
            faults.append("too dear")
        elif statistics.median(self.floors) > self.most_floors:
            faults.append("too dear in most rounds")
        return ", ".join(faults) or "ok"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=40, help="requests of each page in each round")
    parser.add_argument("--only", choices=["pages", "calendar"], help="one part of it")
    arguments = parser.parse_args()
    with ExitStack() as cleanup:
        shops = urlsplit(os.environ["DATABASE_URL"]).path.removeprefix("/")  # two copies of the tree may share a server
        database = cleanup.enter_context(own_database(f"{shops}_benchmark"))
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        os.environ |= environment(folder, database) | {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings"}
        prepare(os.environ)
        django.setup()
        from tests.benchmarks import visits

        is_well = arguments.only == "calendar" or measure_pages(cleanup, arguments.requests)
        is_well &= arguments.only == "pages" or visits.measure()
    sys.exit(0 if is_well else 1)


def measure_pages(cleanup: ExitStack, requests: int) -> bool:
    from tests.benchmarks import shelves

    manage(os.environ, "seed_demo", "--seed=1", "--yes")
    # As deploy/ runs it, but alone: one process, one thread, one connection to the database.
    server = web_server(os.environ, "--workers=1", "--threads=1", "--keep-alive=60", "--max-requests=0")
    cleanup.callback(server.stop)
    server.start()
    visitor = Visitor(os.environ["SITE_URL"])
    wait_until_it_answers(visitor.site)
    [process] = psutil.Process(server.process.pid).children()

    shelves.leave_few()
    paths = go_shopping(visitor)
    is_well = True
    for count, prepared in [(shelves.FEW, shelves.look_again), (shelves.MANY, shelves.stock_up)]:
        prepared()
        pages = pages_at(paths)
        measure(visitor, process, pages, requests)
        count_statements(visitor, pages)
        report(count, pages)
        is_well &= not any(page.asks_too_much or page.is_too_dear for page in pages)
    return is_well


def pages_at(paths: dict[str, str]) -> list[Page]:
    """The floor first, then what may cost so many queries and so many times the floor's CPU."""
    return [
        Page("floor", "/benchmark/floor/", 1, 1),
        Page("home", "/", 10, 4),
        Page("list", "/shop/", 10, 3),
        Page("search", "/shop/?q=bath+shampoo", 10, 3),
        Page("offering", paths["product"], 8, 3),
        Page("picker", paths["service"], 8, 4),
        Page("cart", "/cart/", 8, 3),
        Page("status", paths["order"], 8, 3),
    ]


def go_shopping(visitor: Visitor) -> dict[str, str]:
    """Buy a product and a visit, then put both into the next basket, for pages that have something to show."""
    from catalog.models import Offering
    from checkout.models import Order

    published = Offering.objects.published()
    product = published.products().filter(variants__stock__gt=2).first().get_absolute_url()
    service = published.services().filter(name__icontains="bath").first().get_absolute_url()

    put_in(visitor, product, "/cart/lines/")
    put_in(visitor, service, "/cart/visits/")
    pay(visitor)
    order = Order.objects.newest_first().first()
    if not order.is_paid:
        raise SystemExit(f"Order {order} was not paid")
    visitor.browser.cookies.clear()

    put_in(visitor, product, "/cart/lines/")
    put_in(visitor, service, "/cart/visits/")
    return {"product": product, "service": service, "order": order.get_absolute_url()}


def put_in(visitor: Visitor, path: str, action: str) -> None:
    """Press what puts this offering into the basket; of a service, its first free time."""
    page = visitor.get(path)
    form = forms(page, action)[0]
    visitor.press(page, form, dict(form.buttons[:1]))


def pay(visitor: Visitor) -> None:
    """Answer the checkout's questions, and pay with the first of the test cards."""
    page = visitor.get("/checkout/")
    [form] = forms(page, "/checkout/")
    answers = {"email": "bench@example.com", "name": "Ada Lovelace", "phone": "600 100 200"}
    pet = {"name": "Biscuit", "species": "dog"}
    answers |= {
        name: pet[name.rpartition("-")[2]] for name in form.fields if re.fullmatch(r"pet-\d+-(name|species)", name)
    }
    page = visitor.press(page, form, answers)
    if "/dev/stripe/" not in page.url:
        raise SystemExit(f"The checkout did not reach the payment page but {page.url}")
    [form] = forms(page, "/dev/stripe/")
    visitor.press(page, form, form.button("test_card"))


def measure(visitor: Visitor, worker: psutil.Process, pages: list[Page], count: int) -> None:
    """Ask for each page `count` times a round, and write down what the two processes spent on it."""
    backend = psutil.Process(visitor.get("/benchmark/backend/").json()["pid"])
    for page in pages:
        page.size = len(visitor.get(page.path).content)
    for _ in range(ROUNDS):
        web, database = Counter(), Counter()
        for _ in range(0, count, AT_ONCE):
            for page in pages:
                before = spent(worker), spent(backend)
                for _ in range(AT_ONCE):
                    visitor.get(page.path)
                web[page.name] += spent(worker) - before[0]
                database[page.name] += spent(backend) - before[1]
        asked = len(range(0, count, AT_ONCE)) * AT_ONCE
        floor = web[pages[0].name] + database[pages[0].name]
        for page in pages:
            page.web.append(web[page.name] * 1000 / asked)
            page.database.append(database[page.name] * 1000 / asked)
            page.floors.append((web[page.name] + database[page.name]) / floor)


def spent(process: psutil.Process) -> float:
    """The CPU seconds of a process so far. Linux says them in nanoseconds for each thread; elsewhere they are hundredths."""
    threads = [file.read_text() for file in Path(f"/proc/{process.pid}/task").glob("*/schedstat")]
    if threads:
        return sum(int(thread.split()[0]) for thread in threads) / 1e9
    times = process.cpu_times()
    return times.user + times.system


def count_statements(visitor: Visitor, pages: list[Page]) -> None:
    """Ask for each page once more in this process, where its statements can be read."""
    from django.test import Client

    from tests.statements import asked_for

    client = Client(SERVER_NAME="127.0.0.1")
    for cookie in visitor.browser.cookies:
        client.cookies[cookie.name] = cookie.value
    for page in pages:
        client.get(page.path)
        page.statements = asked_for(client, page.path)


def report(offerings: int, pages: list[Page]) -> None:
    print(f"\n{offerings:,} offerings")
    print(
        f"{'page':<10}{'queries':>8}{'may':>5}{'repeated':>10}{'web ms':>9}{'db ms':>7}"
        f"{'x floor':>9}{'lowest':>8}{'may':>5}{'KiB':>7}  verdict"
    )
    for page in pages:
        web, database, floors = (statistics.median(each) for each in (page.web, page.database, page.floors))
        print(
            f"{page.name:<10}{page.queries:>8}{page.most_queries:>5}{page.repeated:>10}{web:>9.1f}{database:>7.1f}"
            f"{floors:>9.2f}{min(page.floors):>8.2f}{page.most_floors:>5g}{page.size / 1024:>7.1f}  {page.verdict}"
        )


if __name__ == "__main__":
    main()
