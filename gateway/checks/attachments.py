"""Every file of the message: is it protected, can it be read, and what does it give away?

Promises: a file is judged by its bytes, in every reading a mail program could make of them, and the worst reading counts; what is inside
an unprotected archive is judged too. What cannot be read to the end is `attachment.unreadable`, never clean.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator

from gateway.checks import body, labels, subject, tables
from gateway.checks.desk import Desk, Locked, finding
from gateway.checks.images import is_decoration
from gateway.checks.spans import TextVerdict, in_words
from gateway.checks.vocabulary import words as words_of
from gateway.mail import decode_words
from gateway.model.document import Extracted
from gateway.model.findings import UNPROTECTED, Attachment, Container, Finding, Protection, Reason, State
from gateway.model.message import Part, Role

_DEPTH = 5
"""Archives in archives whose texts are read. Recognition itself goes deeper and says where it stopped."""
# Worst first: what one reading of a file gives away is not undone by another reading that is locked.
_WORST = (State.NONE, State.OPENABLE, State.PARTIAL, State.UNKNOWN, State.WEAK, State.STRONG)
_IMAGES = words_of("images")
_SPEECH = words_of("recordings")
_REASONS = {
    State.NONE: (Reason.ATTACHMENT_UNPROTECTED, "is not encrypted"),
    State.OPENABLE: (Reason.ATTACHMENT_OPENABLE, "is encrypted, but opens without a password"),
    State.PARTIAL: (Reason.ATTACHMENT_PARTIAL, "is only partly encrypted"),
    State.WEAK: (Reason.ATTACHMENT_WEAK, "is locked in a way that is easily broken"),
    State.UNKNOWN: (Reason.ATTACHMENT_UNREADABLE, "cannot be recognised, so we cannot tell whether it is locked"),
}


def check(desk: Desk) -> Iterator[Finding]:
    """Findings about every attachment; lays down the attachments themselves for later checks."""
    reports = _in_reports(desk)
    for part in desk.message.parts:
        if _is_attachment(part, desk, reports):
            yield from _of_part(part, desk)


def _in_reports(desk: Desk) -> frozenset[str]:
    """Paths of multipart/report nodes: the message they return is no attachment."""
    return frozenset(part.where for part in desk.message.parts if part.media_type == "multipart/report")


def _is_attachment(part: Part, desk: Desk, reports: frozenset[str]) -> bool:
    if part.role is Role.ATTACHMENT:
        return True
    if part.role is Role.INLINE_IMAGE:
        return not all(is_decoration(content, desk.looks_for) for content in part.contents or (b"",))
    if part.role is Role.CONTAINER and part.media_type.startswith("message/"):
        return part.where != "" and parent_of(part.where) not in reports
    return False


def parent_of(where: str) -> str:
    return where.rpartition("/")[0]


def _of_part(part: Part, desk: Desk) -> Iterator[Finding]:
    if part.role is Role.CONTAINER:
        yield from _attached_message(part, desk)
        return
    contents = part.contents or (b"",)
    readings = [(content, desk.read.recognise(content, part.name)) for content in contents]
    content, worst = min(readings, key=lambda reading: _WORST.index(reading[1].protection.state))
    name = part.name or f"part {part.where or '1'}"
    protection = _against_minimum(worst.protection, desk.looks_for.minimum_bits)
    desk.attachments.append(
        Attachment(
            part.where, part.name, worst.type, part.media_type, protection, len(content), hashlib.sha256(content).hexdigest(), worst.members
        )
    )
    yield from _protection(part.where, name, protection)
    yield from _names(part.where, part.names, worst, desk)
    yield from _misnamed(part, [container for _, container in readings], desk)
    for one, container in readings:
        yield from _inside(part.where, name, one, container, desk, 0)


def _attached_message(part: Part, desk: Desk) -> Iterator[Finding]:
    """A forwarded message is a file that anyone can open; its own parts are judged where they stand."""
    content = part.content or _raw_of(part, desk)
    name = part.name or "an attached email"
    digest = hashlib.sha256(content).hexdigest()
    desk.attachments.append(Attachment(part.where, part.name, "eml", part.media_type, UNPROTECTED, len(content), digest))
    yield from _protection(part.where, name, UNPROTECTED)
    yield from _names(part.where, part.names, Container("eml", UNPROTECTED), desk)
    for child in desk.message.parts:
        if child.where.startswith(f"{part.where}/") or child is part:
            header = next((field for field in child.headers if field.name == "subject"), None)
            if header is not None and child is not part:
                for text in decode_words(header.value):
                    yield from _personal(part.where, name, desk.note(subject.look(text, desk.known)))


def _raw_of(part: Part, desk: Desk) -> bytes:
    return desk.message.raw[part.body.start : part.body.end] if part.body else b""


def _against_minimum(protection: Protection, minimum_bits: int) -> Protection:
    """STRONG means as strong as this policy asks."""
    if protection.state is State.STRONG and protection.bits is not None and protection.bits < minimum_bits:
        return Protection(State.WEAK, protection.algorithm, protection.bits)
    return protection


def _protection(where: str, name: str, protection: Protection) -> Iterator[Finding]:
    if protection.state in _REASONS:
        reason, words = _REASONS[protection.state]
        how = f" ({protection.algorithm})" if protection.algorithm and protection.state is State.WEAK else ""
        yield finding(reason, where, f"{name_shown(name)} {words}{how}")


def name_shown(name: str) -> str:
    """A file name for a notice: without what it gives away. The shape stays, so that its writer knows it again."""
    stem, dot, extension = name.rpartition(".")
    verdict = subject.look(_readable(name))
    if not verdict.personal:
        return name[:120]
    return f"a {extension} file" if dot and stem else "a file"


def _readable(name: str) -> str:
    """A file name as a line of text: 'thompson_kayleigh-plan.docx' -> 'thompson kayleigh plan'."""
    stem, dot, extension = name.rpartition(".")
    base = stem if dot and len(extension) <= 5 else name
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"[_+~]+|%20|(?<=[A-Za-z])\.(?=[A-Za-z])|(?<=[A-Za-z])-(?=[A-Za-z])", " ", base))


def _names(where: str, names: tuple[str, ...], container: Container, desk: Desk) -> Iterator[Finding]:
    """What the file's own name, and those of its visible members, say about somebody."""
    for name in names:
        verdict = desk.note(subject.look(_readable(name), desk.known))
        if verdict.personal:
            yield finding(
                Reason.ATTACHMENT_PERSONAL,
                where,
                f"a file name holds {in_words(verdict.findings)}",
                kinds=verdict.kinds,
                score=verdict.score,
            )
    locked = container.protection.state.needs_a_secret
    for member in container.members:
        verdict = desk.note(subject.look(_readable(member.name.rpartition("/")[2]), desk.known))
        if verdict.personal and (locked or container.names_visible):
            words = f"the names of the files inside can be read without the password and hold {in_words(verdict.findings)}"
            yield finding(Reason.ATTACHMENT_NAMES_VISIBLE, where, words, kinds=verdict.kinds)
        elif verdict.personal:
            yield finding(
                Reason.ATTACHMENT_PERSONAL, where, f"a file inside has a name that holds {in_words(verdict.findings)}", kinds=verdict.kinds
            )


def _misnamed(part: Part, readings: list[Container], desk: Desk) -> Iterator[Finding]:
    """A name that promises a lock that is none, or hides what the file is: in any reading of the name and of the bytes."""
    disagrees = desk.read.name_disagrees
    if any(disagrees(_kind(container), name) for container in readings for name in part.names or (part.name,)):
        yield finding(Reason.ATTACHMENT_MISNAMED, part.where, f"{name_shown(part.name)} is not what its name says")
    inside = (member for container in readings if container.type in _ARCHIVES for member in container.members)
    if any(disagrees(member.type, member.name.rpartition("/")[2]) for member in inside):
        yield finding(Reason.ATTACHMENT_MISNAMED, part.where, "a file inside is not what its name says")


def _kind(container: Container) -> str:
    """A damaged .docx is a zip without a directory: that it cannot be read is said already, and its name is right."""
    return "unknown" if container.type == "zip" and container.protection.state is State.UNKNOWN else container.type


def _inside(where: str, name: str, content: bytes, container: Container, desk: Desk, depth: int) -> Iterator[Finding]:
    """What can be read in a file without a secret."""
    state = container.protection.state
    if state.needs_a_secret:
        desk.locked.append(Locked(where, name, content, container))
    if state in (State.STRONG, State.WEAK, State.UNKNOWN):
        return
    if depth >= _DEPTH:
        yield finding(Reason.MESSAGE_UNCHECKED, where, f"{name_shown(name)} is nested too deeply to be read")
        return
    if container.type in _IMAGES or container.type in _SPEECH:
        yield finding(
            Reason.ATTACHMENT_UNREADABLE, where, f"{name_shown(name)} is a picture or recording, and we cannot read what it shows"
        )
        return
    if not container.complete:
        why = container.notes[0] if container.notes else "it could not be opened to the end"
        yield finding(Reason.MESSAGE_UNCHECKED, where, f"{name_shown(name)} could not be read completely: {why}")
    if container.members:
        yield from _members(where, content, container, desk, depth)
    if not container.members or container.type not in _ARCHIVES:
        yield from _text_of(where, name, content, container.type, desk, depth)


_ARCHIVES = words_of("archives")


def _members(where: str, content: bytes, container: Container, desk: Desk, depth: int) -> Iterator[Finding]:
    try:
        yield from _each(where, desk.read.members_of(content, container), desk, depth)
    except ValueError as error:  # ContainerError, whose room is not loaded for messages without files
        yield finding(Reason.MESSAGE_UNCHECKED, where, f"it could not be unpacked completely: {error}")


def _each(where: str, files: Iterable[tuple[str, bytes]], desk: Desk, depth: int) -> Iterator[Finding]:
    """Files in a file, as if each had come alone."""
    for name, content in files:
        if not desk.files_left:
            yield finding(Reason.MESSAGE_UNCHECKED, where, "it holds more files than we read")
            return
        desk.files_left -= 1
        yield from _inside(f"{where}:{name}"[:200], name, content, desk.read.recognise(content, name), desk, depth + 1)


def _text_of(where: str, name: str, content: bytes, type: str, desk: Desk, depth: int) -> Iterator[Finding]:
    extracted = desk.read.extract(content, type, name)
    desk.file_texts.extend(text.text for text in extracted.texts)
    yield from _readability(where, name, extracted)
    yield from _giveaway(where, name, extracted, desk)
    yield from _each(where, extracted.files, desk, depth)


def _readability(where: str, name: str, extracted: Extracted) -> Iterator[Finding]:
    if extracted.image_only:
        yield finding(Reason.ATTACHMENT_UNREADABLE, where, f"{name_shown(name)} is a scan or picture, and we cannot read what it shows")
    if not extracted.complete:
        yield finding(
            Reason.ATTACHMENT_UNREADABLE, where, f"{name_shown(name)} could not be read completely: {extracted.why or 'it is damaged'}"
        )
    for words in extracted.hidden:
        yield finding(Reason.ATTACHMENT_HIDDEN, where, f"{name_shown(name)}: {words}")


def _giveaway(where: str, name: str, extracted: Extracted, desk: Desk) -> Iterator[Finding]:
    looks_for = desk.looks_for
    for text in extracted.texts:
        verdict = desk.note(
            body.look(text.text, desk.known, threshold=looks_for.body_score, limit=looks_for.text_bytes, patterns=looks_for.patterns)
        )
        place = f" ({text.place})" if text.place and text.place != "text" else ""
        yield from _personal(where, f"{name_shown(name)}{place}", verdict)
        if text.hidden and verdict.personal:
            yield finding(
                Reason.ATTACHMENT_HIDDEN, where, f"{name_shown(name)}{place} holds {in_words(verdict.findings)} where nobody sees it"
            )
        yield from _bulk(where, name, verdict.people, desk)
        if not verdict.complete:
            yield finding(Reason.MESSAGE_UNCHECKED, where, f"{name_shown(name)} holds more text than we look at")
        for marking in verdict.markings:
            yield finding(Reason.LABEL_CONFIDENTIAL, where, f"{name_shown(name)} is marked {marking}", kinds=(marking,))
    for table in extracted.tables:
        yield from _bulk(where, name, tables.people_in_rows(table.rows), desk)
    for label in extracted.labels:
        if labels.document_label(label, looks_for.label_ids):
            yield finding(Reason.LABEL_CONFIDENTIAL, where, f"{name_shown(name)} carries a confidential label", kinds=("CONFIDENTIAL",))


def _personal(where: str, name: str, verdict: TextVerdict) -> Iterator[Finding]:
    if verdict.personal:
        words = f"{name} holds {in_words(verdict.findings)}"
        yield finding(Reason.ATTACHMENT_PERSONAL, where, words, kinds=verdict.kinds, score=verdict.score)


def _bulk(where: str, name: str, people: int, desk: Desk) -> Iterator[Finding]:
    if people >= desk.looks_for.bulk_people:
        yield finding(Reason.BULK_PERSONAL, where, f"{name_shown(name)} lists about {people} people", kinds=("PEOPLE",), count=people)
