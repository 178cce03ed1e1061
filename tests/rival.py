"""Somebody else who acts first and commits only when somebody waits for them: a race with one outcome."""

from threading import Event, Thread

from django.db import connection, transaction


class Rival(Thread):
    """Does something on a connection of its own, and commits when somebody waits for it."""

    def __init__(self, act):
        super().__init__()
        self.act, self.has_acted = act, Event()

    def run(self):
        try:
            with transaction.atomic():
                self.act()
                self.has_acted.set()
                self.wait_until_awaited()
        finally:
            connection.close()

    def wait_until_awaited(self):
        with connection.cursor() as cursor:
            for _ in range(200):
                cursor.execute(
                    "SELECT pg_sleep(0.05), EXISTS (SELECT FROM pg_stat_activity"
                    " WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
                )
                if cursor.fetchone()[1]:
                    return
        raise AssertionError("Nobody waited.")

    def __enter__(self):
        self.start()
        assert self.has_acted.wait(timeout=5)

    def __exit__(self, *_):
        self.join(timeout=15)
