"""Processes that end when the one that started them ends, in whatever way it ends."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

PR_SET_PDEATHSIG = 1
STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
IS_LINUX = sys.platform == "linux"

_libc = ctypes.CDLL(None, use_errno=True)


def ends_with_its_parent(signal_number: int = signal.SIGKILL) -> Callable[[], None]:
    """A `preexec_fn`: the new process gets this signal when its parent dies, be it of kill -9.

    The kernel forgets the wish when a process changes its user, and `subprocess` changes it before it calls this.
    Only Linux can do it; elsewhere the next start cleans up.
    """
    parent = os.getpid()

    def wish():
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS | {signal.SIGCHLD})
        if IS_LINUX:
            _libc.prctl(PR_SET_PDEATHSIG, signal_number)
            if os.getppid() != parent:  # it died before we could say so
                os.kill(os.getpid(), signal_number)

    return wish


def end_with_make() -> None:
    """End when the `make` that started this process is killed: with -9 it has no chance to pass that on."""
    if IS_LINUX and "MAKELEVEL" in os.environ:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def end_politely() -> None:
    """Let the first signal to stop end this process by an exception, so that every block is left in good order.

    Further ones are ignored: a second Ctrl-C, or a terminal that closes when `make` dies, would cut the cleaning up short.
    """

    def end(number, frame):
        for other in STOP_SIGNALS:
            signal.signal(other, lambda number, frame: None)
        sys.exit(128 + number)

    for number in STOP_SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup asks to outlive its terminal
            signal.signal(number, end)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off every stop signal until the block is done: cleaning up must not be cut short by a second Ctrl-C."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run(command: list[str], **environment: str) -> int:
    """Run a command to its end, with this added to its environment, and give back its exit code as a shell would.

    A signal that asks this process to stop is passed on to the command, which decides.
    """
    watched = STOP_SIGNALS | {signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    try:
        child = subprocess.Popen(command, env=os.environ | environment, preexec_fn=ends_with_its_parent())
        while child.poll() is None:
            number, is_from_terminal = _next_signal(watched)
            if number != signal.SIGCHLD and not is_from_terminal:
                child.send_signal(number)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _next_signal(watched: set[signal.Signals]) -> tuple[int, bool]:
    """Wait for a signal. One from the terminal (Ctrl-C) has reached the whole process group: twice would be rude."""
    if not hasattr(signal, "sigwaitinfo"):
        return signal.sigwait(watched), True
    info = signal.sigwaitinfo(watched)
    return info.si_signo, info.si_code > 0


def stop(process: subprocess.Popen, *signals: tuple[int, float], group: bool = False) -> None:
    """End a process: each signal gets so many seconds, and what is left after the last one is killed.

    With `group`, the whole group that it leads; also what it has left behind when it has ended already.
    """

    def send(number):
        if group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)

    for number, patience in signals:
        if process.poll() is not None:
            break
        send(number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    if group or process.poll() is None:
        with suppress(ProcessLookupError):
            send(signal.SIGKILL)
    process.wait()
