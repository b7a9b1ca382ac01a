"""A message whose files are locked: spliced where its words stay, built anew below the header where they are locked too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from email.utils import encode_rfc2231
from hashlib import sha256

from gateway.mail.containers import recognise
from gateway.mail.protect.document import word_document
from gateway.mail.protect.files import CannotProtect, LockedFile, lock, lock_together
from gateway.mail.splice import SIGNATURES, apply, base64_lines, prepend_text, remove_headers, remove_part, replace_part, replace_root
from gateway.mail.text import extract
from gateway.model.findings import State
from gateway.model.message import Message, Part, Role, Splice

MOVED_NAME = "message.docx"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to protect. `words` tell the recipient how to open the files; `keep_name` says whether a file name may be seen by anybody.

    `is_decoration` knows the pictures of a signature or a logo: they stay where the words stay. `one_zip` puts everything into one zip
    instead of leaving PDF and Office files in their own format.
    """

    words: str
    move_text: bool
    keep_name: Callable[[str], bool]
    is_decoration: Callable[[bytes], bool]
    boundary: str
    one_zip: bool = False


@dataclass(frozen=True, slots=True)
class Replaced:
    """What goes where: `files` by the place of the part that each replaces, `gone` the places whose content is in another file.

    `words` is the file that holds the words of the message, where they are locked too.
    """

    files: dict[str, LockedFile]
    gone: frozenset[str] = frozenset()
    words: LockedFile | None = None

    @property
    def all(self) -> tuple[LockedFile, ...]:
        return (*((self.words,) if self.words else ()), *self.files.values())


@dataclass(frozen=True, slots=True)
class Locked:
    """The message to send, the names of the locked files as the recipient will see them, and the SHA-256 of each."""

    raw: bytes
    files: tuple[str, ...]
    digests: tuple[str, ...]


def protect(message: Message, password: str, wishes: Wishes) -> Locked:
    """Lock every file that is not strongly protected, and the words too where asked. Raises CannotProtect."""
    refuse_what_cannot_be_changed(message)
    message = without_inner_parts(message)
    wanted = [part for part in message.parts if needs_lock(part, wishes)]
    if not wanted and not wishes.move_text:
        raise CannotProtect("There is no file in the email that could be locked.")
    replaced = (together if wishes.one_zip else one_by_one)(message, wanted, password, wishes)
    try:
        raw = apply(message.raw, splices(message, replaced, wishes))
    except ValueError as trouble:
        raise CannotProtect("The email is built in a way that cannot be changed safely.") from trouble
    names, contents = zip(*((file.name, file.content) for file in replaced.all), strict=True)
    return Locked(raw, names, tuple(sha256(content).hexdigest() for content in contents))


def one_by_one(message: Message, wanted: Sequence[Part], password: str, wishes: Wishes) -> Replaced:
    """Each file locked in its place."""
    files = {
        part.where: lock(name, content, password) for part, (name, content) in zip(wanted, contents(message, wanted, wishes), strict=True)
    }
    words = lock(MOVED_NAME, word_document(body_text(message)), password) if wishes.move_text else None
    return Replaced(files, words=words)


def together(message: Message, wanted: Sequence[Part], password: str, wishes: Wishes) -> Replaced:
    """Everything in one zip, where the first file was, or where the words were."""
    inside = contents(message, wanted, wishes)
    places = [part.where for part in sorted(wanted, key=lambda part: part.role is not Role.ATTACHMENT)]
    if wishes.move_text:
        words = lock_together([(MOVED_NAME, word_document(body_text(message))), *inside], password)
        return Replaced({}, frozenset(places), words)
    return Replaced({places[0]: lock_together(inside, password)}, frozenset(places[1:]))


def contents(message: Message, wanted: Sequence[Part], wishes: Wishes) -> list[tuple[str, bytes]]:
    """(name, content) of each file."""
    return [(file_name(part, number, wishes), content_of(part, message)) for number, part in enumerate(wanted, 1)]


def refuse_what_cannot_be_changed(message: Message) -> None:
    if message.signed:
        raise CannotProtect("The email is signed or encrypted already. Changing it would break that.")
    if any(defect.ambiguous or defect.unchecked for defect in message.defects):
        raise CannotProtect("The email is built in a way that cannot be read for certain.")
    if any(part.role is Role.CALENDAR for part in message.parts):
        raise CannotProtect("It is an invitation. Send an ordinary email instead.")
    for part in message.parts:
        if part.role is Role.ATTACHMENT and part.span is None and not inside_attached(part, message):
            raise CannotProtect("A file is packed inside the email in a way that cannot be locked.")


def inside_attached(part: Part, message: Message) -> bool:
    """The part belongs to an attached message, which is locked as a whole."""
    return any(other.media_type == "message/rfc822" and part.where.startswith(f"{other.where}/") for other in message.parts if other.where)


def without_inner_parts(message: Message) -> Message:
    """The message as its writer sees it: what an attached email holds is neither text nor a file of this one."""
    return replace(message, parts=tuple(part for part in message.parts if not inside_attached(part, message)))


def needs_lock(part: Part, wishes: Wishes) -> bool:
    """Attachments that a stranger could open; an attached message counts as one file, its own parts do not count again."""
    if part.span is None:
        return False
    if part.media_type == "message/rfc822" and part.where:
        return True
    if part.role is Role.INLINE_IMAGE:
        return not wishes.is_decoration(part.content)
    # A contact card is words of the message: it is locked where they are.
    if part.role is Role.VCARD:
        return wishes.move_text
    return part.role is Role.ATTACHMENT and recognise(part.content, part.name).protection.state is not State.STRONG


def content_of(part: Part, message: Message) -> bytes:
    if len(set(part.contents)) > 1:
        raise CannotProtect("A file in the email can be read in more than one way.")
    if part.contents or part.body is None:
        return part.content
    # An attached message is a container: its bytes are those of its body, which has no encoding (RFC 2046 5.2.1).
    return message.raw[part.body.start : part.body.end]


def file_name(part: Part, number: int, wishes: Wishes) -> str:
    """The sender's name for the file where anybody may see it, else a neutral one (requirement P5)."""
    name = part.name.rpartition("/")[2].rpartition("\\")[2].strip() or ("message.eml" if part.media_type == "message/rfc822" else "")
    printable = "".join(ch for ch in name if ch.isprintable())[-100:]
    _, dot, ending = printable.rpartition(".")
    neutral = (
        f"document-{number}{dot}{ending if ending.isalnum() and ending.isascii() and len(ending) <= 5 else 'bin'}"
        if dot
        else f"document-{number}"
    )
    return printable if printable and wishes.keep_name(printable) else neutral


def splices(message: Message, replaced: Replaced, wishes: Wishes) -> tuple[Splice, ...]:
    unsigned = remove_headers(message, SIGNATURES)
    if not wishes.move_text and "" not in replaced.files and has_words(message):
        files = tuple(replace_part(message, where, part_bytes(file)) for where, file in replaced.files.items())
        gone = tuple(remove_part(message, where) for where in replaced.gone)
        return (*unsigned, *files, *gone, *prepend_text(message, wishes.words))
    text = "" if wishes.move_text else body_text(message)
    words = f"{wishes.words}\n\n{text}" if text.strip() else wishes.words
    kept = [span_bytes(message, part) for part in message.parts if is_kept(part, replaced)]
    fields = f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{wishes.boundary}"\r\n'.encode("ascii")
    mime = remove_headers(message, ("mime-version",))
    return (*unsigned, *mime, *replace_root(message, fields, mixed(words, [*map(part_bytes, replaced.all), *kept], wishes.boundary)))


def has_words(message: Message) -> bool:
    """There is text to which the words on how to open the files can be added."""
    return any(
        part.role is Role.BODY and part.body is not None and part.media_type in ("text/plain", "text/html") for part in message.parts
    )


def is_kept(part: Part, replaced: Replaced) -> bool:
    """A file that was strongly protected already goes along as it came."""
    taken = part.where in replaced.files or part.where in replaced.gone
    return part.role is Role.ATTACHMENT and part.span is not None and bool(part.where) and not taken


def span_bytes(message: Message, part: Part) -> bytes:
    """A whole part as it arrived, ending with a line end."""
    assert part.span is not None
    raw = message.raw[part.span.start : part.span.end]
    return raw if raw.endswith(b"\n") else raw + b"\r\n"


def body_text(message: Message) -> str:
    """The words of the message: its plain text, else the text of its HTML."""
    bodies = [part for part in message.parts if part.role is Role.BODY and part.span is not None and part.texts]
    plain = [part.texts[0] for part in bodies if part.media_type == "text/plain"]
    if plain:
        return "\n".join(plain)
    pages = [extract(part.content, "html") for part in bodies if part.media_type == "text/html"]
    return "\n".join(text.text for page in pages for text in page.texts if not text.hidden)


def mixed(words: str, files: Sequence[bytes], boundary: str) -> bytes:
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    parts = [head + base64_lines(words.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace")), *files]
    line = b"--" + boundary.encode("ascii")
    return b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"


def part_bytes(file: LockedFile) -> bytes:
    """A whole part: its fields, a blank line, base64."""
    name = parameter("name", file.name)
    filename = parameter("filename", file.name)
    head = (
        f"Content-Type: {file.media_type};\r\n {name}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n {filename}\r\n\r\n"
    )
    return head.encode("ascii") + base64_lines(file.content)


def parameter(key: str, value: str) -> str:
    if value.isascii() and not any(ch in '"\\' for ch in value):
        return f'{key}="{value}"'
    return f"{key}*={encode_rfc2231(value, 'utf-8')}"
