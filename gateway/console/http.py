"""What the gateway says over HTTP today: alive, ready, metrics, and a page for people that says the same.

Promises: no address, subject or content is shown; nothing can be changed here.
On failure: a page that cannot be answered is 503 without detail.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from aiohttp import web

from gateway.model.store import Counts


class Vital(Protocol):
    """What the console may ask of the gateway."""

    async def is_ready(self) -> bool: ...

    async def counts(self) -> Counts: ...

    @property
    def policy(self) -> str: ...

    @property
    def mode(self) -> str: ...


PAGE = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Secure mail gateway</title>
<style>body{{font:18px/1.5 Helvetica,Arial,sans-serif;margin:2em auto;max-width:40em;color:#0b0c0c}}dt{{font-weight:bold}}</style></head>
<body><h1>Secure mail gateway</h1><p>{state}</p>
<dl><dt>Waiting for a person</dt><dd>{held}</dd><dt>On its way</dt><dd>{queued}</dd><dt>Disclosure records</dt><dd>{records}</dd>
<dt>Mode</dt><dd>{mode}</dd><dt>Policy</dt><dd>{policy}</dd></dl>
<p>Use the command <code>gateway hold list</code> to see and release held messages.</p></body></html>
"""

# A console page loads nothing from anywhere and may not be framed.
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Console:
    """`async with Console(address, port, vital, metrics)`: serves until left."""

    def __init__(self, address: str, port: int, vital: Vital, metrics: Callable[[], bytes]) -> None:
        self._address, self._port, self._vital, self._metrics = address, port, vital, metrics
        self._runner = web.AppRunner(self._app(), handle_signals=False, access_log=None)

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/", self._page)
        app.router.add_get("/healthz", self._alive)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._numbers)
        return app

    async def __aenter__(self) -> "Console":
        await self._runner.setup()
        await web.TCPSite(self._runner, self._address, self._port).start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._runner.cleanup()

    async def _alive(self, request: web.Request) -> web.Response:
        return web.Response(text="alive\n", headers=SAFE)

    async def _ready(self, request: web.Request) -> web.Response:
        if await self._vital.is_ready():
            return web.Response(text="ready\n", headers=SAFE)
        return web.Response(status=503, text="not ready\n", headers=SAFE)

    async def _numbers(self, request: web.Request) -> web.Response:
        return web.Response(body=self._metrics(), headers={**SAFE, "Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def _page(self, request: web.Request) -> web.Response:
        counts = await self._vital.counts()
        state = "Ready." if await self._vital.is_ready() else "Not ready: a next hop or the store cannot be reached."
        text = PAGE.format(
            state=state, held=counts.held, queued=counts.queued, records=counts.records, mode=self._vital.mode, policy=self._vital.policy
        )
        return web.Response(text=text, content_type="text/html", headers=SAFE)
