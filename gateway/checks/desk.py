"""What one run of the checks works with: the message, what to look for, who is known, and what the checks before found out.

Promises: the only thing here that changes is what checks lay down for later ones (file texts, locked files); it lives for one message.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.checks.known import Known
from gateway.checks.reading import Readers, readers
from gateway.checks.spans import TextVerdict
from gateway.model.data_subject import DataSubject
from gateway.model.findings import Attachment, Container, Finding, Reason
from gateway.model.looking import LooksFor
from gateway.model.message import Mailbox, Message


@dataclass(frozen=True, slots=True)
class Locked:
    """A file that needs a secret: what the words of the message are tried on."""

    where: str
    name: str
    content: bytes
    container: Container


@dataclass(slots=True)
class Desk:
    """One message on the desk."""

    message: Message
    looks_for: LooksFor
    known: Known
    readers: Readers | None = None
    attachments: list[Attachment] = field(default_factory=list)
    locked: list[Locked] = field(default_factory=list)
    file_texts: list[str] = field(default_factory=list)
    """Texts of unprotected files: where a password may stand beside the locked one."""
    files_left: int = 200
    """Files in files whose texts are read, in the whole message; council mail has a handful."""
    about: dict[DataSubject, None] = field(default_factory=dict)
    """Whom the message is about, each once."""

    def note(self, verdict: TextVerdict) -> TextVerdict:
        """Keep whom a text is about; the verdict itself goes on."""
        if verdict.about:
            self.about.update(dict.fromkeys(verdict.about))
        return verdict

    @property
    def read(self) -> Readers:
        self.readers = self.readers or readers()
        return self.readers


def desk_for(message: Message, looks_for: LooksFor, given_readers: Readers | None = None) -> Desk:
    return Desk(message, looks_for, known_in(message, looks_for), given_readers)


def known_in(message: Message, looks_for: LooksFor) -> Known:
    """Correspondents and colleagues: their names in a subject are no disclosure."""
    colleagues = {key for mailbox in _correspondents(message) for key in name_keys(mailbox.display)}
    own = {domain.lower() for domain in looks_for.own_domains}
    for mailbox in _correspondents(message):
        local, _, domain = mailbox.address.lower().rpartition("@")
        if domain in own:
            colleagues |= set(name_keys(re.sub(r"[._\-]+", " ", local)))
    colleagues |= {key for name in looks_for.staff_names for key in name_keys(name)}
    return Known(frozenset(colleagues), looks_for.never_personal, looks_for.always_personal)


def _correspondents(message: Message) -> Iterator[Mailbox]:
    yield from message.authors
    yield from message.senders
    yield from message.to
    yield from message.cc


def name_keys(display: str) -> Iterator[str]:
    """A displayed name as the order-free key that `Known.colleagues` holds ('Reid, Sam (NHS)' -> 'reid sam')."""
    plain = re.sub(r"\([^)]{0,80}\)|\[[^\]]{0,80}\]|\"", " ", display.lower())
    parts = re.findall(r"[a-z][a-z'\-]*", plain)
    if len(parts) >= 2:
        yield " ".join(sorted((parts[0], parts[-1])))
        yield " ".join(sorted(parts[:2]))


def finding(reason: Reason, where: str, shown: str, **more: object) -> Finding:
    """A finding with its words cut to a length that fits a notice and a log line."""
    return Finding(reason, where, shown[:300], **more)  # type: ignore[arg-type]  # the keywords are Finding's own
