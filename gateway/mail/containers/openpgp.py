"""OpenPGP messages (RFC 4880, RFC 9580): which cipher really locks them, if any.

Promises: STRONG only for one encrypted packet that reaches to the last byte, is integrity protected and looks random; signed-only,
literal, compressed and key material is NONE whatever the armour says.
A message to public keys names its cipher only inside the encrypted session key: docs/decisions/021-openpgp-hidden-cipher.md.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pybase64

from gateway.mail.containers.limits import ContainerError
from gateway.mail.containers.randomness import looks_random
from gateway.mail.containers.verdicts import needing_secret
from gateway.model.findings import UNPROTECTED, Container, Protection, State

PKESK, SIGNATURE, SKESK, ONE_PASS, SECRET_KEY, PUBLIC_KEY, COMPRESSED, SED, MARKER, LITERAL = 1, 2, 3, 4, 5, 6, 8, 9, 10, 11
SEIPD, AEAD, PADDING = 18, 20, 21

# Symmetric algorithms, RFC 9580 9.3.
CIPHERS = {
    1: ("IDEA", 128), 2: ("3DES", 168), 3: ("CAST5", 128), 4: ("Blowfish", 128), 7: ("AES-128", 128), 8: ("AES-192", 192),
    9: ("AES-256", 256),
    10: ("Twofish", 256), 11: ("Camellia-128", 128), 12: ("Camellia-192", 192), 13: ("Camellia-256", 256),
}  # fmt: skip

# First body bytes that each kind of packet can have: what separates a message from any file whose first bit is set.
_VERSIONS = {
    PKESK: b"\x02\x03\x06", SIGNATURE: b"\x02\x03\x04\x05\x06", SKESK: b"\x04\x05\x06", ONE_PASS: b"\x03\x06",
    SECRET_KEY: b"\x02\x03\x04\x05\x06",
    PUBLIC_KEY: b"\x02\x03\x04\x05\x06", COMPRESSED: b"\x00\x01\x02\x03", MARKER: b"P", LITERAL: b"btuml1", SEIPD: b"\x01\x02",
    AEAD: b"\x01",
}  # fmt: skip

# An RSA ciphertext is as long as the modulus: below 2048 bits (less a leading zero byte) it can be factored by the determined.
_RSA_BITS = 2032
# A session key for the longest keys in use (ML-KEM with X448: 1,700 bytes).
_KEY_BYTES = 2_560
_PACKETS = 4_096  # A message to a thousand keys has a thousand packets; nobody sends four thousand.
ARMOUR_START = b"-----BEGIN PGP "
_ARMOUR = re.compile(rb"-----BEGIN PGP ([A-Z0-9 ,/]+)-----[ \t]*\r?\n")
_ARMOUR_HEADERS = re.compile(rb"(?:(?:Version|Comment|Charset|MessageID|Hash): ?[^\r\n]{0,100}\r?\n){0,6}[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class Packet:
    tag: int
    start: int
    """Of the body (of its first chunk, where it has several)."""
    end: int
    """Of the whole packet."""
    head: bytes
    """First bytes of the body."""
    position: int
    """Of its header."""


def is_openpgp(head: bytes) -> bool:
    """Whether a file starts like an OpenPGP message, armoured or binary."""
    if head[:64].lstrip().startswith(ARMOUR_START):
        return True
    try:
        packet = next(packets(head, whole=False), None)
    except ContainerError:
        return False
    return packet is not None and packet.tag in _VERSIONS and packet.head[:1] in _VERSIONS[packet.tag] and bool(packet.head)


def judge(content: bytes) -> Container:
    """What locks an OpenPGP file."""
    text = content[:64].lstrip()
    if not text.startswith(ARMOUR_START):
        return _judge_packets(content)
    match = _ARMOUR.match(content, content.find(ARMOUR_START))
    if match is None or match.group(1) != b"MESSAGE":
        return Container("pgp", UNPROTECTED, notes=("an OpenPGP key, signature or signed text: not encrypted",))
    try:
        return _judge_packets(dearmour(content))
    except ContainerError as error:
        return Container("pgp", Protection(State.UNKNOWN), complete=False, notes=(str(error),))


def dearmour(content: bytes) -> bytes:
    """The packets of exactly one armoured message with nothing around it; ContainerError otherwise."""
    body = content.strip()
    begin = _ARMOUR.match(body)
    headers = begin and _ARMOUR_HEADERS.match(body, begin.end())
    stop = body.rfind(b"-----END PGP MESSAGE-----")
    if not headers or stop < 0 or body[stop + 25 :].strip() or body.count(b"-----BEGIN PGP") != 1:
        raise ContainerError("there is text around the OpenPGP message")
    lines = body[headers.end() : stop].rstrip()
    checksum = lines.rfind(b"\n=")
    data = lines[:checksum] if checksum >= len(lines) - 7 > 0 else lines
    compact = data.translate(None, b"\r\n\t ")
    try:
        # Validating: a decoder that stops at padding in mid-stream would not see what follows it.
        return pybase64.b64decode(compact, validate=True)
    except binascii.Error:
        raise ContainerError("the OpenPGP armour is damaged") from None


def packets(content: bytes, *, whole: bool = True) -> Iterator[Packet]:
    """The packets in order. `whole` False: only a head is there, so that lengths may point beyond it."""
    position = 0
    for _ in range(_PACKETS):
        if position >= len(content):
            return
        packet = _packet(content, position, whole)
        yield packet
        position = packet.end
    raise ContainerError("it has too many OpenPGP packets")


def _packet(content: bytes, position: int, whole: bool) -> Packet:
    first = content[position]
    if not first & 0x80:
        raise ContainerError("there are bytes that are not OpenPGP")
    if first & 0x40:
        return _new_packet(content, position, whole)
    tag, kind = first >> 2 & 15, first & 3
    if kind == 3:
        start, end = position + 1, len(content)
    else:
        start = position + 1 + (1 << kind)
        end = start + int.from_bytes(content[position + 1 : start], "big")
    if whole and end > len(content):
        raise ContainerError("the OpenPGP message is cut off")
    return Packet(tag, start, end, content[start : min(end, start + 64)], position)


def _new_packet(content: bytes, position: int, whole: bool) -> Packet:
    tag = content[position] & 63
    first = end = 0
    head = b""
    for start, size, partial in _chunks(content, position + 1):
        end = start + size
        if not first:
            first, head = start, content[start : min(start + 64, end)]
        if end > len(content):
            if whole:
                raise ContainerError("the OpenPGP message is cut off")
            break
        if not partial:
            break
    return Packet(tag, first, end, head, position)


def _chunks(content: bytes, at: int) -> Iterator[tuple[int, int, bool]]:
    """(start, size, whether another follows) of each length in the new format (RFC 9580 4.2.1)."""
    partial = True
    while partial:
        if at >= len(content):
            raise ContainerError("the OpenPGP message is cut off")
        octet = content[at]
        partial = 224 <= octet < 255
        if octet < 192:
            start, size = at + 1, octet
        elif octet < 224:
            start, size = at + 2, (octet - 192 << 8) + int.from_bytes(content[at + 1 : at + 2], "big") + 192
        elif octet == 255:
            start, size = at + 5, int.from_bytes(content[at + 1 : at + 5], "big")
        else:
            start, size = at + 1, 1 << (octet & 31)
        yield start, size, partial
        at = start + size


def body_of(content: bytes, packet: Packet) -> bytes:
    """The body of a packet, its chunks joined."""
    position = packet.position
    if not content[position] & 0x40:
        return content[packet.start : packet.end]
    return b"".join(content[start : start + size] for start, size, _ in _chunks(content, position + 1))


def _judge_packets(content: bytes) -> Container:
    keys: list[Packet] = []
    try:
        for packet in packets(content):
            if packet.tag in (PKESK, SKESK):
                keys.append(packet)
                if packet.end - packet.start > _KEY_BYTES:
                    raise ContainerError("an OpenPGP key packet is unusually long")
            elif packet.tag in (SEIPD, AEAD, SED):
                return _judge_encrypted(content, keys, packet)
            elif packet.tag == MARKER and packet.head != b"PGP":
                raise ContainerError("an OpenPGP marker packet says something")
            elif packet.tag == PADDING and not looks_random(content, packet.start, packet.end):
                raise ContainerError("an OpenPGP padding packet says something")
            elif packet.tag not in (MARKER, PADDING):
                return Container("pgp", UNPROTECTED, notes=("the OpenPGP message is signed or compressed, not encrypted",))
    except ContainerError as error:
        return Container("pgp", Protection(State.UNKNOWN), complete=False, notes=(str(error),))
    return Container("pgp", Protection(State.UNKNOWN), complete=False, notes=("an OpenPGP message without content",))


def _judge_encrypted(content: bytes, keys: list[Packet], data: Packet) -> Container:
    if data.end != len(content):
        return Container("pgp", Protection(State.PARTIAL), complete=False, notes=("there are bytes after the OpenPGP message",))
    if not looks_random(content, data.start, data.end):
        return Container("pgp", UNPROTECTED, notes=("the OpenPGP data is not really encrypted",))
    if not keys:
        # RFC 4880 5.7: without a session key packet the cipher is IDEA with the MD5 of the passphrase.
        return Container("pgp", needing_secret("IDEA", 128), notes=("an OpenPGP message of the 1990s",))
    found = [_of_key(key, data) for key in keys]
    worst = min(found, key=lambda protection: (protection.state is State.STRONG, protection.bits or 256))
    notes = () if worst.bits else ("the cipher is inside the OpenPGP session key",)
    return Container("pgp", worst, notes=notes)


def _of_key(key: Packet, data: Packet) -> Protection:
    authentic = data.tag != SED
    named = _named_by(data)
    if key.tag == SKESK:
        algorithm, bits = _weaker(named, CIPHERS.get(key.head[2 if key.head[:1] == b"\x06" else 1], ("unknown", None)))
        return needing_secret(algorithm, bits, authentic=authentic and not _is_bare_hash(key))
    if _is_short_rsa(key):
        return Protection(State.WEAK, "RSA below 2048", None)
    if named:
        return needing_secret(*named, authentic=authentic)
    return Protection(State.STRONG if authentic else State.WEAK, "OpenPGP", None)


def _named_by(data: Packet) -> tuple[str, int | None] | None:
    """The cipher where the data packet names it: SEIPD version 2 and the AEAD packet of GnuPG."""
    if (data.tag == SEIPD and data.head[:1] == b"\x02") or data.tag == AEAD:
        return CIPHERS.get(data.head[1] if len(data.head) > 1 else 0, ("unknown", None))
    return None


def _weaker(named: tuple[str, int | None] | None, of_key: tuple[str, int | None]) -> tuple[str, int | None]:
    return of_key if named is None else min(named, of_key, key=lambda cipher: cipher[1] or 0)


def _is_bare_hash(key: Packet) -> bool:
    """String-to-key without salt or repetition (specifiers 0 and 1): any dictionary opens it."""
    return key.head[:1] == b"\x04" and key.head[2:3] in (b"\x00", b"\x01")


def _is_short_rsa(key: Packet) -> bool:
    version = key.head[:1]
    if version == b"\x03" and key.head[9:10] in (b"\x01", b"\x02"):
        return int.from_bytes(key.head[10:12], "big") < _RSA_BITS
    return False
