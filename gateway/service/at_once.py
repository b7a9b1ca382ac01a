"""`[secure]` in the subject: what PROTECT does, without being asked again.

The message was taken over as a hold, so it waits safely until this is done; a hold that a crash interrupted is found at the next start.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from gateway.model.address import parse_mailbox
from gateway.model.judgement import Remedy, Verdict
from gateway.model.records import Event
from gateway.model.store import StoreUnavailable
from gateway.model.stored import HeldMessage
from gateway.service.desk import Desk
from gateway.service.remedies import Remedies, Wish
from gateway.workers import Busy, Unavailable

log = structlog.get_logger()

ASKED_BY_SUBJECT = "[secure] in the subject"
LATER = (StoreUnavailable, Busy, Unavailable)
"""These say nothing about the message."""
AGAIN_S = 1.0


async def protect_at_once(desk: Desk) -> None:
    """Protect what asks for it, for ever. One message that fails stays held and never stops the others."""
    await until_possible(partial(find, desk))
    while True:
        id = await desk.to_protect.get()
        await until_possible(partial(protect, desk, id))


async def until_possible(do: Callable[[], Awaitable[None]]) -> None:
    """A full disk, or a database that starts again, delays what its sender was promised; it must not end it."""
    while True:
        try:
            return await do()
        except LATER as trouble:
            log.error("protect_delayed", error=type(trouble).__name__)
            await asyncio.sleep(AGAIN_S)


async def find(desk: Desk) -> None:
    """What waits from an earlier run."""
    async for page in desk.store.holds_pages():
        for held in filter(asks, page):
            desk.to_protect.put_nowait(held.id)


def asks(held: HeldMessage) -> bool:
    return all(recipient.verdict == Verdict.PROTECT.word for recipient in held.recipients)


async def protect(desk: Desk, id: str) -> None:
    """Raises what is LATER."""
    held = await desk.store.hold(id)
    if held is None or not asks(held) or not held.sender:
        return
    remedies, wish = Remedies(desk), Wish(Remedy.PROTECT, parse_mailbox(held.sender), ASKED_BY_SUBJECT)
    try:
        # What could not be done waits for its sender, who was told so; a restart tells them nothing new.
        if not await remedies.was_said(held, Event.NOTICE, wish, refused=True):
            await remedies.carry_out(held, wish)
    except LATER:
        raise
    except Exception as trouble:  # Whatever it was: the message still waits, and its sender is told so where that is possible.
        log.error("protect_crashed", id=held.message, error=type(trouble).__name__)
