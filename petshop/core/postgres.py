"""The embedded PostgreSQL: a server from a wheel, owned by the command that started it and stopped with it.

    python -m petshop.core.postgres [--cluster test] [--join] -- COMMAND...

runs COMMAND with DATABASE_URL set to the server's address; where DATABASE_URL (or `.env`) names a database already, that
one is used and nothing is started. Importing this module starts nothing, and it needs no Django settings.
"""

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import environ
import psycopg

from petshop.core import processes
from petshop.core.postgres_home import Home, PostgresError, find_home, say, version

TREE = Path(__file__).resolve().parent.parent.parent
DATA_DIR = TREE / ".data"
CLUSTERS = ("shop", "test")  # two, so that `make run` and `make test` can run at once
NAME = "petshop"  # of the role and of the database
SETTINGS = {
    "listen_addresses": "",
    "port": 5432,  # only a part of the socket's name
    "unix_socket_permissions": "0700",
    "max_connections": 700,
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
}


class InUse(PostgresError):
    """Another process owns this cluster."""


@contextmanager
def embedded(cluster: str = "shop", *, data_dir: Path = DATA_DIR, join: bool = False) -> Iterator[str]:
    """The URL of this cluster's server, which runs for as long as the block does, and no longer.

    One process owns a cluster: a second one gets `InUse`, or with `join` the server that the first one runs. Whatever a
    killed owner has left running is stopped first. Data is kept from one start to the next.
    """
    forget_libpq_settings()
    home = find_home(data_dir)
    data = home.folder / cluster
    url_file = data.with_suffix(".url")

    owned = claim_or_join(data.with_suffix(".lock"), url_file) if join else claim(data.with_suffix(".lock"))
    if isinstance(owned, str):
        yield owned
        return
    with owned:
        tidy_up(data, url_file)
        if not data.exists():
            create_cluster(home, data)
        with server(home, data, log=data_dir / "postgres.log") as url:
            url_file.write_text(url)
            try:
                yield url
            finally:
                url_file.unlink(missing_ok=True)


def claim(lock_file: Path) -> IO:
    """The open lock of a cluster. It is ours until it is closed, which the system does when this process dies."""
    lock = lock_file.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read() or "unknown"
        lock.close()
        raise InUse(f"The {lock_file.stem} database is in use by process {owner}: stop that one first.") from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def claim_or_join(lock_file: Path, url_file: Path, patience: float = 60) -> IO | str:
    """The lock of a cluster, or if another process has it, the URL of the server that it runs."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return claim(lock_file)
        except InUse:
            with suppress(OSError, psycopg.Error):
                url = url_file.read_text()
                psycopg.connect(url, connect_timeout=2).close()
                return url
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)  # its owner is starting or stopping it


def tidy_up(data: Path, url_file: Path) -> None:
    """Stop what a killed owner has left running, and remove what it left lying about. The caller owns the cluster."""
    for number, patience in ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        deadline = time.monotonic() + patience
        with suppress(ProcessLookupError):
            if pid := serving(data):
                os.kill(pid, number)
        while serving(data) and time.monotonic() < deadline:
            time.sleep(0.05)
    if processes.IS_LINUX:  # a process that has got the same number since would stop the start
        (data / "postmaster.pid").unlink(missing_ok=True)

    with suppress(OSError):
        remove_socket_folder(Path(url_file.read_text().partition("?host=")[2]))
        url_file.unlink()
    for unfinished in data.parent.glob(f"{data.name}.new-*"):
        shutil.rmtree(unfinished, ignore_errors=True)


def serving(data: Path) -> int | None:
    """The number of the process that serves this folder, if one does: PostgreSQL works inside its data folder."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        return pid if Path(f"/proc/{pid}/cwd").samefile(data) else None
    except (OSError, ValueError, IndexError):
        return None


def create_cluster(home: Home, data: Path) -> None:
    """Make an empty cluster: whole, or not at all."""
    making = data.with_name(f"{data.name}.new-{os.getpid()}")
    making.mkdir(mode=0o700)
    home.own(making)
    command = [home.binaries / "initdb", "-D", making, "-U", NAME, "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8"]
    made = subprocess.run(
        command,
        **home.popen_options(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=processes.ends_with_its_parent(),
    )
    if made.returncode:
        shutil.rmtree(making, ignore_errors=True)
        raise PostgresError(f"PostgreSQL could not make {data}:\n{made.stdout}{made.stderr}")
    making.rename(data)


@contextmanager
def server(home: Home, data: Path, *, log: Path) -> Iterator[str]:
    """Run a server on this data for as long as the block lasts. Gives the URL of its one database, made if missing."""
    makers, ours = (data / "PG_VERSION").read_text().strip(), version(home.binaries / "postgres")
    if makers != ours.partition(".")[0]:
        raise PostgresError(
            f"{data} was made by PostgreSQL {makers}, and this is {ours}: move it away to begin afresh."
        )

    sockets = Path(tempfile.mkdtemp(prefix=f"{NAME}-", dir="/tmp"))  # nosec B108 (for its owner only, and short as sockets must be)
    home.own(sockets)
    settings = SETTINGS | {"unix_socket_directories": sockets, "cluster_name": f"{NAME}-{data.name}"}
    with log.open("a") as output:
        begin = output.tell()
        process = subprocess.Popen(
            [home.binaries / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
            **home.popen_options(),
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for the owner, who stops this last
            preexec_fn=processes.ends_with_its_parent(signal.SIGINT),  # a fast shutdown, says PostgreSQL
        )
    try:
        wait_until_ready(process, sockets, log, begin)
        yield f"postgres://{NAME}@/{NAME}?host={sockets}"
    finally:
        with processes.undisturbed():
            processes.stop(process, (signal.SIGINT, 30), (signal.SIGQUIT, 10))
            remove_socket_folder(sockets)


def wait_until_ready(process: subprocess.Popen, sockets: Path, log: Path, begin: int, patience: float = 120) -> None:
    """Wait until the server answers (after a crash it recovers first), and make the database if there is none."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection = psycopg.connect(host=str(sockets), user=NAME, dbname="postgres", autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.05)
            continue
        with connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(f"CREATE DATABASE {NAME}")
        return
    with log.open() as lines:
        lines.seek(begin)
        raise PostgresError(f"PostgreSQL did not start. {log} says:\n{lines.read()[-2000:]}")


def remove_socket_folder(folder: Path) -> None:
    """Remove a socket folder, and nothing that is not one."""
    if folder.parent == Path("/tmp") and folder.name.startswith(f"{NAME}-"):  # nosec B108
        with suppress(OSError):
            for socket in folder.glob(".s.PGSQL.*"):
                socket.unlink()
            folder.rmdir()


def forget_libpq_settings() -> None:
    """Whatever PGHOST and its like say is meant for another server than ours."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]


def read_env_file() -> None:
    """Let `.env` say what the environment does not, as the settings do."""
    if (TREE / ".env").exists():
        environ.Env.read_env(TREE / ".env")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m petshop.core.postgres", description=__doc__.partition("\n")[0])
    parser.add_argument("--cluster", choices=CLUSTERS, default="shop", help="which of this tree's two databases")
    parser.add_argument("--join", action="store_true", help="use the server that another command runs, if there is one")
    parser.add_argument("--data-dir", type=Path, default=DATA_DIR, help="where its data is kept (default: .data)")
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="what to run, after --")
    options = parser.parse_args()

    processes.end_with_make()
    processes.end_politely()
    read_env_file()
    if os.environ.get("DATABASE_URL"):
        return processes.run(options.command)
    try:
        with embedded(options.cluster, data_dir=options.data_dir.resolve(), join=options.join) as url:
            return processes.run(options.command, DATABASE_URL=url)
    except PostgresError as error:
        say(str(error))
    except PermissionError as error:
        say(f"{error.filename} belongs to another user: run this as that user, or remove {options.data_dir}.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
