"""The guidance in words: what each reason means, what each remedy asks for, and the checklists for other ways.

Promises: every `Reason` and every `Remedy` has words; they are short, name nobody and repeat nothing that was found.
The facts come from the 2009 guidance (its pages on post, phone, fax, and taking papers or files along); the wording is ours, or the
speaker's own. `gateway explain` prints the same words that a notice does.
"""

from gateway.model.findings import Reason
from gateway.model.judgement import Destination, Path, Remedy
from gateway.notices.shipped.failures import FAILURES
from gateway.notices.wording import PLAIN, Speaker, say, steps
from gateway.notices.words import clean

HOW_TO_LOCK = "lock"
OTHER_WAYS = ("phone", "post", "person", "fax", "media")
"""Checklists, best known first."""


def meaning(reason: Reason, speaker: Speaker = PLAIN) -> str:
    """Why this reason stops an email, in one or two plain sentences."""
    return say(speaker, f"reason.{reason.value}")


def advice(reason: Reason, speaker: Speaker = PLAIN) -> str:
    """What to do about it: one line."""
    return say(speaker, f"advice.{reason.value}")


LOCKABLE: frozenset[Reason] = frozenset(
    (
        Reason.ATTACHMENT_UNPROTECTED,
        Reason.ATTACHMENT_WEAK,
        Reason.ATTACHMENT_PARTIAL,
        Reason.ATTACHMENT_OPENABLE,
        Reason.ATTACHMENT_UNREADABLE,
        Reason.ATTACHMENT_PERSONAL,
        Reason.ATTACHMENT_NAMES_VISIBLE,
        Reason.SUBJECT_MARKED,
        Reason.BODY_MARKED,
        Reason.BODY_PERSONAL,
        Reason.BULK_PERSONAL,
        Reason.LABEL_CONFIDENTIAL,
    )
)
"""What a lock mends: where the gateway does not do it, the notice says how."""

BEST_FIRST: tuple[Remedy, ...] = (
    # A certain mend of a slip comes first, then what the gateway does for the sender, then other ways, then asking.
    Remedy.USE_ADDRESS,
    Remedy.BARE_ADDRESS,
    Remedy.SEND_UNLOCKED,
    Remedy.REMOVE_PASSWORD,
    Remedy.LEAVE_OFF,
    Remedy.PROTECT,
    Remedy.SUBJECT,
    Remedy.SEPARATE,
    Remedy.CHANGE_SUBJECT,
    Remedy.SECURE_ADDRESS,
    Remedy.PHONE,
    Remedy.POST,
    Remedy.RELEASE,
    Remedy.URGENT,
    Remedy.WRONG,
    Remedy.CANCEL,
    Remedy.REPORT_INCIDENT,
    Remedy.REPORT,
)

MENDS: frozenset[Remedy] = frozenset(BEST_FIRST[: BEST_FIRST.index(Remedy.SECURE_ADDRESS)])
"""Those that put the message itself right; where none is offered, the reasons' own advice does."""

WORTHLESS_BY_HAND: frozenset[Remedy] = frozenset((Remedy.CANCEL, Remedy.URGENT, Remedy.REPORT))
"""Without an address to write to they say nothing that the notice does not say anyway (the deadline, the urgent line)."""


def remedy_words(remedy: Remedy, destination: Destination, speaker: Speaker = PLAIN) -> str:
    """What the sender can do, without any help from the gateway."""
    suggestion = clean(destination.suggestion)
    if remedy is Remedy.USE_ADDRESS and suggestion:
        key = "address.retired" if destination.path is Path.RETIRED else "address.known"
        return say(speaker, key, address=_at(suggestion))
    if remedy is Remedy.BARE_ADDRESS and suggestion:
        return say(speaker, "address.bare", address=suggestion)
    return say(speaker, f"do.{remedy.value}")


def _at(suggestion: str) -> str:
    return suggestion if "@" in suggestion else f"@{suggestion}"


def verb_words(remedy: Remedy, speaker: Speaker = PLAIN) -> tuple[str, str]:
    """For a remedy that a mail to its own address carries out: what it does, and what to write."""
    return say(speaker, f"link.{remedy.value}"), say(speaker, f"write.{remedy.value}")


def failure_words(status: str, speaker: Speaker = PLAIN) -> tuple[str, str]:
    """What an RFC 3463 status means to a person, and what they can do."""
    subject = status.partition(".")[2]
    known = next((key for key in (subject, subject.partition(".")[0]) if key in FAILURES), "") or "other"
    return say(speaker, f"failure.{known}"), say(speaker, f"failure.{known}.do")


def checklist(key: str, speaker: Speaker = PLAIN) -> tuple[str, tuple[str, ...]]:
    """The title and the steps of a way of sharing, or of locking a file."""
    return say(speaker, f"checklist.{key}.title"), steps(speaker, f"checklist.{key}.steps")


def in_short(key: str, speaker: Speaker = PLAIN) -> str:
    """A checklist in one line, for where there is no room."""
    return f"{say(speaker, f'checklist.{key}.title')}. {say(speaker, f'checklist.{key}.short')}"


def how_to_open(speaker: Speaker = PLAIN) -> str:
    """What a recipient reads above locked files."""
    return "\n".join(steps(speaker, "recipient.open"))
