"""Content on the wire: where DATA ends, dots, and line ends that are not CRLF.

Promises: only CRLF.CRLF ends DATA (every other end is a smuggling attempt, CVE-2023-51764 and its like); what is sent
by DATA never contains a line of its own that is a single dot.
Nothing here converts a byte of content: it is carried or refused.
"""

import hyperscan

_END = b"\r\n.\r\n"


def _compile() -> hyperscan.Database:
    # 0.4 ms per MB, against 2 ms for counting CR, LF and CRLF (measured).
    database = hyperscan.Database()
    flags = hyperscan.HS_FLAG_SINGLEMATCH
    database.compile(expressions=[rb"[^\r]\n|\r[^\n]|^\n"], ids=[0], elements=1, flags=[flags])
    return database


_BARE = _compile()


def has_bare_line_end(raw: bytes) -> bool:
    """Is there a CR or LF that is not part of a CRLF?"""
    if raw.endswith(b"\r"):
        return True
    found: list[object] = []
    _BARE.scan(raw, match_event_handler=lambda *_: found.append(_))
    return bool(found)


def stuffed(raw: bytes) -> bytes:
    """`raw` with every leading dot doubled (RFC 5321 4.5.2)."""
    if b"\r\n." in raw:
        raw = raw.replace(b"\r\n.", b"\r\n..")
    return b"." + raw if raw.startswith(b".") else raw


class DataScanner:
    """Collects the blocks after DATA until CRLF.CRLF, wherever the network cut them.

    Beyond `limit_bytes` it keeps nothing but goes on looking for the end, so that the reply comes at the right place.
    """

    def __init__(self, limit_bytes: int) -> None:
        # The CRLF of the DATA command counts: '.CRLF' at once is an empty message.
        self._kept = bytearray(b"\r\n")
        self._limit = limit_bytes
        self.received = 0
        self.too_long = False

    def feed(self, block: bytes) -> bytes | None:
        """Take a block; None until the end was seen, then what followed it."""
        kept = self._kept
        start = max(0, len(kept) - (len(_END) - 1))
        kept += block
        self.received += len(block)
        at = kept.find(_END, start)
        if at >= 0:
            rest = bytes(memoryview(kept)[at + len(_END) :])
            del kept[at + 2 :]
            self._check(len(kept))
            return rest
        self._check(len(kept) - len(_END))
        return None

    def _check(self, size: int) -> None:
        self.too_long = self.too_long or size - 2 > self._limit
        if self.too_long:
            del self._kept[: -(len(_END) - 1)]

    def content(self) -> bytes:
        """The content, leading dots removed; only after the end was seen."""
        kept: bytes | bytearray = self._kept
        if b"\r\n." in kept:
            kept = kept.replace(b"\r\n.", b"\r\n")
        return bytes(memoryview(kept)[2:])
