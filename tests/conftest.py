"""What every test may ask for."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from checkout import payments


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """Each test has a Stripe stand-in of its own, and folders for mail and for what customers send."""
    settings.STRIPE_LOCAL_FILE = str(tmp_path / "stripe.sqlite3")
    settings.MAIL_DIR = tmp_path / "mail"
    private = {**settings.STORAGES["private"]["OPTIONS"], "location": str(tmp_path / "private")}
    settings.STORAGES = {**settings.STORAGES, "private": {**settings.STORAGES["private"], "OPTIONS": private}}
    payments.client.cache_clear()
    yield
    payments.client.cache_clear()


@pytest.fixture
def run_jobs(transactional_db):
    """Run every job that is due, as the worker does, until the queue is empty; `twice` for jobs that bring jobs back."""
    with connection.cursor() as cursor:
        # The queue's tables are not Django's to flush between two tests.
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_periodic_defers CASCADE")

    def run(*, twice=False):
        async def work():
            with app.replace_connector(app.connector.get_worker_connector()) as worker:
                async with worker.open_async():
                    await worker.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

        # In a thread of its own: a browser test's thread has an event loop already.
        with ThreadPoolExecutor(1) as pool:
            for _ in range(1 + twice):
                pool.submit(asyncio.run, work()).result()
        with connection.cursor() as cursor:
            cursor.execute("SELECT task_name, status FROM procrastinate_jobs WHERE status <> 'succeeded'")
            assert cursor.fetchall() == []

    return run
