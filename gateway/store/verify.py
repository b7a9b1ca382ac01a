"""Proves the chains: every record in its place, unchanged, none missing, up to the signed head and consistently beyond it.

Promises: a changed byte, a deleted record (the last one too), two swapped, a forged one or an emptied table is found and named.
Records after the head are accepted when they follow from it: the head is signed after the commit, and a crash can fall between.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.model.store import ChainFault, Event
from gateway.store.chain import GENESIS, SELECT, BrokenRecord, faults_of, record_of
from gateway.store.codec import CONSIGNMENT_COLUMNS, HOLD_COLUMNS, CorruptRow, hold_of, item_of
from gateway.store.heads import Head
from gateway.store.keys import Keys
from gateway.store.sql import Row, Sql

WRITERS = Sql("SELECT name, home FROM writer")
RECORDS = Sql(f"{SELECT} ORDER BY writer, seq")
HOLDS = Sql(f"SELECT {HOLD_COLUMNS} FROM hold")
CONSIGNMENTS = Sql(f"SELECT {CONSIGNMENT_COLUMNS} FROM consignment")


@dataclass(slots=True)
class _Reached:
    """How far one chain has been followed."""

    seq: int = 0
    hash: bytes = GENESIS
    met_head: bool = False


class Auditor:
    """Takes rows in order and notes what is wrong with them."""

    def __init__(self, keys: Keys, heads: Mapping[str, Head | None], home: str, head_now: Callable[[str], Head | None]) -> None:
        self._keys = keys
        self._heads = heads
        self._home = home
        self._head_now = head_now
        self._elsewhere: set[str] = set()
        self._reached: dict[str, _Reached] = {}
        self._erased: dict[str, tuple[str, int]] = {}
        self._proved: set[str] = set()
        self._faults: list[ChainFault] = []

    def take_writer(self, row: Row) -> None:
        """A chain of another node has its head there: here only its inside can be proved."""
        if row[1] not in ("", self._home):
            self._elsewhere.add(str(row[0]))

    def take_record(self, row: Row) -> None:
        writer, seq = str(row[0]), row[1] if type(row[1]) is int else 0
        reached = self._reached.setdefault(writer, _Reached())
        if row[1] != reached.seq + 1:
            self._note(writer, reached.seq + 1, f"the record that should stand here is followed by number {row[1]}: records are missing")
        elif row[16] != reached.hash:
            self._note(writer, seq, "it does not follow from the record before it")
        for words in faults_of(row, self._keys):
            self._note(writer, seq, words)
        self._note_erasure(writer, seq, row)
        reached.seq, reached.hash = seq, row[17]
        head = self._heads.get(writer)
        if head is not None and seq == head.seq:
            reached.met_head = True
            if row[17] != head.hash:
                self._note(writer, seq, "it is not the record that was signed")

    def take_hold(self, row: Row) -> None:
        try:
            hold_of(row, self._keys)
        except CorruptRow as error:
            self._note("", 0, f"{error} cannot be read")

    def take_consignment(self, row: Row) -> None:
        try:
            item_of(row, self._keys)
        except CorruptRow as error:
            self._note("", 0, f"{error} cannot be read")

    def note_damage(self, words: str) -> None:
        self._note("", 0, f"the database is damaged: {words}")

    def faults(self) -> tuple[ChainFault, ...]:
        """Everything found, with what only shows at the end."""
        for writer in sorted(self._heads.keys() | self._reached.keys()):
            self._compare_head(writer, self._reached.get(writer, _Reached()))
        for id_, place in self._erased.items():
            if id_ not in self._proved:
                self._note(*place, "its details were removed, and no record says who erased them")
        return tuple(self._faults)

    def _compare_head(self, writer: str, reached: _Reached) -> None:
        head = self._heads.get(writer)
        if head is None and (writer in self._elsewhere or self._head_now(writer)):
            return  # Another node's, or it began while we were reading.
        if head is None:
            self._note(writer, reached.seq, "the signed head of this chain is missing or forged")
        elif reached.seq < head.seq:
            self._note(writer, reached.seq + 1, f"the records from here to number {head.seq} are missing")
        elif head.seq and not reached.met_head:
            self._note(writer, head.seq, "the signed record is missing")

    def _note_erasure(self, writer: str, seq: int, row: Row) -> None:
        if row[12] is None:
            self._erased[f"{writer}.{seq}"] = writer, seq
        elif row[3] == Event.ERASED:
            try:
                named = record_of(row, self._keys).entry.details.get("records", [])
            except BrokenRecord:
                return  # Noted already: its details do not open.
            if isinstance(named, list):
                self._proved.update(map(str, named))

    def _note(self, writer: str, seq: int, words: str) -> None:
        self._faults.append(ChainFault(writer, seq, words))
