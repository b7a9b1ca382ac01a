"""Fixtures that every room's tests share: tools that may be missing, and the reference material beside the project."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
NODE = ROOT / "tests" / "node" / "node_modules"

# Servers live where an ordinary user's PATH does not look.
SERVERS = ["/usr/sbin", "/sbin", "/usr/local/sbin", *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")))]
os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), *SERVERS])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, naming them, where programs of `@pytest.mark.tools(...)` are not installed."""
    for mark in item.iter_markers("tools"):
        missing = [name for name in mark.args if not shutil.which(name)]
        if missing:
            pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference material beside the project (`../shared`); tests that use it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip("absent: ../shared")
    return SHARED


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """In CI a skip is a failure, unless the reference material is what is absent."""
    if os.environ.get("FAIL_ON_SKIP"):
        for report in unexcused(terminalreporter):
            terminalreporter.write_line(f"skipped in CI: {report.nodeid}: {report.longrepr}", red=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("FAIL_ON_SKIP") and reporter is not None and unexcused(reporter) and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def unexcused(reporter: pytest.TerminalReporter) -> list[pytest.TestReport]:
    return [report for report in reporter.stats.get("skipped", []) if "../shared" not in str(report.longrepr)]


@pytest.fixture(scope="session")
def npm() -> Callable[[str], Path]:
    """The folder of a package of tests/node; the test is skipped where it is not installed."""

    def folder(package: str) -> Path:
        if not (NODE / package).is_dir():
            pytest.skip(f"not installed: {package} (npm ci --prefix tests/node)")
        return NODE / package

    return folder
