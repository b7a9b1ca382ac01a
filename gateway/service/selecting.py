"""Which held messages somebody means: by sender, recipient, reason, sender group, organisation. Pure, but for `in_bulk`.

    sender=office@oakfield.borough.sch.uk   reason=attachment.unprotected   group=practitioners

Promises: every filter must fit; an empty value fits nothing, and no filter at all is refused for actions: nobody releases everything by
leaving a word out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from gateway.model.actions import NotPossible, Outcome
from gateway.model.store import StoreUnavailable
from gateway.model.stored import HeldMessage
from gateway.policy import Policy
from gateway.service.reviewers import mailbox

KEYS = ("sender", "recipient", "reason", "group", "organisation")
# Held messages that are judged again and moved at the same time: they share the store's commits.
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Selection:
    """The filters; '' means that this one was not given. `sender` and `recipient` are an address, a domain, or part of one."""

    sender: str = ""
    recipient: str = ""
    reason: str = ""
    group: str = ""
    organisation: str = ""

    @property
    def is_empty(self) -> bool:
        return not any((self.sender, self.recipient, self.reason, self.group, self.organisation))

    def has(self, held: HeldMessage, policy: Policy) -> bool:
        return (
            self.sender.lower() in held.sender.lower()
            and any(self.recipient.lower() in one.address.lower() for one in held.recipients)
            and (not self.reason or self.reason in held.reasons)
            and (not self.organisation or self.organisation == held.organisation)
            and (not self.group or self.group in policy.senders.groups_of(mailbox(held.sender)))
        )


def selection(words: Sequence[str]) -> Selection:
    """`key=value` words as filters. Raises ValueError with words for the person."""
    given: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if key not in KEYS or not equals or not value.strip():
            raise ValueError(f"'{word}' is no filter: write one of {', '.join(KEYS)}, then '=' and a value")
        given[key] = value.strip()
    return Selection(**given)


def chosen(holds: Sequence[HeldMessage], wanted: Selection, policy: Policy) -> tuple[HeldMessage, ...]:
    return tuple(held for held in holds if wanted.has(held, policy))


async def in_bulk(
    holds: Sequence[HeldMessage], act: Callable[[HeldMessage], Awaitable[Outcome]]
) -> tuple[tuple[str, Outcome | NotPossible], ...]:
    """Do the same to each; one that is not possible any more never stops the others. In the order given."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(held: HeldMessage) -> Outcome | NotPossible:
        async with slots:
            try:
                return await act(held)
            except NotPossible as trouble:
                return trouble
            except StoreUnavailable:
                return NotPossible(f"{held.id}: the store could not be written. Nothing was changed.")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(held)) for held in holds]
    return tuple((held.id, task.result()) for held, task in zip(holds, tasks, strict=True))
