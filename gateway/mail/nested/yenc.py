"""yEnc in text or as a transfer encoding.

Promises: never raises; linear time; each part's bytes are given, joined where the parts of one file stand in one text.
"""

import re
from itertools import islice

from gateway.mail.nested.found import MOST_FOUND, Found

_BEGIN = re.compile(rb"=ybegin[ \t]+([^\r\n]*)\r?\n")
_NAME = re.compile(rb"name=([^\r\n]+)")
_ESCAPED = re.compile(rb"=([\x00-\xff])", re.DOTALL)
_SHIFT = bytes((value - 42) % 256 for value in range(256))
_ESCAPES = {bytes((value,)): bytes(((value - 64) % 256,)) for value in range(256)}


def present(content: bytes) -> bool:
    """A quick look whether there may be a block."""
    return b"=" in content and b"=ybegin" in content


def find(content: bytes) -> tuple[Found, ...]:
    """The files in a text."""
    files: dict[str, list[bytes]] = {}
    begins = list(islice(_BEGIN.finditer(content), MOST_FOUND))
    ends = [*(begin.start() for begin in begins[1:]), len(content)]
    for match, following in zip(begins, ends, strict=False):  # Without a block there is an end too many.
        name = _NAME.search(match[1])
        start = match.end()
        if content.startswith(b"=ypart", start):
            start = content.find(b"\n", start, following) + 1 or following
        stop = content.find(b"=yend", start, following)
        key = name[1].strip().decode("utf-8", "replace") if name else ""
        files.setdefault(key, []).append(_decode(content[start : stop if stop >= 0 else following]))
    return tuple(Found(b"".join(parts), (name,) if name else ()) for name, parts in files.items())


def _decode(body: bytes) -> bytes:
    body = body.translate(None, b"\r\n")
    return _ESCAPED.sub(lambda match: _ESCAPES[match[1]], body).translate(_SHIFT)
