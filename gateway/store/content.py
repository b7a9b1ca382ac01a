"""Messages and notices at rest: each encrypted in pieces under a key of its own, which is wrapped by the key file.

Promises: no byte of a message is in the database in the clear; a piece that was changed, moved, exchanged or left out does not
open. Deleting a content overwrites it (secure_delete) and its key, so that a copy of old pages is worth nothing.
"""

import os
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.model.stored import StoredContent
from gateway.store.codec import CorruptRow
from gateway.store.keys import KEY_BYTES, Keys, SealBroken
from gateway.store.sql import Operation, Row, Rows, Sql

PIECE_BYTES = 1_048_576
"""A database page chain of a megabyte reads as fast as a file; PostgreSQL's and SQLite's own limits are far above."""

_WRAP = b"content key"


def seal_content(content: StoredContent, keys: Keys) -> tuple[Row, Rows]:
    """The row of the content and the rows of its pieces; piece 0 is the prefix."""
    key = os.urandom(KEY_BYTES)
    cipher = AESGCM(key)
    plain: list[bytes | memoryview] = [content.prefix, *_pieces(content.raw)]
    flags = len(plain), int(content.by_bdat)
    # A key of its own for every content: the number of the piece can be the nonce.
    pieces = [(content.id, n, cipher.encrypt(_nonce(n), part, _context(content.id, n, *flags))) for n, part in enumerate(plain)]
    return (content.id, keys.seal(_WRAP, key, content.id.encode()), *flags), pieces


def _pieces(raw: bytes) -> Iterator[memoryview]:
    view = memoryview(raw)
    for start in range(0, len(raw), PIECE_BYTES):
        yield view[start : start + PIECE_BYTES]


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _context(id_: str, number: int, pieces: int, by_bdat: int) -> bytes:
    return f"{id_} {number}/{pieces} {by_bdat}".encode()


def insert_content(row: Row, pieces: Rows) -> Operation[None]:
    yield Sql("INSERT INTO content (id, wrapped_key, pieces, by_bdat) VALUES (?, ?, ?, ?)", row)
    yield Sql("INSERT INTO content_piece (content, number, sealed) VALUES (?, ?, ?)", pieces, many=True)


def read_content(id_: str) -> Operation[tuple[Row, Rows] | None]:
    """The sealed content, to be opened with `open_content` where nobody waits for the database."""
    rows = yield Sql("SELECT id, wrapped_key, pieces, by_bdat FROM content WHERE id = ?", (id_,))
    if not rows:
        return None
    pieces = yield Sql("SELECT number, sealed FROM content_piece WHERE content = ? ORDER BY number", (id_,))
    return rows[0], pieces


def open_content(row: Row, pieces: Rows, keys: Keys) -> StoredContent:
    """The content as it was stored; CorruptRow if anything is missing or changed."""
    id_, wrapped, count, by_bdat = row
    try:
        if [number for number, _ in pieces] != list(range(count)):
            raise CorruptRow(f"content {id_} is not complete")
        cipher = AESGCM(keys.unseal(_WRAP, wrapped, id_.encode()))
        plain = [cipher.decrypt(_nonce(n), sealed, _context(id_, n, count, by_bdat)) for n, sealed in pieces]
    except (SealBroken, InvalidTag, ValueError, TypeError, OverflowError) as error:
        raise CorruptRow(f"content {id_}") from error
    return StoredContent(id_, b"".join(plain[1:]), plain[0], bool(by_bdat))


def release_content(id_: str) -> Operation[bool]:
    """Delete the content unless a consignment or a hold still uses it; True if this deleted it."""
    # Locked before anybody looks who uses it: of two nodes that let go of it at the same time the second sees the first gone.
    rows = yield Sql("SELECT id FROM content WHERE id = ? /* postgres: FOR UPDATE */", (id_,))
    if not rows:
        return False
    for text in (
        "SELECT 1 FROM consignment WHERE content = ? LIMIT 1",
        "SELECT 1 FROM hold WHERE content = ? AND content_erased = 0 LIMIT 1",
    ):
        used = yield Sql(text, (id_,))
        if used:
            return False
    yield Sql("DELETE FROM content_piece WHERE content = ?", (id_,))
    yield Sql("DELETE FROM content WHERE id = ?", (id_,))
    return True
