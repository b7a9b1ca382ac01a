"""S/MIME that hides nothing: signed-data and compressed-data carry a readable part inside (RFC 8551).

Promises: never raises; walks the DER or BER by hand, a few microseconds whatever the size.
On failure: a structure that cannot be walked stays a leaf, and the containers judge it (it is never taken for encrypted here).
"""

import zlib

from gateway.mail.bodies import decode_base64
from gateway.mail.nested.found import NOTHING, Found, Nest

_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNED = bytes.fromhex("06092a864886f70d010702")
_COMPRESSED = bytes.fromhex("060b2a864886f70d0109100109")
# What compression may grow to: as for any decoded part.
_MOST_BYTES = 268_435_456
_LEVELS = 12


def present(kind: str, content: bytes, names: tuple[str, ...]) -> bool:
    """Whether this may be CMS: by type, by name or by its first bytes."""
    if kind in _TYPES or (content[:1] == b"\x30" and _SIGNED in content[:32]):
        return True
    return any(name.lower().endswith((".p7m", ".p7z")) for name in names)


def read(content: bytes) -> Nest:
    """The part inside, if it is readable."""
    if content[:1] != b"\x30" and content[:20].lstrip()[:3].isalnum():
        content = decode_base64(content).contents[0]
    head = content[:64]
    if _SIGNED in head:
        inner = _encapsulated(content, content.find(_SIGNED) + len(_SIGNED))
        return Nest((Found(inner, message=True),), container=True) if inner else NOTHING
    if _COMPRESSED in head:
        return _decompressed(_encapsulated(content, content.find(_COMPRESSED) + len(_COMPRESSED)))
    return NOTHING


def _decompressed(packed: bytes | None) -> Nest:
    if not packed:
        return NOTHING
    engine = zlib.decompressobj()
    try:
        inner = engine.decompress(packed, _MOST_BYTES)
    except zlib.error:
        return Nest(unread="compressed S/MIME content is damaged")
    if engine.unconsumed_tail:
        return Nest(unread="compressed S/MIME content is larger than we read")
    return Nest((Found(inner, message=True),), container=True)


def _encapsulated(content: bytes, at: int) -> bytes | None:
    """The eContent: [0] { SEQUENCE { version, algorithms, SEQUENCE { contentType, [0] eContent }}} follows the identifier."""
    for tag in (0xA0, 0x30):
        at = _enter(content, at, tag)
    at = _skip(content, _skip(content, at))
    at = _enter(content, at, 0x30)
    at = _skip(content, at)
    return _octets(content, at, 0) if at >= 0 else None


def _enter(content: bytes, at: int, tag: int) -> int:
    """The offset of the first byte inside the value at `at`, -1 if it has another tag."""
    return _length(content, at + 1)[0] if 0 <= at < len(content) and content[at] == tag else -1


def _skip(content: bytes, at: int) -> int:
    """The offset after the value at `at`; -1 if that cannot be said."""
    if not 0 <= at < len(content):
        return -1
    begin, size = _length(content, at + 1)
    return begin + size if begin >= 0 and size >= 0 else -1


def _octets(content: bytes, at: int, level: int) -> bytes | None:
    """The bytes of an octet string at `at`, through explicit tags and BER constructed strings."""
    if level > _LEVELS or at + 2 > len(content):
        return None
    tag = content[at]
    begin, size = _length(content, at + 1)
    if begin < 0:
        return None
    end = len(content) if size < 0 else min(len(content), begin + size)
    if tag == 0x04:
        return content[begin:end]
    if tag == 0xA0:
        return _octets(content, begin, level + 1)
    return _joined(content, begin, end) if tag == 0x24 else None


def _joined(content: bytes, at: int, end: int) -> bytes:
    pieces = []
    while at < end and content[at] == 0x04:
        begin, size = _length(content, at + 1)
        if begin < 0 or size < 0:
            break
        pieces.append(content[begin : begin + size])
        at = begin + size
    return b"".join(pieces)


def _length(content: bytes, at: int) -> tuple[int, int]:
    """(offset of the value, its length); length -1 is indefinite; offset -1 is damaged."""
    if at >= len(content):
        return -1, 0
    first = content[at]
    if first < 0x80:
        return at + 1, first
    count = first & 0x7F
    if count == 0:
        return at + 1, -1
    if count > 4:
        return -1, 0
    return at + 1 + count, int.from_bytes(content[at + 1 : at + 1 + count], "big")
