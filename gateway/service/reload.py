"""The policy changes while mail flows: read again when its files change, or on SIGHUP.

Promises: a policy is taken whole, and only when its files have stood still for a second, so that a copy under way is not read half;
each message keeps the version it began with; every version that came into force is recorded and kept (service.versions).
On failure: a policy with mistakes is refused, they are in the log, and the old one stays.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from gateway.model.records import Entry, Event
from gateway.model.settings import Settings
from gateway.model.store import StoreUnavailable
from gateway.policy import Policy
from gateway.policy.problems import PolicyErrors, Severity
from gateway.service import versions
from gateway.service.desk import Desk
from gateway.service.fit import misfits
from gateway.service.policies import SUFFIXES, UNFINISHED, load_folder
from gateway.service.warm import warm_up

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
# A mistake in a list can repeat for each of its lines; the first ones say what is wrong.
ERRORS_LOGGED = 20

Signature = tuple[tuple[str, int, int, int, int], ...]


def load_policy(settings: Settings) -> Policy:
    """The policy of the settings, if it is valid and fits them. Raises PolicyErrors."""
    policy = load_folder(Path(settings.policy))
    fits(policy, settings)
    return policy


def fits(policy: Policy, settings: Settings) -> None:
    """Raises PolicyErrors where the settings lack what the policy needs."""
    errors = tuple(problem for problem in misfits(policy, settings) if problem.severity is Severity.ERROR)
    if errors:
        raise PolicyErrors(errors)


@dataclass(slots=True)
class Watch:
    """Tells once that the folder is not what it was, as soon as it has stood still from one look to the next."""

    folder: Path
    _seen: Signature | None = None
    _told: Signature | None = None

    def look(self) -> bool:
        now = signature(self.folder)
        settled = now == self._seen and now != self._told
        self._seen = now
        if settled:
            self._told = now
        return settled


def signature(folder: Path) -> Signature:
    """What tells a changed folder without reading it: some 20 files once a second."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name == UNFINISHED or (not name.startswith(".") and name.endswith(SUFFIXES)):
                path = os.path.join(place, name)
                try:
                    status = os.stat(path)
                except OSError:
                    found.append((path, 0, 0, 0, 0))
                else:
                    found.append((path, status.st_mtime_ns, status.st_size, status.st_ino, status.st_mode))
    return tuple(sorted(found))


async def keep_policy(desk: Desk, asked: asyncio.Event, reload_certificates: Callable[[], None]) -> None:
    """Run until cancelled: another policy for the next message whenever there is a valid one; certificates only when asked."""
    watch, recorded = Watch(Path(desk.settings.policy)), desk.policy.digest
    while True:
        if await _asked(asked):
            _certificates(reload_certificates)
            await _reload(desk)
        elif await asyncio.to_thread(watch.look):
            await _reload(desk)
        if desk.policy.digest != recorded:
            try:
                await record_policy(desk)
                recorded = desk.policy.digest
            except StoreUnavailable:
                log.error("store_unavailable", by="reload")


async def _asked(asked: asyncio.Event) -> bool:
    """Whether somebody asked, within the time to the next look."""
    try:
        async with asyncio.timeout(LOOK_EVERY_S):
            await asked.wait()
    except TimeoutError:
        return False
    asked.clear()
    return True


def _certificates(reload_certificates: Callable[[], None]) -> None:
    try:
        reload_certificates()
    except (OSError, ValueError) as trouble:
        # The old ones stay; a half renewed pair must not end the service.
        log.error("certificates_refused", error=str(trouble))


async def _reload(desk: Desk) -> None:
    """Reading and compiling takes some 100 ms: beside the mail, not in its way."""
    try:
        policy = await asyncio.to_thread(_ready, desk.settings)
    except (PolicyErrors, OSError, ValueError) as trouble:
        log.error("policy_refused", errors=str(trouble).splitlines()[:ERRORS_LOGGED])
        return
    if policy.files == desk.policy.files:
        return
    desk.policy = policy
    log.info("policy_loaded", policy=policy.digest, mode=policy.mode.value)


def _ready(settings: Settings) -> Policy:
    policy = load_policy(settings)
    warm_up(Path(settings.keys), policy.looks_for)
    return policy


async def record_policy(desk: Desk) -> None:
    """The record says from when which policy was in force, and the store keeps its files."""
    policy, now = desk.policy, desk.clock()
    details: dict[str, object] = {"mode": policy.mode.value, "table": policy.table.name}
    await versions.keep(desk.store, policy, now)
    await desk.store.record(Entry("", Event.POLICY, now, "", "", (), policy=policy.digest, details=details))
