"""Facts that stand in the headers and in the structure of a message."""

import re
from collections.abc import Iterator

from gateway.checks.desk import Desk, finding
from gateway.checks.normal import normalise
from gateway.model.findings import Finding, Reason, Request
from gateway.model.message import Message, Role

# What people were taught to type (NHSmail, Mersey Care ...): a request to protect, never a finding.
_SECURE = re.compile(r"\[\s{0,3}(?:secure|encrypt|encrypted|rw4encrypt)\s{0,3}\]", re.IGNORECASE)


def check_defects(desk: Desk) -> Iterator[Finding]:
    """What readers would read differently, or could not read to the end."""
    for defect in desk.message.defects:
        if defect.ambiguous:
            yield finding(Reason.MESSAGE_AMBIGUOUS, defect.where, defect.words, kinds=(defect.code,))
        if defect.unchecked:
            yield finding(Reason.MESSAGE_UNCHECKED, defect.where, defect.words, kinds=(defect.code,))


def check_bcc(desk: Desk) -> Iterator[Finding]:
    if desk.message.has_bcc:
        yield finding(Reason.HEADER_BCC, "", "the message still shows who gets a blind copy", count=len(desk.message.bcc))


def requests(message: Message) -> tuple[Request, ...]:
    """What the sender asked for in the subject."""
    asked = any(_SECURE.search(normalise(subject, markup=False).text) for subject in message.subjects)
    return (Request.SECURE,) if asked else ()


def visible(message: Message) -> tuple[str, ...]:
    """Addresses in To and Cc, lower case, each once."""
    return tuple(dict.fromkeys(mailbox.address.lower() for mailbox in (*message.to, *message.cc) if mailbox.address))


def has_calendar(message: Message) -> bool:
    return any(part.role is Role.CALENDAR for part in message.parts)
