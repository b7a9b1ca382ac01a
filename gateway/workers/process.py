"""The parent's end of one worker process: start it, give it a message, take its answer, end it.

Promises: the process inherits a socket and a memory file, nothing else: no listening socket, no database, no secret of the
environment. What it answers is read as data (`wire`), up to a size.
On failure: `WorkerFailed`. Whoever sees it ends the process and takes another.
"""

import asyncio
import os
import pickle
import socket
import struct
import subprocess
import sys

from gateway.model.looking import LooksFor
from gateway.workers.child import READY, frame
from gateway.workers.examine import Examined
from gateway.workers.wire import decode

START_S = 60.0
"""Loading every parser and pattern takes under a second; a machine that swaps takes longer."""
ANSWER_BYTES = 67_108_864
"""A slim message is its header (256 KB at most) and findings; this is far beyond, and still no harm."""
COPY_BYTES = 1_048_576
"""Copied into the memory file at a time, about 0.3 ms; the loop runs in between. (A thread would be quicker for other connections,
but may still be writing when a deadline closes the file and its number is given to another.)"""
_COMMAND = "from gateway.workers.child import main; main()"
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ", "TMPDIR", "XDG_CACHE_HOME", "HOME")


class WorkerFailed(Exception):
    """The process ended, or answered nonsense."""


class Worker:
    """One process. Not shared: whoever took it from the pool has it alone."""

    def __init__(self, memory_bytes: int, cpu_s: float) -> None:
        self._sock, theirs = socket.socketpair()
        self._sock.setblocking(False)
        self._content = os.memfd_create("message")
        self._looks_for: LooksFor | None = None
        self._ready = False
        self.is_spent = False
        """Not to be used again: it is in an unknown state, or has grown."""
        with theirs:
            arguments = (os.getpid(), theirs.fileno(), self._content, memory_bytes, cpu_s)
            # Started from the loop's own thread: the kernel counts the thread that started a process as its parent.
            self._process = subprocess.Popen(
                [sys.executable, "-c", _COMMAND, *map(str, arguments)],
                pass_fds=(theirs.fileno(), self._content),
                stdin=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )

    @property
    def is_gone(self) -> bool:
        return self._process.poll() is not None

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self) -> None:
        """Wait until it is warm. Raises WorkerFailed."""
        if self._ready:
            return
        try:
            async with asyncio.timeout(START_S):
                self._ready = await self._answer() == READY
        except TimeoutError:
            pass
        if not self._ready:
            raise WorkerFailed("did not start")

    async def examine(self, raw: bytes, looks_for: LooksFor) -> Examined:
        """Hand over a message and wait for its facts; the caller sets the deadline. Raises WorkerFailed."""
        self.is_spent = True  # until it answered: whoever leaves early leaves a process that is in the middle of something
        try:
            await self._write(raw)
            news = None if looks_for == self._looks_for else looks_for
            await asyncio.get_running_loop().sock_sendall(self._sock, frame(pickle.dumps((len(raw), news))))
            self._looks_for = looks_for
            answer = await self._answer()
            os.ftruncate(self._content, 0)
        except OSError as error:
            raise WorkerFailed("ended") from error
        try:
            examined = decode(Examined, answer[1:])
        except ValueError as error:
            raise WorkerFailed("answered nonsense") from error
        self.is_spent = answer[:1] != b"\0"
        return examined

    async def _write(self, raw: bytes) -> None:
        view = memoryview(raw)
        at = 0
        while at < len(raw):
            at += os.pwrite(self._content, view[at : at + COPY_BYTES], at)
            await asyncio.sleep(0)

    async def _answer(self) -> bytes:
        size = struct.unpack("<I", await self._exactly(4))[0]
        if size > ANSWER_BYTES:
            raise WorkerFailed("answered too much")
        return await self._exactly(size)

    async def _exactly(self, size: int) -> bytes:
        loop = asyncio.get_running_loop()
        out = bytearray()
        while len(out) < size:
            try:
                piece = await loop.sock_recv(self._sock, min(size - len(out), COPY_BYTES))
            except OSError as error:
                raise WorkerFailed("ended") from error
            if not piece:
                raise WorkerFailed("ended")
            out += piece
        return bytes(out)

    def kill(self) -> subprocess.Popen[bytes]:
        """Kill it, now; whoever waits for its answer sees WorkerFailed. The process is given back to be reaped without waiting."""
        self._process.kill()
        return self._process

    def end(self) -> subprocess.Popen[bytes]:
        """Kill it and let go of everything. Only when nobody waits for it."""
        self._sock.close()
        os.close(self._content)
        return self.kill()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONSAFEPATH": "1"}
