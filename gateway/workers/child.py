"""The process that examines messages: a loop around `examine_now` under limits of memory and CPU.

Promises: holds nothing but its socket and one memory file; writes no file; dies with its parent; leaves the parent's signals
(Ctrl-C, a service manager's SIGTERM to the whole group) to the parent, who ends it by closing the socket.
On failure: it exits, and the parent sees the socket close.
"""

import ctypes
import os
import pickle
import resource
import signal
import socket
import struct
import sys
from math import ceil
from pathlib import Path
from time import process_time

from gateway.mail.text import load_all
from gateway.model.looking import LooksFor
from gateway.workers.examine import Examined, examine_now
from gateway.workers.wire import encode

READY = b"ready"
_SET_PARENT_DEATH_SIGNAL, _SET_NO_NEW_PRIVILEGES = 1, 38
"""linux/prctl.h"""
_WARM_UP = b"""From: a@b
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


def serve(sock: socket.socket, content: int, memory_bytes: int, cpu_s: float) -> None:
    """Examine messages until the parent closes the socket."""
    load_all()
    examine_now(_WARM_UP)
    warm = _limit(memory_bytes)
    _silence()
    sock.sendall(frame(READY))
    looks_for = LooksFor()
    while True:
        size, new = pickle.loads(_read_frame(sock))
        looks_for = new or looks_for
        _allow_cpu(cpu_s)
        examined = _examine(content, size, looks_for)
        grown = _address_space() - warm > memory_bytes // _GROWN_BY
        sock.sendall(frame(bytes([grown]) + encode(examined)))


def _examine(content: int, size: int, looks_for: LooksFor) -> Examined:
    try:
        return examine_now(os.pread(content, size, 0), looks_for)
    except MemoryError:
        os._exit(1)  # whatever is left of the heap is not trusted with another message


def main() -> None:
    """Arguments: the parent's process id, our socket, the memory file, MEMORY_BYTES, CPU_S."""
    parent, sock, content, memory_bytes = map(int, sys.argv[1:5])
    _bind_to_parent(parent)
    serve(socket.socket(fileno=sock), content, memory_bytes, float(sys.argv[5]))
