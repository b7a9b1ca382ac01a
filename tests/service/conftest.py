"""A whole gateway in this process, and a command beside it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gateway.cli.main import main
from tests.conftest import ROOT
from tests.service.office import Office, office

Ask = Callable[..., Awaitable[str]]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as one:
        yield one


@pytest.fixture
def ask(desk: Office, capsys: pytest.CaptureFixture[str]) -> Ask:
    """A command as a person runs it; its standard output."""
    settings = desk.folder / "settings.yaml"
    paths = {"store": f"sqlite:///{desk.folder}/gateway.db", "keys": f"{desk.folder}/keys", "policy": f"{ROOT}/policies"}
    settings.write_text(json.dumps(paths))

    async def asked(*words: str, ok: int = 0) -> str:
        await desk.desk.store.drain()
        capsys.readouterr()
        assert await asyncio.to_thread(main, [*words, "--settings", str(settings)]) == ok
        return capsys.readouterr().out

    return asked
