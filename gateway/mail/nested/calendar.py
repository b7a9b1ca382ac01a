"""Files carried in calendar entries and vCards: ATTACH, PHOTO, LOGO, SOUND, KEY, as base64 or data: URIs (RFC 5545, 6350, 2426).

Promises: never raises; linear time; only inline content is given, links are text.
"""

import binascii
import re
from itertools import islice

import pybase64

from gateway.mail.nested import dataurl
from gateway.mail.nested.found import MOST_FOUND, Found

_FOLD = re.compile(rb"\r?\n[ \t]")
_BINARY = re.compile(
    rb"^(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)((?:;[^:\r\n]*)?;(?:ENCODING=(?:BASE64|B)\b|BASE64)[^:\r\n]*):[ \t]*([^\r\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
_TYPE = re.compile(rb"FMTTYPE=\"?([A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+)", re.IGNORECASE)
_NAME = re.compile(rb"(?:X-FILENAME|FILENAME|X-APPLE-FILENAME|X-ORACLE-FILENAME)=\"?([^\";:\r\n]+)", re.IGNORECASE)
# vCard 2.1 continues base64 without folding marks until an empty line.
_OLD_STYLE = re.compile(rb"(?:[ \t]*+[A-Za-z0-9+/]{20,}+={0,2}[ \t]*+\r?\n)++")


def find(content: bytes) -> tuple[Found, ...]:
    """The files in a calendar or vCard."""
    if b";" not in content and b"data:" not in content:
        return ()
    text = _FOLD.sub(b"", content)
    found = [item for match in islice(_BINARY.finditer(text), MOST_FOUND) if (item := _read(match, text)) is not None]
    found += dataurl.find(text, markup=True)
    return tuple(found)


def _read(match: re.Match[bytes], text: bytes) -> Found | None:
    following = text.find(b"\n", match.end()) + 1 or len(text)
    block = _OLD_STYLE.match(text, following)
    try:
        decoded = pybase64.b64decode(match[3] + (block[0] if block else b""))
    except (ValueError, binascii.Error):
        decoded = b""
    if not decoded:
        return None
    kind, name = _TYPE.search(match[2]), _NAME.search(match[2])
    names = (name[1].decode("utf-8", "replace"),) if name else ()
    return Found(decoded, names, kind[1].decode("ascii").lower() if kind else "application/octet-stream")
