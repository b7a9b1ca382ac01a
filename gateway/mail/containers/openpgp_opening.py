"""Does this password open this OpenPGP message? String-to-key, the repeated bytes, then the modification detection code.

Promises: a yes is certain (SHA-1 over the whole plain text). Bounded by bytes hashed: GnuPG asks for up to 65 MB per word.
Only messages whose password key is the session key (`gpg -c`), protected by an MDC, with AES: others cannot be tried.
"""

import hashlib
import hmac
from collections.abc import Iterable

from gateway.mail.containers.office_opening import first_within
from gateway.mail.containers.openpgp import ARMOUR_START, SEIPD, SKESK, body_of, dearmour, packets

# 500 MB of SHA-1 take about one second.
_HASHED_BYTES = 500_000_000
_HASHES = {1: "md5", 2: "sha1", 8: "sha256", 9: "sha384", 10: "sha512", 11: "sha224"}
_KEY_BYTES = {7: 16, 8: 24, 9: 32}
_BLOCK = 16
_CODE_PACKET = b"\xd3\x14"  # RFC 4880 5.14: packet 19 of twenty bytes.


def opening(content: bytes, candidates: Iterable[str]) -> str | None:
    """The first candidate that decrypts the message."""
    data = dearmour(content) if content.lstrip().startswith(ARMOUR_START) else content
    found = list(packets(data))
    keys = [packet for packet in found if packet.tag == SKESK and packet.head[:1] == b"\x04" and packet.end - packet.start == 13]
    locked = [packet for packet in found if packet.tag == SEIPD and packet.head[:1] == b"\x01"]
    if not keys or len(locked) != 1:
        return None
    head = keys[0].head
    cipher, mode, hashed, salt, count = head[1], head[2], head[3], head[4:12], (16 + (head[12] & 15)) << ((head[12] >> 4) + 6)
    if mode != 3 or hashed not in _HASHES or cipher not in _KEY_BYTES:
        return None
    message = body_of(data, locked[0])[1:]
    return first_within(
        candidates, lambda word: _fits(message, _key(word, salt, count, hashed, _KEY_BYTES[cipher])), _HASHED_BYTES // count
    )


def _key(word: str, salt: bytes, count: int, hashed: int, size: int) -> bytes:
    """RFC 4880 3.7.1.3: salt and password repeated up to `count` bytes; further digests start with a zero byte more."""
    unit = salt + word.encode("utf-8", "surrogatepass")
    key, zeros = b"", 0
    while len(key) < size:
        digest = hashlib.new(_HASHES[hashed], bytes(zeros))
        total = max(count, len(unit))
        piece = unit * (65_536 // len(unit) + 1)
        for _ in range(total // len(piece)):
            digest.update(piece)
        digest.update(piece[: total % len(piece)])
        key += digest.digest()
        zeros += 1
    return key[:size]


def _fits(message: bytes, key: bytes) -> bool:
    # At first use: it brings a parser of C along, which would cost every start of the workers 60 ms.
    from Cryptodome.Cipher import AES

    reader = AES.new(key, AES.MODE_CFB, iv=bytes(_BLOCK), segment_size=128)
    whole = -len(message) % _BLOCK
    head = reader.decrypt(message[: 2 * _BLOCK])
    if head[_BLOCK - 2 : _BLOCK] != head[_BLOCK : _BLOCK + 2]:
        return False
    plain = (head + reader.decrypt(message[2 * _BLOCK :] + bytes(whole)))[: len(message)]
    code = hashlib.sha1(plain[:-20]).digest()
    return plain[-22:-20] == _CODE_PACKET and hmac.compare_digest(code, plain[-20:])
