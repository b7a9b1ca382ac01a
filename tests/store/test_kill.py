"""kill -9 at random moments: nothing that was acknowledged is lost, nothing is there by half, every chain verifies."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from gateway.store import DurableStore
from tests.store.conftest import Opener
from tests.store.promises import Said, check
from tests.store.values import NOON

ROUNDS = int(os.environ.get("KILLS", "50"))


@contextmanager
def worker(database: Path, keys: Path, root: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.store.child", "until-killed", f"sqlite:///{database}", str(keys)]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()


def run_and_kill(process: "subprocess.Popen[str]", seed: int, after_s: float) -> Iterator[tuple[str, str]]:
    """Everything that one worker said before it was killed, `after_s` after it had opened the store."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{seed}\n")
    process.stdin.flush()
    pid = 0
    for line in process.stdout:
        kind, _, id_ = line.strip().partition(" ")
        if kind == "pid":
            pid = int(id_)
        elif kind == "opened":
            threading.Timer(after_s, os.kill, (pid, signal.SIGKILL)).start()
        elif kind == "ended":
            return
        yield kind, id_


async def test_nothing_acknowledged_is_lost_by_50_kills(opened: Opener, database: Path, tmp_path: Path, root: Path) -> None:
    said: Said = defaultdict(set)
    chance = random.Random(4)
    reader = await opened("reader")
    with worker(database, tmp_path / "keys", root) as process:
        for seed in range(ROUNDS):
            for kind, id_ in run_and_kill(process, seed, chance.uniform(0, 0.12)):
                said[kind].add(id_)
    await check(reader, said)
    assert len(said["intended"]) > 100, "else the test proves nothing"
    assert len(said["accepted"]) > 30
    await check_queue(reader, said)


async def check_queue(store: DurableStore, said: Said) -> None:
    """What was settled never comes back; what had left without an outcome comes back marked."""
    later = NOON + timedelta(days=36_500)
    await store.due_now()
    waiting = {due.consignment.id: due for due in await store.lease(later, 60, 1_000_000)}
    assert said["settled"] & waiting.keys() == set()
    interrupted = (said["left"] - said["settled"]) & waiting.keys()
    assert [id_ for id_ in interrupted if not waiting[id_].possible_duplicate] == []
    assert {id_ for id_ in said["accepted"] if f"q{id_}" not in waiting and f"q{id_}" not in said["left"]} == set()
