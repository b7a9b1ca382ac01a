"""A message after it was read: byte ranges into the original, every reading a lenient client could make, and defects.

Promises: `Message.raw` is what arrived and what is sent; spans are half-open offsets into it.
A part that came out of a container (TNEF, uuencode, base64 message/rfc822 ...) has no span of its own: `span` is None.
"""

from dataclasses import field, replace
from enum import StrEnum
from typing import NamedTuple, Self

from gateway.model.frozen import frozen


class _Range(NamedTuple):
    start: int
    end: int


class Span(_Range):
    """Half-open byte range [start, end) of the original message."""

    __slots__ = ()

    def __new__(cls, start: int, end: int) -> Self:
        if not 0 <= start <= end:
            raise ValueError(f"not a span: {start}..{end}")
        return tuple.__new__(cls, (start, end))


# Named tuples here and in Span: a message has dozens of them, and a frozen dataclass takes three times as long to make.
class Header(NamedTuple):
    """One header field: `name` lower-cased, `value` the raw bytes after the colon (unfolded by nobody), `span` the whole field."""

    name: str
    value: bytes
    span: Span


@frozen
class Defect:
    """Something that readers treat differently. `ambiguous`: readers may end with different facts, so a person must look.

    `unchecked`: we could not read this to the end (a limit, message/partial, an unknown encoding).
    Neither: a harmless oddity (a missing close boundary), noted only.
    """

    code: str
    where: str
    words: str
    ambiguous: bool = False
    unchecked: bool = False


class Role(StrEnum):
    """What a leaf is to the person who wrote the message."""

    BODY = "body"
    ATTACHMENT = "attachment"
    INLINE_IMAGE = "inline-image"
    """An image that the HTML shows by cid; policy says up to which size it is no attachment."""
    CALENDAR = "calendar"
    VCARD = "vcard"
    SIGNATURE = "signature"
    """A detached signature (pkcs7-signature, pgp-signature, pgp-keys)."""
    REPORT = "report"
    """message/delivery-status, disposition-notification, text/rfc822-headers of a multipart/report."""
    CONTAINER = "container"
    """A multipart, message/rfc822, TNEF ...: its children count, never itself."""


@frozen
class Part:
    """One node of the tree. `where` is its path ('' the message itself, '2', '2/1'; a dot never occurs).

    `contents` are the decoded readings, the usual one first: more than one where lenient readers would decode differently.
    `texts` are the same as text for text/* parts, by every plausible charset, the declared one first.
    `names` are all readings of the file name, the usual one first.
    """

    where: str
    media_type: str
    role: Role
    headers: tuple[Header, ...] = ()
    names: tuple[str, ...] = ()
    disposition: str = ""
    content_id: str = ""
    contents: tuple[bytes, ...] = ()
    texts: tuple[str, ...] = ()
    span: Span | None = None
    """The whole part with its headers, where it lies plainly in the original."""
    body: Span | None = None
    """The (still encoded) body, where it lies plainly in the original."""
    encoding: str = ""
    """Content-Transfer-Encoding as read, lower case ('' = 7bit)."""
    boundary: bytes = b""
    children: tuple["Part", ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    """Content-Type parameters of the usual reading, names lower-cased."""

    @property
    def name(self) -> str:
        return self.names[0] if self.names else ""

    @property
    def content(self) -> bytes:
        return self.contents[0] if self.contents else b""

    def header(self, name: str) -> bytes | None:
        """Raw value of the first header called `name` (lower case), None if there is none."""
        for header in self.headers:
            if header.name == name:
                return header.value
        return None


@frozen
class Mailbox:
    """An address as a header shows it: lenient, for words and comparison only, never for delivery."""

    display: str
    address: str


@frozen
class Message:
    """A message read once. `parts` is the tree flattened in document order, root first."""

    raw: bytes
    root: Part
    parts: tuple[Part, ...]
    defects: tuple[Defect, ...] = ()
    subjects: tuple[str, ...] = ()
    """All readings of the subject, the usual one first; () when there is no Subject field."""
    authors: tuple[Mailbox, ...] = ()
    """Mailboxes of every From field."""
    from_fields: int = 1
    senders: tuple[Mailbox, ...] = ()
    """Sender field."""
    reply_to: tuple[Mailbox, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    bcc: tuple[Mailbox, ...] = ()
    has_bcc: bool = False
    message_id: str = ""
    date: str = ""
    signed: bool = False
    """S/MIME or PGP, signed or encrypted as a whole: such mail is never edited."""
    dkim_signed: bool = False
    automatic: bool = False
    """An automatic reply: Auto-Submitted other than no (RFC 3834), X-Autoreply, a multipart/report ..."""
    calendar_method: str = ""
    """METHOD of the first calendar part, upper case ('REQUEST', 'REPLY')."""
    received_count: int = 0
    header_end: int = 0
    """Offset of the first body byte of the message."""

    def headers(self, name: str) -> tuple[bytes, ...]:
        """Raw values of every top-level header called `name` (lower case), in order."""
        return tuple(header.value for header in self.root.headers if header.name == name)

    @property
    def subject(self) -> str:
        return self.subjects[0] if self.subjects else ""

    def slim(self) -> "Message":
        """The same facts without bytes and parts: what crosses a process boundary."""
        root = replace(self.root, contents=(), texts=(), children=())
        return replace(self, raw=b"", root=root, parts=(root,))

    @property
    def leaves(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if not part.children and part.role is not Role.CONTAINER)


_NOTHING = Part("", "text/plain", Role.BODY)
NO_MESSAGE = Message(b"", _NOTHING, (_NOTHING,))
"""Where only facts are at hand, or not even those yet: nobody judges by it."""


@frozen
class ReadLimits:
    """Where reading stops and `message.unchecked` begins. Each number with its reason."""

    header_bytes: int = 262_144
    """Of one part. Outlook and Gmail cut off far below; 256 KB is what Exim and Postfix order of size allow."""
    header_fields: int = 2_000
    """Of one part. Real mail has under 200, with every trace field of a long way."""
    header_lines: int = 20_000
    """Of one part that is not clean: 256 KB in lines of 13 bytes; a To field of 5,000 folded addresses has 5,000."""
    parts: int = 1_000
    """Real council mail has under 50; 100,000 empty parts cost the stdlib reader 20 s."""
    depth: int = 30
    """Forwarded-as-attachment chains of people stay under 10."""
    decoded_bytes: int = 268_435_456
    """Five times the largest message: what nesting may blow a message up to, and the memory of a worker."""
    subject_chars: int = 4_096
    readings: int = 8
    """Alternative decodings kept of one part."""


DEFAULT_READ_LIMITS: ReadLimits = ReadLimits()


@frozen
class Splice:
    """One edit: the bytes of `span` are replaced by `new`. An empty span inserts."""

    span: Span
    new: bytes = field(repr=False)
