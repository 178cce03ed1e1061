"""The parts of `make run` that meet an unfriendly machine; the whole of it is a server, which these tests do not start."""

import socket
import sys
import time
from pathlib import Path

import pytest

from petshop.core import run


@pytest.fixture
def taken():
    """A port that something else listens on, and the next one is free."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            if port < 65535 and run.is_free(port + 1):
                yield port
                return


def test_a_taken_port_is_named_and_the_next_one_is_used(taken, capsys):
    assert run.free_port(str(taken)) == taken + 1
    assert capsys.readouterr().out == f"Port {taken} is taken; using {taken + 1}.\n"


@pytest.mark.parametrize("typed", ["", "http", "0", "65536", "-1", "80.0"])
def test_something_that_is_no_port_gets_a_sentence(typed):
    with pytest.raises(run.NotRunning, match="is not a port"):
        run.free_port(typed)


def test_a_program_that_is_killed_is_started_again(capsys):
    program = run.Program("worker", [sys.executable, "-c", "import time; time.sleep(60)"])
    program.start()
    program.started_at -= run.ENDED_AT_ONCE
    first = program.process
    first.kill()
    first.wait()

    program.keep_running()

    assert program.process.pid != first.pid
    assert program.process.poll() is None
    assert "The worker has ended (-9); starting it again." in capsys.readouterr().out
    program.stop()


def test_a_program_that_cannot_start_is_not_tried_for_ever():
    program = run.Program("worker", [sys.executable, "-c", "raise SystemExit(1)"])
    program.start()
    program.process.wait(10)

    with pytest.raises(run.NotRunning, match="The worker does not start"):
        program.keep_running()


def test_stopping_a_program_stops_what_it_has_started(tmp_path):
    note = tmp_path / "pid"
    child = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
    program = run.Program("web server", [sys.executable, "-c", parent, child, note])
    program.start()
    while not note.exists() or not note.read_text():
        time.sleep(0.02)

    program.stop()

    deadline = time.monotonic() + 10
    while is_running(note.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid):
    """Whether a process does anything: one that has ended may wait for somebody to ask how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
