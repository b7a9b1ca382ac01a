"""The listening side: sockets, who may come in, limits, and an orderly end.

Promises: a message under way when we stop is delivered and answered; idle peers are told 421; nothing is ever cancelled.
On failure to bind, `start` raises OSError and nothing listens.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Awaitable, Sequence
from functools import lru_cache, partial

import structlog

from gateway.model.envelope import Client
from gateway.model.settings import Limits, ListenPoint
from gateway.model.smtp import FrontDoor, Reply
from gateway.smtp import replies
from gateway.smtp.access import Peer, client_of, is_within, may_become_client
from gateway.smtp.conversation import Conversation
from gateway.smtp.faults import describe
from gateway.smtp.pile import Budget, Pile
from gateway.smtp.session import Session
from gateway.smtp.tls import certificate_names, server_context, words_for_trace

log = structlog.get_logger(__name__)

# Connections that the kernel may queue while we are busy; the usual SOMAXCONN cuts it to 4096.
BACKLOG = 1_024
# How often slow peers are looked for; a tenth of the shortest time limit where that is less.
SWEEP_S = 1.0
# Peers whose place in the settings is remembered; a client with many connections has many.
PEERS = 1_024


class Listener:
    """SMTP servers on some addresses, with one front door behind them."""

    def __init__(
        self,
        points: Sequence[ListenPoint],
        door: FrontDoor,
        hostname: str,
        limits: Limits,
        *,
        sockets: Sequence[socket.socket | None] | None = None,
    ) -> None:
        if sockets is not None and len(sockets) != len(points):
            raise ValueError("one socket for each listen point")
        self._points = tuple(points)
        self._given = tuple(sockets) if sockets is not None else None
        self._house = House(door, hostname, limits)
        self._doors = tuple(Door(self._house, point) for point in self._points)
        self._servers: list[asyncio.Server] = []
        self._sweeper: asyncio.TimerHandle | None = None

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Where we listen, in the order of the points (the real port where 0 was asked for)."""
        names = (server.sockets[0].getsockname() for server in self._servers)
        return tuple((str(name[0]), int(name[1])) for name in names)

    @property
    def sessions(self) -> int:
        return len(self._house.sessions)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            for number, door in enumerate(self._doors):
                self._servers.append(await self._listen(loop, door, self._given[number] if self._given else None))
        except OSError:
            for server in self._servers:
                server.close()
            raise
        self._sweep(loop)

    async def _listen(self, loop: asyncio.AbstractEventLoop, door: "Door", given: socket.socket | None) -> asyncio.Server:
        def session() -> Session:
            return Session(door, loop)

        if given is not None:
            return await loop.create_server(session, sock=given, backlog=BACKLOG)
        return await loop.create_server(session, door.point.address, door.point.port, backlog=BACKLOG, reuse_address=True)

    def reload_certificates(self) -> None:
        """Read certificates again; new connections use them. On failure the old ones stay, and the error rises."""
        fresh = [server_context(door.point) for door in self._doors]
        for door, context in zip(self._doors, fresh, strict=True):
            door.tls = context

    async def stop(self, grace_s: float) -> None:
        """Take nothing new, let what is under way end; after `grace_s` cut off whoever still has not sent its content."""
        self._house.draining = True
        for server in self._servers:
            server.close()
        self._tell_all(now=False)
        loop = asyncio.get_running_loop()
        end = loop.time() + grace_s
        while self._house.sessions and loop.time() < end:
            await self._house.changed(end - loop.time())
        self._tell_all(now=True)
        while self._house.deliveries:
            await self._house.changed(SWEEP_S)
        await self._house.changed(SWEEP_S)
        if self._sweeper is not None:
            self._sweeper.cancel()
        for session in tuple(self._house.sessions):
            session.abort()
        while self._house.sessions:
            await self._house.changed(SWEEP_S)

    def _tell_all(self, *, now: bool) -> None:
        for session in tuple(self._house.sessions):
            session.drain(now=now)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for session in tuple(self._house.sessions):
            session.expire(now)
        limits = self._house.limits
        shortest = min(limits.command_timeout_s, limits.data_timeout_s, limits.session_s)
        self._sweeper = loop.call_later(min(SWEEP_S, shortest / 10), self._sweep, loop)


class House:
    """What all the connections of a listener share."""

    def __init__(self, front: FrontDoor, hostname: str, limits: Limits) -> None:
        self.front = front
        self.hostname = hostname
        self.limits = limits
        self.draining = False
        self.sessions: set[Conversation] = set()
        self.deliveries = 0
        self.per_client: Counter[str] = Counter()
        # Half for what arrives, until it is answered; half for what came from disk, until it is judged: what fills the first half, slow
        # senders or slow next hops, cannot keep the second.
        self.arriving = Budget(limits.content_memory_bytes // 2)
        self.room = Budget(limits.content_memory_bytes // 2)
        self._change: asyncio.Event = asyncio.Event()

    async def changed(self, timeout_s: float) -> None:
        """Return when a session has ended, or after `timeout_s`."""
        if not self.sessions:
            return
        self._change.clear()
        try:
            async with asyncio.timeout(timeout_s):
                await self._change.wait()
        except TimeoutError:
            return

    def joined(self, session: Conversation) -> None:
        self.sessions.add(session)
        self.per_client[session.peer.address] += 1

    def left(self, session: Conversation, connected: str) -> None:
        self.sessions.discard(session)
        self.per_client[connected] -= 1
        if self.per_client[connected] <= 0:
            del self.per_client[connected]
        self._change.set()


class Door:
    """What the connections of one listen point share."""

    def __init__(self, house: House, point: ListenPoint) -> None:
        self._house = house
        self.point = point
        self.front = house.front
        self.hostname = house.hostname
        self.limits = house.limits
        self.tls = server_context(point)
        self.room = house.room
        self._connected: dict[Conversation, str] = {}
        # Asked for every message, and the answer is the same for all of a connection.
        self._client_of = lru_cache(maxsize=PEERS)(partial(client_of, point))

    def new_pile(self) -> Pile:
        return Pile(self._house.arriving)

    def joined(self, session: Conversation) -> None:
        self._connected[session] = session.peer.address
        self._house.joined(session)

    def left(self, session: Conversation) -> None:
        self._house.left(session, self._connected.pop(session))

    def may_proxy(self, address: str) -> bool:
        return is_within(address, self.point.proxy_from)

    def may_xclient(self, address: str) -> bool:
        return is_within(address, self.point.xclient_from)

    def admission(self, session: Conversation) -> Reply | None:
        """None to serve this peer, else what to close the connection with."""
        peer = session.peer
        if not may_become_client(self.point, peer):
            log.warning("refused_client", client=peer.address)
            return replies.NOT_A_CLIENT
        if self._house.draining:
            return replies.DRAINING
        if len(self._house.sessions) > self.limits.connections:
            return replies.FULL
        if self._house.per_client[self._connected[session]] > self.limits.connections_per_client:
            return replies.TOO_MANY_CONNECTIONS
        if self.front.capabilities() is None:
            return replies.NO_NEXT_HOP
        return self.front.admits(client_of(self.point, peer, "", True) or Client(peer.address, peer.port, name=peer.name))

    def recognise(self, peer: Peer, transport: asyncio.Transport | None) -> Peer:
        """The peer after its TLS handshake, with the names in its certificate where we verified one."""
        return peer.over_tls(words_for_trace(transport), certificate_names(transport)) if transport else peer

    def client(self, peer: Peer, helo: str, extended: bool) -> Client | None:
        """The peer as a client; None while it has not shown the certificate that a rule asks for."""
        return self._client_of(peer, helo, extended)

    async def deliver(self, content: Awaitable[Reply]) -> Reply:
        """Service's answer to a message, which `stop` awaits. The loss of the client wakes the session and never cancels it, so that the
        answer needs no task of its own behind a shield: 7 us for each message (measured)."""
        self._house.deliveries += 1
        try:
            return await content
        except Exception as error:
            log.error("delivery_failed_unexpectedly", **describe(error))
            return replies.LOCAL_ERROR
        finally:
            self._house.deliveries -= 1
