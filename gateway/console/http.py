"""What the gateway says over HTTP today: alive, ready, metrics, and a page for people that says the same.

Promises: no address, subject or content is shown; nothing can be changed here. GET and HEAD only, one request for each connection,
bounded in size, time and number: whoever can reach the port can make it busy, not the mail.
On failure: a page that cannot be answered is 503 without detail.
Why not a framework: four pages need none, and loading one took a third of the gateway's start (0.3 s of CPU, measured).
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Protocol

import structlog

from gateway.console.page import PAGE
from gateway.model.store import Counts

log = structlog.get_logger()

HEAD_BYTES = 8_192
"""A browser sends under 2 KB; servers commonly allow 8."""
REQUEST_S = 10.0
"""From the connection to the last byte of the answer; monitoring gives up earlier."""
AT_ONCE = 32
"""A monitor, a scraper and some people."""
MOST_WAIT = 256
"""Beyond it a connection is closed unanswered: descriptors are for mail."""

# A console page loads nothing from anywhere and may not be framed.
SAFE = (
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-store\r\nConnection: close\r\n"
)
TEXT, HTML, NUMBERS = "text/plain; charset=utf-8", "text/html; charset=utf-8", "text/plain; version=0.0.4; charset=utf-8"


class Vital(Protocol):
    """What the console may ask of the gateway."""

    async def is_ready(self) -> bool: ...

    async def counts(self) -> Counts: ...

    @property
    def policy(self) -> str: ...

    @property
    def mode(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the browser."""

    content: bytes
    kind: str = TEXT
    status: HTTPStatus = HTTPStatus.OK

    def encode(self, *, with_content: bool) -> bytes:
        head = f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\nContent-Type: {self.kind}\r\nContent-Length: {len(self.content)}\r\n"
        return f"{head}{SAFE}\r\n".encode("ascii") + (self.content if with_content else b"")


def plain(status: HTTPStatus) -> Answer:
    return Answer(f"{status.phrase.lower()}\n".encode("ascii"), status=status)


class Console:
    """`async with Console(address, port, vital, metrics)`: serves until left."""

    def __init__(self, address: str, port: int, vital: Vital, metrics: Callable[[], bytes], held: socket.socket | None = None) -> None:
        """`held` is a socket that listens already, instead of one at address and port."""
        self._address, self._port, self._vital, self._metrics, self._held = address, port, vital, metrics, held
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._open = 0
        self._server: asyncio.Server | None = None
        self._pages: dict[str, Callable[[], Awaitable[Answer]]] = {
            "/": self._page,
            "/healthz": self._alive,
            "/readyz": self._ready,
            "/metrics": self._numbers,
        }

    async def __aenter__(self) -> "Console":
        if self._held is not None:
            self._server = await asyncio.start_server(self._serve, sock=self._held, limit=HEAD_BYTES)
        else:
            self._server = await asyncio.start_server(self._serve, self._address, self._port, limit=HEAD_BYTES)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open > MOST_WAIT:
                return
            async with asyncio.timeout(REQUEST_S), self._slots:
                writer.write(await self._answer(reader))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            pass  # The peer was too slow or has gone: nobody waits for an answer.
        finally:
            self._open -= 1
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return plain(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE).encode(with_content=True)
        method, _, rest = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
        answer = await self._of(method, rest.partition(" ")[0].partition("?")[0])
        return answer.encode(with_content=method != "HEAD")

    async def _of(self, method: str, path: str) -> Answer:
        if method not in ("GET", "HEAD"):
            return plain(HTTPStatus.METHOD_NOT_ALLOWED)
        page = self._pages.get(path)
        if page is None:
            return plain(HTTPStatus.NOT_FOUND)
        try:
            return await page()
        except Exception as trouble:  # Whatever it is: a monitor must learn that we are not well, and nothing else.
            log.error("page_failed", page=path, error=type(trouble).__name__)
            return plain(HTTPStatus.SERVICE_UNAVAILABLE)

    async def _alive(self) -> Answer:
        return Answer(b"alive\n")

    async def _ready(self) -> Answer:
        if await self._vital.is_ready():
            return Answer(b"ready\n")
        return Answer(b"not ready\n", status=HTTPStatus.SERVICE_UNAVAILABLE)

    async def _numbers(self) -> Answer:
        return Answer(self._metrics(), NUMBERS)

    async def _page(self) -> Answer:
        counts = await self._vital.counts()
        state = "Ready." if await self._vital.is_ready() else "Not ready: a next hop or the store cannot be reached."
        words = {"held": counts.held, "queued": counts.queued, "records": counts.records}
        text = PAGE.format(state=state, mode=self._vital.mode, policy=self._vital.policy, **words)
        return Answer(text.encode(), HTML)
