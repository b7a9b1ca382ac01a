"""The courier: delivers what we took over, tries again, gives up in time, and tells the sender once.

Promises: a recipient is settled only after its next hop's final reply; each ends delivered, returned, or still in the queue. What has
happened is written down as soon as the store can, so that a disk that was full for a moment makes no duplicate.
On failure: the store's lease runs out and the consignment is tried again, marked as a possible duplicate where content had left.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from gateway.model.plan import Forward, NoticeKind
from gateway.model.records import Entry
from gateway.model.smtp import OutcomeUnknown, Reply, Unreachable
from gateway.model.store import StoreUnavailable
from gateway.model.stored import QueueItem
from gateway.notices import replies
from gateway.service import metrics, story
from gateway.service.desk import Desk
from gateway.service.retries import wait_after
from gateway.service.steady import Steady
from gateway.service.undelivered import told
from gateway.smtp.wire import content_of
from gateway.store.queue import LeaseLost

log = structlog.get_logger()

# Looked at even without a kick: another process (the command line, a node) may have put something into the queue.
POLL_S = 1.0
TOO_MANY_RECIPIENTS = 452
# Longer than any delivery may take (data_done_timeout_s plus the transfer): then it counts as crashed.
LEASE_S = 1_800.0
# The lease lasts longer than this after content left: nobody else delivers meanwhile.
SETTLE_WITHIN_S = 600.0
AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt gave for each recipient."""

    replies: tuple[tuple[Forward, Reply], ...]
    unknown: bool = False

    def where(self, wanted: Callable[[Reply], bool]) -> tuple[tuple[Forward, Reply], ...]:
        return tuple((recipient, reply) for recipient, reply in self.replies if wanted(reply))


class Courier:
    """`run` until cancelled; `kick` when something was put into the queue."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kicked = asyncio.Event()
        self.paused_until: datetime | None = None
        self.steady = Steady(lambda: desk.clock())
        self._stopping = False
        self._under_way: set[str] = set()
        self._slots = asyncio.Semaphore(desk.settings.limits.deliveries)

    def kick(self) -> None:
        self._kicked.set()

    async def run(self) -> None:
        """Deliver what is due, for ever. Everything deferred is tried once at start."""
        all_due = True
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                try:
                    if all_due or self.steady.went_back():
                        all_due = True  # until it is done: a full disk at start must not end the courier
                        await self._desk.store.due_now()
                        all_due = False
                    await self._take_some(group)
                except StoreUnavailable:
                    log.error("store_unavailable", by="courier")
                await self._rest()

    def stop(self) -> None:
        """Take nothing more; `run` returns when the deliveries under way have ended. Cancelling them would make duplicates."""
        self._stopping = True
        self.kick()

    @property
    def _resting(self) -> bool:
        return self._stopping or (self.paused_until is not None and self._desk.clock() < self.paused_until)

    async def _take_some(self, group: asyncio.TaskGroup) -> None:
        while not self._resting:
            items = await self._desk.store.lease(self._desk.clock(), LEASE_S, limit=self._desk.settings.limits.deliveries)
            for item in items:
                # A clock that jumps forward ends leases of what is still on its way; it must not go out beside itself.
                if item.consignment.id in self._under_way:
                    continue
                await self._slots.acquire()
                self._under_way.add(item.consignment.id)
                group.create_task(self._deliver(item), name=f"deliver {item.consignment.id}")
            if not items:
                return

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._kicked.wait()
        except TimeoutError:
            pass
        self._kicked.clear()

    async def _deliver(self, item: QueueItem) -> None:
        try:
            attempt = await self._attempt(item)
            await self._settled(item, attempt)
        except StoreUnavailable:
            # Nothing is settled: the lease runs out and another attempt follows.
            log.error("store_unavailable", by="courier", id=item.message)
        except Exception as trouble:  # One bad consignment must not stop the courier; it stays in the queue
            log.error("delivery_crashed", id=item.message, error=type(trouble).__name__)
        finally:
            self._under_way.discard(item.consignment.id)
            self._slots.release()

    async def _attempt(self, item: QueueItem) -> Attempt:
        """One try; whatever goes wrong before content leaves is a reason to try again, never to give up."""
        recipients = item.consignment.recipients
        try:
            return await self._try(item)
        except Unreachable as trouble:
            log.info("next_hop_unreachable", id=item.message, route=item.consignment.route, words=trouble.words)
            return everyone(recipients, replies.next_hop_down())
        except OutcomeUnknown:
            return Attempt(everyone(recipients, replies.outcome_unknown()).replies, unknown=True)
        except LeaseLost:
            raise
        except StoreUnavailable:
            # Before content left, for the store is asked no later: soon again, and not when the lease runs out.
            return everyone(recipients, replies.try_again())
        except Exception as trouble:  # A route that is gone, a certificate that cannot be read: operators see it, the mail waits.
            log.error("delivery_crashed", id=item.message, route=item.consignment.route, error=type(trouble).__name__)
            return everyone(recipients, replies.try_again())

    async def _try(self, item: QueueItem) -> Attempt:
        consignment = item.consignment
        stored = await self._desk.store.content(item.content)
        if stored is None:
            return everyone(consignment.recipients, Reply(554, "5.3.0", "the stored content is gone"))
        hop = await self._desk.route(consignment.route).open(
            consignment.sender,
            consignment.sender_options,
            consignment.minimum_tls,
            id=consignment.id,
            kind=consignment.kind,
            first=consignment.recipients,
        )
        if isinstance(hop, Reply):
            return everyone(consignment.recipients, hop)
        try:
            answers = tuple(zip(consignment.recipients, await hop.recipients(consignment.recipients), strict=True))
            if not any(reply.ok for _, reply in answers):
                return Attempt(answers)
            await self._desk.store.starting(consignment.id)
            final = await hop.content(stored.prefix, content_of(stored.raw, by_bdat=stored.by_bdat))
        finally:
            await hop.reset()
        return Attempt(tuple((recipient, final if reply.ok else reply) for recipient, reply in answers))

    async def _settled(self, item: QueueItem, attempt: Attempt) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + SETTLE_WITHIN_S
        while True:
            try:
                return await self._settle(item, attempt)
            except StoreUnavailable:
                if loop.time() > end:
                    raise
                log.error("store_unavailable", by="courier", id=item.message)
            await asyncio.sleep(AGAIN_S)

    async def _settle(self, item: QueueItem, attempt: Attempt) -> None:
        now = self._desk.clock()
        delivered = attempt.where(lambda reply: reply.ok)
        refused = attempt.where(lambda reply: reply.permanent)
        deferred = attempt.where(lambda reply: reply.transient)
        limits = self._desk.settings.limits
        # By a clock that has just jumped nothing is given up, and nobody is told that it is late.
        age = timedelta() if self.steady.is_doubtful else now - item.created_at
        if deferred and age > timedelta(seconds=limits.queue_life_s):
            refused, deferred = (*refused, *deferred), ()
        late = bool(deferred) and not item.warned and age > timedelta(seconds=limits.delay_warning_s)
        entries = [self._entry(item, now, delivered, "delivered"), self._entry(item, now, refused, "refused")]
        if deferred:
            entries.append(self._entry(item, now, deferred, "deferred"))
        then = await told(self._desk, item, refused, NoticeKind.FAILED)
        late = late and then is None
        if late:
            then = await told(self._desk, item, deferred, NoticeKind.DELAYED)
        next_at = self._next_at(item, now, bool(delivered or refused), deferred)
        await self._desk.store.settle(
            item.consignment.id,
            done=[str(recipient.address) for recipient, _ in (*delivered, *refused)],
            entries=[entry for entry in entries if entry is not None],
            next_at=next_at,
            last_reply=str(deferred[0][1]) if deferred else "",
            warned=late or item.warned,
            possible_duplicate=attempt.unknown or item.possible_duplicate,
            then=then,
        )
        for outcome, those in (("delivered", delivered), ("refused", refused), ("deferred", deferred)):
            metrics.DELIVERIES.labels(outcome).inc(len(those))
        log.info(
            "delivery",
            id=item.message,
            route=item.consignment.route,
            delivered=len(delivered),
            refused=len(refused),
            deferred=len(deferred),
        )
        if then is not None or next_at == now:
            self.kick()

    def _next_at(self, item: QueueItem, now: datetime, moved: bool, deferred: Sequence[tuple[Forward, Reply]]) -> datetime | None:
        """When to try the rest: at once where the next hop only had enough recipients for one transaction (RFC 5321 4.5.3.1.10)."""
        if not deferred:
            return None
        if moved and all(reply.code == TOO_MANY_RECIPIENTS for _, reply in deferred):
            return now
        return now + wait_after(item.attempts + 1, random.random())

    def _entry(self, item: QueueItem, now: datetime, those: Sequence[tuple[Forward, Reply]], outcome: str) -> Entry | None:
        if not those:
            return None
        recipients = [str(recipient.original) for recipient, _ in those]
        answers = {str(recipient.address): str(reply) for recipient, reply in those}
        details: dict[str, object] = {
            "outcome": outcome,
            "replies": answers,
            "route": item.consignment.route,
            "kind": item.consignment.kind,
            "attempt": item.attempts + 1,
            "possible_duplicate": item.possible_duplicate,
        }
        sender = str(item.consignment.sender or "")
        return story.delivery(item.message, item.organisation, now, sender, recipients, details)


def everyone(recipients: Sequence[Forward], reply: Reply) -> Attempt:
    return Attempt(tuple((recipient, reply) for recipient in recipients))
