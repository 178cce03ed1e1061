"""A shop of one's own: its database, what its programs are told, and the programs."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import requests
from psycopg import sql

from petshop.core import processes

TREE = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds


@contextmanager
def own_database(name: str) -> Iterator[str]:
    """The address of a new, empty database on the server that DATABASE_URL names; it is gone afterwards."""
    server = os.environ["DATABASE_URL"]
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(drop)


def environment(folder: Path, database: str) -> dict[str, str]:
    """What the programs of this shop are told. Whatever they write is in `folder`; only this machine can reach them."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.rehearsal.settings",
        "REHEARSAL_FOLDER": str(folder),
        "DATABASE_URL": database,
        "DEBUG": "0",
        "REHEARSAL": "1",
        "SITE_URL": f"http://127.0.0.1:{free_port()}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "STRIPE_SECRET_KEY": "",
        "STRIPE_WEBHOOK_SECRET": "",
        "STRIPE_LOCAL_FILE": str(folder / "stripe.sqlite3"),
        "MAIL_DIR": str(folder / "mail"),
        "LOG_LEVEL": "ERROR",
    }


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def manage(told: dict[str, str], *command: str) -> str:
    """Run one command of manage.py to its end. Gives what it said; raises if it failed."""
    ended = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=TREE, env=told, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise AssertionError(
            f"manage.py {' '.join(command)} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}"
        )
    return ended.stdout


def prepare(told: dict[str, str]) -> None:
    """Do what deploy/release does for a new shop."""
    manage(told, "migrate", "--verbosity=0")
    manage(told, "createcachetable")
    manage(told, "collectstatic", "--no-input", "--verbosity=0")


class Program:
    """One of the shop's programs, with all the processes that it starts. It ends with its owner, in whatever way that ends."""

    def __init__(self, told: dict[str, str], *command: str, if_owner_dies: int = signal.SIGKILL):
        self.told, self.command, self.if_owner_dies = told, command, if_owner_dies
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *self.command],
            cwd=TREE,
            env=self.told,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # what matters, such as an error, comes on the other one
            start_new_session=True,
            preexec_fn=processes.ends_with_its_parent(self.if_owner_dies),
        )

    def kill(self) -> None:
        """As a machine does that loses its power: all of its processes at once, and without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process:
            processes.stop(self.process, (signal.SIGTERM, 10), group=True)


def web_server(told: dict[str, str], *options: str) -> Program:
    """The web server of deploy/, at the address that the shop was told."""
    address = f"--bind={urlsplit(told['SITE_URL']).netloc}"
    command = ["-m", "gunicorn", "petshop.wsgi", "--config=deploy/gunicorn.conf.py", address, "--log-level=error"]
    # A quick shutdown, says gunicorn: its workers would not notice by themselves that it is gone.
    return Program(told, *command, *options, if_owner_dies=signal.SIGINT)


def worker(told: dict[str, str], *options: str) -> Program:
    return Program(told, "manage.py", "procrastinate", "worker", *options)


def wait_until_it_answers(site: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            requests.get(f"{site}/healthz", timeout=PATIENCE).raise_for_status()
            return
        except requests.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
