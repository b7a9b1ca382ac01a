"""A worker that a file took over: what it can still do, and that nothing of it reaches another message."""

import json
import os
import pickle
import socket
from pathlib import Path
from typing import Any

import pytest

from gateway.model.findings import Reason
from gateway.workers import Workers, examine_now
from gateway.workers.child import frame
from gateway.workers.process import MESSAGES_EACH, Worker
from gateway.workers.wire import encode
from tests.workers.conftest import Start, nursery, start  # noqa: F401 - fixtures
from tests.workers.mails import mail

ATTACHED = mail(b"%PDF-1.4 not much of one")
# The gateway speaks pickle to its workers, never they to it: here that is how a test gets its code into one.
ATTEMPTS = """
import ctypes, json, os, resource, signal, socket, subprocess
def tried(attempt):
    try:
        attempt()
    except OSError as error:
        return error.errno
    return 0
import fcntl
libc = ctypes.CDLL(None, use_errno=True)
def asked(command, value):
    return tried(lambda: fcntl.fcntl(sock.fileno(), command, value))
def locked():
    with open({file!r}) as file:
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
def leased():
    with open({file!r}) as file:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
def flocked():
    with open({file!r}) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
def owned():
    fcntl.ioctl(sock.fileno(), 0x8901, ({gateway}).to_bytes(4, "little"))
def traced():
    if libc.ptrace(16, {gateway}, 0, 0):
        raise OSError(ctypes.get_errno(), "")
results = dict(
    fork=tried(os.fork), run=tried(lambda: os.execv("/bin/true", ["true"])), connect=tried(socket.socket),
    write=tried(lambda: os.open({file!r}, os.O_WRONLY)), make=tried(lambda: os.open({file!r} + "2", os.O_RDONLY | os.O_CREAT)),
    truncate=tried(lambda: os.truncate({file!r}, 0)), remove=tried(lambda: os.unlink({file!r})),
    rename=tried(lambda: os.rename({file!r}, {file!r} + "2")), kill=tried(lambda: os.kill({gateway}, 0)), trace=tried(traced),
    place=tried(lambda: os.sched_setaffinity({gateway}, {{0}})), times=tried(lambda: os.utime({file!r})),
    memory=tried(lambda: os.open("/proc/{gateway}/mem", os.O_RDWR)),
    limit=tried(lambda: resource.prlimit({gateway}, resource.RLIMIT_CORE, (0, 0))), grow=tried(lambda: os.ftruncate(content, 9 << 30)),
    owner=asked(fcntl.F_SETOWN, {gateway}), owner_by_ioctl=tried(owned), signal=asked(10, signal.SIGKILL),
    lock=tried(locked), flock=tried(flocked), lease=tried(leased),
)
sock.sendall(len(json.dumps(results)).to_bytes(4, "little") + json.dumps(results).encode())
"""
# Only with the worker's own things in hand can it be itself.
IN_HAND = """
import gc, inspect
frame_of = inspect.currentframe()
while "content" not in frame_of.f_locals or "sock" not in frame_of.f_locals:
    frame_of = frame_of.f_back
sock, content = frame_of.f_locals["sock"], frame_of.f_locals["content"]
"""


class Code:
    """Unpickled, it runs."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (IN_HAND + self.source, {})


def the_one(workers: Workers) -> Worker:
    (worker,) = workers._all
    return worker


async def take_over(workers: Workers, source: str) -> Worker:
    """Run code in the worker of the pool; it exits over the odd request, as nobody waits for an answer."""
    worker = the_one(workers)
    worker._sock.setblocking(True)
    worker._sock.sendall(frame(pickle.dumps(Code(source))))
    return worker


async def test_it_can_compute_and_nothing_else(start: Start, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "gateway.db"
    file.write_bytes(b"mail")
    worker = await take_over(await start(), ATTEMPTS.format(gateway=os.getpid(), file=str(file)))
    size = int.from_bytes(worker._sock.recv(4, socket.MSG_WAITALL), "little")
    results = json.loads(worker._sock.recv(size, socket.MSG_WAITALL))
    allowed = {what for what, error in results.items() if not error}
    assert allowed == set()
    assert file.read_bytes() == b"mail"
    assert os.listdir(tmp_path) == ["gateway.db"]


async def test_what_it_says_unasked_is_not_taken_for_the_answer_to_another_message(start: Start) -> None:  # noqa: F811
    workers = await start()
    clean = await workers.examine(mail(b"plain words", "a.txt"))
    forged = frame(b"\0" + encode(clean))
    worker = await take_over(workers, f"sock.sendall({forged!r})\nimport time; time.sleep(60)")
    worker._sock.recv(1, socket.MSG_PEEK)
    worker._sock.setblocking(False)
    assert (await workers.examine(ATTACHED)).findings == examine_now(ATTACHED).findings
    assert worker not in workers._all


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("(2**32 - 1).to_bytes(4, 'little')", id="four gigabytes"),
        pytest.param("(9 << 20).to_bytes(4, 'little') + bytes([0]) + b'[' + b'[],' * (3 << 20)", id="three million lists"),
        pytest.param("(4).to_bytes(4, 'little') + b'\\0{{}'", id="not a message"),
        pytest.param("(3).to_bytes(4, 'little') + b'\\0[]'", id="an empty one"),
        pytest.param("(200001).to_bytes(4, 'little') + b'\\0' + b'[' * 200000", id="nested without end"),
        pytest.param("b'\\1'", id="a piece, and then nothing"),
    ],
)
async def test_nonsense_is_no_answer(answer: str, start: Start) -> None:  # noqa: F811
    workers = await start(wall_s=2)
    # It answers the next request by the book of the one who took it over.
    await take_over(workers, f"sock.recv(4)\nimport time\ntry: sock.sendall({answer})\nexcept OSError: pass\ntime.sleep(60)")
    the_one(workers)._sock.setblocking(False)
    assert (await workers.examine(ATTACHED)).findings.reasons == {Reason.MESSAGE_UNCHECKED}
    assert (await workers.examine(ATTACHED)).findings == examine_now(ATTACHED).findings
    assert workers.replaced == 1


async def test_a_worker_that_met_what_it_could_not_read_meets_nothing_else(start: Start) -> None:  # noqa: F811
    workers = await start()
    before = the_one(workers)
    odd = mail(b"\x1f\x8b\x08" + bytes(9), "a.gz")
    assert Reason.MESSAGE_UNCHECKED in (await workers.examine(odd)).findings.reasons
    assert before not in workers._all
    assert workers.replaced == 0


async def test_no_worker_grows_old(start: Start) -> None:  # noqa: F811
    workers = await start()
    first = the_one(workers)
    for number in range(MESSAGES_EACH):
        assert the_one(workers) is first, number
        await workers.examine(ATTACHED)
    assert the_one(workers) is not first
