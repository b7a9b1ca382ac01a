"""Each SMTP vector A01-A40 of the threat list has a test that names it."""

import re

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def named() -> set[str]:
    tests = [path for room in ("smtp", "stories") for path in (ROOT / "tests" / room).glob("test_*.py") if path.name != "test_vectors.py"]
    return {name for path in tests for name in re.findall(r"\bA[0-9]{2}\b", path.read_text("utf-8"))}


@pytest.mark.parametrize("vector", [f"A{number:02}" for number in range(1, 41)])
def test_the_vector_has_a_test(vector: str, named: set[str]) -> None:
    assert vector in named
