"""What durable state looks like from outside: the protocol that service speaks. Its values are in `records` and `stored`.

Promises: whatever an awaited method returned from is on disk.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Protocol

from gateway.model.account import Account
from gateway.model.data_subject import DataSubject
from gateway.model.records import ChainFault, DisclosureRecord, Entry, Event, Retention
from gateway.model.stored import Counts, HeldMessage, HoldMove, HoldState, JournalKey, QueueItem, StoredContent, TakeOver


class Store(Protocol):
    """Durable state. Every awaited write shares group commits; a write that fails raises `StoreUnavailable`."""

    async def intend(self, entry: Entry) -> str:
        """Make an INTENT durable; returns the record id. Content may leave only after this returned."""

    def conclude(self, entry: Entry) -> None:
        """Put a RESULT into the next group commit (within 20 ms); `drain` waits for it."""

    async def record(self, *entries: Entry) -> None:
        """Make entries durable."""

    async def take_over(self, taken: TakeOver) -> None: ...

    async def move_hold(self, move: HoldMove) -> HeldMessage | None:
        """Carry out a hold's move; None if it was no longer HELD, has other recipients than the move was made for, or is claimed by
        another reviewer: read it again."""

    async def hold(self, id: str) -> HeldMessage | None: ...

    async def holds(
        self,
        *,
        organisation: str = "",
        message: str = "",
        state: HoldState | None = HoldState.HELD,
        limit: int = 1000,
        after: HeldMessage | None = None,
    ) -> tuple[HeldMessage, ...]:
        """The oldest first; `after` one of them, to go on."""

    def holds_pages(
        self, *, organisation: str = "", state: HoldState | None = HoldState.HELD, size: int = 1000
    ) -> AsyncIterator[tuple[HeldMessage, ...]]:
        """All of them, a page at a time."""

    async def holds_unannounced(self, limit: int = 100) -> tuple[HeldMessage, ...]:
        """Holds that waited for a reviewer from the start and whose reviewers were not told yet, the oldest first."""

    async def hold_of_group(self, group: str, since: datetime) -> HeldMessage | None:
        """The hold that an earlier slice of the same mail made, if it is still HELD and not older than `since`."""

    async def holds_past(self, now: datetime, limit: int = 100) -> tuple[HeldMessage, ...]:
        """Holds whose deadline has passed."""

    async def content(self, id: str) -> StoredContent | None: ...

    async def lease(self, now: datetime, lease_s: float, limit: int) -> tuple[QueueItem, ...]:
        """Due consignments, leased to this process so that no other delivers them (SKIP LOCKED on PostgreSQL)."""

    async def starting(self, consignment: str) -> None:
        """Content of this consignment is about to leave: durable before it does, so that a crash shows as possible duplicate."""

    async def settle(
        self,
        consignment: str,
        *,
        done: Sequence[str],
        entries: Sequence[Entry],
        next_at: datetime | None,
        last_reply: str = "",
        warned: bool = False,
        then: TakeOver | None = None,
        possible_duplicate: bool = False,
    ) -> None:
        """After an attempt: `done` are the `Forward.address` texts delivered or given up; `next_at` None when nothing remains.

        `possible_duplicate`: the content left and no reply came, so that the next attempt may be a second copy.
        """

    async def due_now(self) -> None:
        """Everything deferred is due (tried once at start)."""

    async def next_due(self) -> datetime | None: ...

    async def records(
        self,
        *,
        message: str = "",
        recipient: str = "",
        sender: str = "",
        address: str = "",
        reason: str = "",
        organisation: str = "",
        about: Sequence[DataSubject] = (),
        events: Collection[Event] = (),
        whole: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 1000,
    ) -> tuple[DisclosureRecord, ...]:
        """The newest that fit everything that is given, oldest first. `address` is a sender's or a recipient's; `about` any of
        these people, in any step of the same message. `whole`: every step of each message of which one step fits."""

    async def record_of(self, id: str) -> DisclosureRecord | None:
        """One record by its id, erased or not."""

    async def records_at_end(self, writer: str, since: datetime, events: Collection[Event]) -> tuple[DisclosureRecord, ...]:
        """The last records of a chain that are not from before `since`, oldest first: quick, however much there is."""

    def records_pages(
        self, *, organisation: str = "", since: datetime | None = None, until: datetime | None = None, size: int = 1000
    ) -> AsyncIterator[tuple[DisclosureRecord, ...]]:
        """All records chain by chain, a page at a time: an export of any size in little memory."""

    async def erase_records(self, rule: Retention) -> int:
        """Erase the records whose time is over, with their place in the index of people and the holds of their messages; the chain
        still verifies, and a record says what was erased by which rule."""

    async def met(self, sender: str, recipients: Sequence[str]) -> frozenset[str]:
        """Those of the recipients to whom this sender has written before (`Entry.meets`)."""

    async def forget_acquaintances(self, before: datetime) -> None:
        """Who has not written to whom since then has never done."""

    async def verify(self) -> tuple[ChainFault, ...]: ...

    async def unknown_outcomes(self) -> tuple[DisclosureRecord, ...]:
        """INTENTs without RESULT from before this start."""

    async def journal_arm(self, keys: Sequence[JournalKey], reply: str, expires_at: datetime) -> None: ...

    async def journal_in_use(self) -> bool:
        """Whether any entry is armed: almost never, so that the keys of a message need not be worked out."""

    async def journal_armed(self, keys: Sequence[JournalKey], now: datetime) -> dict[JournalKey, str]:
        """The armed entries among `keys`; what answers by them uses them up (`TakeOver.answered`)."""

    async def erase_content(self, ended_before: datetime) -> int:
        """Delete content of holds that ended before; a proof of deletion goes to the chain."""

    async def get(self, name: str) -> str | None:
        """A small fact kept across restarts (last EHLO of a host, pause ...)."""

    async def put(self, name: str, value: str) -> None: ...

    async def accounts(self) -> tuple[Account, ...]:
        """Everybody who may act, by name; () where the policy's lists of reviewers decide."""

    async def put_account(self, account: Account, entry: Entry) -> None:
        """Make or change an account, with the record of it."""

    async def counts(self) -> Counts: ...

    async def drain(self) -> None:
        """Everything handed over is durable when this returns."""

    async def close(self) -> None: ...


class StoreUnavailable(Exception):
    """The store could not write: nothing more is accepted, the client gets 451."""


class AlreadyAnnounced(Exception):
    """Another process told the reviewers of one of these holds first: nothing was stored."""
