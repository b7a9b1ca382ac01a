"""Fixtures that every room's tests share: tools that may be missing, and the reference material beside the project."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, naming them, where programs of `@pytest.mark.tools(...)` are not installed."""
    for mark in item.iter_markers("tools"):
        missing = [name for name in mark.args if not shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin:" + _path())]
        if missing:
            pytest.skip(f"not installed: {', '.join(missing)}")


def _path() -> str:
    import os

    return os.environ.get("PATH", "")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference material beside the project (`../shared`); tests that use it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip("absent: ../shared")
    return SHARED


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT
