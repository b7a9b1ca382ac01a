"""`[secure]` in the subject: what PROTECT does, without being asked again.

The message was taken over as a hold, so it waits safely until this is done; a hold that a crash interrupted is found at the next start.
"""

import structlog

from gateway.model.address import parse_mailbox
from gateway.model.judgement import Remedy, Verdict
from gateway.model.store import Event, HeldMessage
from gateway.service.desk import Desk
from gateway.service.remedies import Remedies, Wish

log = structlog.get_logger()

ASKED_BY_SUBJECT = "[secure] in the subject"


async def protect_at_once(desk: Desk) -> None:
    """Protect what asks for it, for ever. One message that fails stays held and never stops the others."""
    async for page in desk.store.holds_pages():
        for held in filter(asks, page):
            desk.to_protect.put_nowait(held.id)
    while True:
        await protect(desk, await desk.to_protect.get())


def asks(held: HeldMessage) -> bool:
    return all(recipient.verdict == Verdict.PROTECT.word for recipient in held.recipients)


async def protect(desk: Desk, id: str) -> None:
    held = await desk.store.hold(id)
    if held is None or not asks(held) or not held.sender:
        return
    remedies, wish = Remedies(desk), Wish(Remedy.PROTECT, parse_mailbox(held.sender), ASKED_BY_SUBJECT)
    try:
        # What could not be done waits for its sender, who was told so; a restart tells them nothing new.
        if not await remedies.was_said(held, Event.NOTICE, wish, refused=True):
            await remedies.carry_out(held, wish)
    except Exception as trouble:  # Whatever it was: the message still waits, and its sender is told so where that is possible.
        log.error("protect_crashed", id=held.message, error=type(trouble).__name__)
