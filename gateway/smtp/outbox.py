"""The embedded outbox: a folder as a next hop, for first steps, demonstrations and tests.

Promises: `<time>-<id>.eml` (content) is complete and durable before `<same>.json` appears; who waits for the .json never reads half.
`prepended_bytes` is the length of our Received field, `sha256` the digest of everything after it.
On failure to write: Unreachable, and nothing half visible.
"""

import asyncio
import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from gateway.model.address import Address
from gateway.model.envelope import Client
from gateway.model.judgement import Tls
from gateway.model.plan import Forward
from gateway.model.settings import RouteSettings
from gateway.model.smtp import Capabilities, Content, HopTransaction, Reply, Unreachable

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9-]")


def _now() -> datetime:
    return datetime.now(UTC)


class OutboxRoute:
    """A route that ends in a folder (implements NextHop)."""

    def __init__(self, route: RouteSettings, *, now: Callable[[], datetime] = _now) -> None:
        self._name = route.name
        self._folder = Path(route.outbox)
        self._now = now

    @property
    def name(self) -> str:
        return self._name

    def capabilities(self) -> Capabilities | None:
        return Capabilities()

    async def probe(self) -> Capabilities | None:
        return self.capabilities()

    async def open(
        self,
        sender: Address | None,
        options: tuple[str, ...],
        minimum_tls: Tls,
        *,
        id: str = "",
        kind: str = "mail",
        client: Client | None = None,
        first: Sequence[Forward] = (),
    ) -> HopTransaction | Reply:
        # Nothing leaves this machine, so any minimum TLS is met.
        head: dict[str, object] = {"id": id or secrets.token_hex(6), "kind": kind, "route": self._name}
        head |= {"sender": None if sender is None else str(sender), "options": list(options)}
        return OutboxTransaction(self._folder, head, self._now)

    async def close(self) -> None:
        """Nothing is kept open."""


class OutboxTransaction:
    """One message on its way into the folder (implements HopTransaction)."""

    def __init__(self, folder: Path, head: dict[str, object], now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._head = head
        self._now = now
        self._recipients: list[Forward] = []

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities()

    async def recipients(self, recipients: Sequence[Forward]) -> tuple[Reply, ...]:
        self._recipients += recipients
        return tuple(Reply(250, "2.1.5", "Recipient ok", from_peer=True) for _ in recipients)

    async def content(self, prefix: bytes, content: Content) -> Reply:
        stem = f"{self._now():%Y%m%dT%H%M%S%f}-{_NOT_IN_A_NAME.sub('-', str(self._head['id']))}"
        try:
            await asyncio.to_thread(self._write, stem, prefix, content)
        except OSError as error:
            raise Unreachable("the outbox cannot be written", f"{self._folder}: {error}") from error
        return Reply(250, "2.0.0", f"In the outbox as {stem}", from_peer=True)

    async def reset(self) -> None:
        self._recipients.clear()

    def _write(self, stem: str, prefix: bytes, content: Content) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        for piece in content.pieces():
            digest.update(piece)
        words = self._head | {
            "recipients": [
                {"address": str(to.address), "original": str(to.original), "options": list(to.options)} for to in self._recipients
            ],
            "prepended_bytes": len(prefix),
            "sha256": digest.hexdigest(),
        }
        _put(self._folder / f"{stem}.eml", chain((prefix,), content.pieces()))
        _put(self._folder / f"{stem}.json", (json.dumps(words, ensure_ascii=False, indent=1).encode(), b"\n"))


def _put(path: Path, pieces: Iterable[bytes]) -> None:
    """Write durably, visible only when complete: file, rename, folder (a rename is lost without the folder's fsync)."""
    part = path.with_name(f".{path.name}.part")
    try:
        with open(part, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        os.rename(part, path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
