"""Which images the HTML shows by cid: they are part of the body to a person, as long as policy finds them small enough.

Promises: an image is inline only if an HTML part refers to its Content-ID and nothing calls it an attachment.
"""

import re
from dataclasses import replace
from urllib.parse import unquote

from gateway.model.message import Part, Role

_CID = re.compile(r"cid:([^\"'\s<>)]+)", re.IGNORECASE)


def settle_images(root: Part, parts: tuple[Part, ...]) -> Part:
    """The tree with the role of shown images set."""
    shown = _shown_ids(parts)
    return _settle(root, shown)


def _shown_ids(parts: tuple[Part, ...]) -> frozenset[str]:
    pages = (text for part in parts if part.media_type == "text/html" and part.role is Role.BODY for text in part.texts)
    return frozenset(unquote(match[1]).strip().lower() for page in pages if "cid:" in page.lower() for match in _CID.finditer(page))


def _settle(part: Part, shown: frozenset[str]) -> Part:
    if part.children:
        children = tuple(_settle(child, shown) for child in part.children)
        if any(new is not old for new, old in zip(children, part.children, strict=True)):
            part = replace(part, children=children)
    inline = part.role is Role.ATTACHMENT and part.media_type.startswith("image/") and part.disposition != "attachment" and part.content_id
    if inline and (part.content_id.lower() in shown or (part.span is None and part.content_id == "data")):
        return replace(part, role=Role.INLINE_IMAGE)
    return part
