"""A hold queue as long as one wishes: copies of one held message, each with a record and a content of its own."""

from dataclasses import replace

from gateway.model.records import Event
from gateway.model.stored import HeldMessage, StoredContent, TakeOver
from tests.service.office import Office

AT_ONCE = 100


async def fill(at: Office, first: HeldMessage, raw: bytes, count: int) -> None:
    """`count` more messages like `first`, as they would be had they come in one by one."""
    records = await at.desk.store.records(message=first.message)
    (accepted,) = [record.entry for record in records if record.entry.event is Event.ACCEPTED]
    for start in range(0, count, AT_ONCE):
        ids = [at.desk.new_id() for _ in range(min(AT_ONCE, count - start))]
        await at.desk.store.take_over(
            TakeOver(
                tuple(replace(accepted, message=id, details={**accepted.details, "holds": [id]}) for id in ids),
                contents=tuple(StoredContent(id, raw) for id in ids),
                holds=tuple(replace(first, id=id, message=id, content=id, group="") for id in ids),
            )
        )
