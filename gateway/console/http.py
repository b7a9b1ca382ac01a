"""What the gateway says over HTTP today: alive, ready, metrics, and a page for people that says the same.

Promises: no address, subject or content is shown; nothing can be changed here. One request for each connection, bounded in size, time
and number: whoever can reach the port can make it busy, not the mail.
On failure: a page that cannot be answered is 503 without detail.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Protocol

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.console.page import PAGE
from gateway.model.stored import Counts

log = structlog.get_logger()

REQUEST_S = 10.0
"""From the connection to the last byte of the request; monitoring gives up earlier."""
MOST_AT_ONCE = 256
"""Beyond it a connection is closed unanswered: descriptors are for mail."""

# What a peer sends that is no HTTP is its own affair: aiohttp would log a traceback for each.
PEERS = logging.getLogger("gateway.console.peers")
PEERS.disabled = True

# A console page loads nothing from anywhere and may not be framed.
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
NUMBERS = "text/plain; version=0.0.4; charset=utf-8"


class Vital(Protocol):
    """What the console may ask of the gateway."""

    async def is_ready(self) -> bool: ...

    async def counts(self) -> Counts: ...

    @property
    def policy(self) -> str: ...

    @property
    def mode(self) -> str: ...


class Shut(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class Console:
    """`async with Console(address, port, vital, metrics)`: serves until left."""

    def __init__(self, address: str, port: int, vital: Vital, metrics: Callable[[], bytes], held: socket.socket | None = None) -> None:
        """`held` is a socket that listens already, instead of one at address and port."""
        self._address, self._port, self._vital, self._metrics, self._held = address, port, vital, metrics, held
        self._runner = web.AppRunner(self._app(), handle_signals=False, access_log=None, logger=PEERS)
        self._heard: set[web.RequestHandler] = set()
        self._stack = AsyncExitStack()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._careful])
        for path, page in (("/", self._page), ("/healthz", self._alive), ("/readyz", self._ready), ("/metrics", self._numbers)):
            app.router.add_get(path, page)
        return app

    async def __aenter__(self) -> "Console":
        await self._runner.setup()
        self._stack.push_async_callback(self._runner.cleanup)
        where: Mapping[str, object] = {"sock": self._held} if self._held else {"host": self._address, "port": self._port}
        server = await asyncio.get_running_loop().create_server(self._connection, **where)  # type: ignore[call-overload] # one of its two forms
        self._stack.callback(server.close)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    def _connection(self) -> asyncio.BaseProtocol:
        """aiohttp waits for a first request for ever, on any number of connections; we do not."""
        server = self._runner.server
        if server is None or len(server.connections) >= MOST_AT_ONCE:
            return Shut()
        connection = server()
        asyncio.get_running_loop().call_later(REQUEST_S, self._cut_off, connection)
        return connection

    def _cut_off(self, silent: web.RequestHandler) -> None:
        if silent not in self._heard:
            silent.force_close()
        self._heard.discard(silent)

    @web.middleware
    async def _careful(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._heard.add(request.protocol)
        answer: web.StreamResponse
        try:
            answer = await handler(request)
        except web.HTTPException as refusal:
            answer = web.Response(status=refusal.status, text=f"{refusal.reason.lower()}\n")
        except Exception as trouble:  # Whatever it is: a monitor must learn that we are not well, and nothing else.
            log.error("page_failed", page=request.path, error=type(trouble).__name__)
            answer = web.Response(status=503, text="service unavailable\n")
        answer.headers.update(SAFE)
        answer.force_close()
        return answer

    async def _alive(self, _: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def _ready(self, _: web.Request) -> web.Response:
        if await self._vital.is_ready():
            return web.Response(text="ready\n")
        return web.Response(status=503, text="not ready\n")

    async def _numbers(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics(), headers={"Content-Type": NUMBERS})

    async def _page(self, _: web.Request) -> web.Response:
        counts = await self._vital.counts()
        state = "Ready." if await self._vital.is_ready() else "Not ready: a next hop or the store cannot be reached."
        words = {"held": counts.held, "queued": counts.queued, "records": counts.records}
        text = PAGE.format(state=state, mode=self._vital.mode, policy=self._vital.policy, **words)
        return web.Response(text=text, content_type="text/html")
