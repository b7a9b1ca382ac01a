"""A disk that is full, fails, or has become read-only: nothing is accepted, nothing is there by half, and it ends by itself."""

import asyncio
import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.model.records import Event
from gateway.model.store import StoreUnavailable
from gateway.model.stored import TakeOver
from gateway.store import DurableStore
from gateway.store.session import connect
from tests.store.conftest import Opener
from tests.store.values import content, entry, hold, taken


def message(id_: str, size: int = 20_000) -> TakeOver:
    return taken(
        entries=(entry(id_, Event.ACCEPTED),), contents=(content(f"c{id_}", os.urandom(size)),), holds=(hold(f"h{id_}", id_, f"c{id_}"),)
    )


@contextmanager
def no_file_may_grow_beyond(size_bytes: int) -> Iterator[None]:
    """To this process the disk is full: a write beyond fails (EFBIG), as it does without space."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


async def test_a_full_disk_refuses_everybody_and_recovers_unaided(store: DurableStore) -> None:
    await store.take_over(message("before"))
    store.conclude(entry("before", Event.RESULT))
    with no_file_may_grow_beyond(50_000):
        outcomes = await asyncio.gather(
            store.intend(entry("refused")), store.take_over(message("large", 3_000_000)), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [StoreUnavailable, StoreUnavailable]
    await store.intend(entry("after"))
    await store.drain()
    found = [(record.entry.message, str(record.entry.event)) for record in await store.records()]
    assert sorted(found) == [("after", "intent"), ("before", "accepted"), ("before", "result")], "the result was kept and tried again"
    assert await store.content("clarge") is None
    assert [held.message for held in await store.holds()] == ["before"]
    assert await store.verify() == ()


async def test_a_process_that_keeps_the_database_locked_does_not_hang_us(
    opened: Opener, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.session.BUSY_MS", 50)
    store = await opened()
    await store.intend(entry("before"))
    other = connect(database)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        await store.intend(entry("refused"))
    other.execute("ROLLBACK")
    other.close()
    assert await store.intend(entry("after")) == "gateway.2"


async def test_a_head_that_cannot_be_signed_stops_the_next_message_not_this_one(
    store: DurableStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on disk is acknowledged; but no disclosure goes on without its protection against deletion."""
    await store.intend(entry("first"))

    def failing(*_: object) -> int:
        raise OSError(errno.EIO, "I/O error")

    with monkeypatch.context() as failure:
        failure.setattr("gateway.store.heads.os.pwrite", failing)
        assert await store.intend(entry("second")) == "gateway.2"
        with pytest.raises(StoreUnavailable):
            await store.intend(entry("third"))
    assert await store.intend(entry("fourth")) == "gateway.3"
    assert await store.verify() == ()


@contextmanager
def faulty_child(shim: Path, database: Path, keys: Path, root: Path, trigger: Path) -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, "LD_PRELOAD": str(shim), "FAULTS": str(trigger), "FAULTY": str(database.parent)}
    command = [sys.executable, "-m", "tests.store.child", "one-by-one", f"sqlite:///{database}", str(keys)]
    with subprocess.Popen(
        command, cwd=root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()


def ask(process: "subprocess.Popen[str]", id_: str) -> str:
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{id_}\n")
    process.stdin.flush()
    # Its log lines come on the same pipe.
    return next(word for line in process.stdout if (word := line.split()[0]) in ("accepted", "refused"))


@pytest.mark.tools("cc")
@pytest.mark.parametrize(
    "fault", [f"fsync {errno.EIO}", f"pwrite {errno.EIO}", f"pwrite {errno.ENOSPC}", f"pwrite {errno.EROFS}", f"fsync {errno.ENOSPC}"]
)
async def test_an_error_of_the_disk_itself_refuses_and_recovers(
    shim: Path, opened: Opener, database: Path, tmp_path: Path, root: Path, fault: str
) -> None:
    trigger = tmp_path / "fault"
    answers = {}
    with faulty_child(shim, database, tmp_path / "keys", root, trigger) as process:
        for number in range(9):
            failing = number in (2, 3, 6)
            trigger.write_text(fault if failing else "")
            answers[f"m{number}"] = ask(process, f"m{number}")
    assert [answers[f"m{number}"] for number in (2, 3, 6)] == ["refused"] * 3
    accepted = {id_ for id_, answer in answers.items() if answer == "accepted"}
    assert accepted == {"m0", "m1", "m4", "m5", "m7", "m8"}
    store = await opened("reader")
    assert {held.message for held in await store.holds()} == accepted
    assert {record.entry.message for record in await store.records()} == accepted
    assert await store.verify() == ()
