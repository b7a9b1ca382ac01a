"""data: URIs (RFC 2397) in HTML, style sheets, calendars: a file in the address of a link or picture.

Promises: never raises; linear time. Small pictures are left alone: newsletters carry icons this way, as they would by cid.
"""

import re
from itertools import islice
from urllib.parse import unquote_to_bytes

from gateway.mail.bodies import decode_base64
from gateway.mail.nested.found import MOST_FOUND, Found

_URI = re.compile(
    rb"data:([a-z0-9.+-]+/[a-z0-9.+-]+)?((?:;[a-z0-9-]+=[^;,\"'\s<>]{0,200})*)(;base64)?,([^\"'<>()\s]*(?:\s+[A-Za-z0-9+/=%]{16,})*)",
    re.IGNORECASE,
)
_NAME = re.compile(rb";(?:file)?name=([^;,]+)", re.IGNORECASE)
_ENTITIES = ((b"&#58;", b":"), (b"&#x3a;", b":"), (b"&colon;", b":"), (b"&#44;", b","), (b"&comma;", b","))


def present(kind: str, content: bytes) -> bool:
    """A quick look whether there may be one. Plain text is no HTML: there the name is written as programs write it."""
    if kind == "text/plain":
        return b":" in content and b"data:" in content
    lower = content.lower()
    return b"data:" in lower or b"data&" in lower


def find(content: bytes) -> tuple[Found, ...]:
    """The files in a text. Plain text/plain or text/html URIs count: they open as pages."""
    for entity, sign in _ENTITIES:
        if entity in content:
            content = content.replace(entity, sign)
    return tuple(item for match in islice(_URI.finditer(content), 10 * MOST_FOUND) if (item := _read(match)) is not None)


def _read(match: re.Match[bytes]) -> Found | None:
    value = match[4]
    if b"%" in value:
        value = unquote_to_bytes(value)
    elif not match[3]:
        return None  # Neither encoded nor escaped: it stands in the text as it is, and is judged there.
    decoded = decode_base64(value).contents[0] if match[3] else value
    kind = (match[1] or b"text/plain").decode("ascii").lower()
    if len(decoded) < 16:
        return None
    name = _NAME.search(match[2])
    picture = kind.startswith("image/") and kind != "image/svg+xml"
    return Found(
        decoded,
        (unquote_to_bytes(name[1]).decode("utf-8", "replace"),) if name else (),
        kind,
        disposition="inline" if picture else "attachment",
        content_id="data" if picture else "",
    )
