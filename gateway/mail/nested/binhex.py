"""BinHex 4.0 (RFC 1741): the data and resource forks of a Macintosh file in text.

Promises: never raises; linear time; a damaged file gives what was decoded up to the damage.
"""

import re
from itertools import islice

from gateway.mail.nested.found import MOST_FOUND, Found

_MARK = re.compile(rb"\(This file must be converted with BinHex[^\r\n]*\)[\r\n\s]*:", re.IGNORECASE)
_ALPHABET = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_BASE64 = bytes.maketrans(_ALPHABET, _STANDARD)
_NOT_ALPHABET = bytes(byte for byte in range(256) if byte not in _ALPHABET)
_RUN = re.compile(rb"([\x00-\xff])\x90([\x00-\xff])", re.DOTALL)
# A run-length byte stands for up to 255 others: growth beyond this is a bomb, not a file.
_MOST_BYTES = 67_108_864


def present(content: bytes) -> bool:
    """A quick look whether there may be one."""
    return b"(" in content and b"with BinHex" in content


def find(content: bytes) -> tuple[Found, ...]:
    """The files in a text."""
    found: list[Found] = []
    for match in islice(_MARK.finditer(content), MOST_FOUND):
        stop = content.find(b":", match.end())
        body = content[match.end() : stop if stop >= 0 else len(content)]
        found += _read(body)
        if stop < 0:
            break
    return tuple(found)


def _read(body: bytes) -> list[Found]:
    import binascii

    letters = body.translate(_TO_BASE64, _NOT_ALPHABET)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    plain = _expand(binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)))
    if not plain or len(plain) < plain[0] + 22:
        return [Found(plain)] if plain else []
    size = plain[0]
    name = plain[1 : 1 + size].decode("mac-roman", "replace")
    at = 1 + size + 1 + 4 + 4 + 2  # Version byte, type, creator, flags.
    data, resource = int.from_bytes(plain[at : at + 4], "big"), int.from_bytes(plain[at + 4 : at + 8], "big")
    at += 8 + 2
    forks = [plain[at : at + data], plain[at + data + 2 : at + data + 2 + resource]]
    return [Found(fork, (name,)) for index, fork in enumerate(forks) if fork or index == 0]


def _expand(packed: bytes) -> bytes:
    """Undo the run-length coding: a byte, 0x90, a count; 0x90 0x00 is the byte 0x90."""
    out: list[bytes] = []
    size, last = 0, b""
    for index, piece in enumerate(packed.split(b"\x90")):
        if index:
            count = piece[0] if piece else 0
            piece = piece[1:]
            run = b"\x90" if count == 0 else last * (count - 1)
            out.append(run)
            size += len(run)
            last = run[-1:] or last
        out.append(piece)
        size += len(piece)
        last = piece[-1:] or last
        if size > _MOST_BYTES:
            break
    return b"".join(out)
