"""What is remembered of a host between transactions: connections that wait for the next one, and whether it is worth trying.

Promises: a connection is handed out only in order and secure enough; one that idled too long, or lived too long, says goodbye.
"""

import asyncio
from collections.abc import Callable

from gateway.model.judgement import Tls
from gateway.model.settings import Limits
from gateway.smtp.connection import HopConnection

# Postfix smtp_connection_reuse_time_limit: hosts drop long-lived connections at moments of their own.
REUSE_S = 300.0
# A host that failed this often in a row is left alone for a second, then two, up to half a minute.
BREAKS_AFTER = 3
PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0


class Breaker:
    """Whether a host is worth trying now: a blackholed host must not cost every message its connect timeout."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._until = 0.0

    def allows(self) -> bool:
        return not self._failures or self._clock() >= self._until

    def failed(self) -> None:
        self._failures += 1
        excess = self._failures - BREAKS_AFTER
        if excess >= 0:
            self._until = self._clock() + min(LONGEST_PAUSE_S, PAUSE_S * 2.0 ** min(excess, 10))

    def worked(self) -> None:
        self._failures, self._until = 0, 0.0


class Pool:
    """Connections to one host that wait for their next transaction, newest first, and whether the host is worth trying."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._idle: list[HopConnection] = []
        self._sweep: asyncio.TimerHandle | None = None
        self.breaker = Breaker(self._loop.time)

    def __len__(self) -> int:
        return len(self._idle)

    def take(self, level: Tls) -> HopConnection | None:
        """One that is in order and secure enough, if there is one."""
        for at in reversed(range(len(self._idle))):
            connection = self._idle[at]
            if connection.level >= level or level <= Tls.MAY:
                del self._idle[at]
                if connection.in_step:
                    return connection
                connection.abort()
        return None

    def give(self, connection: HopConnection) -> None:
        now = self._loop.time()
        if not connection.in_step or now - connection.born > REUSE_S or len(self._idle) >= self._limits.pool_per_host:
            return connection.retire()
        connection.idle_since = now
        self._idle.append(connection)
        if self._sweep is None:
            self._sweep = self._loop.call_later(self._limits.pool_idle_s, self._retire_stale)
        return None

    def _retire_stale(self) -> None:
        """One timer for all of them, not one each, of which nearly every one would be cancelled."""
        self._sweep = None
        latest = self._loop.time() - self._limits.pool_idle_s
        # They came one after the other: the first has waited longest.
        while self._idle and self._idle[0].idle_since <= latest:
            self._idle.pop(0).retire()
        if self._idle:
            self._sweep = self._loop.call_at(self._idle[0].idle_since + self._limits.pool_idle_s, self._retire_stale)

    def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.retire()
