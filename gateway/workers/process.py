"""The gateway's end of the nursery and of one worker: start it, give it a message, take its answer, end it.

Promises: a worker has a socket and a memory file, nothing else: no listening socket, no database, no secret of the environment.
What it answers is read as data (`wire`), up to a size.
On failure: `WorkerFailed`. Whoever sees it ends the process and takes another.
"""

import asyncio
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress

from gateway.model.findings import Reason
from gateway.model.looking import LooksFor
from gateway.workers.child import GREETING, REQUEST, frame
from gateway.workers.examine import NOTHING_SEALED, Examined
from gateway.workers.lock import LockedMessage, Locking, locked_of
from gateway.workers.wire import decode

START_S = 60.0
"""Loading every parser and pattern takes under a second; a machine that swaps takes longer."""
ANSWER_BYTES = 8_388_608
"""A slim message is its header (256 KB at most) and findings; this is far beyond. As JSON it can become twenty times as much here."""
LOCKED_BYTES = 134_217_728
"""A locked message comes back as its bytes; it may be larger than what a gateway accepts, to be told so."""
MESSAGES_EACH = 100
"""Then a worker is replaced, for a fork of 4 ms: what a file did to it without a sign does not outlast so many."""
COPY_BYTES = 1_048_576
"""Copied into the memory file at a time, about 0.3 ms; the loop runs in between. (A thread would be quicker for other connections,
but may still be writing when a deadline closes the file and its number is given to another.)"""
_COMMAND = "from gateway.workers.child import main; main()"
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ", "TMPDIR", "XDG_CACHE_HOME", "HOME")


class WorkerFailed(Exception):
    """The process ended, or answered nonsense."""


class Nursery:
    """The process that workers are forked from. Started again by itself if it is lost."""

    def __init__(self, kept: str = "") -> None:
        """`kept` is a file of compiled patterns, so that a start need not compile them."""
        self._kept = kept
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def ask(self, sock: socket.socket, content: int, looks_for: LooksFor, memory_bytes: int, cpu_s: float) -> None:
        """Have a worker forked that holds socket and memory file, under these limits. Raises OSError."""
        if self._process is None or self._control is None or self._process.poll() is not None:
            self.end()
            self._process, self._control = self._start()
        with os.fdopen(os.memfd_create("looks_for"), "wb") as settings:
            settings.write(pickle.dumps(looks_for))
            settings.flush()
            socket.send_fds(self._control, [REQUEST.pack(memory_bytes, cpu_s)], [sock.fileno(), content, settings.fileno()])

    def _start(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        control, theirs = socket.socketpair()
        control.setblocking(False)
        with theirs:
            # Started from the loop's own thread: the kernel counts the thread that started a process as its parent.
            process = subprocess.Popen(
                [sys.executable, "-c", _COMMAND, str(os.getpid()), str(theirs.fileno()), self._kept],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
        return process, control

    def end(self) -> subprocess.Popen[bytes] | None:
        """Kill it, and with it all workers. The process is given back to be reaped without waiting."""
        process, self._process = self._process, None
        if self._control is not None:
            self._control.close()
        if process is not None:
            process.kill()
        return process


class Worker:
    """One process. Not shared: whoever took it from the pool has it alone."""

    def __init__(self, nursery: Nursery, looks_for: LooksFor, memory_bytes: int, cpu_s: float) -> None:
        self._sock, theirs = socket.socketpair()
        self._sock.setblocking(False)
        self._content = os.memfd_create("message")
        self._looks_for = looks_for
        self._handle: int | None = None
        self._greeting = asyncio.Lock()
        self.pid = 0
        self.is_confined = True
        """As far as it has said: whether the kernel took the filter of what it may ask."""
        self.is_spent = False
        """Not to be used again: in an unknown state, grown, upset by a file, or old."""
        self._examined = 0
        try:
            with theirs:
                nursery.ask(theirs, self._content, looks_for, memory_bytes, cpu_s)
        except OSError:
            self.end()
            raise

    @property
    def is_lost(self) -> bool:
        """It ended, or says something that nobody asked: read as the answer about the next message, that would be another's."""
        try:
            self._sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True

    async def ready(self) -> None:
        """Wait until it is warm. Raises WorkerFailed. Several may wait: a start, and a message that came early."""
        try:
            async with asyncio.timeout(START_S), self._greeting:
                if self._handle is None:
                    await self._greet()
        except (TimeoutError, OSError, ValueError):  # ValueError: another who waited has let go of it
            raise WorkerFailed("did not start") from None

    async def _greet(self) -> None:
        await self._readable()
        greeting, handles, _flags, _address = socket.recv_fds(self._sock, GREETING.size, 1)
        if len(greeting) != GREETING.size or len(handles) != 1:
            raise WorkerFailed("did not start")
        (self.pid, self.is_confined), self._handle = GREETING.unpack(greeting), handles[0]

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self._sock, _settle, ready)
        try:
            await ready
        finally:
            loop.remove_reader(self._sock)

    async def examine(self, raw: bytes, looks_for: LooksFor, sealed: frozenset[str] = NOTHING_SEALED) -> Examined:
        """Hand over a message and wait for its facts; the caller sets the deadline. Raises WorkerFailed."""
        answer = await self._asked(raw, looks_for, None, sealed, ANSWER_BYTES)
        try:
            examined = decode(Examined, answer[1:])
        except ValueError as error:
            raise WorkerFailed("answered nonsense") from error
        self._examined += 1
        upset = Reason.MESSAGE_UNCHECKED in examined.findings.reasons
        self.is_spent = answer[:1] != b"\0" or upset or self._examined >= MESSAGES_EACH
        return examined

    async def lock(self, raw: bytes, locking: Locking, looks_for: LooksFor) -> LockedMessage:
        """Hand over a message to be locked: the last this worker gets, for it knows a password. Raises WorkerFailed, CannotLock."""
        answer = await self._asked(raw, looks_for, locking, NOTHING_SEALED, LOCKED_BYTES)
        try:
            return locked_of(answer[1:])
        except ValueError as error:
            raise WorkerFailed("answered nonsense") from error

    async def _asked(self, raw: bytes, looks_for: LooksFor, locking: Locking | None, sealed: frozenset[str], most: int) -> bytes:
        self.is_spent = True  # until it answered: whoever leaves early leaves a process that is in the middle of something
        try:
            await self._write(raw)
            news = None if looks_for == self._looks_for else looks_for
            await asyncio.get_running_loop().sock_sendall(self._sock, frame(pickle.dumps((len(raw), news, locking, sealed))))
            self._looks_for = looks_for
            answer = await self._answer(most)
            os.ftruncate(self._content, 0)
        except OSError as error:
            raise WorkerFailed("ended") from error
        return answer

    async def _write(self, raw: bytes) -> None:
        view = memoryview(raw)
        at = 0
        while at < len(raw):
            at += os.pwrite(self._content, view[at : at + COPY_BYTES], at)
            await asyncio.sleep(0)

    async def _answer(self, most: int) -> bytes:
        size = struct.unpack("<I", await self._exactly(4))[0]
        if size > most:
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

    def kill(self) -> None:
        """Kill it, now; whoever waits for its answer sees WorkerFailed."""
        if self._handle is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def end(self) -> None:
        """Kill it and let go of everything. Only when nobody waits for it. One that is not warm yet ends when it finds no socket."""
        self.kill()
        if self._handle is not None:
            os.close(self._handle)
        self._sock.close()
        os.close(self._content)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONSAFEPATH": "1"}
