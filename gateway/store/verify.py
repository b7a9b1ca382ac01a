"""Proves the chains: every record in its place, unchanged, none missing, up to the signed head and consistently beyond it.

Promises: a changed byte, a deleted record (the last one too), two swapped, a forged one or an emptied table is found and named;
so is a person taken out of, or put into, the index of people.
Records after the head are accepted when they follow from it: the head is signed after the commit, and a crash can fall between.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.model.records import ChainFault, Event
from gateway.store.chain import GENESIS, SELECT, TOKEN_BYTES, details_of, erased_digest, faults_of, people_in
from gateway.store.codec import CONSIGNMENT_COLUMNS, HOLD_COLUMNS, CorruptRow, hold_of, item_of
from gateway.store.heads import Head
from gateway.store.keys import Keys
from gateway.store.sql import Row, Sql

WRITERS = Sql("SELECT name, home, signed FROM writer")
RECORDS = Sql(f"{SELECT} ORDER BY writer, seq")
PEOPLE = Sql("SELECT token, writer, seq FROM data_subject")
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
        self._erased: dict[str, tuple[str, int, str]] = {}
        self._proved: dict[str, object] = {}
        self._people: dict[tuple[str, int], int] = {}
        self._faults: list[ChainFault] = []

    def take_writer(self, row: Row) -> None:
        """A chain of another node has its head there: here only its inside can be proved."""
        writer, home, signed = str(row[0]), row[1], row[2]
        if home not in ("", self._home):
            self._elsewhere.add(writer)
            return
        head = self._head_now(writer)
        if head is not None and head.seq < signed:
            self._note(writer, head.seq, f"the signed head was put back to an earlier state: it once reached record {signed}")

    def take_record(self, row: Row) -> None:
        writer, seq = str(row[0]), row[1] if type(row[1]) is int else 0
        reached = self._reached.setdefault(writer, _Reached())
        if row[1] != reached.seq + 1:
            self._note(writer, reached.seq + 1, f"the record that should stand here is followed by number {row[1]}: records are missing")
        elif row[16] != reached.hash:
            self._note(writer, seq, "it does not follow from the record before it")
        details = details_of(row, self._keys)
        for words in faults_of(row, details, self._keys):
            self._note(writer, seq, words)
        if row[12] is None:
            self._erased[f"{writer}.{seq}"] = writer, seq, erased_digest(row[2:6])
        elif row[3] == Event.ERASED:
            self._note_proof(details)
        self._expect_people(writer, seq, people_in(details))
        reached.seq, reached.hash = seq, row[17]
        head = self._heads.get(writer)
        if head is not None and seq == head.seq:
            reached.met_head = True
            if row[17] != head.hash:
                self._note(writer, seq, "it is not the record that was signed")

    def take_person(self, row: Row) -> None:
        """One line of the index. A record that was written while we were reading has lines that nobody expects yet."""
        place = str(row[1]), row[2] if type(row[2]) is int else 0
        reached = self._reached.get(place[0])
        if reached is not None and place[1] <= reached.seq:
            self._people[place] = self._people.get(place, 0) ^ _as_number(row[0])

    def _expect_people(self, writer: str, seq: int, people: Sequence[object]) -> None:
        """Lines are only compared as a whole for each record: what is expected and what is there cancel out."""
        for person in people:
            self._people[writer, seq] = self._people.get((writer, seq), 0) ^ int(str(person), 16)

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
        for id_, (writer, seq, digest) in self._erased.items():
            if id_ not in self._proved:
                self._note(writer, seq, "its details were removed, and no record says who erased them")
            elif self._proved[id_] != digest:
                self._note(writer, seq, "its text was changed")
        for (writer, seq), left in self._people.items():
            if left:
                self._note(writer, seq, "the index of people was changed: a search may not find it")
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

    def _note_proof(self, details: dict[str, object] | None) -> None:
        named = (details or {}).get("records", {})
        if isinstance(named, dict):
            self._proved.update(named)

    def _note(self, writer: str, seq: int, words: str) -> None:
        self._faults.append(ChainFault(writer, seq, words))


def _as_number(token: object) -> int:
    """A line that is no hash of ours counts as one that nobody expects."""
    return int.from_bytes(token, "big") if isinstance(token, bytes) and len(token) == TOKEN_BYTES else -1
