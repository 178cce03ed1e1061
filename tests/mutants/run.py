"""`make mutants`: takes away one lock, constraint or check at a time, and sees the tests that guard it fail.

Each tests/mutants/*.patch begins with the tests that must fail, one in a line, before the diff:

    # tests: tests/checkout/test_operations.py::test_the_last_one_is_sold_once

All of them are first run on the tree as it is, where they must pass: a test that always fails guards nothing. Patches are
applied to a copy of the tree; the tree itself stays as it is. `ARGS="stock"` runs the patches with "stock" in their name.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import psycopg

TREE = Path(__file__).resolve().parent.parent.parent
PATCHES = Path(__file__).resolve().parent
PATIENCE = 600  # seconds for the tests of one mutant
TESTS_FAILED = 1  # pytest's exit code


@dataclass(frozen=True)
class Mutant:
    patch: Path
    tests: tuple[str, ...]

    @classmethod
    def read(cls, patch):
        header = re.split(r"^(?:diff|---) ", patch.read_text(), maxsplit=1, flags=re.MULTILINE)[0]
        return cls(patch, tuple(re.findall(r"^# tests: (\S+)\s*$", header, re.MULTILINE)))

    @property
    def name(self):
        return self.patch.stem

    @property
    def changes_the_database(self):
        return "/migrations/" in self.patch.read_text()


def copy_tree(to):
    """Copy what git knows or would add, as it is now, with whatever is not committed yet."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=TREE, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if (TREE / name).exists():  # else it is deleted, but not yet for git
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TREE / name, to / name)
    subprocess.run(["git", "init", "--quiet"], cwd=to, check=True)  # else git apply looks for a repository above


def apply(patch, to):
    """Apply a patch to a copy. Whether it fits."""
    return subprocess.run(["git", "apply", "--recount", patch], cwd=to, check=False).returncode == 0


class Database:
    """The database that the tests run on: a fresh copy of one that is migrated once, as migrating takes longer than most tests."""

    def __init__(self):
        url = urlsplit(os.environ["DATABASE_URL"])
        self.server = url._replace(path="/postgres").geturl()
        self.test, self.pristine = f"test_{url.path[1:]}", f"pristine_{url.path[1:]}"
        self.execute(f"DROP DATABASE IF EXISTS {self.pristine} WITH (FORCE)", f"CREATE DATABASE {self.pristine}")
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        pristine = url._replace(path=f"/{self.pristine}").geturl()
        subprocess.run(migrate, cwd=TREE, env=os.environ | {"DATABASE_URL": pristine}, check=True)

    def refresh(self):
        drop = f"DROP DATABASE IF EXISTS {self.test} WITH (FORCE)"
        self.execute(drop, f"CREATE DATABASE {self.test} TEMPLATE {self.pristine}")

    def execute(self, *statements):
        with psycopg.connect(self.server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


def run_tests(tree, tests, *, database):
    """Run some tests in a copy: pytest's exit code (None if they take too long), the tests that failed, and what it said.

    Without a `database` they make their own. A test that ends in an error outside of its body, such as a broken fixture,
    has not failed: it has said nothing.
    """
    if database:
        database.refresh()
    report = tree / "report.xml"
    report.unlink(missing_ok=True)
    how = "--reuse-db" if database else "--create-db"
    command = [sys.executable, "-m", "pytest", "-n0", "-q", how, f"--junitxml={report}", *tests]
    try:
        ended = subprocess.run(
            command,
            cwd=tree,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, set(), "took too long"
    cases = ElementTree.parse(report).iter("testcase") if report.exists() else ()
    failed = {f"{case.get('classname')}.{case.get('name')}" for case in cases if case.find("failure") is not None}
    return ended.returncode, failed, ended.stdout[-3000:]


def has_failed(test, failed):
    """Whether a test, or one of its parameters, is among those that failed."""
    path, _, names = test.partition("::")
    name = ".".join([path.removesuffix(".py").replace("/", "."), *filter(None, names.split("::"))])
    return any(other == name or other.startswith((f"{name}[", f"{name}.")) for other in failed)


def verdict(mutant, database):
    """What became of a mutant: "killed", or how it was not."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder)
        copy_tree(copy)
        if not apply(mutant.patch, copy):
            return "the patch does not apply"
        code, failed, output = run_tests(copy, mutant.tests, database=None if mutant.changes_the_database else database)
    if code is None:
        return output
    survived = [test for test in mutant.tests if not has_failed(test, failed)]
    if code == TESTS_FAILED and not survived:
        return "killed"
    if code in (0, TESTS_FAILED):
        return f"SURVIVED {', '.join(survived)}"
    return f"the tests did not run (pytest: {code})\n{output}"


def main(chosen):
    mutants = [Mutant.read(patch) for patch in sorted(PATCHES.glob("*.patch"))]
    mutants = [mutant for mutant in mutants if not chosen or any(part in mutant.name for part in chosen)]
    if not mutants:
        print("No patch has such a name." if chosen else "There is no patch.")
        return 1
    if aimless := [mutant.name for mutant in mutants if not mutant.tests]:
        print(f"These patches name no tests: {', '.join(aimless)}")
        return 1

    database = Database()
    guards = sorted({test for mutant in mutants for test in mutant.tests})
    print(f"{len(guards)} tests on the tree as it is ... ", end="", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy_tree(Path(folder))
        code, _, output = run_tests(Path(folder), guards, database=database)
    print("pass" if code == 0 else f"do not all pass, so they prove nothing:\n{output}")
    if code != 0:
        return 1

    width = max(len(mutant.name) for mutant in mutants)
    alive = 0
    for mutant in mutants:
        print(f"{mutant.name:<{width}}  ", end="", flush=True)
        said = verdict(mutant, database)
        alive += said != "killed"
        print(said, flush=True)
    print(f"{len(mutants) - alive} of {len(mutants)} mutants killed.")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
