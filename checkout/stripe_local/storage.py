"""The stand-in's memory: one sqlite file, no Django models. Deleting the file forgets everything.

Each request is one `BEGIN IMMEDIATE` transaction, and that transaction is the lock between threads and processes:
what was made, its event and the answer under its idempotency key are kept together or not at all. Kept one by one, a
process killed between them gave two sessions for one key.
"""

import contextlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from checkout.stripe_local import objects
from checkout.stripe_local.delivery import AFTER_THE_REDIRECT, COPIES, ENDPOINT_EVENTS, Delivery
from checkout.stripe_local.parameters import InvalidParameter, Refusal

VERSION = 1
SCHEMA = [
    "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    # `notes` is what Stripe knows and does not tell: which card it was, what the page was asked to show.
    "CREATE TABLE things (sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,"
    " created INTEGER NOT NULL, payment_intent TEXT, charge TEXT, type TEXT, look_again_at REAL,"
    " body TEXT NOT NULL, notes TEXT NOT NULL)",
    "CREATE INDEX things_newest_first ON things (kind, sequence)",
    "CREATE INDEX things_of_a_payment ON things (payment_intent, kind)",
    "CREATE INDEX things_of_a_charge ON things (charge, kind)",
    "CREATE INDEX things_to_look_at_again ON things (look_again_at) WHERE look_again_at IS NOT NULL",
    "CREATE TABLE answers (key TEXT PRIMARY KEY, path TEXT NOT NULL, parameters TEXT NOT NULL,"
    " status INTEGER NOT NULL, answer TEXT NOT NULL, created REAL NOT NULL)",
    "CREATE INDEX answers_by_age ON answers (created)",
    "CREATE TABLE deliveries (sequence INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL,"
    " due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0)",
]
KEYS_LAST = 24 * 60 * 60  # Stripe forgets an idempotency key after at least a day; then it is new again


class Storage:
    """Opens the file anew for each transaction, so that threads, forks and deleted files need no care."""

    def __init__(self, path: str):
        self.path = path
        self._turn = threading.RLock()  # waiting here is fairer than sqlite's sleeping and trying again
        self._kept = None
        if path == ":memory:":
            self._kept = self._open()
        else:
            Path(path).parent.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def transaction(self, now: float) -> Iterator["Books"]:
        """Everything in the block happens, or nothing of it does."""
        with self._turn:
            connection = self._kept or self._open()
            try:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield Books(connection, now)
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
            finally:
                if connection is not self._kept:
                    connection.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=60, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        # Safe from killed processes, which is all we ask; a power cut may cost the file, and nothing of worth is in it.
        connection.execute("PRAGMA synchronous = OFF")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            version = self._set_up(connection)
        if version != VERSION:
            connection.close()
            raise ImproperlyConfigured(f"{self.path} is from another version of the shop: delete it.")
        return connection

    def _set_up(self, connection: sqlite3.Connection) -> int:
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:  # still, now that it is our turn
            for statement in SCHEMA:
                connection.execute(statement)
            # Random, never a constant: a secret that is known from the code would let anybody forge "paid".
            secret = f"whsec_local_{secrets.token_urlsafe(32)}"
            connection.execute("INSERT INTO about VALUES ('webhook_secret', ?)", [secret])
            connection.execute(f"PRAGMA user_version = {VERSION}")
            version = VERSION
        connection.execute("COMMIT")
        return version


class Books:
    """What the stand-in remembers, inside one transaction that began at `now`."""

    def __init__(self, connection: sqlite3.Connection, now: float):
        self._connection = connection
        self.now = now
        self.request = {"id": None, "idempotency_key": None}  # what caused the events; nothing, if time did

    # Things: everything that has an id

    def put(self, thing: dict, **notes) -> dict:
        """Keep a thing as it is now; its notes add to earlier ones."""
        self._connection.execute(
            "INSERT INTO things (id, kind, created, payment_intent, charge, type, body, notes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " payment_intent = excluded.payment_intent, body = excluded.body, notes = json_patch(notes, excluded.notes)",
            [
                thing["id"],
                thing["object"],
                thing["created"],
                thing.get("payment_intent"),
                thing.get("charge"),
                thing.get("type"),
                json.dumps(thing),
                json.dumps(notes),
            ],
        )
        return thing

    def get(self, kind: str, thing_id: str, param: str = "id") -> dict:
        row = self._connection.execute("SELECT body FROM things WHERE id = ? AND kind = ?", [thing_id, kind]).fetchone()
        if row is None:
            raise Refusal(f"No such {kind}: '{thing_id}'", status=404, code="resource_missing", param=param)
        return json.loads(row["body"])

    def notes(self, thing_id: str) -> dict:
        row = self._connection.execute("SELECT notes FROM things WHERE id = ?", [thing_id]).fetchone()
        return json.loads(row["notes"]) if row else {}

    def all_of(self, kind: str, *, charge: str) -> list[dict]:
        """The things of this kind that belong to a charge, oldest first."""
        rows = self._connection.execute(
            "SELECT body FROM things WHERE charge = ? AND kind = ? ORDER BY sequence", [charge, kind]
        )
        return [json.loads(row["body"]) for row in rows]

    def look_again(self, thing: dict, at: float) -> None:
        """Have the thing looked at once that moment has passed: time alone may change it."""
        self._connection.execute("UPDATE things SET look_again_at = ? WHERE id = ?", [at, thing["id"]])

    def take_due(self) -> list[dict]:
        """What is to be looked at again by now, in the order of its moments; each is given once."""
        rows = self._connection.execute(
            "SELECT body FROM things WHERE look_again_at <= ? ORDER BY look_again_at, sequence", [self.now]
        ).fetchall()
        self._connection.execute("UPDATE things SET look_again_at = NULL WHERE look_again_at <= ?", [self.now])
        return [json.loads(row["body"]) for row in rows]

    def page(self, kind: str, url: str, parameters: dict, *, types: list[str] | None = None, **belongs_to) -> dict:
        """One page of a list, newest first, as all of Stripe's lists are paged."""
        conditions, values = ["kind = ?"], [kind]
        for column, value in belongs_to.items():
            if value is not None:
                conditions.append(f"{column} = ?")
                values.append(value)
        for comparison, moment in parameters.get("created", {}).items():
            conditions.append(f"created {objects.COMPARISONS[comparison]} ?")
            values.append(moment)
        if types:
            conditions.append(f"({' OR '.join(['type GLOB ?'] * len(types))})")  # `charge.*` is a group of types
            values += types
        backwards = "ending_before" in parameters
        for cursor, comparison in [("starting_after", "<"), ("ending_before", ">")]:
            if cursor in parameters:
                conditions.append(f"sequence {comparison} ?")
                values.append(self._place_of(kind, parameters[cursor], cursor))
        limit = parameters.get("limit", 10)
        rows = self._connection.execute(
            f"SELECT body FROM things WHERE {' AND '.join(conditions)}"  # noqa: S608 # nosec B608 (only names from this file)
            f" ORDER BY sequence {'ASC' if backwards else 'DESC'} LIMIT ?",
            [*values, limit + 1],
        ).fetchall()
        things = [json.loads(row["body"]) for row in rows[:limit]]
        if backwards:
            things.reverse()
        return {"object": "list", "url": url, "has_more": len(rows) > limit, "data": things}

    def _place_of(self, kind: str, thing_id: str, param: str) -> int:
        row = self._connection.execute("SELECT sequence FROM things WHERE id = ? AND kind = ?", [thing_id, kind])
        if found := row.fetchone():
            return found["sequence"]
        raise InvalidParameter(f"No such {kind}: '{thing_id}'", code="resource_missing", param=param)

    # Answers: what was said under an idempotency key

    def answer_of(self, key: str) -> sqlite3.Row | None:
        self._connection.execute("DELETE FROM answers WHERE created < ?", [self.now - KEYS_LAST])
        return self._connection.execute("SELECT * FROM answers WHERE key = ?", [key]).fetchone()

    def keep_answer(self, key: str, path: str, parameters: str, status: int, answer: dict) -> None:
        self._connection.execute(
            "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?)",
            [key, path, parameters, status, json.dumps(answer), self.now],
        )

    @contextlib.contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo what was done in the block if it ends in an error, but nothing from before it."""
        self._connection.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO attempt")
            raise
        finally:
            self._connection.execute("RELEASE attempt")

    # Events, and their way to the shop

    def emit(self, kind: str, thing: dict, delivery: Delivery = Delivery.NOW) -> None:
        """Say that something happened to a thing, and plan to tell the shop if its endpoint asks for such events."""
        copies = COPIES[delivery] if kind in ENDPOINT_EVENTS else 0
        event = self.put(objects.event(self.now, kind, thing, self.request, pending=min(copies, 1)))
        due_at = self.now + (AFTER_THE_REDIRECT if delivery == Delivery.AFTER else 0)
        self._connection.executemany(
            "INSERT INTO deliveries (event, due_at) VALUES (?, ?)", [(event["id"], due_at)] * copies
        )

    def waiting_deliveries(self, *, until: float) -> list[tuple[int, float]]:
        rows = self._connection.execute(
            "SELECT sequence, due_at FROM deliveries WHERE due_at <= ? ORDER BY sequence", [until]
        )
        return [(row["sequence"], row["due_at"]) for row in rows]

    def take_delivery(self, sequence: int, due_at: float, *, again_after: float) -> sqlite3.Row | None:
        """Claim a delivery, unless somebody else just did. Unless it is finished it comes up again, later each time."""
        return self._connection.execute(
            "UPDATE deliveries SET attempts = attempts + 1, due_at = ? + ? * (attempts + 1)"
            " WHERE sequence = ? AND due_at = ? RETURNING sequence, event, attempts",
            [self.now, again_after, sequence, due_at],
        ).fetchone()

    def finish_delivery(self, sequence: int, event_id: str, *, is_accepted: bool) -> None:
        """The delivery is over; an event that the shop accepted waits for nobody any more."""
        self._connection.execute("DELETE FROM deliveries WHERE sequence = ?", [sequence])
        if is_accepted:
            self.put({**self.get("event", event_id), "pending_webhooks": 0})

    # The file itself

    @property
    def webhook_secret(self) -> str:
        return self._connection.execute("SELECT value FROM about WHERE name = 'webhook_secret'").fetchone()["value"]

    def forget_everything(self) -> None:
        """As new, except for the webhook secret, which other processes may just be checking a signature with."""
        for table in ["things", "answers", "deliveries"]:
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 # nosec B608
