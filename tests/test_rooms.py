"""The doors of the house: who may import whom, and what the pure rooms never touch (architecture, Rooms)."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

GATEWAY = Path(__file__).resolve().parent.parent / "gateway"

MAY_IMPORT = {
    "model": set(),
    "mail": {"model"},
    "checks": {"model", "mail"},
    "policy": {"model"},
    "notices": {"model"},
    "workers": {"model", "mail", "checks"},
    "store": {"model"},
    "smtp": {"model"},
    "console": {"model", "notices"},
    "service": None,
    "cli": None,
}
PURE = ("model", "mail", "checks", "policy", "notices")
NEVER_IN_PURE = {
    "asyncio",
    "socket",
    "os",
    "time",
    "random",
    "secrets",
    "structlog",
    "subprocess",
    "threading",
    "logging",
    "sqlite3",
    "uuid",
}
# Parsers, engines and templates that pure rooms may use; everything else there is the standard library.
THIRD_PARTY = {
    "model": set(),
    "mail": {
        "pybase64",
        "olefile",
        "pypdf",
        "pypdfium2",
        "python_calamine",
        "selectolax",
        "msoffcrypto",
        "Cryptodome",
        "pyzipper",
        "cryptography",
    },
    "checks": {"hyperscan"},
    "policy": {"yaml"},
    "notices": {"jinja2", "markupsafe"},
}


def imports(file: Path) -> Iterator[str]:
    """Dotted names that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            if node.module == "gateway":
                yield from (f"gateway.{alias.name}" for alias in node.names)


def files(room: str) -> list[Path]:
    return sorted((GATEWAY / room).rglob("*.py"))


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_it_may(room: str) -> None:
    allowed = MAY_IMPORT[room]
    for file in files(room):
        for name in imports(file):
            parts = name.split(".")
            if parts[0] == "gateway" and len(parts) > 1 and parts[1] != room and allowed is not None:
                assert parts[1] in allowed, f"{file.relative_to(GATEWAY)} imports {name}"


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_has_no_clock_disk_network_or_chance(room: str) -> None:
    for file in files(room):
        for name in imports(file):
            assert name.split(".")[0] not in NEVER_IN_PURE, f"{file.relative_to(GATEWAY)} imports {name}"


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_uses_only_listed_libraries(room: str) -> None:
    for file in files(room):
        for name in imports(file):
            top = name.split(".")[0]
            known = top == "gateway" or top in sys.stdlib_module_names or top in THIRD_PARTY[room]
            assert known, f"{file.relative_to(GATEWAY)} imports {name}"


def test_every_folder_is_a_room_that_is_watched() -> None:
    rooms = {path.name for path in GATEWAY.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms == set(MAY_IMPORT)


def test_only_the_rim_is_asynchronous() -> None:
    for room in PURE:
        if room == "model":
            continue  # Its protocols describe what the rim does.
        for file in files(room):
            assert not any(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(ast.parse(file.read_text()))), file
