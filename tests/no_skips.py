"""A skipped race or browser test proves nothing: say so loudly, and where CI is set fail the run.

Races also share one group, so that two of them never fight for the same processors (`pytest -n 2 --dist loadgroup`).
"""

import os
from collections import Counter

import pytest

MUST_RUN = ("race", "browser")
HOW = "Install Chromium (on Debian: apt-get install chromium), or set CHROMIUM to the path of one."


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("race"):
            item.add_marker(pytest.mark.xdist_group("race"))


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # with xdist every report also reaches the process that started the workers
        config.pluginmanager.register(NoSkips(config))


class NoSkips:
    """Counts what became of the tests that must run."""

    def __init__(self, config):
        chosen = config.option.keyword or config.option.markexpr or config.option.collectonly
        self.is_whole_run = not chosen and config.args_source == pytest.Config.ArgsSource.TESTPATHS
        self.is_ci = bool(os.environ.get("CI"))
        self.passed, self.skipped = Counter(), []

    def pytest_runtest_logreport(self, report):
        kinds = [kind for kind in MUST_RUN if kind in report.keywords]
        if report.skipped and kinds:
            self.skipped.append((kinds, report.nodeid))
        elif report.passed and report.when == "call":
            self.passed.update(kinds)

    def problems(self):
        for kind in MUST_RUN:
            if count := sum(kind in kinds for kinds, _ in self.skipped):
                yield f"Skipped {kind} tests: {count}." + (f" {HOW}" if kind == "browser" else "")
            elif self.is_ci and self.is_whole_run and not self.passed[kind]:
                yield f"Not one {kind} test has run."

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        if self.is_ci and session.exitstatus == pytest.ExitCode.OK and any(self.problems()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        for problem in self.problems():
            terminalreporter.write_line(problem, red=True, bold=True)
