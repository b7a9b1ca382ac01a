"""PDF files: which revision of the standard handler locks them, whether a secret is really needed, and for every stream.

Promises: STRONG only for AESV3 on streams, strings and files, no password-free opening, every trailer of the file encrypted,
no stream exempt by a crypt filter, and stream data that looks like ciphertext.
Owner-password-only files open without a secret: OPENABLE. On failure: UNKNOWN and incomplete.
Runs pypdf, which hostile files can make slow (seconds) and large (500 MB): belongs in a worker.
"""

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pypdf import PdfReader
from pypdf._encryption import Encryption
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
)

from gateway.mail.containers.randomness import looks_random
from gateway.mail.containers.verdicts import needing_secret
from gateway.model.findings import UNPROTECTED, Container, Member, Protection, State

DEFAULT_PASSWORDS: tuple[str, ...] = ("",)
IDENTITY = "/Identity"
# Streams looked at for randomness, spread over the file; each costs about 50 us.
_STREAMS_SAMPLED = 200
_SAMPLE_BYTES = 4_096
_DICTIONARY_BYTES = 4_096  # A stream's dictionary in front of it; longer ones (colour tables) start with what we look for.
# pypdf searches a larger file without a table for objects from end to end: eight seconds for 20 MB of them.
_MENDED_BYTES = 2_097_152
_START = re.compile(rb"startxref\s+(\d{1,10})")
_TABLE = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b)")
_STREAM = re.compile(rb"\r?\n")
# What begins or ends a string or a comment, or escapes in a string. Strings nest: IDs are random bytes, brackets among them.
_TOKENS = re.compile(rb"\\.|[()%\r\n]|<[0-9A-Fa-f\s]*>", re.DOTALL)
_ENCRYPT = re.compile(rb"/Encrypt\s*(\d+\s+\d+\s+R\b|<<)")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_TITLES = re.compile(rb"<(?:dc:(?:title|creator|description|subject)|pdf:Keywords)\b[^>]*>(.*?)</", re.DOTALL)
_TAGS = re.compile(rb"<[^>]*>")


def judge(content: bytes) -> Container:
    """What locks a PDF."""
    if content.rfind(b"trailer") < 0 and content.rfind(b"/XRef") < 0:
        return _unreadable()
    if content.rfind(b"/Encrypt") < 0:
        # It stands in a trailer or in the dictionary of a cross-reference stream, and neither can be compressed.
        return Container("pdf", UNPROTECTED)
    if len(content) > _MENDED_BYTES and not _has_table(content):
        return _unreadable()
    try:
        reader = _open(content)
        if not reader.is_encrypted:
            return Container("pdf", UNPROTECTED, notes=("the PDF speaks of encryption and is not encrypted",))
        entry = reader.trailer["/Encrypt"]
        dictionary = entry.get_object() if entry is not None else None
        if not isinstance(dictionary, DictionaryObject):
            raise ValueError("no dictionary")
        claim = _claim(dictionary)
        if claim.state.needs_a_secret and _opening(reader, DEFAULT_PASSWORDS) is not None:
            notes = ("the PDF opens without a password",)
            return Container("pdf", Protection(State.OPENABLE, claim.algorithm, claim.bits), notes=notes)
        return _judge_locked(content, claim, dictionary)
    except Exception:
        # pypdf raises its own errors and KeyError, TypeError, RecursionError, zlib.error ... on damage: any means unreadable.
        return _unreadable()


def _has_table(content: bytes) -> bool:
    """Whether the last startxref points to a cross-reference table or stream."""
    place = _START.match(content, content.rfind(b"startxref"))
    return bool(place and _TABLE.match(content, int(place.group(1))))


def _unreadable() -> Container:
    return Container("pdf", Protection(State.UNKNOWN), complete=False, notes=("the PDF cannot be read",))


def opening(content: bytes, candidates: Iterable[str]) -> str | None:
    """The first candidate that is the user or owner password."""
    try:
        return _opening(_open(content), candidates)
    except Exception:
        # As in `judge`.
        return None


class _Source(io.BytesIO):
    """pypdf asks for the buffer of what it reads only to know its size, and a buffer that may be written to is a copy of the file."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._content = content

    def getbuffer(self) -> memoryview:
        return memoryview(self._content)


def _open(content: bytes) -> PdfReader:
    reader = PdfReader(_Source(content), strict=False)
    _mend_length(reader)
    return reader


def _mend_length(reader: PdfReader) -> None:
    """Revision 3 without a key length: the standard says 40 bits, lenient readers take 128 and open what we would call locked."""
    entry = reader.trailer.get("/Encrypt")
    dictionary = entry.get_object() if entry is not None else None
    if isinstance(dictionary, DictionaryObject) and dictionary.get("/R") == 3 and dictionary.get("/V") == 2 and "/Length" not in dictionary:
        dictionary[NameObject("/Length")] = NumberObject(128)
        identifiers = reader.trailer["/ID"]
        first: Any = identifiers[0] if isinstance(identifiers, ArrayObject) else None
        identifier: bytes = first.original_bytes
        # There is no public way to judge by a mended dictionary.
        reader._encryption = Encryption.read(dictionary, identifier)


def _opening(reader: PdfReader, candidates: Iterable[str]) -> str | None:
    return next((word for word in candidates if reader.decrypt(word)), None)


def _judge_locked(content: bytes, claim: Protection, dictionary: DictionaryObject) -> Container:
    clear_metadata = dictionary.get("/EncryptMetadata", True) == BooleanObject(False)
    notes = tuple(_holes(content, clear_metadata))
    if notes and claim.state.needs_a_secret:
        claim = Protection(State.PARTIAL, claim.algorithm, claim.bits)
    if claim.state is State.PARTIAL and not notes:
        notes = ("only part of the PDF is encrypted",)
    titles = tuple(_titles(content)) if clear_metadata else ()
    members = tuple(Member(title, "metadata", UNPROTECTED) for title in titles)
    complete = claim.state is not State.PARTIAL
    return Container("pdf", claim, members, complete, names_visible=bool(titles), notes=notes)


def _claim(dictionary: DictionaryObject) -> Protection:
    """What the encryption dictionary says (ISO 32000-2 7.6): by V, and by crypt filters from V 4 on."""
    version = int(dictionary.get("/V", 0))
    if version in (1, 2, 3):
        bits = 40 if version == 1 else int(dictionary.get("/Length", 40))
        return Protection(State.WEAK, "RC4", bits)
    if version not in (4, 5):
        return Protection(State.UNKNOWN)
    streams, strings = (_of_filter(dictionary, str(dictionary.get(key, IDENTITY))) for key in ("/StmF", "/StrF"))
    files = _of_filter(dictionary, str(dictionary.get("/EFF", dictionary.get("/StmF", IDENTITY))))
    locked = [each for each in (streams, strings, files) if each.state.needs_a_secret]
    if not locked:
        return UNPROTECTED
    weakest = min(locked, key=lambda each: each.bits or 0)
    if len(locked) < 3:
        return Protection(State.PARTIAL, weakest.algorithm, weakest.bits)
    return weakest


def _of_filter(dictionary: DictionaryObject, name: str) -> Protection:
    if name == IDENTITY:
        return UNPROTECTED
    filters = dictionary.get("/CF", {})
    entry = filters.get(name, {}) if isinstance(filters, DictionaryObject) else {}
    entry = entry.get_object() if isinstance(entry, IndirectObject) else entry
    method = str(entry.get("/CFM", "/None")) if isinstance(entry, DictionaryObject) else "/None"
    known = {"/V2": ("RC4", 128), "/AESV2": ("AES-128", 128), "/AESV3": ("AES-256", 256)}
    if method not in known:
        return UNPROTECTED
    return needing_secret(*known[method])


def _holes(content: bytes, clear_metadata: bool) -> Iterator[str]:
    """Reasons why part of a locked PDF can be read all the same. A plain document before or behind it has a trailer of its own."""
    if not content.startswith(b"%PDF-"):
        yield "there are bytes in front of the PDF"
    tail = content.rfind(b"%%EOF")
    if tail < 0 or content[tail + 5 :].strip(b"\r\n\t \0"):
        yield "there are bytes after the PDF"
    trailers = [_read(trailer) for trailer in _trailers(content)]
    if not all(_leads_to_locked(trailer) for trailer in trailers) or len({_lock_of(trailer) for trailer in trailers} - {b""}) > 1:
        yield "one revision of the PDF is not encrypted"
    yield from _stream_holes(content, clear_metadata)


def _leads_to_locked(trailer: bytes) -> bool:
    """A trailer without /Root is no way into a document: linearised files have one such."""
    return bool(_lock_of(trailer)) or b"/Root" not in trailer


def _lock_of(trailer: bytes) -> bytes:
    """What /Encrypt refers to; null, or the word in a comment or a string, is nothing."""
    match = _ENCRYPT.search(trailer)
    return match.group(1) if match else b""


def _read(dictionary: bytes) -> bytes:
    """As a reader sees it: without strings and comments, names unescaped (/C#72ypt is /Crypt to every reader)."""
    plain, start, depth, comment = b"", 0, 0, False
    for token in _TOKENS.finditer(dictionary):
        sign = token.group()
        if comment:
            comment = sign not in b"\r\n"
            start = token.start()
        elif depth:
            depth += (sign == b"(") - (sign == b")")
            start = token.end()
        elif sign == b"(" or sign == b"%" or sign.startswith(b"<"):
            plain += dictionary[start : token.start()] + b" "
            start, depth, comment = token.end(), int(sign == b"("), sign == b"%"
    if not depth and not comment:
        plain += dictionary[start:]
    return _ESCAPED.sub(lambda match: bytes([int(match.group(1), 16)]), plain) if b"#" in plain else plain


def _trailers(content: bytes) -> Iterator[bytes]:
    """The dictionary of every trailer, in whatever revision of the file; cross-reference streams are looked at as streams."""
    at = content.find(b"trailer")
    while at >= 0:
        stop = content.find(b"startxref", at, at + _DICTIONARY_BYTES)
        yield content[at : stop if stop >= 0 else at + _DICTIONARY_BYTES]
        at = content.find(b"trailer", at + 7)


def _stream_holes(content: bytes, clear_metadata: bool) -> Iterator[str]:
    places = tuple(_streams(content))
    step = max(1, len(places) // _STREAMS_SAMPLED)
    for number, (dictionary_end, start) in enumerate(places):
        earliest = max(0, dictionary_end - _DICTIONARY_BYTES)
        opened = content.rfind(b"obj", earliest, dictionary_end)
        dictionary = _read(content[max(opened, earliest) : dictionary_end])
        if b"/XRef" in dictionary:
            if not _leads_to_locked(dictionary):
                yield "one revision of the PDF is not encrypted"
                return
        elif clear_metadata and b"/Metadata" in dictionary:
            continue
        elif b"/Crypt" in dictionary:
            yield "a stream of the PDF is exempt from encryption"
            return
        elif number % step == 0 and not _is_ciphertext(content, start):
            yield "a stream of the PDF is not really encrypted"
            return


def _streams(content: bytes) -> Iterator[tuple[int, int]]:
    """(end of the dictionary, start of the data) of every stream."""
    at = content.find(b"stream")
    while at >= 0:
        match = _STREAM.match(content, at + 6)
        before = content[max(0, at - 16) : at].rstrip(b"\r\n\t \0\f")
        if match and before.endswith(b">>"):
            yield at, match.end()
        at = content.find(b"stream", at + 6)


def _is_ciphertext(content: bytes, start: int) -> bool:
    stop = content.find(b"endstream", start, start + _SAMPLE_BYTES)
    return looks_random(content, start, stop if stop >= 0 else min(start + _SAMPLE_BYTES, len(content)))


def _titles(content: bytes) -> Iterator[str]:
    """Title, author and subject in metadata that was left in clear."""
    for match in _TITLES.finditer(content):
        text = " ".join(_TAGS.sub(b" ", match.group(1)).decode("utf-8", "replace").split())
        if text:
            yield text[:200]
