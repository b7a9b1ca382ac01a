"""The password of files that we locked, once more, for a reviewer: its sender lost it (requirement P12).

Promises: who asked and why is on record before the password is shown; nothing else ever shows it.
"""

from gateway.model.actions import NotPossible, UnknownHold
from gateway.model.store import Event
from gateway.service import people, story
from gateway.service.desk import Desk
from gateway.service.reviewers import RECORDS_OF_ONE, refuse_stranger


async def password(desk: Desk, id: str, *, by: str, why: str) -> str:
    who = await people.deciding(desk.store, by)
    held = await desk.store.hold(id)
    if held is None:
        raise UnknownHold(f"There is no held message {id}.")
    refuse_stranger(desk.policy, held, who)
    records = await desk.store.records(message=held.message, limit=RECORDS_OF_ONE)
    locked = (record.entry.details for record in records if record.entry.event is Event.PROTECTED)
    found = next((details["password"] for details in locked if details.get("hold") == id and details.get("password")), None)
    if found is None:
        raise NotPossible(f"No password of {id} is kept: its files were not locked here, or its record was erased.")
    await desk.store.record(story.hold_ended(held, Event.PASSWORD, desk.clock(), who.name, why))
    return str(found)
