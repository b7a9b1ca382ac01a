"""S/MIME files (CMS, RFC 5652): signed, enveloped with a named cipher, authenticated, compressed. BER and DER, by hand.

Promises: STRONG only for enveloped or auth-enveloped data whose cipher is AES-256, whose ciphertext looks random and reaches
to the last byte. The media type's claim (smime-type=enveloped-data) is not asked: the object identifier is.
Why not asn1crypto: 110-155 ms for 25 MB, this 0.1 ms.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.mail.containers.limits import ContainerError
from gateway.mail.containers.randomness import looks_random
from gateway.mail.containers.verdicts import needing_secret
from gateway.model.findings import UNPROTECTED, Container, Protection, State

_PKCS7 = bytes.fromhex("2a864886f70d0107")
_SMIME = bytes.fromhex("2a864886f70d01091001")
_ENVELOPED, _ENCRYPTED, _AUTH_ENVELOPED = _PKCS7 + b"\x03", _PKCS7 + b"\x06", _SMIME + b"\x17"
_PLAIN = {
    _PKCS7 + b"\x01": "not encrypted",
    _PKCS7 + b"\x02": "signed, not encrypted",
    _PKCS7 + b"\x05": "digested, not encrypted",
    _SMIME + b"\x02": "authenticated, not encrypted",
    _SMIME + b"\x09": "compressed, not encrypted",
}
_AES = bytes.fromhex("6086480165030401")
_CIPHERS: dict[bytes, tuple[str, int]] = {
    **{
        _AES + bytes([base + mode]): (f"AES-{bits}", bits) for base, bits in ((0, 128), (20, 192), (40, 256)) for mode in (1, 2, 3, 4, 6, 7)
    },
    bytes.fromhex("2a864886f70d0307"): ("3DES", 168),
    bytes.fromhex("2a864886f70d0302"): ("RC2", 40),
    bytes.fromhex("2a864886f70d0304"): ("RC4", 40),
    bytes.fromhex("2b0e030207"): ("DES", 56),
    bytes.fromhex("2a864886f70d0109100312"): ("ChaCha20-Poly1305", 256),
}
_EOC_DEPTH = 8
_CHUNKS = 200_000  # OpenSSL writes 1,000-byte chunks: 50 MB have 50,000.
# RFC 5652 10.1.2: attributes beside the ciphertext are readable. Real ones (an S/MIME capability, a hint) are short.
_ATTRIBUTE_BYTES = 256
# A recipient is an issuer name and a key of at most 8,192 bits; the originator, certificates and revocation lists.
_RECIPIENT_BYTES, _ORIGINATOR_BYTES = 4_096, 32_768
_SAMPLED_CHUNKS = 16
_PEM = re.compile(
    rb"\A\s*-----BEGIN (?:PKCS7|CMS|PKCS #7 SIGNED DATA)-----([A-Za-z0-9+/=\s]+)-----END (?:PKCS7|CMS|PKCS #7 SIGNED DATA)-----\s*\Z"
)


@dataclass(frozen=True, slots=True)
class Node:
    """One BER value: `start`..`end` is its content, `next` the offset after it."""

    tag: int
    start: int
    end: int
    next: int


def is_cms(head: bytes) -> bool:
    """Whether a file starts like a CMS ContentInfo, DER, BER or PEM."""
    if head.lstrip()[:64].startswith((b"-----BEGIN PKCS7-----", b"-----BEGIN CMS-----", b"-----BEGIN PKCS #7")):
        return True
    if head[:1] != b"\x30" or len(head) < 16:
        return False
    skip = 2 + (head[1] & 0x7F if head[1] & 0x80 else 0)
    return head[skip : skip + 1] == b"\x06" and head[skip + 2 :].startswith((_PKCS7, _SMIME))


def judge(content: bytes) -> Container:
    """What locks an S/MIME file."""
    try:
        return _judge(_decoded(content))
    except (ValueError, IndexError, StopIteration) as error:
        words = str(error) if isinstance(error, ContainerError) else "the S/MIME structure is damaged"
        return Container("smime", Protection(State.UNKNOWN), complete=False, notes=(words,))


def _decoded(content: bytes) -> bytes:
    if content[:1] == b"\x30":
        return content
    match = _PEM.match(content)
    if not match:
        raise ContainerError("there is text around the S/MIME message")
    try:
        return binascii.a2b_base64(match.group(1).translate(None, b"\r\n\t "), strict_mode=True)
    except binascii.Error:
        raise ContainerError("the S/MIME message is damaged") from None


def _judge(content: bytes) -> Container:
    outer = _node(content, 0, len(content))
    kind, *rest = _children(content, outer)
    oid = content[kind.start : kind.end]
    if oid in _PLAIN:
        return Container("smime", UNPROTECTED, notes=(f"S/MIME that is {_PLAIN[oid]}",))
    if oid not in (_ENVELOPED, _ENCRYPTED, _AUTH_ENVELOPED) or len(rest) != 1:
        raise ContainerError("an unknown kind of S/MIME")
    if content[outer.next :].strip(b"\r\n\0"):
        return Container("smime", Protection(State.PARTIAL), complete=False, notes=("there are bytes after the S/MIME message",))
    (body,) = _children(content, rest[0])
    return _judge_body(content, tuple(_children(content, body)), oid)


def _judge_body(content: bytes, fields: tuple[Node, ...], kind: bytes) -> Container:
    at = next(index for index, node in enumerate(fields) if node.tag == 0x30)
    locked = tuple(_children(content, fields[at]))
    if len(locked) != 3 or locked[1].tag != 0x30 or locked[2].tag not in (0x80, 0xA0):
        raise ContainerError("the S/MIME message has no encrypted content")
    if kind != _ENCRYPTED and not any(node.tag == 0x31 and node.end > node.start for node in fields[:at]):
        raise ContainerError("the S/MIME message has no recipients")
    if any(_has_room(content, node) for node in fields[:at]) or sum(node.end - node.start for node in fields[at + 1 :]) > _ATTRIBUTE_BYTES:
        return Container(
            "smime", Protection(State.PARTIAL), complete=False, notes=("there are readable bytes beside the encrypted content",)
        )
    if locked[1].end - locked[1].start > _ATTRIBUTE_BYTES:
        raise ContainerError("an unusual S/MIME structure")
    algorithm = next(iter(_children(content, locked[1])))
    name, bits = _CIPHERS.get(content[algorithm.start : algorithm.end], ("unknown", 0))
    for start, end in _octets(content, locked[2]):
        if not looks_random(content, start, end):
            return Container("smime", UNPROTECTED, notes=("the S/MIME content is not really encrypted",))
    return Container("smime", needing_secret(name, bits or None))


def _has_room(content: bytes, node: Node) -> bool:
    """Whether recipients or originator hold more than keys and names need: room for a letter."""
    if node.tag == 0x31:
        return any(each.end - each.start > _RECIPIENT_BYTES for each in _children(content, node))
    return node.end - node.start > _ORIGINATOR_BYTES


def _octets(content: bytes, node: Node) -> Iterator[tuple[int, int]]:
    """Ranges to sample of an implicit OCTET STRING: itself, or (constructed) some of its chunks."""
    if node.tag == 0x80:
        yield node.start, node.end
        return
    chunks = tuple(_children(content, node))
    if not chunks or any(chunk.tag != 0x04 for chunk in chunks):
        raise ContainerError("the S/MIME ciphertext is not plain octets")
    step = max(1, len(chunks) // _SAMPLED_CHUNKS)
    for chunk in (*chunks[::step], chunks[-1]):
        yield chunk.start, chunk.end


def _node(content: bytes, at: int, limit: int, depth: int = 0) -> Node:
    """The BER value at `at`; its end is found by walking where the length is indefinite."""
    tag, first = content[at], content[at + 1]
    if tag & 31 == 31 or depth > _EOC_DEPTH:
        raise ContainerError("an unusual S/MIME structure")
    start = at + 2
    if first == 0x80:
        end = start
        for _ in range(_CHUNKS):
            if content[end : end + 2] == b"\0\0":
                return Node(tag, start, end, end + 2)
            end = _node(content, end, limit, depth + 1).next
        raise ContainerError("the S/MIME message has too many pieces")
    if first & 0x80:
        start += first & 0x7F
        end = start + int.from_bytes(content[at + 2 : start], "big")
    else:
        end = start + first
    if end > limit:
        raise ContainerError("the S/MIME message is cut off")
    return Node(tag, start, end, end)


def _children(content: bytes, node: Node) -> Iterator[Node]:
    at = node.start
    for _ in range(_CHUNKS):
        if at >= node.end:
            return
        child = _node(content, at, node.end)
        yield child
        at = child.next
    raise ContainerError("the S/MIME message has too many pieces")
