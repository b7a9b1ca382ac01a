"""What systemd and we say to each other: that we are ready and alive (sd_notify(3)), and which sockets it holds for us (sd_listen_fds(3)).

Forty lines instead of a dependency. Without systemd all of it does nothing.
On failure: a socket that fits nothing in the settings is an OSError: mail would come in by a door that nobody configured.
"""

import asyncio
import ipaddress
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from gateway.model.settings import Settings
from gateway.model.store import Store, StoreUnavailable

log = structlog.get_logger()

FIRST_DESCRIPTOR = 3
CONSOLE = "console"
"""FileDescriptorName= of the console's socket; every other one is known by its address."""


def notify_systemd(state: str) -> None:
    """Tell systemd, where it listens; silent otherwise."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.connect(address)
            channel.send(state.encode())
    except OSError as error:  # It may be busy or starting anew itself; what it makes of our silence is its business.
        log.warning("systemd_unreachable", error=str(error))


def watchdog_s() -> float:
    """How long systemd waits for a sign of life (WatchdogSec=); 0: it does not."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    return int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000


async def feed_watchdog(store: Store, within_s: float) -> None:
    """Run until cancelled: a sign of life whenever loop and store have answered, twice in the time allowed.

    A store that says no has answered: with a full disk mail is refused in good order, and a restart would free no space.
    """
    while True:
        try:
            async with asyncio.timeout(within_s):
                await store.get("pause")
        except TimeoutError:
            log.error("store_silent", by="watchdog")
            continue
        except StoreUnavailable:
            pass
        notify_systemd("WATCHDOG=1")
        await asyncio.sleep(within_s / 2)


@dataclass(frozen=True, slots=True)
class Sockets:
    """Sockets that are open already, in the order of the listen points; None for one that we open ourselves."""

    smtp: tuple[socket.socket | None, ...]
    console: socket.socket | None = None


def take_sockets(settings: Settings) -> Sockets:
    """The sockets that systemd passes, each at the listen point of its address. Raises OSError."""
    console: socket.socket | None = None
    smtp: list[socket.socket | None] = [None] * len(settings.listen)
    places = [_place(point.address, point.port) for point in settings.listen]
    for name, passed in _passed():
        place = _place(*passed.getsockname()[:2])
        if name == CONSOLE and console is None:
            console = passed
        elif place in places and smtp[places.index(place)] is None:
            smtp[places.index(place)] = passed
        else:
            raise OSError(f"systemd passes the socket {name} {place[0]}:{place[1]}, for which the settings have no listen point")
    return Sockets(tuple(smtp), console)


def _passed() -> Sequence[tuple[str, socket.socket]]:
    """(name, socket); said once, so that no process that we start takes them for its own."""
    pid, count, names = (os.environ.pop(f"LISTEN_{what}", "") for what in ("PID", "FDS", "FDNAMES"))
    if pid != str(os.getpid()) or not count:
        return ()
    passed = []
    for number, name in zip(range(int(count)), [*names.split(":"), *[""] * int(count)], strict=False):
        os.set_inheritable(FIRST_DESCRIPTOR + number, False)
        held = socket.socket(fileno=FIRST_DESCRIPTOR + number)
        held.setblocking(False)
        passed.append((name, held))
    return passed


def _place(address: str, port: int) -> tuple[str, int]:
    try:
        return str(ipaddress.ip_address(address)), port
    except ValueError:
        return address, port
