"""The console's answers, byte for byte where a browser or a monitor depends on them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from gateway.console import http
from gateway.console.http import Console
from gateway.model.store import StoreUnavailable
from gateway.model.stored import Counts


@dataclass
class FakeVital:
    """A gateway as the console sees it."""

    ready: bool = True
    store: bool = True
    policy: str = "sha256:0f"
    mode: str = "enforce"

    async def is_ready(self) -> bool:
        return self.ready

    async def counts(self) -> Counts:
        if not self.store:
            raise StoreUnavailable("gone")
        return Counts(queued=2, held=3, records=5, oldest_queued_at=None, oldest_held_at=None)


@dataclass
class Browser:
    vital: FakeVital
    port: int

    async def ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        try:
            return await asyncio.wait_for(reader.read(), 5)
        finally:
            writer.close()

    async def get(self, path: str) -> bytes:
        return await self.ask(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


@pytest.fixture
async def browser(unused_tcp_port: int) -> AsyncIterator[Browser]:
    vital = FakeVital()
    async with Console("127.0.0.1", unused_tcp_port, vital, lambda: b"gateway_messages_total 1\n"):
        yield Browser(vital, unused_tcp_port)


async def test_alive_ready_and_numbers_for_monitoring(browser: Browser) -> None:
    assert (await browser.get("/healthz")).endswith(b"\r\n\r\nalive\n")
    assert (await browser.get("/readyz?verbose")).startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"version=0.0.4" in (numbers := await browser.get("/metrics")) and numbers.endswith(b"gateway_messages_total 1\n")
    browser.vital.ready = False
    assert (await browser.get("/readyz")).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")


async def test_the_page_says_it_to_people_and_may_not_be_framed(browser: Browser) -> None:
    page = await browser.get("/")
    assert b"<dd>3</dd>" in page and b"Ready." in page and b"frame-ancestors 'none'" in page and b"Cache-Control: no-store" in page


async def test_head_has_no_content_but_its_length(browser: Browser) -> None:
    answer = await browser.ask(b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"Content-Length: 6\r\n" in answer and answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"POST / HTTP/1.1", b"405"),
        (b"GET /hold HTTP/1.1", b"404"),
        (b"GET /../etc/passwd HTTP/1.1", b"404"),
        (b"EHLO relay", b"400"),
        (b"GET /%0d%0aX:y HTTP/1.1", b"404"),
        (b"GET / HTTP/9.9.9", b"400"),
    ],
)
async def test_anything_else_is_refused(browser: Browser, request_line: bytes, status: bytes) -> None:
    assert (await browser.ask(request_line + b"\r\nHost: x\r\n\r\n")).split(b" ")[1] == status


async def test_a_page_that_cannot_be_answered_gives_no_detail(browser: Browser) -> None:
    browser.vital.store = False
    answer = await browser.get("/")
    assert answer.startswith(b"HTTP/1.1 503 ") and b"gone" not in answer


async def test_a_request_without_end_is_refused(browser: Browser) -> None:
    assert (await browser.ask(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 16_384 + b"\r\n\r\n")).startswith(b"HTTP/1.0 400 ")


async def test_whoever_is_silent_is_cut_off_and_keeps_nobody_else_out(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_S", 0.5)
    silent = [await asyncio.open_connection("127.0.0.1", browser.port) for _ in range(37)]
    try:
        assert [await asyncio.wait_for(reader.read(), 5) for reader, _ in silent] == [b""] * len(silent)
        assert (await browser.get("/healthz")).endswith(b"alive\n")
    finally:
        for _, writer in silent:
            writer.close()


async def test_no_more_wait_than_may(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST_AT_ONCE", 2)
    silent = [await asyncio.open_connection("127.0.0.1", browser.port) for _ in range(2)]
    try:
        assert await browser.ask(b"") == b""
    finally:
        for _, writer in silent:
            writer.close()
