"""What every test may ask for."""

import asyncio

import pytest
from django.db import connection


@pytest.fixture
def run_jobs():
    """Run every job that is due, as the worker does, until the queue is empty. The test must have committed them."""
    from procrastinate.contrib.django import app

    def run():
        async def work():
            async with app.replace_connector(app.connector.get_worker_connector()).open_async() as worker_app:
                await worker_app.run_worker_async(
                    wait=False, install_signal_handlers=False, listen_notify=False, delete_jobs="successful"
                )

        asyncio.run(work())
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, task_name FROM procrastinate_jobs WHERE status = 'failed'")
            assert cursor.fetchall() == []

    return run
