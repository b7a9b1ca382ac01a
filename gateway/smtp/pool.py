"""What is remembered of a host between transactions: connections that wait for the next one, and whether it is worth trying.

Promises: a connection is handed out only in order and secure enough; one that idled too long, or lived too long, says goodbye.
"""

import asyncio

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

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0

    def allows(self, now: float) -> bool:
        return now >= self._until

    def failed(self, now: float) -> None:
        self._failures += 1
        excess = self._failures - BREAKS_AFTER
        if excess >= 0:
            self._until = now + min(LONGEST_PAUSE_S, PAUSE_S * 2.0 ** min(excess, 10))

    def worked(self) -> None:
        self._failures, self._until = 0, 0.0


class Pool:
    """Connections to one host that wait for their next transaction, newest first."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._idle: list[HopConnection] = []

    def __len__(self) -> int:
        return len(self._idle)

    def take(self, level: Tls) -> HopConnection | None:
        """One that is in order and secure enough, if there is one."""
        for connection in reversed(self._idle):
            if connection.level >= level or level <= Tls.MAY:
                self._idle.remove(connection)
                if connection.idle is not None:
                    connection.idle.cancel()
                if connection.in_step:
                    return connection
                connection.abort()
        return None

    def give(self, connection: HopConnection) -> None:
        loop = asyncio.get_running_loop()
        if not connection.in_step or loop.time() - connection.born > REUSE_S or len(self._idle) >= self._limits.pool_per_host:
            return connection.retire()
        self._idle.append(connection)
        connection.idle = loop.call_later(self._limits.pool_idle_s, self._expire, connection)
        return None

    def _expire(self, connection: HopConnection) -> None:
        if connection in self._idle:
            self._idle.remove(connection)
            connection.retire()

    def close(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            if connection.idle is not None:
                connection.idle.cancel()
            connection.retire()
