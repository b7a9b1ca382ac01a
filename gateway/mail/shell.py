"""A part as its header alone tells it, before anyone looked at its body.

Promises: every reading of the file name; a type that readers would take differently is a defect.
"""

import re
from dataclasses import dataclass

from gateway.mail import fields
from gateway.mail.budget import Budget
from gateway.mail.fields import Field
from gateway.mail.headers import Block
from gateway.model.message import Header, Part, Role, Span

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+\Z")
_COMPOSITE = ("multipart/", "message/")
_NAMES = frozenset({"name", "filename"})
# Where file names stand: the disposition's first, as most programs prefer it.
_PLACES = (("disposition", "filename"), ("type", "name"), ("disposition", "name"), ("type", "filename"))


@dataclass(slots=True)
class Shell:
    """The makings of a `Part`, filled in as its body is read; `part` makes the value, once."""

    where: str
    media_type: str
    headers: tuple[Header, ...] = ()
    names: tuple[str, ...] = ()
    disposition: str = ""
    content_id: str = ""
    contents: tuple[bytes, ...] = ()
    span: Span | None = None
    body: Span | None = None
    encoding: str = ""
    boundary: bytes = b""
    parameters: tuple[tuple[str, str], ...] = ()

    def part(self, role: Role, children: tuple[Part, ...] = (), texts: tuple[str, ...] = ()) -> Part:
        return Part(
            self.where,
            self.media_type,
            role,
            self.headers,
            self.names,
            self.disposition,
            self.content_id,
            self.contents,
            texts,
            self.span,
            self.body,
            self.encoding,
            self.boundary,
            children,
            self.parameters,
        )


def make_shell(block: Block, field: Field, span: Span | None, where: str, budget: Budget) -> Shell:
    """The shell of the part with this header; `span` None where it has no place of its own in the message."""
    disposition = fields.parse_field(block.value("content-disposition"))
    content_id = block.value("content-id")
    return Shell(
        where,
        _media_type(field, where, budget),
        block.headers,
        _names(field, disposition),
        disposition.value,
        content_id.strip().strip(b"<>").decode("latin-1") if content_id else "",
        span=span,
        body=Span(min(block.body, span.end), span.end) if span else None,
        parameters=field.shown,
    )


def _media_type(field: Field, where: str, budget: Budget) -> str:
    """The type, 'text/plain' where RFC 2045 5.2 says so; doubt where readers would take another."""
    value = field.value
    if field.clean and "/" in value:
        return value
    if _TYPE.match(value):
        if any(other != value and (_TYPE.match(other) or value.startswith(_COMPOSITE)) for other in field.others):
            budget.ambiguous("type.several", where, "the type can be read in several ways")
        return value
    if value in ("", "text"):
        return "text/plain"
    if "multipart" in value or "message" in value:
        budget.ambiguous("type.damaged", where, "the type is damaged")
        return "multipart/mixed" if "multipart" in value else "message/rfc822"
    budget.note("type.damaged", where, "the type is damaged")
    return "application/octet-stream"


def _names(field: Field, disposition: Field) -> tuple[str, ...]:
    """All readings of the file name."""
    if _NAMES.isdisjoint(field.keys) and _NAMES.isdisjoint(disposition.keys):
        return ()
    found: dict[str, None] = {}
    for place, key in _PLACES:
        source = disposition if place == "disposition" else field
        if key in source.keys:
            found |= dict.fromkeys(source.readings(key))
    found.pop("", None)
    return tuple(found)
