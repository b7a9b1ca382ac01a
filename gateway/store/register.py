"""The register beside the chains: whom records are about, how long they are kept, and their erasure with proof.

Promises: of a person only a keyed hash is stored; whoever has the database but not the keys can neither read nor guess one (they
can see that two records are about the same person, and not who). Erasing a record takes its text, its details, its salt, its place
in the index and the hold of its message; the chain still verifies, and an ERASED record names each erased one and the rule.
The sealed details of a record hold the same hashes and the same class, so that a changed index shows (`verify`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from gateway.model.data_subject import DataSubject
from gateway.model.records import Entry, Event, Keep, Retention
from gateway.store.chain import SELECT, TOKEN_BYTES, BrokenRecord, details_of, erased_digest, faults_of, record_of, token_of
from gateway.store.keys import Keys
from gateway.store.sql import Operation, Row, Sql
from gateway.store.times import stamp

ERASER = "retention"
_PAIR = b"acquaintance"
_MEET = "INSERT INTO acquaintance (token, at) VALUES (?, ?) ON CONFLICT (token) DO UPDATE SET at = excluded.at"

_KEEP = (
    "INSERT INTO kept (message, class) VALUES (?, ?) "
    "ON CONFLICT (message) DO UPDATE SET class = excluded.class WHERE kept.class = 'personal'"
)
# Erasures and changes of policy name nobody, and prove what happened: they stay.
_DUE = "SELECT writer, seq FROM record WHERE erased = 0 AND at < ? AND event NOT IN ('erased', 'policy') AND {} ORDER BY at LIMIT ?"
_OTHER = "NOT EXISTS (SELECT 1 FROM kept WHERE kept.message = record.message)"
_KEPT = "EXISTS (SELECT 1 FROM kept WHERE kept.message = record.message AND kept.class = ?)"
_BLANK = (
    "UPDATE record SET sender = '', recipients = '[]', verdicts = '[]', reasons = '[]', policy = '', actor = '', details = NULL, "
    "salt = ?, erased = 1 WHERE writer = ? AND seq = ? AND erased = 0"
)


def insert(entries: Sequence[Entry], rows: Sequence[Row], keys: Keys) -> Operation[None]:
    """What the register says of new records; nothing for nearly all of them."""
    people: list[Row] = []
    kept: list[Row] = []
    met: list[Row] = []
    for entry, row in zip(entries, rows, strict=True):
        if entry.meets:
            met += [(pair_token(*pair, keys), row[4]) for pair in entry.meets]
        if entry.about:
            people += [(token, *row[:2]) for token in dict.fromkeys(token_of(one, keys) for one in entry.about)]
        if entry.keep is not Keep.OTHER:
            kept.append((row[2], str(entry.keep)))
    if people:
        yield Sql("INSERT INTO data_subject (token, writer, seq) VALUES (?, ?, ?)", people, many=True)
    if kept:
        yield Sql(_KEEP, kept, many=True)
    if met:
        yield Sql(_MEET, met, many=True)


def pair_token(sender: str, recipient: str, keys: Keys) -> bytes:
    return keys.mac(_PAIR, f"{sender}\0{recipient}".encode("utf-8", "surrogatepass"))[:TOKEN_BYTES]


def met(sender: str, recipients: Sequence[str], keys: Keys) -> Operation[frozenset[str]]:
    """To whom the sender has written before."""
    known = []
    for recipient in recipients:
        rows = yield Sql("SELECT 1 FROM acquaintance WHERE token = ?", (pair_token(sender, recipient, keys),))
        known += [recipient] * len(rows)
    return frozenset(known)


def forget(before: datetime) -> Operation[None]:
    yield Sql("DELETE FROM acquaintance WHERE at < ?", (stamp(before),))


def tokens(about: Iterable[DataSubject], keys: Keys) -> list[bytes]:
    return [token_of(one, keys) for one in about]


def due(rule: Retention, limit: int) -> Operation[list[Row]]:
    """The place of records whose time is over, oldest first."""
    if rule.keep is Keep.OTHER:
        return (yield Sql(_DUE.format(_OTHER), (stamp(rule.before), limit)))
    return (yield Sql(_DUE.format(_KEPT), (stamp(rule.before), str(rule.keep), limit)))


def erase(places: Sequence[Row], rule: Retention, now: datetime, keys: Keys, entries: list[Entry]) -> Operation[int]:
    """Erase these records, and prove it. Another process may have been first: then there is less, or nothing, to do."""
    rows = yield from _still_there(places, rule, keys)
    yield Sql(_BLANK, [(b"", *row[:2]) for row in rows], many=True)
    yield Sql("DELETE FROM data_subject WHERE writer = ? AND seq = ?", [row[:2] for row in rows], many=True)
    for organisation in sorted({row[5] for row in rows}):
        erased = {f"{row[0]}.{row[1]}": erased_digest(row[2:6]) for row in rows if row[5] == organisation}
        proof: dict[str, object] = {"rule": rule.rule, "records": erased}
        entries.append(Entry("", Event.ERASED, now, organisation, "", (), actor=ERASER, details=proof))
    for message in sorted({row[2] for row in rows if row[2]}):
        yield from _forget(message)
    return len(rows)


def _still_there(places: Sequence[Row], rule: Retention, keys: Keys) -> Operation[list[Row]]:
    """What is to be erased of these, locked: of two nodes the second sees what the first has erased.

    A record that was changed is never erased, whatever its time says now: else whoever can write to the database could have the
    gateway remove the proof of it. Nor is one whose class, by the sealed details of its message, is kept longer.
    """
    found: list[Row] = []
    truly: dict[str, Keep] = {}
    for place in places:
        rows = yield Sql(f"{SELECT} WHERE writer = ? AND seq = ? AND erased = 0 /* postgres: FOR UPDATE */", place)
        for row in rows:
            message = row[2]
            if message not in truly:
                truly[message] = yield from _class_of(message, keys)
            if _LONGER.index(truly[message]) > _LONGER.index(rule.keep):
                yield Sql(_KEEP, (message, str(truly[message])))
            elif not any(faults_of(row, details_of(row, keys), keys)):
                found.append(row)
    return found


_LONGER = (Keep.OTHER, Keep.PERSONAL, Keep.INCIDENT)


def _class_of(message: str, keys: Keys) -> Operation[Keep]:
    """The longest class of all records of a message, as they themselves say; what cannot be read may be anything."""
    rows = yield Sql(f"{SELECT} WHERE message = ? AND message <> '' AND erased = 0", (message,))
    return max((_own_class(row, keys) for row in rows), key=_LONGER.index, default=Keep.OTHER)


def _own_class(row: Row, keys: Keys) -> Keep:
    try:
        return record_of(row, keys).entry.keep
    except BrokenRecord:
        return Keep.INCIDENT


def sweep(rule: Retention) -> Operation[None]:
    """The holds that ended before that and were left when their records went: their content was kept longer."""
    yield Sql(
        "DELETE FROM hold WHERE state <> 'held' AND content_erased = 1 AND ended_at < ? AND NOT EXISTS (SELECT 1 FROM record "
        "WHERE record.message = hold.message AND record.erased = 0 AND record.event NOT IN ('erased', 'policy'))",
        (stamp(rule.before),),
    )


def _forget(message: str) -> Operation[None]:
    """The hold and the class of a message of which no record is left."""
    left = yield Sql("SELECT 1 FROM record WHERE message = ? AND erased = 0 AND event NOT IN ('erased', 'policy') LIMIT 1", (message,))
    if not left:
        yield Sql("DELETE FROM kept WHERE message = ?", (message,))
        yield Sql("DELETE FROM hold WHERE message = ? AND state <> 'held' AND content_erased = 1", (message,))
