"""OpenDocument files (ODF 1.3 part 2, 3.8): encrypted member by member, as the manifest says.

Promises: STRONG only if every member of the zip with content (but for the two that a reader needs before it has the key) is
listed with AES-256 in the manifest, looks like ciphertext, and no byte of the zip is unaccounted for.
On failure: UNKNOWN and incomplete.
"""

import base64
import hashlib
import hmac
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.mail.containers.limits import ContainerError
from gateway.mail.containers.office_opening import first_within, parse_xml
from gateway.mail.containers.randomness import looks_random
from gateway.mail.containers.verdicts import combined, needing_secret
from gateway.mail.containers.zip_layout import Entry, Layout
from gateway.mail.containers.zip_reading import read_entry
from gateway.model.findings import UNPROTECTED, Container, Protection, State

_MANIFEST = b"META-INF/manifest.xml"
_IN_CLEAR = (b"mimetype", _MANIFEST)
_MANIFEST_BYTES = 4_194_304
_NS = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
# Ends of the algorithm's URL; what is not here (Blowfish CFB of OpenOffice before 3.4) is below AES-256.
_ALGORITHMS = {
    "#aes256-cbc": ("AES-256", 256), "#aes256-gcm": ("AES-256", 256), "#aes192-cbc": ("AES-192", 192), "#aes192-gcm": ("AES-192", 192),
    "#aes128-cbc": ("AES-128", 128), "#aes128-gcm": ("AES-128", 128), "#blowfish": ("Blowfish", 128), "Blowfish CFB": ("Blowfish", 128),
}  # fmt: skip
# PBKDF2 with SHA-1: 100,000 rounds (LibreOffice) take 50 ms; two seconds for one message.
_ROUNDS = 4_000_000


@dataclass(frozen=True, slots=True)
class _Lock:
    """What one manifest entry says of its encryption."""

    protection: Protection
    vector: bytes
    salt: bytes
    rounds: int
    key_bytes: int
    start_hash: str
    checksum: bytes


def judge(content: bytes, kind: str, layout: Layout) -> Container:
    """What locks an OpenDocument file, member by member."""
    try:
        return _judge(content, kind, layout, _locks(content, layout))
    except (ContainerError, ParseError, ValueError) as error:
        words = str(error) if isinstance(error, ContainerError) else "the OpenDocument manifest is damaged"
        return Container(kind, Protection(State.UNKNOWN), complete=False, notes=(words,))


def _judge(content: bytes, kind: str, layout: Layout, locks: dict[bytes, _Lock]) -> Container:
    if not locks:
        return Container(kind, UNPROTECTED, complete=not layout.faults, notes=layout.readable + layout.faults)
    whole = combined(_of_entry(content, entry, locks) for entry in layout.entries if _counts(entry))
    notes = layout.readable + layout.faults
    if whole.state.needs_a_secret and notes:
        whole = Protection(State.PARTIAL, whole.algorithm, whole.bits)
    if whole.state.needs_a_secret and opening(content, layout, ("",)) is not None:
        return Container(kind, Protection(State.OPENABLE, whole.algorithm, whole.bits), notes=("opens with an empty password",))
    return Container(kind, whole, complete=whole.state is not State.PARTIAL, notes=notes)


def opening(content: bytes, layout: Layout, candidates: Iterable[str]) -> str | None:
    """The first candidate whose key gives the checksum of the smallest member that has one (AES in CBC with PBKDF2 only)."""
    locks = _locks(content, layout)
    if any(lock.rounds > _ROUNDS for lock in locks.values()):
        raise ContainerError("the OpenDocument file asks for too many rounds of hashing")
    testable = [e for e in layout.entries if _counts(e) and (lock := locks.get(e.view.name)) and _is_testable(e, lock)]
    if not testable:
        return None
    entry = min(testable, key=lambda each: each.end - each.start)
    lock = locks[entry.view.name]
    return first_within(candidates, lambda word: _fits(content[entry.start : entry.end], lock, word), _ROUNDS // lock.rounds)


def _is_testable(entry: Entry, lock: _Lock) -> bool:
    sound = len(lock.vector) == 16 and lock.key_bytes in (16, 24, 32) and entry.end - entry.start >= 16
    return sound and bool(lock.checksum) and lock.rounds > 0


def _counts(entry: Entry) -> bool:
    return entry.end > entry.start and any(view.name not in _IN_CLEAR for view in entry.views)


def _of_entry(content: bytes, entry: Entry, locks: dict[bytes, _Lock]) -> Protection:
    lock = locks.get(entry.view.name)
    if lock is None or not looks_random(content, entry.start, entry.end):
        return UNPROTECTED
    return lock.protection


def _locks(content: bytes, layout: Layout) -> dict[bytes, _Lock]:
    """Encrypted members by name; ContainerError without exactly one manifest."""
    manifests = [entry for entry in layout.entries if entry.view.name == _MANIFEST]
    if len(manifests) != 1:
        raise ContainerError("the OpenDocument file has no manifest")
    root = parse_manifest(read_entry(content, manifests[0], _MANIFEST_BYTES))
    found = {}
    for entry in root.iter(f"{_NS}file-entry"):
        data = entry.find(f"{_NS}encryption-data")
        if data is not None:
            found[entry.get(f"{_NS}full-path", "").encode()] = _lock(data)
    return found


def parse_manifest(text: bytes) -> Element:
    """The manifest; old OpenOffice put a DOCTYPE in front that names a file and declares nothing."""
    start = text.find(b"<!DOCTYPE")
    stop = text.find(b">", start)
    if start >= 0 and b"[" not in text[start:stop]:
        text = text[:start] + text[stop + 1 :]
    return parse_xml(text)


def _lock(data: Element) -> _Lock:
    algorithm, derivation, start = (data.find(f"{_NS}{name}") for name in ("algorithm", "key-derivation", "start-key-generation"))
    name = _get(algorithm, "algorithm-name")
    cipher = next((each for ending, each in _ALGORITHMS.items() if name.endswith(ending)), ("unknown", None))
    by_pbkdf2 = _get(derivation, "key-derivation-name").endswith("PBKDF2") and name.endswith("-cbc")
    kind = data.get(f"{_NS}checksum-type", "")
    return _Lock(
        needing_secret(*cipher),
        base64.b64decode(_get(algorithm, "initialisation-vector")),
        base64.b64decode(_get(derivation, "salt")),
        int(_get(derivation, "iteration-count") or 0) if by_pbkdf2 else 0,
        int(_get(derivation, "key-size") or 16),
        "sha256" if _get(start, "start-key-generation-name").endswith("sha256") else "sha1",
        base64.b64decode(data.get(f"{_NS}checksum", "")) if kind.endswith("sha256-1k") else b"",
    )


def _get(element: Element | None, name: str) -> str:
    return element.get(f"{_NS}{name}", "") if element is not None else ""


def _fits(data: bytes, lock: _Lock, word: str) -> bool:
    """Key from the hashed password, then the SHA-256 of the first kilobyte of the (deflated) plain text."""
    start = hashlib.new(lock.start_hash, word.encode("utf-8", "surrogatepass")).digest()
    key = hashlib.pbkdf2_hmac("sha1", start, lock.salt, lock.rounds, lock.key_bytes)
    reader = Cipher(algorithms.AES(key), modes.CBC(lock.vector)).decryptor()
    plain = reader.update(data[: len(data) // 16 * 16])
    ends = (len(plain) - plain[-1], _stream_end(plain)) if len(plain) <= 1_040 else (1_024,)
    return any(hmac.compare_digest(hashlib.sha256(plain[: min(end, 1_024)]).digest(), lock.checksum) for end in ends if end > 0)


def _stream_end(plain: bytes) -> int:
    """Where the deflate stream ends: the padding after it is not part of the checksum."""
    reader = zlib.decompressobj(-15)
    try:
        reader.decompress(plain)
    except zlib.error:
        return 0
    return len(plain) - len(reader.unused_data)
