"""What only a reviewer of its queue may look at: the held message itself, and the password of files that we locked (requirement P12).

Promises: who asked and why is on record before anything is shown; nothing else ever shows either.
"""

from gateway.model.actions import NotPossible, UnknownHold
from gateway.model.records import Event
from gateway.model.stored import HeldMessage
from gateway.service import people, story
from gateway.service.desk import Desk
from gateway.service.people import Actor
from gateway.service.reviewers import RECORDS_OF_ONE, refuse_stranger


async def password(desk: Desk, id: str, *, by: str, why: str) -> str:
    """Its sender lost it."""
    held, who = await _allowed(desk, id, by)
    records = await desk.store.records(message=held.message, limit=RECORDS_OF_ONE)
    locked = (record.entry.details for record in records if record.entry.event is Event.PROTECTED)
    found = next((details["password"] for details in locked if details.get("hold") == id and details.get("password")), None)
    if found is None:
        raise NotPossible(f"No password of {id} is kept: its files were not locked here, or its record was erased.")
    await desk.store.record(story.hold_ended(held, Event.PASSWORD, desk.clock(), who.name, why))
    return str(found)


async def content(desk: Desk, id: str, *, by: str, why: str) -> bytes:
    """The message as it came in, to decide about it."""
    held, who = await _allowed(desk, id, by)
    stored = await desk.store.content(held.content)
    if stored is None:
        raise NotPossible(f"The content of {id} is no longer kept.")
    await desk.store.record(story.hold_ended(held, Event.OPENED, desk.clock(), who.name, why))
    return stored.raw


async def _allowed(desk: Desk, id: str, by: str) -> tuple[HeldMessage, Actor]:
    who = await people.deciding(desk.store, by)
    held = await desk.store.hold(id)
    if held is None:
        raise UnknownHold(f"There is no held message {id}.")
    refuse_stranger(desk.policy, held, who)
    return held, who
