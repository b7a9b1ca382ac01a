"""The `Store` of gateway/model/store.py on top of an engine: every method is one operation, every write goes through group commit.

On failure: `StoreUnavailable` from every method that writes or reads; nothing half is visible.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from gateway.model.account import Account
from gateway.model.data_subject import DataSubject
from gateway.model.records import ChainFault, DisclosureRecord, Entry, Event, Retention
from gateway.model.store import StoreUnavailable
from gateway.model.stored import Counts, HeldMessage, HoldMove, HoldState, JournalKey, QueueItem, StoredContent, TakeOver
from gateway.store import accounts, facts, heads, holds, journal, queue, records, register, takeover, verify
from gateway.store.codec import CorruptRow
from gateway.store.commits import Engine, GroupCommit
from gateway.store.content import open_content, read_content
from gateway.store.keys import Keys
from gateway.store.records import Search
from gateway.store.sql import Operation, Rows, Work
from gateway.store.times import moment, stamp
from gateway.store.verify import Auditor
from gateway.store.writers import OwnChain

log = structlog.get_logger()

INLINE_BYTES = 65_536
"""Up to here encrypting takes less time (30 us) than handing it to a thread."""
JOURNAL_GLANCE_S = 0.5
"""How long a look at whether anything is armed is believed: it costs 60 us, nearly every message asks, and nearly always nothing is.
Our own arming ends it at once; what another process armed we see half a second later, long before a mail server retries."""
ERASE_BATCH = 100
"""Records erased in one transaction: some 6 ms of CPU, so that no message waits much longer for its commit."""
DUE_BATCH = 20_000
"""Records looked for at once: each look passes over everything older that is kept longer (1 us a record)."""
MOST_DIGITS = 18
"""Of a record's number: what a database holds as a whole number."""
NOTHING = TakeOver(())


class DurableStore:
    """Implements `gateway.model.store.Store`."""

    def __init__(self, engine: Engine, keys: Keys, chain: OwnChain, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._keys = keys
        self._chain = chain
        self._clock = clock
        self._commits = GroupCommit(engine)
        self._journal_is_used = True
        self._journal_seen_until = 0.0
        self._armings = 0

    @property
    def writer(self) -> str:
        """The chain that this process writes; known once it has written."""
        return self._chain.writer

    # Records

    async def intend(self, entry: Entry) -> str:
        id_: str = await self._write_entries((entry,))
        return id_

    def conclude(self, entry: Entry) -> None:
        self._commits.later(_timed(entry))

    async def record(self, *entries: Entry) -> None:
        if entries:
            await self._write_entries(entries)

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
        tokens = tuple(register.tokens(about, self._keys))
        wanted = Search(message, recipient, sender, reason, organisation, since, until, address, tokens, tuple(events), whole)
        return await self._engine.read(lambda: records.search(wanted, limit, self._keys))

    async def record_of(self, id: str) -> DisclosureRecord | None:
        writer, _, seq = id.rpartition(".")
        if not seq.isdecimal() or len(seq) > MOST_DIGITS:
            return None
        return await self._engine.read(lambda: records.read(writer, int(seq), self._keys))

    async def records_at_end(self, writer: str, since: datetime, events: Collection[Event]) -> tuple[DisclosureRecord, ...]:
        return await self._engine.read(lambda: records.at_end(writer, stamp(since), events, self._keys))

    async def records_pages(
        self, *, organisation: str = "", since: datetime | None = None, until: datetime | None = None, size: int = 1000
    ) -> AsyncIterator[tuple[DisclosureRecord, ...]]:
        """All records chain by chain, a page at a time: an export of any size in little memory."""
        wanted = Search(organisation=organisation, since=since, until=until)
        after: tuple[str, int] | None = ("", 0)
        while after is not None:
            page, after = await self._page(wanted, after, size)
            if page:
                yield page

    async def _page(self, wanted: Search, after: tuple[str, int], size: int) -> tuple[tuple[DisclosureRecord, ...], tuple[str, int] | None]:
        return await self._engine.read(lambda: records.page(wanted, after, size, self._keys))

    async def verify(self) -> tuple[ChainFault, ...]:
        # The heads before the rows: a gateway that runs beside us only ever adds records after its head.
        folder = self._chain.folder

        def head_now(writer: str) -> heads.Head | None:
            return heads.read_head(folder, writer, self._keys)

        signed = {writer: head_now(writer) for writer in heads.writers(folder)}
        auditor = Auditor(self._keys, signed, self._chain.home, head_now)
        for question, take in (
            (verify.WRITERS, auditor.take_writer),
            (verify.RECORDS, auditor.take_record),
            (verify.PEOPLE, auditor.take_person),
            (verify.HOLDS, auditor.take_hold),
            (verify.CONSIGNMENTS, auditor.take_consignment),
        ):
            try:
                await self._engine.audit(question, take)
            except StoreUnavailable as error:
                auditor.note_damage(str(error))
        await self._note_damage(auditor)
        return auditor.faults()

    async def _note_damage(self, auditor: Auditor) -> None:
        try:
            for words in await self._engine.damage("record"):
                auditor.note_damage(words)
        except StoreUnavailable as error:
            auditor.note_damage(str(error))

    async def unknown_outcomes(self) -> tuple[DisclosureRecord, ...]:
        is_alive = await self._engine.liveness()
        return await self._engine.read(lambda: records.unknown(is_alive, self._keys))

    async def erase_records(self, rule: Retention) -> int:
        """Erase the records whose time is over. They are looked for beside the writer, who only does what is left to do."""
        erased = 0
        while places := await self._engine.read(lambda: register.due(rule, DUE_BATCH)):
            before = erased
            for start in range(0, len(places), ERASE_BATCH):
                some = places[start : start + ERASE_BATCH]
                count: int = await self._write(partial(register.erase, some, rule, self._clock(), self._keys))
                erased += count
            if len(places) < DUE_BATCH or erased == before:
                break
        await self._write(lambda _: register.sweep(rule))
        if erased:
            await self._engine.scrub("record", "data_subject", "hold")
        return erased

    async def met(self, sender: str, recipients: Sequence[str]) -> frozenset[str]:
        return await self._engine.read(lambda: register.met(sender, recipients, self._keys))

    async def forget_acquaintances(self, before: datetime) -> None:
        await self._write(lambda _: register.forget(before))

    # Messages taken over, and what becomes of them

    async def take_over(self, taken: TakeOver) -> None:
        sealed = await self._seal(taken)
        await self._write(lambda own: takeover.take_over(sealed, self._keys, own))

    async def lease(self, now: datetime, lease_s: float, limit: int) -> tuple[QueueItem, ...]:
        items: tuple[QueueItem, ...] = await self._write(lambda _: queue.lease(stamp(now), lease_s, limit, self._chain.owner, self._keys))
        return items

    async def starting(self, consignment: str) -> None:
        await self._write(lambda _: queue.starting(consignment, self._chain.owner, stamp(self._clock())))

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
        until = None if next_at is None else stamp(next_at)
        settlement = queue.Settlement(consignment, done, until, last_reply, warned, possible_duplicate)
        facts_first = tuple(map(_timed, entries))
        sealed = await self._seal(then or NOTHING)

        def work(own: list[Entry]) -> Operation[None]:
            own.extend(facts_first)
            return takeover.settle(settlement, sealed, self._keys, own)

        await self._write(work)

    async def due_now(self) -> None:
        is_alive = await self._engine.liveness()
        await self._write(lambda _: queue.due_now(stamp(self._clock()), is_alive, self._chain.owner))

    async def next_due(self) -> datetime | None:
        due = await self._engine.read(queue.next_due)
        return None if due is None else moment(due)

    async def content(self, id: str) -> StoredContent | None:
        found = await self._engine.read(lambda: read_content(id))
        if found is None:
            return None
        row, pieces = found
        if sum(len(sealed) for _, sealed in pieces) <= INLINE_BYTES:
            return self._open(id, row, pieces)
        return await asyncio.to_thread(self._open, id, row, pieces)

    def _open(self, id: str, row: tuple[Any, ...], pieces: Rows) -> StoredContent | None:
        try:
            return open_content(row, pieces, self._keys)
        except CorruptRow as error:
            log.error("row_unreadable", table="content", id=id, error=str(error))
            return None

    # Holds

    async def move_hold(self, move: HoldMove) -> HeldMessage | None:
        sealed = await self._seal(move.then)
        moved: HeldMessage | None = await self._write(lambda own: takeover.move_hold(move, sealed, self._keys, own))
        return moved

    async def hold(self, id: str) -> HeldMessage | None:
        return await self._engine.read(lambda: holds.read(id, self._keys))

    async def holds(
        self,
        *,
        organisation: str = "",
        message: str = "",
        state: HoldState | None = HoldState.HELD,
        limit: int = 1000,
        after: HeldMessage | None = None,
    ) -> tuple[HeldMessage, ...]:
        place = (stamp(after.held_at), after.id) if after is not None else (0, "")
        return await self._engine.read(lambda: holds.search(organisation, message, state, limit, place, self._keys))

    async def holds_pages(
        self, *, organisation: str = "", state: HoldState | None = HoldState.HELD, size: int = 1000
    ) -> AsyncIterator[tuple[HeldMessage, ...]]:
        page = await self.holds(organisation=organisation, state=state, limit=size)
        while page:
            yield page
            page = await self.holds(organisation=organisation, state=state, limit=size, after=page[-1])

    async def holds_unannounced(self, limit: int = 100) -> tuple[HeldMessage, ...]:
        return await self._engine.read(lambda: holds.unannounced(limit, self._keys))

    async def hold_of_group(self, group: str, since: datetime) -> HeldMessage | None:
        return await self._engine.read(lambda: holds.of_group(group, since, self._keys))

    async def holds_past(self, now: datetime, limit: int = 100) -> tuple[HeldMessage, ...]:
        return await self._engine.read(lambda: holds.past(now, limit, self._keys))

    async def erase_content(self, ended_before: datetime) -> int:
        erased: int = await self._write(lambda own: holds.erase(ended_before, self._clock(), own))
        await self._engine.scrub("content", "content_piece")
        return erased

    # Journal, facts, health

    async def journal_arm(self, keys: Sequence[JournalKey], reply: str, expires_at: datetime) -> None:
        hashes = [journal.hashed(key, self._keys) for key in keys]
        await self._write(lambda _: journal.arm(hashes, reply, stamp(expires_at), stamp(self._clock()), self._keys))
        self._armings += 1
        self._journal_seen_until = 0.0

    async def journal_in_use(self) -> bool:
        loop = asyncio.get_running_loop()
        if loop.time() < self._journal_seen_until:
            return self._journal_is_used
        armings = self._armings
        is_used = not await self._engine.read(lambda: journal.is_empty(stamp(self._clock())))
        if armings == self._armings:
            self._journal_is_used, self._journal_seen_until = is_used, loop.time() + JOURNAL_GLANCE_S
        return is_used

    async def journal_armed(self, keys: Sequence[JournalKey], now: datetime) -> dict[JournalKey, str]:
        hashes = {journal.hashed(key, self._keys): key for key in keys}
        replies = await self._engine.read(lambda: journal.armed(tuple(hashes), stamp(now), self._keys))
        return {hashes[hashed]: reply for hashed, reply in replies.items()}

    async def get(self, name: str) -> str | None:
        return await self._engine.read(lambda: facts.get(name, self._keys))

    async def put(self, name: str, value: str) -> None:
        await self._write(lambda _: facts.put(name, value, self._keys))

    async def accounts(self) -> tuple[Account, ...]:
        return await self._engine.read(lambda: accounts.everyone(self._keys))

    async def put_account(self, account: Account, entry: Entry) -> None:
        def work(own: list[Entry]) -> Operation[None]:
            own.append(_timed(entry))
            return accounts.put(account, self._keys)

        await self._write(work)

    async def counts(self) -> Counts:
        unknown = await self.unknown_outcomes()
        return await self._engine.read(lambda: facts.counts(len(unknown)))

    async def drain(self) -> None:
        await self._commits.drain()

    async def close(self) -> None:
        if not self._commits.closed:
            await self._commits.close()
            await self._engine.close()

    # How it is done

    def _write_entries(self, entries: Sequence[Entry]) -> "asyncio.Future[Any]":
        return self._commits.write(tuple(map(_timed, entries)))

    def _write(self, work: Work) -> "asyncio.Future[Any]":
        return self._commits.write(work=work)

    async def _seal(self, taken: TakeOver) -> takeover.Sealed:
        for entry in taken.entries:
            _timed(entry)
        if takeover.size_bytes(taken) <= INLINE_BYTES:
            return takeover.seal(taken, self._keys)
        return await asyncio.to_thread(takeover.seal, taken, self._keys)


def _timed(entry: Entry) -> Entry:
    """Refuses a time without zone here, where the traceback names who made it."""
    if entry.at.tzinfo is None:
        raise ValueError("the time of an entry needs a time zone")
    return entry
