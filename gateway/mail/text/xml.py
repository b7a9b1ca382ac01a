"""XML of documents, read as a stream of starts, ends and text by local name.

Promises: linear; nothing is loaded from outside; entity declarations end the reading (no billion laughs, no hidden text behind
an entity); prefixes do not matter, because any may be bound to any namespace.
On failure: `Malformed`. `harvest` then still gives what a lenient reader could see, and the document is incomplete.
"""

import re
from collections.abc import Callable
from typing import Protocol
from xml.parsers import expat

from gateway.mail.text import limits
from gateway.mail.text.collect import Notes, Stop

Attributes = dict[str, str]
_PIECE = 262_144
"""Fed to expat at a time."""


class Malformed(Exception):
    """Not well-formed XML, or XML that declares entities."""


class Handler(Protocol):
    """What a format does at each event. Names and attribute names are local: without their prefix."""

    def start(self, name: str, attributes: Attributes) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, data: str) -> None: ...


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Names(dict[str, str]):
    """Local names by qualified name, each worked out once."""

    def __missing__(self, name: str) -> str:
        self[name] = local = _local(name)
        return local


def parse(content: bytes, handler: Handler, notes: Notes) -> None:
    """Run `handler` over one part of a document. Raises Malformed; what the handler raises passes through."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    names = _Names()
    depth = count = 0
    most = limits.ELEMENTS - notes.elements
    started, ended = handler.start, handler.end

    def start(name: str, attributes: Attributes) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > limits.XML_DEPTH or count > most:
            raise Stop("it has more parts, or deeper ones, than are looked at")
        for key in attributes:
            if ":" in key:
                attributes = {names[key]: value for key, value in attributes.items()}
                break
        started(names[name], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        ended(names[name])

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.text
    parser.EntityDeclHandler = _refuse_entities
    try:
        _feed(parser, content)
    except (expat.ExpatError, LookupError, ValueError) as error:
        # LookupError, ValueError: an encoding that Python does not know, or a multi-byte one.
        raise Malformed(str(error)) from None
    finally:
        notes.elements += count


def _feed(parser: expat.XMLParserType, content: bytes) -> None:
    """In pieces, because expat takes a tag in whole: 25 MB of attributes would all be in memory before we heard of them."""
    for at in range(0, len(content), _PIECE):
        parser.Parse(content[at : at + _PIECE], False)
        if at - parser.CurrentByteIndex > limits.TAG_BYTES:
            raise Stop("it has more parts, or deeper ones, than are looked at")
    parser.Parse(b"", True)


def _refuse_entities(*_declaration: object) -> None:
    raise Malformed("declares entities")


_TAGS = re.compile(r"<[^<>]{0,4096}>")


def without_tags(text: str) -> str:
    """What stands between tags."""
    return _TAGS.sub("\n", text)


def salvage(content: bytes) -> str:
    """What a lenient reader would still see in broken XML."""
    return without_tags(content.decode("utf-8", "replace"))


class Harvest:
    """Collects all text of an XML file, and all attribute values that may hold words."""

    def __init__(self, line_ends: frozenset[str], attributes: bool = False) -> None:
        self._line_ends = line_ends
        self._attributes = attributes
        self._out: list[str] = []
        self.text: Callable[[str], None] = self._out.append

    def start(self, name: str, attributes: Attributes) -> None:
        if self._attributes:
            for value in attributes.values():
                if len(value) > 2 and not value.startswith(("http://", "urn:", "{")):
                    self._out.append(f"\n{value}\n")

    def end(self, name: str) -> None:
        if not self._line_ends or name in self._line_ends:
            self._out.append("\n")

    def result(self) -> str:
        return re.sub(r"\s*\n\s*", "\n", "".join(self._out)).strip()


def harvest(content: bytes, notes: Notes, line_ends: frozenset[str] = frozenset(), *, attributes: bool = False) -> tuple[str, bool]:
    """All text, and whether the XML was sound. `line_ends`: elements after which a line ends (empty: every element)."""
    handler = Harvest(line_ends, attributes)
    try:
        parse(content, handler, notes)
    except Malformed:
        return salvage(content), False
    return handler.result(), True
