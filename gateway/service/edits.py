"""The three ways in which a held message may be changed for its sender: locked, with another subject, one copy for each person.

Promises: what is not asked for stays as it is, byte for byte; signed mail is never changed; a changed message loses the signatures that
no longer fit it. Pure: bytes in, bytes out.
"""

from dataclasses import dataclass

from gateway.mail import read
from gateway.mail.splice import SIGNATURES, apply, remove_headers, replace_header
from gateway.model.address import Address
from gateway.model.findings import Reason
from gateway.model.message import Message, Splice

# Outlook repeats the subject in Thread-Topic; the others may carry it too (threats D06).
SUBJECT_COPIES = ("thread-topic", "comments", "keywords", "x-microsoft-exchange-diagnostics")
# RFC 5322 2.1.1: a line has at most 998 characters; a subject that people can read is far shorter.
SUBJECT_CHARS = 200
# When the words of the message are what was found, they are locked too.
IN_THE_TEXT = frozenset((Reason.BODY_PERSONAL, Reason.BODY_MARKED, Reason.LABEL_CONFIDENTIAL, Reason.BULK_PERSONAL))


class CannotChange(Exception):
    """The message cannot be changed like that; the words are for its sender."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A message after an edit; `files` are the names of the locked files, `sealed` their digests, for the judge of this very copy."""

    raw: bytes
    files: tuple[str, ...] = ()
    sealed: frozenset[str] = frozenset()


def with_subject(raw: bytes, subject: str) -> Changed:
    """The same message under another subject."""
    words = " ".join(subject.split())[:SUBJECT_CHARS]
    if not words:
        raise CannotChange("We found no new subject in your email. Write it on the first line.")
    message = read(raw)
    refuse_signed(message)
    return edited(raw, (*replace_header(message, "Subject", words), *remove_headers(message, (*SUBJECT_COPIES, *SIGNATURES))))


def for_one(raw: bytes, recipient: Address) -> Changed:
    """A copy that names only its own recipient: To has that address alone, Cc and Bcc are gone."""
    message = read(raw)
    refuse_signed(message)
    others = remove_headers(message, ("cc", "bcc", *SIGNATURES))
    return edited(raw, (*replace_header(message, "To", str(recipient)), *others))


def refuse_signed(message: Message) -> None:
    if message.signed:
        raise CannotChange("The email is signed or encrypted. Changing it would break that. Send a new email instead.")
    if any(defect.ambiguous or defect.unchecked for defect in message.defects):
        raise CannotChange("The email is built in a way that cannot be changed safely. Send a new email instead.")


def edited(raw: bytes, splices: tuple[Splice, ...]) -> Changed:
    try:
        return Changed(apply(raw, splices))
    except ValueError as trouble:
        raise CannotChange("The email is built in a way that cannot be changed safely. Send a new email instead.") from trouble
