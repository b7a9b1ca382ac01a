"""Formats that carry something inside a part, tried in order.

Promises: never raises; linear time; a part that carries nothing costs a few substring searches.
On failure: what cannot be read to its end is said in `Nest.unread`.
"""

from gateway.mail.nested import armour, binhex, calendar, dataurl, mailfile, mapi, outlook, pasted, smime, tnef, uu, yenc
from gateway.mail.nested.found import NOTHING, Found, Nest
from gateway.model.message import Part

__all__ = ["Found", "Nest", "carried"]

_CARDS = frozenset({"text/calendar", "application/ics", "text/x-vcalendar", "text/vcard", "text/x-vcard", "text/directory"})


def carried(part: Part) -> Nest:
    """What a decoded leaf carries, over all its readings."""
    if len(part.contents) == 1:
        return _carried(part, part.contents[0])
    nests = [_carried(part, content) for content in part.contents]
    if not any(nest is not NOTHING for nest in nests):
        return NOTHING
    return Nest(
        tuple(dict.fromkeys(found for nest in nests for found in nest.found)),
        container=bool(nests) and nests[0].container,
        media_type=nests[0].media_type if nests else "",
        unread=next((nest.unread for nest in nests if nest.unread), ""),
    )


def _carried(part: Part, content: bytes) -> Nest:
    kind = part.media_type
    if kind in _CARDS:
        return Nest(found) if (found := calendar.find(content)) else NOTHING
    if content.startswith(tnef.SIGNATURE):
        return tnef.read(content)
    if outlook.present(content):
        return outlook.read(content)
    if kind.startswith("text/"):
        return _in_text(content)
    if smime.present(kind, content, part.names):
        return smime.read(content)
    if binhex.present(content):
        return Nest(binhex.find(content), container=True)
    return mailfile.read(kind, part.names, content)


def _in_text(content: bytes) -> Nest:
    found: tuple[Found, ...] = ()
    if content.startswith(b"{\\rtf"):
        return Nest(_embedded(content))
    if uu.present(content):
        found += uu.find(content)
    if yenc.present(content):
        found += yenc.find(content)
    if binhex.present(content):
        found += binhex.find(content)
    if armour.present(content):
        found += armour.find(content)
    if dataurl.present(content):
        found += dataurl.find(content)
    found += pasted.find(content)
    return Nest(found) if found else NOTHING


def _embedded(content: bytes) -> tuple[Found, ...]:
    """Objects in an RTF file; its text is the business of whoever reads documents."""
    if b"objdata" not in content:
        return ()
    return tuple(found for found in mapi.rtf_parts(content)[0] if found.media_type != "text/plain")
