"""uuencode in text or as a transfer encoding.

Promises: never raises; linear time; every `begin` block of the text is given, complete or not.
"""

import binascii
import re

from gateway.mail.nested.found import MOST_FOUND, Found

_BEGIN = re.compile(rb"(?:\A|(?<=[\r\n]))[ \t>]*begin(-base64)?[ \t]+([0-7]{3,4})[ \t]+([^\r\n]{1,500})\r?\n", re.IGNORECASE)
_END = re.compile(rb"(?:\A|(?<=\n))[ \t>]*end[ \t]*\r?(?:\n|\Z)", re.IGNORECASE)


def present(content: bytes) -> bool:
    """A quick look whether there may be a block."""
    return (b" " in content or b"\t" in content) and (b"begin" in content or b"BEGIN" in content)


def find(content: bytes) -> tuple[Found, ...]:
    """The files in a text."""
    found: list[Found] = []
    at = 0
    while len(found) < MOST_FOUND and (match := _BEGIN.search(content, at)):
        end = _END.search(content, match.end())
        stop = end.start() if end else len(content)
        body = content[match.end() : stop]
        decoded = _decode_base64(body) if match[1] else _decode(body)
        if decoded:
            found.append(Found(decoded, (match[3].strip().decode("utf-8", "replace"),)))
        at = stop if end else match.end()
        if not end:
            break
    return tuple(found)


def _decode(body: bytes) -> bytes:
    """Line by line, as the format is; a damaged line is cut at its stated length as readers do."""
    out = []
    for line in body.splitlines():
        if not line.strip():
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                break  # Text after the block, or no uuencode at all.
    return b"".join(out)


def _decode_base64(body: bytes) -> bytes:
    try:
        return binascii.a2b_base64(body.partition(b"====")[0])
    except binascii.Error:
        return b""
