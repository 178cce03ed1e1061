"""The embedded server, started as `make` starts it: in processes of its own, which then end in every way there is."""

import fcntl
import os
import pty
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

import psycopg
import pytest

from petshop.core.postgres_home import find_home

TREE = Path(__file__).resolve().parent.parent.parent
ASK = "import os, psycopg; print(*psycopg.connect(os.environ['DATABASE_URL']).execute({sql!r}).fetchone())"
STAY = (
    "import os, psycopg, time; connection = psycopg.connect(os.environ['DATABASE_URL']);"
    "print(connection.execute('SHOW data_directory').fetchone()[0], flush=True); time.sleep(60)"
)


@pytest.fixture(scope="module")
def data_dir():
    """A tree's `.data`, in a path with a space, in a folder that only its owner can enter."""
    parent = Path(tempfile.mkdtemp(prefix="a shop "))
    yield parent / ".data"
    note = parent / ".data" / "postgres" / "elsewhere"
    if note.exists():
        shutil.rmtree(note.read_text())
    shutil.rmtree(parent)


@pytest.fixture
def command(data_dir):
    """The arguments that run some Python on the embedded server."""

    def build(python, *options):
        server = [sys.executable, "-m", "petshop.core.postgres", "--data-dir", data_dir, *options]
        return [*server, "--", sys.executable, "-c", python]

    return build


@pytest.fixture
def ask(command):
    """What the server answers to some SQL, asked by a command that runs on it."""

    def run(sql, *options):
        done = subprocess.run(
            command(ASK.format(sql=sql), *options), **surroundings(), capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture
def owner(command):
    """A process that runs a server and stays, and the folder with its data."""
    with subprocess.Popen(command(STAY), **surroundings(), stdout=subprocess.PIPE, start_new_session=True) as process:
        yield process, Path(process.stdout.readline().strip())
        process.terminate()


def surroundings():
    """An environment that names no database, from the tree's folder."""
    return {"env": os.environ | {"DATABASE_URL": ""}, "cwd": TREE, "text": True}


def is_served(data):
    return (data / "postmaster.pid").exists()


def wait_until(what, patience=20):
    deadline = time.monotonic() + patience
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_command_gets_a_durable_server_with_room_for_a_rush(ask):
    answer = ask(
        "SELECT current_setting('max_connections'), current_setting('fsync'), current_setting('synchronous_commit'),"
        " current_setting('full_page_writes'), current_setting('server_encoding'), datcollate,"
        " '[' || current_setting('listen_addresses') || ']' FROM pg_database WHERE datname = current_database()"
    )

    assert answer == "700 on on on UTF8 C.UTF-8 []"


def test_data_is_kept_from_one_start_to_the_next(ask):
    cluster = "SELECT system_identifier FROM pg_control_system()"

    assert ask(cluster) == ask(cluster)


def test_the_commands_exit_code_is_given_back(command):
    assert subprocess.run(command("raise SystemExit(7)"), **surroundings(), check=False).returncode == 7


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL], ids=lambda n: n.name)
def test_nothing_is_left_running_however_the_owner_ends(owner, number):
    process, data = owner
    assert is_served(data)

    process.send_signal(number)

    assert process.wait(20) == (-number if number == signal.SIGKILL else 128 + number)
    wait_until(lambda: not is_served(data))


def test_nothing_is_left_running_when_everybody_is_killed_at_once(owner):
    process, data = owner

    os.killpg(process.pid, signal.SIGKILL)

    process.wait(20)
    wait_until(lambda: not is_served(data))


def test_ctrl_c_reaches_the_command_once_and_the_server_after_it(command):
    terminal, end = pty.openpty()
    python = (
        "import os, signal, time, psycopg; pressed = [];"
        "signal.signal(signal.SIGINT, lambda *_: pressed.append(1)); print('ready', flush=True);"
        "[time.sleep(0.1) for _ in range(100) if not pressed]; time.sleep(0.5);"
        "print(len(pressed), *psycopg.connect(os.environ['DATABASE_URL']).execute('SELECT 1').fetchone())"
    )
    process = subprocess.Popen(
        command(python),
        **surroundings(),
        stdin=end,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    assert process.stdout.readline() == "ready\n"

    os.write(terminal, b"\x03")

    assert process.communicate(timeout=20)[0] == "1 1\n"
    assert process.returncode == 0


def test_a_server_that_was_left_running_is_stopped_by_the_next_start(ask, data_dir, tmp_path):
    data = Path(ask("SHOW data_directory"))
    home = find_home(data_dir)
    sockets = Path(tempfile.mkdtemp(prefix="left-", dir="/tmp"))
    home.own(sockets)
    with (tmp_path / "log").open("w") as log:
        command = [home.binaries / "postgres", "-D", data, "-k", sockets, "-h", ""]
        left = subprocess.Popen(command, **home.popen_options(), stdout=log, stderr=log)
    wait_until(lambda: (sockets / ".s.PGSQL.5432").exists())

    answer = ask("SELECT 'here'")

    assert answer == "here"
    assert left.wait(5) == 0
    shutil.rmtree(sockets)


def test_the_process_number_of_a_dead_server_may_belong_to_another_process(ask):
    data = Path(ask("SHOW data_directory"))
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")

    assert ask("SELECT 'here'") == "here"


def test_a_second_owner_is_told_who_has_it_and_may_join(owner, command, ask):
    process, data = owner

    second = subprocess.run(command("pass"), **surroundings(), capture_output=True, check=False)

    assert second.returncode == 1
    assert second.stderr == f"The shop database is in use by process {process.pid}: stop that one first.\n"
    assert ask("SHOW data_directory", "--join") == str(data)
    assert process.poll() is None


def test_the_tests_have_a_server_of_their_own(owner, ask):
    _, data = owner

    assert Path(ask("SHOW data_directory", "--cluster", "test")) == data.with_name("test")


def test_a_database_that_is_named_already_is_used_as_it_is(command, data_dir):
    environment = surroundings() | {"env": os.environ | {"DATABASE_URL": "postgres://shop@elsewhere/shop"}}

    said = subprocess.run(
        command("import os; print(os.environ['DATABASE_URL'])"), **environment, capture_output=True, check=True
    ).stdout

    assert said == "postgres://shop@elsewhere/shop\n"


def test_no_port_and_no_folder_is_open_to_others(owner):
    process, data = owner
    url = (data.with_suffix(".url")).read_text()
    sockets = Path(url.partition("host=")[2])

    assert sockets.stat().st_mode & 0o777 == data.stat().st_mode & 0o777 == 0o700
    with psycopg.connect(url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_root_leaves_the_server_to_another_user_and_opens_no_folder(owner, data_dir):
    _, data = owner

    assert pwd.getpwuid(data.stat().st_uid).pw_name != "root"
    assert data_dir.parent.stat().st_mode & 0o777 == 0o700
    assert data_dir not in data.parents
    assert data.parent.stat().st_mode & 0o777 == 0o700
