"""The chain of disclosure records: how an entry becomes a link, and how a link is proved.

Promises: every byte of every column of a record is covered by its hash, and each hash covers the one before, so that a changed,
deleted, swapped or inserted record shows. The body is covered through a salted digest under a key of ours: whoever can write to
the database but has not the keys can neither make a record nor guess an erased one. Erasing a record keeps its digests, and takes
the salt, so that nobody at all can guess what it said.
On failure: `link` never refuses an entry. A value that cannot be written as it is, is written escaped: a record with an odd
character in it is worth more than no record.
"""

import hashlib
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import orjson

from gateway.model.data_subject import DataSubject
from gateway.model.records import DisclosureRecord, Entry, Event, Keep
from gateway.store.keys import NONCE_BYTES, Keys, SealBroken
from gateway.store.sql import Row
from gateway.store.text import clean, to_json
from gateway.store.times import moment, stamp

GENESIS = bytes(32)
"""What the first record of a chain has for `prev`."""
SALT_BYTES = 16

_COLUMNS = (
    "writer, seq, message, event, at, organisation, sender, recipients, verdicts, reasons, policy, actor, "
    "details, salt, body_digest, details_digest, prev, hash, erased"
)
_MARKS = f"({', '.join('?' * 19)})"
INSERT = f"INSERT INTO record ({_COLUMNS}) VALUES {_MARKS}"
"""One row; `insert_many` has room for several."""
SELECT = f"SELECT {_COLUMNS} FROM record"
_BODY = slice(0, 12)
"""The columns of the body digest: all in the clear, with the record's place in the chain."""

_ERASED = ("", "[]", "[]", "[]", "", "", None, b"")
"""What an erased record has from `sender` to `salt`."""
TOKEN_BYTES = 16
"""Of the keyed hash of a person: two people never share one."""
_ABOUT = b"data subject"
_PERSON, _CLASS = "~about", "~keep"
"""In the sealed details, beside those of the entry: the hashes of the people whom the message is about, and how long it is kept.
They are taken out again when a record is read."""

_DETAILS = b"record details"
_DIGEST = b"record body"


@cache
def insert_many(rows: int) -> str:
    return f"INSERT INTO record ({_COLUMNS}) VALUES {', '.join([_MARKS] * rows)}"


class BrokenRecord(Exception):
    """A row that is not a record as we wrote it; the text says in which way."""


class Chain:
    """The end of one writer's chain, from which the next link hangs."""

    __slots__ = ("_digest_key", "_keys", "hash", "seq", "writer")

    def __init__(self, writer: str, seq: int, hash_: bytes, keys: Keys) -> None:
        self.writer = writer
        self.seq = seq
        self.hash = hash_
        self._keys = keys
        self._digest_key = keys.digest_key(_DIGEST)

    def links(self, entries: Sequence[Entry]) -> tuple[list[Row], int, bytes]:
        """The rows for `entries` and where the chain ends with them; the chain itself moves on only with `advance`."""
        seq, prev, rows = self.seq, self.hash, []
        # Once for all: each question to the kernel lets the event loop go first, and a batch asked forty times.
        chance = io.BytesIO(os.urandom((SALT_BYTES + NONCE_BYTES) * len(entries)))
        for entry in entries:
            seq += 1
            row = self._link(entry, seq, prev, chance.read(SALT_BYTES), chance.read(NONCE_BYTES))
            prev = row[17]
            rows.append(row)
        return rows, seq, prev

    def advance(self, seq: int, hash_: bytes) -> None:
        self.seq, self.hash = seq, hash_

    def _link(self, entry: Entry, seq: int, prev: bytes, salt: bytes, nonce: bytes) -> Row:
        body, canonical = _body(entry, self.writer, seq)
        body_digest = hashlib.blake2b(salt + canonical, digest_size=32, key=self._digest_key).digest()
        details = self._keys.seal(_DETAILS, to_json(_whole(entry, self._keys)), _place(self.writer, seq), nonce)
        details_digest = hashlib.sha256(details).digest()
        hash_ = _hash(self.writer, seq, prev, body_digest, details_digest)
        return (*body, details, salt, body_digest, details_digest, prev, hash_, 0)


def _whole(entry: Entry, keys: Keys) -> dict[str, object]:
    """The details, with what the register says of the record."""
    if not entry.about and entry.keep is Keep.OTHER:
        return entry.details
    people = dict.fromkeys(token_of(one, keys).hex() for one in entry.about)
    return {**entry.details, _PERSON: list(people), _CLASS: str(entry.keep)}


def token_of(person: DataSubject, keys: Keys) -> bytes:
    """What is stored of a person: a keyed hash."""
    return keys.mac(_ABOUT, person.value.encode("utf-8", "surrogatepass"))[:TOKEN_BYTES]


def erased_digest(kept: Sequence[object]) -> str:
    """Covers what is left in an erased record (message, event, time, organisation), in the record that proves the erasure."""
    try:
        return hashlib.sha256(orjson.dumps(list(kept))).hexdigest()
    except TypeError:  # Not text any more: it is none that was ever erased.
        return ""


def _body(entry: Entry, writer: str, seq: int) -> tuple[Row, bytes]:
    try:
        return _canonical(entry, writer, seq)
    except TypeError:  # Lone surrogates: a command line that was not UTF-8.
        return _canonical(_escaped(entry), writer, seq)


def _canonical(entry: Entry, writer: str, seq: int) -> tuple[Row, bytes]:
    body = (
        writer,
        seq,
        entry.message,
        str(entry.event),
        stamp(entry.at),
        entry.organisation,
        entry.sender,
        orjson.dumps(entry.recipients).decode(),
        orjson.dumps(entry.verdicts).decode(),
        orjson.dumps(entry.reasons).decode(),
        entry.policy,
        entry.actor,
    )
    canonical = orjson.dumps(body)
    if b"\\u0000" in canonical and any("\0" in text for text in body if isinstance(text, str)):
        return _canonical(_escaped(entry), writer, seq)  # PostgreSQL's TEXT has no NUL, and SQLite stops reading at it.
    return body, canonical


def _escaped(entry: Entry) -> Entry:
    return replace(
        entry,
        message=clean(entry.message),
        organisation=clean(entry.organisation),
        sender=clean(entry.sender),
        recipients=tuple(map(clean, entry.recipients)),
        verdicts=tuple((clean(a), clean(b), clean(c), clean(d)) for a, b, c, d in entry.verdicts),
        reasons=tuple(map(clean, entry.reasons)),
        policy=clean(entry.policy),
        actor=clean(entry.actor),
    )


def _place(writer: str, seq: int) -> bytes:
    return f"{writer}.{seq}".encode()


def _hash(writer: str, seq: int, prev: bytes, body_digest: bytes, details_digest: bytes) -> bytes:
    return hashlib.sha256(b"%b\0%d\0%b%b%b" % (writer.encode(), seq, prev, body_digest, details_digest)).digest()


def record_of(row: Row, keys: Keys) -> DisclosureRecord:
    """The record in `row`; BrokenRecord if it cannot be read."""
    writer, seq, message, event, at, organisation, sender, recipients, verdicts, reasons, policy, actor = row[_BODY]
    try:
        details = _opened(row, keys)
        details.pop(_PERSON, None)
        entry = Entry(
            message,
            Event(event),
            moment(at),
            organisation,
            sender,
            tuple(orjson.loads(recipients)),
            tuple((a, b, c, d) for a, b, c, d in orjson.loads(verdicts)),
            tuple(orjson.loads(reasons)),
            policy,
            actor,
            details,
            keep=Keep(str(details.pop(_CLASS, Keep.OTHER))),
        )
        return DisclosureRecord(f"{writer}.{seq}", writer, seq, entry, row[16].hex(), row[17].hex(), bool(row[18]))
    except (ValueError, TypeError, AttributeError, OverflowError, SealBroken) as error:
        raise BrokenRecord("the record cannot be read") from error


def _opened(row: Row, keys: Keys) -> dict[str, object]:
    if row[12] is None:
        return {}
    details: dict[str, object] = orjson.loads(keys.unseal(_DETAILS, row[12], _place(row[0], row[1])))
    return details


def faults_of(row: Row, details: dict[str, object] | None, keys: Keys) -> Iterator[str]:
    """What is wrong within a row; its place in the chain is judged by the caller. `details` as `details_of` opened them."""
    sealed, salt, body_digest, details_digest, prev, hash_, erased = row[12:]
    if type(erased) is not int or erased != (sealed is None):
        yield "its mark of erasure was changed"
    if sealed is None:
        if row[6:14] != _ERASED:
            yield "its text was changed"
    elif not _digest_fits(row, salt, body_digest, keys):
        yield "its text was changed"
    if sealed is not None and (details is None or hashlib.sha256(sealed).digest() != details_digest):
        yield "its details were changed"
    if not _hash_fits(row, prev, body_digest, details_digest, hash_):
        yield "its hash was changed"


def details_of(row: Row, keys: Keys) -> dict[str, object] | None:
    """The opened details; None if they do not open."""
    try:
        return _opened(row, keys)
    except (SealBroken, TypeError, ValueError):
        return None


def people_in(details: dict[str, object] | None) -> Sequence[object]:
    """The hashes of the people whom a record is about, in hex."""
    named = details.get(_PERSON) if details else None
    return named if isinstance(named, list) else ()


def _digest_fits(row: Row, salt: bytes, body_digest: bytes, keys: Keys) -> bool:
    try:
        canonical = orjson.dumps(row[_BODY])
        return hashlib.blake2b(salt + canonical, digest_size=32, key=keys.digest_key(_DIGEST)).digest() == body_digest
    except (TypeError, ValueError):
        return False


def _hash_fits(row: Row, prev: bytes, body_digest: bytes, details_digest: bytes, hash_: bytes) -> bool:
    try:
        return _hash(row[0], row[1], prev, body_digest, details_digest) == hash_
    except (TypeError, ValueError, AttributeError):
        return False
