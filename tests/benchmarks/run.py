"""`make bench`: a rehearsal of the shop in a database of its own, one web process, one visitor.

CPU is what the operating system counted for the web process and for its database process, not wall time, so that a busy
machine changes little. Every round asks for each page in turn with the floor; the median of a page's rounds counts.
"""

import argparse
import os
import statistics
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import django
import psutil

from tests.rehearsal.shop import environment, manage, own_database, prepare, wait_until_it_answers, web_server
from tests.rehearsal.visitor import Visitor, forms

ROUNDS = 5
FLOOR = "/benchmark/floor/"


@dataclass
class Page:
    """One page, and what it cost in each round: milliseconds of the web process and of the database, per request."""

    name: str
    path: str
    web: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    statements: Counter = field(default_factory=Counter)
    size: int = 0

    @property
    def cpu(self) -> float:
        return statistics.median(self.web) + statistics.median(self.database)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=40, help="requests of each page in each round")
    parser.add_argument("--offerings", type=int, default=0, help="products beside those of the demo shop")
    arguments = parser.parse_args()
    with ExitStack() as cleanup:
        database = cleanup.enter_context(own_database("benchmark"))
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        os.environ |= environment(folder, database) | {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings"}
        prepare(os.environ)
        manage(os.environ, "seed_demo", "--seed=1", "--yes")
        django.setup()
        stock_up(arguments.offerings)

        # As deploy/ runs it, but alone: one process, one thread, one connection to the database.
        server = web_server(os.environ, "--workers=1", "--threads=1", "--keep-alive=60", "--max-requests=0")
        cleanup.callback(server.stop)
        server.start()
        visitor = Visitor(os.environ["SITE_URL"])
        wait_until_it_answers(visitor.site)
        [process] = psutil.Process(server.process.pid).children()

        pages = go_shopping(visitor)
        measure(visitor, process, pages, arguments.requests)
        count_statements(visitor, pages)
    report(pages)


def stock_up(count: int) -> None:
    """Put this many more products on the shelves."""
    from catalog.models import Category, Kind, Offering, Species, Variant

    shelf = Category.objects.first()
    words = ["red", "blue", "soft", "hard", "small", "large", "squeaky", "quiet", "long", "round"]
    offerings = Offering.objects.bulk_create(
        Offering(
            kind=Kind.PRODUCT,
            name=f"{words[number % 10].title()} {words[number // 10 % 10]} toy {number}",
            slug=f"benchmark-{number}",
            category=shelf,
            species=[Species.DOG],
            summary="One of many toys.",
            is_published=True,
            position=200,
        )
        for number in range(count)
    )
    Variant.objects.bulk_create(
        Variant(offering=offering, sku=f"BENCH-{number}", price=5 + number % 40, stock=0)
        for number, offering in enumerate(offerings)
    )


def go_shopping(visitor: Visitor) -> list[Page]:
    """Order a product, then put it and a visit into the next basket, for pages that have something to show."""
    from catalog.models import Kind, Offering
    from checkout.models import Order

    products = Offering.objects.published().filter(kind=Kind.PRODUCT, variants__stock__gt=2).order_by("position")
    product = products.first().get_absolute_url()
    service = Offering.objects.published().services().filter(name__icontains="bath").first().get_absolute_url()

    put_in(visitor, product, "/cart/lines/")
    page = visitor.get("/checkout/")
    [form] = forms(page, "/checkout/")
    answers = {"email": "bench@example.com", "name": "Ada Lovelace", "phone": "600 100 200"}
    page = visitor.press(page, form, answers)
    if "/dev/stripe/" not in page.url:
        raise SystemExit(f"The checkout did not reach the payment page but {page.url}")
    order = Order.objects.order_by("-pk").first()
    visitor.browser.cookies.clear()

    put_in(visitor, product, "/cart/lines/")
    put_in(visitor, service, "/cart/visits/")
    return [
        Page("floor", FLOOR),
        Page("list", "/shop/"),
        Page("search", "/shop/?q=bath+shampoo"),
        Page("offering", product),
        Page("picker", service),
        Page("cart", "/cart/"),
        Page("status", order.get_absolute_url()),
    ]


def put_in(visitor: Visitor, path: str, action: str) -> None:
    """Press what puts this offering into the basket; of a service, its first free time."""
    page = visitor.get(path)
    form = forms(page, action)[0]
    visitor.press(page, form, dict(form.buttons[:1]))


def measure(visitor: Visitor, worker: psutil.Process, pages: list[Page], count: int) -> None:
    """Ask for each page `count` times a round, and write down what the two processes spent on it."""
    backend = psutil.Process(visitor.get("/benchmark/backend/").json()["pid"])
    for page in pages:
        page.size = len(visitor.get(page.path).content)
    for _ in range(ROUNDS):
        for page in pages:
            before = spent(worker), spent(backend)
            for _ in range(count):
                visitor.get(page.path)
            page.web.append((spent(worker) - before[0]) * 1000 / count)
            page.database.append((spent(backend) - before[1]) * 1000 / count)


def spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def count_statements(visitor: Visitor, pages: list[Page]) -> None:
    """Ask for each page once more in this process, where its statements can be read."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="127.0.0.1")
    for cookie in visitor.browser.cookies:
        client.cookies[cookie.name] = cookie.value
    for page in pages:
        client.get(page.path)
        with CaptureQueriesContext(connection) as queries:
            client.get(page.path)
        page.statements = Counter(query["sql"] for query in queries)


def report(pages: list[Page]) -> None:
    floor = pages[0].cpu
    print(f"{'page':<10}{'queries':>8}{'repeated':>9}{'web ms':>9}{'db ms':>8}{'x floor':>9}{'KiB':>7}")
    for page in pages:
        queries = sum(page.statements.values())
        repeated = queries - len(page.statements)
        web, database = statistics.median(page.web), statistics.median(page.database)
        times = page.cpu / floor
        print(
            f"{page.name:<10}{queries:>8}{repeated:>9}{web:>9.1f}{database:>8.1f}{times:>9.2f}{page.size / 1024:>7.1f}"
        )


if __name__ == "__main__":
    main()
