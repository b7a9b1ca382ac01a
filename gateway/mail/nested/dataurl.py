"""data: URIs (RFC 2397) in HTML, style sheets, calendars: a file in the address of a link or picture.

Promises: never raises; linear time. Small pictures are left alone: newsletters carry icons this way, as they would by cid.
"""

import re
from collections.abc import Iterator
from itertools import islice, starmap
from urllib.parse import unquote_to_bytes

from gateway.mail.bodies import decode_base64
from gateway.mail.nested.found import MOST_FOUND, Found

# The comma ends what a browser reads as the type, whatever stands there. One address alone looks at it, so that 'data:data:...' is linear.
_URI = re.compile(rb"data:((?:(?!data:)[^,<>]){0,2000}),", re.IGNORECASE)
# In prose 'data: a, b' is no address: without base64 the type must be one.
_TYPE = re.compile(rb"([a-z0-9.+-]+/[a-z0-9.+-]+)?\s*(?:;[^;=]+=[^;]{0,200})*\Z", re.IGNORECASE)
_BASE64 = re.compile(rb";\s*base64\s*\Z", re.IGNORECASE)
_VALUE = re.compile(rb"[^\"'<>()\s]*(?:\s+[A-Za-z0-9+/=%]{16,})*")
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
# What would end an address stands in it escaped; a browser drops line ends and tabs from it.
_INSIDE = {sign: b"%%%02X" % ord(sign) for sign in (b'"', b"'", b"<", b">", b"(", b")", b" ")} | dict.fromkeys((b"\t", b"\r", b"\n"), b"")
_DROPPED = b"\t\r\n"
# A page within a page (srcdoc) is written with references to references.
_MOST_LEVELS = 3
_ASCII = 128


def find(content: bytes, *, markup: bool) -> tuple[Found, ...]:
    """The files in a text. Plain text/plain or text/html URIs count: they open as pages. In `markup` as a browser reads addresses."""
    if not markup:
        return _all(content) if b":" in content and b"data:" in content.lower() else ()
    pages = _pages(content)
    if b"data:" not in pages[-1].translate(None, _DROPPED).lower():
        return ()
    # A quote mark or bracket that is written as a reference is part of an address, or the end of one in a style: both are read.
    readings = dict.fromkeys(reading for page in pages for reading in (page, _REFERENCE.sub(_inside, page)))
    return tuple(dict.fromkeys(item for reading in readings for item in _addresses(reading)))


def _pages(content: bytes) -> tuple[bytes, ...]:
    """The page, and what its references make of it, level by level."""
    pages = [content]
    while len(pages) <= _MOST_LEVELS and b"&" in pages[-1] and (inner := _REFERENCE.sub(_sign, pages[-1])) != pages[-1]:
        pages.append(inner)
    return tuple(pages)


def _addresses(text: bytes) -> tuple[Found, ...]:
    places = text.lower().count(b"data:")
    found = _all(text) if places else ()
    # Browsers drop line ends and tabs from an address, also from the middle of its first word.
    joined = text.translate(None, _DROPPED)
    return (*found, *_all(joined)) if joined.lower().count(b"data:") > places else found


def _sign(match: re.Match[bytes]) -> bytes:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1], 16) if match[1] else int(match[2])
    return bytes((code,)) if code < _ASCII else match[0]


def _inside(match: re.Match[bytes]) -> bytes:
    sign = _sign(match)
    return _INSIDE.get(sign, sign)


def _all(content: bytes) -> tuple[Found, ...]:
    return tuple(islice(filter(None, starmap(_read, _addressed(content))), 10 * MOST_FOUND))


def _addressed(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, value) of each address: up to the quote mark that it began with, where it began with one."""
    at = 0  # Behind the value as it is without quote marks: that is linear, and a lone quote mark hides no other address.
    while match := _URI.search(content, at):
        bare = _VALUE.match(content, match.end())
        at = bare.end() if bare else match.end()
        quote = content[max(0, match.start() - 64) : match.start()].rstrip()[-1:]
        end = content.find(quote, match.end()) if quote in (b'"', b"'") else -1
        yield match[1], content[match.end() : end if end >= 0 else at]


def _read(header: bytes, value: bytes) -> Found | None:
    is_base64, plain = _BASE64.search(header), _TYPE.match(header)
    if not is_base64 and (b"%" not in value or plain is None):
        return None  # Neither encoded nor escaped: it stands in the text as it is, and is judged there.
    if b"%" in value:
        value = unquote_to_bytes(value)
    decoded = decode_base64(value).contents[0] if is_base64 else value
    if len(decoded) < 16:
        return None
    named = _NAME.search(header)
    said = re.match(rb"[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+", header)
    kind = said[0].decode("ascii").lower() if said else "text/plain"
    picture = kind.startswith("image/") and kind != "image/svg+xml"
    return Found(
        decoded,
        (unquote_to_bytes(named[1]).decode("utf-8", "replace"),) if named else (),
        kind,
        disposition="inline" if picture else "attachment",
        content_id="data" if picture else "",
    )
