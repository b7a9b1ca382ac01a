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
# HTML writes any of these signs as a reference; a browser reads it all the same (threats D: an address that no search finds).
_REFERENCE = re.compile(
    rb"&(?:#[xX]0*([0-9a-fA-F]{1,2})(?![0-9a-fA-F]);?|#0*([0-9]{1,3})(?![0-9]);?"
    rb"|(colon|comma|semi|sol|plus|equals|period|percnt|lowbar|Tab|NewLine|quot|apos|lt|gt|amp);)"
)
_NAMED = {
    b"colon": b":", b"comma": b",", b"semi": b";", b"sol": b"/", b"plus": b"+", b"equals": b"=", b"period": b".", b"percnt": b"%",
    b"lowbar": b"_", b"Tab": b"\t", b"NewLine": b"\n", b"quot": b'"', b"apos": b"'", b"lt": b"<", b"gt": b">", b"amp": b"&",
}  # fmt: skip
# A page within a page (srcdoc) is written with references to references.
_MOST_LEVELS = 3
_ASCII = 128


def find(content: bytes, *, markup: bool) -> tuple[Found, ...]:
    """The files in a text. Plain text/plain or text/html URIs count: they open as pages. In `markup` as a browser reads addresses."""
    if not markup:
        return _all(content) if b":" in content and b"data:" in content else ()
    text = _without_references(content)
    places = text.lower().count(b"data:")
    found = _all(text) if places else ()
    # Browsers drop line ends and tabs from an address, also from the middle of its first word.
    joined = text.translate(None, b"\t\r\n")
    if joined.lower().count(b"data:") > places:
        found = tuple(dict.fromkeys((*found, *_all(joined))))
    return found


def _without_references(content: bytes) -> bytes:
    for _ in range(_MOST_LEVELS):
        if b"&" not in content:
            break
        content, count = _REFERENCE.subn(_sign, content)
        if not count:
            break
    return content


def _sign(match: re.Match[bytes]) -> bytes:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1], 16) if match[1] else int(match[2])
    return bytes((code,)) if code < _ASCII else match[0]


def _all(content: bytes) -> tuple[Found, ...]:
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
