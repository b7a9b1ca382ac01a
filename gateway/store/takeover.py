"""Everything of a take-over, a hold's move or a settled attempt, in the order that one transaction writes it."""

from dataclasses import dataclass

from gateway.model.records import Entry
from gateway.model.stored import HeldMessage, HoldMove, TakeOver
from gateway.store import holds, journal, queue
from gateway.store.content import insert_content, seal_content
from gateway.store.keys import Keys
from gateway.store.sql import Operation, Row, Rows


@dataclass(frozen=True, slots=True)
class Sealed:
    """A take-over whose contents are encrypted already: that is done before the transaction, not within it."""

    taken: TakeOver
    contents: tuple[tuple[Row, Rows], ...]


def seal(taken: TakeOver, keys: Keys) -> Sealed:
    return Sealed(taken, tuple(seal_content(content, keys) for content in taken.contents))


def size_bytes(taken: TakeOver) -> int:
    return sum(len(content.raw) for content in taken.contents)


def take_over(sealed: Sealed, keys: Keys, entries: list[Entry]) -> Operation[None]:
    entries.extend(sealed.taken.entries)
    yield from journal.use_up([journal.hashed(key, keys) for key in sealed.taken.answered])
    for row, pieces in sealed.contents:
        yield from insert_content(row, pieces)
    yield from queue.enqueue(sealed.taken.queue, keys)
    yield from holds.insert(sealed.taken.holds, keys)
    yield from holds.announce(sealed.taken.announced)
    for id_, recipients in sealed.taken.join_holds:
        yield from holds.join(id_, recipients, keys)


def move_hold(order: HoldMove, then: Sealed, keys: Keys, entries: list[Entry]) -> Operation[HeldMessage | None]:
    moved = yield from holds.move(order, keys)
    if moved is not None:
        yield from take_over(then, keys, entries)
    return moved


def settle(settled: queue.Settlement, then: Sealed, keys: Keys, entries: list[Entry]) -> Operation[None]:
    unused = yield from queue.settle(settled, keys)
    yield from take_over(then, keys, entries)
    yield from queue.release_if(unused)  # Last: what follows may use the same content.
