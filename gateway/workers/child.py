"""The processes that examine messages: a nursery that loads everything once, and the workers it forks, each a loop around
`examine_now` under limits of memory and CPU.

Why a nursery: compiling the patterns costs a second, a fork of a process that has them 4 ms; and the nursery itself never sees a
message. Forking the gateway's own process would hand sockets, database and keys to whoever takes a parser over.
Promises: a worker holds nothing but its socket and one memory file; writes no file and starts nothing (`confine`); dies with the
nursery, and that with the gateway; all leave the gateway's signals (Ctrl-C, a service manager's SIGTERM to the whole group) to the
gateway, who ends them by closing sockets.
On failure: a worker exits, and the gateway sees the socket close.
"""

import ctypes
import gc
import os
import pickle
import resource
import signal
import socket
import struct
import sys
from contextlib import suppress
from math import ceil
from pathlib import Path
from time import process_time

from gateway.checks import engine
from gateway.mail.text import load_all
from gateway.model.looking import LooksFor
from gateway.workers.confine import confine
from gateway.workers.examine import examine_now
from gateway.workers.lock import Locking, answer_of
from gateway.workers.wire import encode

REQUEST = struct.Struct("<Qd")
"""Of a worker: memory_bytes, cpu_s."""
GREETING = struct.Struct("<I?")
"""Of a worker: its process id; whether the kernel took the filter of what it may ask."""
_SET_PARENT_DEATH_SIGNAL, _SET_NO_NEW_PRIVILEGES = 1, 38
"""linux/prctl.h"""
WARM_UP = b"""From: a@b
Subject: warm up
Content-Type: multipart/mixed; boundary=b

--b

The first message pays for every table, pattern and library.
--b
Content-Disposition: attachment; filename=a.pdf

%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj
trailer<</Root 1 0 R>>
--b
Content-Disposition: attachment; filename=a.html

<html><p>a
--b--
"""
_GROWN_BY = 4
"""A process whose address space stays larger by a quarter of its allowance after a message is replaced: it would meet its limit
on an innocent one."""


def frame(content: bytes) -> bytes:
    """Length and content, as they cross the socket."""
    return struct.pack("<I", len(content)) + content


def _read_frame(sock: socket.socket) -> bytes:
    header = _read_exactly(sock, 4)
    return _read_exactly(sock, struct.unpack("<I", header)[0])


def _read_exactly(sock: socket.socket, size: int) -> bytes:
    out = bytearray()
    while len(out) < size:
        piece = sock.recv(size - len(out))
        if not piece:
            sys.exit(0)  # the parent is gone or has no more work
        out += piece
    return bytes(out)


def _bind_to_parent(parent: int) -> None:
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked to be told
        sys.exit(0)
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(ignored, signal.SIG_IGN)


def _silence() -> None:
    """Parsers print about the files they read; what they print could be content."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _limit(memory_bytes: int) -> int:
    """Set the limits that hold for good; returns the address space before any message."""
    warm = _address_space()
    resource.setrlimit(resource.RLIMIT_AS, (warm + memory_bytes, warm + memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold the message
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    return warm


def _allow_cpu(seconds: float) -> None:
    """CPU time is counted over a process's life: each message gets its own from here on. The kernel kills beyond it."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (ceil(process_time() + seconds) + 1, hard))


def serve(sock: socket.socket, content: int, looks_for: LooksFor, memory_bytes: int, cpu_s: float) -> None:
    """Examine messages until the gateway closes the socket."""
    warm = _limit(memory_bytes)
    # The handle to end us by: unlike a number it can never come to mean another process.
    handle = os.pidfd_open(os.getpid())
    socket.send_fds(sock, [GREETING.pack(os.getpid(), confine())], [handle])
    while True:
        size, new, locking, sealed = pickle.loads(_read_frame(sock))
        looks_for = new or looks_for
        _allow_cpu(cpu_s)
        answer = _answer(os.pread(content, size, 0), looks_for, locking, sealed)
        grown = _address_space() - warm > memory_bytes // _GROWN_BY
        sock.sendall(frame(bytes([grown]) + answer))


def _answer(raw: bytes, looks_for: LooksFor, locking: Locking | None, sealed: frozenset[str]) -> bytes:
    try:
        return answer_of(raw, locking, looks_for) if locking else encode(examine_now(raw, looks_for, sealed))
    except MemoryError:
        os._exit(1)  # whatever is left of the heap is not trusted with another message


def _reap(_signal: int, _frame: object) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _start_worker(control: socket.socket, handed: list[int], looks_for: LooksFor, memory_bytes: int, cpu_s: float) -> None:
    """In the forked process: become a worker."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    control.close()
    sock, content, settings = handed
    os.close(settings)
    serve(socket.socket(fileno=sock), content, looks_for, memory_bytes, cpu_s)


def _warm(looks_for: LooksFor, kept: str) -> None:
    """Have the patterns ready, from the file of compiled ones where it fits, and every table and library that a message needs."""
    with suppress(OSError, ValueError):
        engine.load_engine(Path(kept).read_bytes(), looks_for.patterns)
    examine_now(WARM_UP, looks_for)
    gc.collect()
    gc.freeze()  # what is loaded stays shared: a collection in a worker would touch, and so copy, every page


def raise_workers(control: socket.socket, kept: str = "") -> None:
    """Fork a worker for every request, until the gateway closes the control socket.

    A request comes with the worker's socket, its memory file, and a file of what to look for. A policy's own patterns are compiled
    here, once, and not by every worker at its first message. `kept` is a file of compiled patterns, '' for none.
    """
    load_all()
    _silence()
    signal.signal(signal.SIGCHLD, _reap)
    nursery, known, looks_for = os.getpid(), b"", LooksFor()
    while True:
        request, handed, _flags, _address = socket.recv_fds(control, REQUEST.size, 3)
        if not request:
            return
        wanted = os.pread(handed[2], os.fstat(handed[2]).st_size, 0)
        if wanted != known:
            known, looks_for = wanted, pickle.loads(wanted)
            _warm(looks_for, kept)
        if os.fork() == 0:
            try:
                _bind_to_parent(nursery)
                _start_worker(control, handed, looks_for, *REQUEST.unpack(request))
            finally:
                os._exit(1)
        for descriptor in handed:
            os.close(descriptor)


def main() -> None:
    """Arguments: the gateway's process id, the control socket, a file of compiled patterns ('' for none)."""
    parent, control, kept = sys.argv[1:]
    _bind_to_parent(int(parent))
    raise_workers(socket.socket(fileno=int(control)), kept)
