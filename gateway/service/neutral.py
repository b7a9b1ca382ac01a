"""Automatic and calendar replies whose subject repeats somebody else's words go out with a neutral one (contract; walks 15, 16).

Nobody can edit the subject of an out-of-office reply or of "Accepted: ..."; stopping it would leave the partner without an answer.
Promises: only such replies are changed, only when they would be stopped, never when signed; what leaves is judged again.
Pure: bytes in, bytes out.
"""

from gateway.mail import read
from gateway.mail.splice import SIGNATURES, apply, base64_lines, remove_headers, replace_header, replace_part, replace_root
from gateway.model.message import Message, Part, Role, Splice
from gateway.service.edits import SUBJECT_COPIES

AUTOMATIC = "Automatic reply"
# Outlook's words for METHOD:REPLY; anything else is answered as 'Reply'.
ANSWERS = ("Accepted", "Tentative", "Declined")
# Properties of an iCalendar object that carry free text (RFC 5545 3.8.1), as unfolded line starts.
FREE_TEXT = (b"SUMMARY", b"DESCRIPTION", b"LOCATION", b"COMMENT", b"X-ALT-DESC", b"ATTACH", b"CONTACT", b"RESOURCES")


def is_reply(message: Message, *, by_nobody: bool = False) -> bool:
    """An automatic answer, or one of a calendar: nobody wrote its subject.

    A system's letter says auto-generated too (RFC 3834 5), as Exchange's out-of-office reply does; the latter comes from the null
    sender (`by_nobody`).
    """
    if message.signed:
        return False
    generated = any(b"auto-generated" in value.lower() for value in message.headers("auto-submitted"))
    return message.calendar_method == "REPLY" or (message.automatic and (by_nobody or not generated))


def neutral(raw: bytes) -> bytes | None:
    """The same reply with a neutral subject and a calendar part without free text; None if it cannot be edited."""
    message = read(raw)
    if not is_reply(message, by_nobody=True) or any(defect.ambiguous or defect.unchecked for defect in message.defects):
        return None
    try:
        splices = (*replace_header(message, "Subject", subject_for(message)), *remove_headers(message, (*SUBJECT_COPIES, *SIGNATURES)))
        return apply(raw, (*splices, *calendar_splices(message)))
    except ValueError:
        return None


def subject_for(message: Message) -> str:
    if message.calendar_method != "REPLY":
        return AUTOMATIC
    answer = next((word for word in ANSWERS if message.subject.lower().startswith(word.lower())), "Reply")
    return f"{answer}: your meeting"


def calendar_splices(message: Message) -> tuple[Splice, ...]:
    """Each calendar part with its free text removed; it is written anew in base64 under the same Content-Type."""
    splices: list[Splice] = []
    for part in message.parts:
        if part.role is Role.CALENDAR:
            content = base64_lines(without_free_text(part.content))
            fields = content_fields(part)
            if part.where:
                splices.append(replace_part(message, part.where, fields + b"\r\n" + content))
            else:
                splices.extend(replace_root(message, fields, content))
    return tuple(splices)


def content_fields(part: Part) -> bytes:
    kind = part.header("content-type") or b" text/calendar; charset=utf-8"
    return b"Content-Type:" + kind.rstrip(b"\r\n") + b"\r\nContent-Transfer-Encoding: base64\r\n"


def without_free_text(content: bytes) -> bytes:
    """An iCalendar object without its free text; folded lines (RFC 5545 3.1) go with the line that they continue."""
    kept: list[bytes] = []
    dropping = False
    for line in content.splitlines(keepends=True):
        if not line.startswith((b" ", b"\t")):
            name = line.partition(b":")[0].partition(b";")[0].strip().upper()
            dropping = name in FREE_TEXT
        if not dropping:
            kept.append(line)
    return b"".join(kept)
