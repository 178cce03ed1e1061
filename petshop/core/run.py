"""`make run`: the whole shop on this machine, from nothing to a page in the browser, until Ctrl-C."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import django
import psycopg
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections

from petshop.core import demo_logins, processes
from petshop.core.postgres import NAME, TREE, embedded, read_env_file
from petshop.core.postgres_home import PostgresError

MANAGE = [sys.executable, TREE / "manage.py"]
UNFINISHED = "demo_unfinished"  # a table that is there while the demo is being made
ENDED_AT_ONCE = 5  # seconds: a program that ends sooner would only do so again


class NotRunning(Exception):
    """Why the shop does not run; its text is a sentence for the person who typed `make run`."""


@dataclass
class Program:
    """A program of the shop that is meant to run all the time; the leader of its own process group."""

    name: str
    command: list
    if_owner_dies: signal.Signals = signal.SIGKILL
    process: subprocess.Popen | None = None
    started_at: float = 0

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            cwd=TREE,
            start_new_session=True,  # Ctrl-C is for its owner, who stops everything in order
            preexec_fn=processes.ends_with_its_parent(self.if_owner_dies),
        )

    def keep_running(self) -> None:
        """Start it again if something has killed it."""
        if self.process.poll() is None:
            return
        self.stop()
        if time.monotonic() - self.started_at < ENDED_AT_ONCE:
            raise NotRunning(f"The {self.name} does not start: see above.")
        say(f"The {self.name} has ended ({self.process.returncode}); starting it again.")
        self.start()

    def stop(self) -> None:
        processes.stop(self.process, (signal.SIGTERM, 10), group=True)


def main() -> int:
    processes.end_with_make()
    processes.end_politely()
    read_env_file()
    os.environ["DEBUG"] = "1"
    os.environ["DJANGO_RUNSERVER_HIDE_WARNING"] = "true"
    try:
        run()
    except (NotRunning, PostgresError, ImproperlyConfigured, OperationalError, CommandError) as error:
        say(f"\n{error}")
        return 1
    except PermissionError as error:
        say(f"\n{error.filename} belongs to another user: run this as that user, or remove it.")
        return 1
    except SystemExit as stopped:
        if stopped.code not in {128 + number for number in processes.STOP_SIGNALS}:
            raise
    say("\nThe shop has stopped.")
    return 0


def run() -> None:
    """Prepare everything, start everything, and watch it until an exception ends it; then everything is stopped."""
    port = free_port(os.environ.get("PORT") or "8000")
    os.environ.setdefault("SITE_URL", f"http://localhost:{port}")
    with ExitStack() as until_stopped:
        if not os.environ.get("DATABASE_URL"):
            say("Starting PostgreSQL ...")
            os.environ["DATABASE_URL"] = until_stopped.enter_context(embedded("shop"))
            forget_half_a_demo(os.environ["DATABASE_URL"])
        prepare()
        # SIGTERM, because the program that watches for changes takes the real server with it then
        web = Program("web server", [*MANAGE, "runserver", f"127.0.0.1:{port}"], if_owner_dies=signal.SIGTERM)
        worker = Program("worker", [*MANAGE, "procrastinate", "worker"])
        until_stopped.enter_context(running(web, worker))
        wait_until_it_answers(web, port)
        say(addresses(port))
        while True:
            time.sleep(0.5)
            web.keep_running()
            worker.keep_running()


def prepare() -> None:
    """Bring the database up to date, staff's groups and the shop's first texts too, and fill it with the demo shop if it has
    never had anything to sell."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "petshop.settings")
    django.setup()
    say("Bringing the database up to date ...")
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    from petshop.core.policies import ensure_policies  # models can be imported from here on
    from petshop.core.roles import ensure_roles

    ensure_roles()
    ensure_policies()
    if not apps.get_model("catalog", "Offering").objects.exists():  # by its name: core knows nobody
        say("Filling the shop with the demo ...")
        forget_stand_in()
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {UNFINISHED} ()")
            call_command("seed_demo", seed=1)
            cursor.execute(f"DROP TABLE {UNFINISHED}")
    connections.close_all()


def forget_stand_in() -> None:
    """A new shop knows none of the payments that the stand-in for Stripe took for an earlier one."""
    if settings.IS_LOCAL_STRIPE:
        file = Path(settings.STRIPE_LOCAL_FILE)
        for part in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
            part.unlink(missing_ok=True)


def forget_half_a_demo(url: str) -> None:
    """Begin afresh after a first run that was stopped while it filled the shop: nobody can have used it yet."""
    with psycopg.connect(url) as shop:
        is_unfinished = shop.execute("SELECT to_regclass(%s)", [UNFINISHED]).fetchone() != (None,)
    if is_unfinished:
        with psycopg.connect(url, dbname="postgres", autocommit=True) as server:
            server.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {NAME}")


def free_port(wanted: str) -> int:
    """The port that was asked for or, if something else listens there, the next free one."""
    if not wanted.isdecimal() or not 0 < int(wanted) < 65536:
        raise NotRunning(f"PORT={wanted} is not a port.")
    first = int(wanted)
    for port in range(first, min(first + 100, 65536)):
        if is_free(port):
            if port != first:
                say(f"Port {first} is taken; using {port}.")
            return port
    raise NotRunning(f"No port from {first} on is free.")


def is_free(port: int) -> bool:
    """Whether nobody listens there, on both addresses that a browser may take `localhost` for."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as attempt:
                attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                attempt.bind((address, port))
        except PermissionError:
            raise NotRunning(f"This user may not listen on port {port}.") from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
    return True


@contextmanager
def running(*programs: Program) -> Iterator[None]:
    """These programs run for as long as the block does; the first one is stopped first."""
    try:
        for program in programs:
            program.start()
        yield
    finally:
        with processes.undisturbed():
            for program in programs:
                if program.process:
                    program.stop()


def wait_until_it_answers(web: Program, port: int, patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        web.keep_running()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.1)
    raise NotRunning("The web server does not answer: see above.")


def addresses(port: int) -> str:
    site = f"http://localhost:{port}"
    logins = "\n".join(f"    {name:<8} {what}" for name, what in demo_logins.LOGINS.items())
    return f"""
  Shop         {site}/
  Backoffice   {site}/backoffice/
  Admin        {site}/admin/
  Mail         {site}/dev/mail/

  Sign in with the password {demo_logins.PASSWORD} as
{logins}

  Pay with the card 4242 4242 4242 4242. Ctrl-C stops everything; the data stays.
"""


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
