"""The tree of parts of a message: which bytes are a part, what they decode to, what is carried inside.

Promises: never raises on any bytes; bounded by `ReadLimits`; the leaves hold every reading that some client could make.
On failure: a limit or an encoding that nobody can decode is a defect `unchecked`; a structure whose readings cannot all be listed
is a defect `ambiguous`. Either makes a person look. Nothing is repaired: spans point into the original bytes.
"""

import re

from gateway.mail import boundaries, charsets, fields
from gateway.mail.bodies import Decoded, decode_base64, decode_quoted_printable, hidden_base64
from gateway.mail.boundaries import Delimiter
from gateway.mail.budget import Budget
from gateway.mail.fields import Field
from gateway.mail.headers import Block, after_blanks, newline_of, read_block
from gateway.mail.nested import Found, carried, uu, yenc
from gateway.mail.roles import role_of
from gateway.mail.shell import Shell, make_shell
from gateway.mail.words import decode_words
from gateway.model.message import Part, Role, Span

_TEXT = fields.parse_field(b"text/plain")
_MESSAGE = fields.parse_field(b"message/rfc822")
_MESSAGE_TYPES = frozenset({"message/rfc822", "message/global", "message/news"})
_SIGNED_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
# The receiver is to put it together or fetch it elsewhere: what it holds was never here.
_ELSEWHERE = {"message/partial": "one piece of a message in pieces", "message/external-body": "a pointer to content that lies elsewhere"}
# What programs write before the first boundary line for readers that know no MIME.
_CUSTOMARY = re.compile(
    rb"\s*(?:This is a (?:cryptographically signed message|multi-?part message) in MIME format\.?"
    rb"|This is an OpenPGP/MIME (?:signed|encrypted) message \(RFC 4880 and 3156\)"
    rb"|This message is in MIME format\. Since your mail reader does not understand\s+"
    rb"this format, some or all of this message may not be legible\.)?\s*\Z",
    re.IGNORECASE,
)
_MIME_TRACE = re.compile(rb"content-(?:type|transfer-encoding|disposition)[ \t]*:", re.IGNORECASE)
_UNDECLARED = re.compile(
    rb"(?:\A|\n)--[^\s-][^\r\n]*\r?\n(?:[^\r\n]+\r?\n){0,5}?content-(?:type|transfer-encoding|disposition)[ \t]*:", re.IGNORECASE
)
# A text file of 50 MB is 200 MB as text of the wider kind; whoever reads documents reads it by pieces.
_MOST_ATTACHED_TEXT = 1_000_000
# Subjects of one message within: two readings of it, each with a few doubles.
_MOST_SUBJECTS = 8
_HAS_TEXT = ("text/", "message/")
_IN_TEXT = {"x-uuencode": uu.find, "x-yencode": yenc.find}
_IDENTITY = frozenset({"", "7bit", "8bit", "binary"})


class TreeReader:
    """Reads parts out of one byte string: the message itself (`mapped`: spans count), or one decoded out of it."""

    __slots__ = ("budget", "data", "mapped", "newline")

    def __init__(self, data: bytes, newline: bytes, budget: Budget, *, mapped: bool) -> None:
        self.data = data
        self.newline = newline
        self.budget = budget
        self.mapped = mapped

    def entity(self, start: int, end: int, where: str, depth: int, default: Field = _TEXT) -> Part:
        """The part that lies in [start, end), header first."""
        budget = self.budget
        block = read_block(self.data, start, end, self.newline, budget.limits, where)
        if block.defects:
            # In a digest the blank line ends the part's own empty header, and the message's header follows (RFC 2046 5.1.5).
            budget.defects += [defect for defect in block.defects if default is _TEXT or defect.code != "header.blank_line_first"]
        return self.part_of(block, start, end, where, depth, default)

    def part_of(self, block: Block, start: int, end: int, where: str, depth: int, default: Field = _TEXT) -> Part:
        """The part with this header block; its body reaches to `end`."""
        raw_type = block.value("content-type")
        field = default if raw_type is None else fields.parse_field(raw_type)
        shell = make_shell(block, field, Span(start, end) if self.mapped else None, where, self.budget)
        if depth > self.budget.limits.depth:
            self.budget.unchecked("limit.depth", where, f"parts are nested more than {self.budget.limits.depth} deep")
            return shell.part(Role.ATTACHMENT)
        kind = shell.media_type
        if kind.startswith("multipart/"):
            return self._multipart(shell, block, field, end, depth)
        if kind in _ELSEWHERE:
            self.budget.unchecked("part.elsewhere", where, f"the part is {_ELSEWHERE[kind]}")
        if not field.clean or "boundary" in field.keys:
            wanted = boundaries.candidates(field)
            lines = self._delimiters(shell, wanted, block, end)
            if lines:
                self.budget.ambiguous("multipart.type", where, "a part that does not call itself multipart holds boundary lines")
                return self._with_parts(shell, block, wanted, end, depth, lines)
        return self._leaf(shell, block, field, end, depth)

    # Multiparts

    def _delimiters(self, shell: Shell, wanted: tuple[bytes, ...], block: Block, end: int) -> tuple[Delimiter, ...]:
        """The boundary lines of a part, of all boundaries that some reader would take."""
        begin = min(block.body, *block.other_bodies) if block.other_bodies else block.body
        readings = []
        for candidate in wanted:
            reading = boundaries.find_delimiters(self.data, candidate, begin, end, self.budget.limits.parts)
            if reading.cut:
                self.budget.unchecked("limit.parts", shell.where, f"there are more than {self.budget.limits.parts} parts")
            if reading.lines:
                self.budget.boundaries.add(candidate)
                readings.append(reading)
            self.budget.doubt(self.data, reading.doubtful, shell.where)
        if not readings:
            return ()
        lines = readings[0].lines
        if len(readings) == 1:
            return lines
        starts = {line.line for line in lines}
        if any({line.line for line in reading.lines} != starts for reading in readings[1:]):
            self.budget.ambiguous("multipart.boundaries", shell.where, "two different boundaries are in use")
            every = {line.line: line for reading in readings for line in reading.lines}
            lines = tuple(every[at] for at in sorted(every))
        return lines

    def _multipart(self, shell: Shell, block: Block, field: Field, end: int, depth: int) -> Part:
        names = fields.parse_encoding(block.values.get("content-transfer-encoding")).names
        wanted = boundaries.candidates(field)
        lines = self._delimiters(shell, wanted, block, end)
        if not _IDENTITY.issuperset(names):
            self._look_through_encoding(shell, block, wanted, end, names, len(lines))
        if not lines:
            return self._without_parts(shell, block, wanted, end, depth)
        return self._with_parts(shell, block, wanted, end, depth, lines)

    def _look_through_encoding(
        self, shell: Shell, block: Block, wanted: tuple[bytes, ...], end: int, names: tuple[str, ...], seen: int
    ) -> None:
        """RFC 2045 6.4 allows no encoding here. Where decoding shows other boundary lines, readers differ."""
        body = self.data[block.body : end]
        if not self.budget.take_bytes(len(body), shell.where):
            return
        for content in self._decode(block.body, end, names, shell.where):
            if content == body:
                continue
            for candidate in wanted:
                if len(boundaries.find_delimiters(content, candidate, 0, len(content), 1_000).lines) > seen:
                    self.budget.ambiguous("multipart.encoded", shell.where, "a multipart is encoded as a whole")
                    return

    def _without_parts(self, shell: Shell, block: Block, wanted: tuple[bytes, ...], end: int, depth: int) -> Part:
        """No boundary line: readers show nothing, or everything as text. Judged as text."""
        where = shell.where
        body = self.data[block.body : end]
        if _MIME_TRACE.search(body) and _UNDECLARED.search(body):
            self.budget.ambiguous("multipart.undeclared", where, "there are boundary lines, but not of the declared boundary")
        else:
            self.budget.note("multipart.empty", where, "a multipart without a boundary line")
        children = self._stray(block.body, end, where, 1, depth)
        shell.boundary = _first(wanted)
        return shell.part(Role.CONTAINER, children)

    def _with_parts(
        self, shell: Shell, block: Block, wanted: tuple[bytes, ...], end: int, depth: int, lines: tuple[Delimiter, ...]
    ) -> Part:
        where = shell.where
        default = _MESSAGE if shell.media_type == "multipart/digest" else _TEXT
        children: list[Part] = []
        strays: list[tuple[int, int]] = [(block.body, lines[0].start)]
        closed = False
        for index, line in enumerate(lines):
            stop = lines[index + 1].start if index + 1 < len(lines) else end
            stop = max(stop, line.after)
            if line.closing:
                closed = True
                strays.append((line.after, stop))
                continue
            if closed:
                self.budget.note("multipart.after_close", where, "parts follow the closing boundary line")
            if not self.budget.take_part(where):
                break
            children.append(self.entity(line.after, stop, _child(where, len(children) + 1), depth + 1, default))
        if not closed:
            self.budget.note("multipart.no_close", where, "the closing boundary line is missing")
        for start, stop in strays:
            children += self._stray(start, stop, where, len(children) + 1, depth)
        shell.boundary = _first(wanted)
        return shell.part(Role.CONTAINER, tuple(children))

    def _stray(self, start: int, end: int, where: str, number: int, depth: int) -> tuple[Part, ...]:
        """What stands before the first or after the last boundary line: some readers show it."""
        if end <= start:
            return ()
        text = self.data[start:end] if end - start < 1_000 else None
        if text is not None and _CUSTOMARY.match(text):
            return ()
        if not self.budget.take_part(where):
            return ()
        child = _child(where, number)
        if _MIME_TRACE.search(self.data, start, end):
            self.budget.ambiguous("multipart.stray", where, "Content fields stand outside the parts of a multipart")
            return (self.entity(after_blanks(self.data, start, end), end, child, depth + 1),)
        block = Block((), start)
        return (self.part_of(block, start, end, child, depth + 1),)

    # Leaves

    def _leaf(self, shell: Shell, block: Block, field: Field, end: int, depth: int) -> Part:
        where, budget = shell.where, self.budget
        encoding = fields.parse_encoding(block.values.get("content-transfer-encoding"))
        shell.encoding = encoding.names[0]
        contents: list[bytes] = []
        for begin in (block.body, *block.other_bodies):
            if not budget.take_bytes(max(0, end - begin), where):
                return shell.part(Role.ATTACHMENT)
            contents += self._decode(begin, max(begin, end), encoding.names, where)
        if not shell.media_type.startswith(_HAS_TEXT) and shell.encoding in _IDENTITY:
            # A reader that found an encoding field which we did not would see this (threats C02-C06); in texts, `pasted` looks.
            whole = hidden_base64(contents[0])
            contents += [whole] if whole else []
        if encoding.unknown:
            budget.unchecked("encoding.unknown", where, "nobody can say how the part is encoded")
        elif encoding.odd:
            budget.ambiguous("encoding.odd", where, "the transfer encoding can be read in several ways")
        shell.contents = self._different(contents, where)
        return self._dress(shell, field.charsets, depth, end)

    def _different(self, contents: list[bytes], where: str) -> tuple[bytes, ...]:
        """The readings that differ, as many as we keep."""
        if len(contents) == 1:  # Never hash what stands alone: it may be 25 MB.
            return (contents[0],)
        different = tuple(dict.fromkeys(contents))
        if len(different) > self.budget.limits.readings:
            self.budget.unchecked("limit.readings", where, "the part can be decoded in too many ways")
        return different[: self.budget.limits.readings]

    def _decode(self, start: int, end: int, names: tuple[str, ...], where: str) -> list[bytes]:
        """What [start, end) decodes to, by each of these encodings."""
        readings: list[bytes] = []
        for name in names:
            if name in _IDENTITY:
                readings.append(self.data[start:end])
                continue
            if name == "base64":
                decoded = decode_base64(self.data, start, end)
            elif name == "quoted-printable":
                decoded = decode_quoted_printable(self.data[start:end])
            elif name in _IN_TEXT:
                body = self.data[start:end]
                decoded = Decoded(tuple(item.content for item in _IN_TEXT[name](body)) or (body,))
            else:
                decoded = Decoded((self.data[start:end],))
            readings += decoded.contents
            if decoded.unsettled:
                self.budget.ambiguous("encoding.unsettled", where, decoded.unsettled)
        return readings

    def _dress(self, shell: Shell, labels: tuple[str, ...], depth: int, end: int = 0) -> Part:
        """Give a decoded leaf its role, its texts and what it carries inside."""
        if shell.media_type in _MESSAGE_TYPES:
            return self._message(shell, depth, end)
        nest = carried(shell.media_type, shell.names, shell.contents)
        if nest.unread:
            self.budget.unchecked("nested.unread", shell.where, nest.unread)
        children = self._children(shell.where, nest.found, depth) if nest.found else ()
        shell.media_type = kind = nest.media_type or shell.media_type
        if kind in _SIGNED_TYPES and nest.container and shell.where:
            # Signed mail as the message itself is its body; within another it is a file that anyone can open.
            shell.media_type = "message/rfc822"
        if nest.container:
            return shell.part(Role.CONTAINER, children)
        role = role_of(kind, shell.disposition, bool(shell.names), shell.contents)
        if role is Role.ATTACHMENT and len(shell.contents[0]) > _MOST_ATTACHED_TEXT:
            return shell.part(role, children)
        if kind.startswith(_HAS_TEXT) or role is Role.CALENDAR or role is Role.VCARD:
            return shell.part(role, children, _texts(shell.contents, labels, self.budget.limits.readings))
        return shell.part(role, children)

    def _children(self, where: str, found: tuple[Found, ...], depth: int) -> tuple[Part, ...]:
        """Parts made of what a leaf carries."""
        if depth >= self.budget.limits.depth:
            self.budget.unchecked("limit.depth", where, f"parts are nested more than {self.budget.limits.depth} deep")
            return ()
        children: list[Part] = []
        for item in found:
            if not self.budget.take_part(where) or not self.budget.take_bytes(len(item.content), where):
                break
            children.append(self._embedded(item, _child(where, len(children) + 1), depth + 1))
        messages = [child for child, item in zip(children, found, strict=False) if item.message]
        return (*children, *_subjects_of(messages, where, len(children) + 1))

    def _embedded(self, item: Found, where: str, depth: int) -> Part:
        if item.message:
            return message_tree(item.content, self.budget, where, depth)
        shell = Shell(
            where,
            item.media_type,
            names=item.names,
            disposition=item.disposition,
            content_id=item.content_id,
            contents=(item.content,),
        )
        return self._dress(shell, (item.charset,) if item.charset else (), depth)

    def _message(self, shell: Shell, depth: int, end: int) -> Part:
        """A message within the message: read in place where it is not encoded, otherwise out of its decoded bytes."""
        children: list[Part] = []
        # Two readings of a message: more would multiply at every level, and such an encoding is ambiguous anyway.
        for index, content in enumerate(shell.contents[:2]):
            if not self.budget.take_part(shell.where):
                break
            where = _child(shell.where, len(children) + 1)
            if index == 0 and shell.body and shell.encoding in _IDENTITY:
                children.append(self.entity(shell.body.start, end, where, depth + 1))
            else:
                children.append(message_tree(content, self.budget, where, depth + 1))
        return shell.part(Role.CONTAINER, (*children, *_subjects_of(children, shell.where, len(children) + 1)))


def message_tree(content: bytes, budget: Budget, where: str, depth: int) -> Part:
    """The tree of a message that was decoded out of another."""
    return TreeReader(content, newline_of(content), budget, mapped=False).entity(0, len(content), where, depth)


def _subjects_of(messages: list[Part], where: str, number: int) -> tuple[Part, ...]:
    """The subjects of messages within, as text: whoever opens them reads it first, and the checks judge texts."""
    values = [header.value for message in messages for header in message.headers if header.name == "subject"]
    texts = tuple(dict.fromkeys(text for value in values[:_MOST_SUBJECTS] for text in decode_words(value) if text))
    if not texts:
        return ()
    content = "\n".join(texts).encode("utf-8", "replace")
    return (Part(_child(where, number), "text/plain", Role.BODY, contents=(content,), texts=texts),)


def flatten(part: Part) -> tuple[Part, ...]:
    """The tree in document order, root first."""
    found = [part]
    for child in part.children:
        found += flatten(child)
    return tuple(found)


def _texts(contents: tuple[bytes, ...], labels: tuple[str, ...], most: int) -> tuple[str, ...]:
    if len(contents) == 1:
        return charsets.texts_of(contents[0], labels, most)
    found: dict[str, None] = {}
    for content in contents:
        found.update(dict.fromkeys(charsets.texts_of(content, labels, most)))
    return tuple(found)[:most]


def _first(values: tuple[bytes, ...]) -> bytes:
    return values[0] if values else b""


def _child(where: str, number: int) -> str:
    return f"{where}/{number}" if where else str(number)
