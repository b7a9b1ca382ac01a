"""Power cuts: the disk keeps what was synced, and of the rest whatever it likes. Nothing acknowledged is lost.

A real process works on the store while a diary is kept of every write, truncation and fsync (faults.c). For many moments
the disk is then made as a cut at that moment could have left it: everything before the last fsync of each file, and of the later
changes a random choice, the last of them torn. The store opens on that, and is asked for what had been acknowledged.
"""

import asyncio
import os
import random
import shutil
import struct
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.store import load_keys, open_store
from tests.store.promises import Said, check, take_in

CUTS = int(os.environ.get("POWER_CUTS", "40"))
SECTOR = 512
"""What a disk writes whole."""


@dataclass(frozen=True)
class Change:
    kind: str
    path: str
    at: int
    data: bytes


def diary_of(path: Path) -> Iterator[Change]:
    data, place = path.read_bytes(), 0
    while place < len(data):
        kind = chr(data[place])
        (length,) = struct.unpack_from("=I", data, place + 1)
        name = data[place + 5 : place + 5 + length].decode()
        at, size = struct.unpack_from("=qQ", data, place + 5 + length)
        place += 21 + length
        yield Change(kind, name, at, data[place : place + size])
        place += size


def after_a_cut(changes: list[Change], chance: random.Random) -> dict[str, list[Change]]:
    """For each file what the disk has of the changes so far."""
    synced: dict[str, list[Change]] = defaultdict(list)
    floating: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if change.kind == "S":
            synced[change.path] += floating.pop(change.path, [])
        elif change.kind in "WT":
            floating[change.path].append(change)
    for path, later in floating.items():
        for change in later:
            if chance.random() < 0.5:
                synced[path].append(torn(change, chance))
    return synced


def torn(change: Change, chance: random.Random) -> Change:
    if change.kind == "W" and chance.random() < 0.3:
        keep = chance.randrange(0, len(change.data) + 1, SECTOR)
        return Change("W", change.path, change.at, change.data[:keep])
    return change


def make_disk(source: Path, target: Path, state: dict[str, list[Change]]) -> None:
    """The files as they were at the start, with these changes."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    for path, changes in state.items():
        if path.endswith("-shm") or not changes:
            continue  # Memory that processes share is no file that survives; an fsync of a folder changes none.
        place = target / path.split("/disk/", 1)[1]
        place.parent.mkdir(exist_ok=True)  # New names are taken for durable: they are not in the diary.
        with place.open("r+b" if place.exists() else "w+b") as file:
            for change in changes:
                if change.kind == "T":
                    file.truncate(change.at)
                else:
                    file.seek(change.at)
                    file.write(change.data)


@pytest.mark.tools("cc")
async def test_nothing_acknowledged_is_lost_by_a_power_cut(shim: Path, tmp_path: Path, root: Path) -> None:
    disk, started = tmp_path / "disk", tmp_path / "started"
    keys = load_keys(disk / "keys")
    store = await open_store(f"sqlite:///{disk}/gateway.db", keys, "gateway")
    await store.close()
    shutil.copytree(disk, started)
    environment = {**os.environ, "LD_PRELOAD": str(shim), "DIARY": str(tmp_path / "diary"), "FAULTY": str(disk)}
    command = [sys.executable, "-m", "tests.store.child", "mixed", f"sqlite:///{disk}/gateway.db", str(disk / "keys")]
    child = await asyncio.create_subprocess_exec(*command, cwd=root, env=environment, stdout=subprocess.DEVNULL)
    assert await child.wait() == 0
    diary = list(diary_of(tmp_path / "diary"))
    assert sum(change.kind == "S" for change in diary) > 20
    chance = random.Random(7)
    for cut in sorted(chance.sample(range(len(diary)), CUTS)):
        acknowledged: Said = defaultdict(set)
        for change in diary[:cut]:
            if change.kind == "A":
                take_in(acknowledged, change.data.decode())
        make_disk(started, tmp_path / "after", after_a_cut(diary[:cut], chance))
        store = await open_store(f"sqlite:///{tmp_path}/after/gateway.db", load_keys(tmp_path / "after" / "keys"), "gateway")
        await check(store, acknowledged)
        await store.close()
