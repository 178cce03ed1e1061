"""The commands that a newcomer types first, on machines that have little."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parent.parent.parent
TOOLS = ["sh", "make", "dirname", "cmp", "mkdir", "sort", "tail", "rm", "echo", "flock"]


@pytest.fixture
def machine(tmp_path):
    """A machine with nothing but make, and a fresh clone in a path with a space; its Pythons are the test's to choose."""
    clone, programs = tmp_path / "a clone", tmp_path / "bin"
    (clone / ".ci").mkdir(parents=True)
    programs.mkdir()
    for name in ("Makefile", ".ci/environment", "requirements.lock"):
        shutil.copy(TREE / name, clone / name)
    for tool in filter(shutil.which, TOOLS):
        (programs / tool).symlink_to(shutil.which(tool))

    class Machine:
        def has(self, python, script):
            (programs / python).write_text(f"#!/bin/sh\n{script}\n")
            (programs / python).chmod(0o755)

        def make(self, *arguments):
            environment = {"PATH": str(programs), "HOME": str(tmp_path)}
            command = [programs / "make", *arguments]
            return subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)

    return Machine()


def test_make_alone_lists_every_command_with_a_sentence(machine):
    targets = set(re.search(r"^\.PHONY: (.+)$", (TREE / "Makefile").read_text(), re.MULTILINE)[1].split())

    listed = machine.make()

    assert listed.returncode == 0
    explained = dict(re.findall(r"^make (\w+) +(.{10,})$", listed.stdout, re.MULTILINE))
    assert set(explained) == targets - {"help", "environment"}
    assert machine.make("help").stdout == listed.stdout


def test_an_old_python_gets_one_sentence(machine):
    machine.has("python3", '[ "${2#*exit}" != "$2" ] && exit 1; echo 3.11.2')

    refused = machine.make("run")

    assert refused.returncode != 0
    assert refused.stdout == ""
    sentence, of_make = refused.stderr.splitlines()
    assert sentence == "Family Petshop needs Python 3.12 or newer; found here: 3.11.2."
    assert of_make.startswith("make: ***")


def test_no_python_gets_one_sentence(machine):
    refused = machine.make("test")

    assert "Family Petshop needs Python 3.12 or newer; found here: none." in refused.stderr


def test_a_python_that_exists_but_fails_is_passed_over(machine):
    machine.has("python3.13", 'echo "pyenv: version 3.13 is not installed" >&2; exit 127')
    machine.has(
        "python3", '[ "$1" = -m ] && echo "asked for $2" && exit 3; [ "$1" = --version ] && echo "Python 3.12.1"; true'
    )

    tried = machine.make("run")

    assert "Setting up .venv with Python 3.12.1" in tried.stdout
    assert "asked for venv" in tried.stdout
