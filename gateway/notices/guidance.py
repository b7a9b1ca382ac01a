"""The guidance in words: what each reason means, what each remedy asks for, and the checklists for other ways.

Promises: every `Reason` and every `Remedy` has words; they are short, name nobody and repeat nothing that was found.
The facts come from the 2009 guidance (its pages on post, phone, fax, and taking papers or files along); the wording is ours.
`gateway explain` prints the same words that a notice does.
"""

from dataclasses import dataclass

from gateway.model.findings import Reason
from gateway.model.judgement import Destination, Path, Remedy
from gateway.notices.checklists import CHECKLISTS, FAX, LOCK, MEDIA, PERSON, PHONE, POST, Checklist
from gateway.notices.words import clean

__all__ = [
    "BEST_FIRST",
    "CHECKLISTS",
    "FAX",
    "LOCK",
    "LOCKABLE",
    "MEDIA",
    "MENDS",
    "PERSON",
    "PHONE",
    "POST",
    "WORTHLESS_BY_HAND",
    "Checklist",
    "advice",
    "meaning",
    "remedy_words",
    "verb_words",
]


@dataclass(frozen=True, slots=True)
class Words:
    """`meaning`: why it was stopped. `advice`: what to do about it."""

    meaning: str
    advice: str


_REASONS: dict[Reason, Words] = {
    # Files
    Reason.ATTACHMENT_UNPROTECTED: Words(
        "A file in the email is not locked. Anyone who gets hold of the email can open it.",
        "Lock the file with a password (AES 256), then send it again. Tell the person the password by phone.",
    ),
    Reason.ATTACHMENT_WEAK: Words(
        "A file is locked, but the lock is old and easy to break.",
        "Lock the file again with AES 256. In 7-Zip, pick AES-256 as the method.",
    ),
    Reason.ATTACHMENT_PARTIAL: Words(
        "A file is locked, but parts of it can be read without the password.",
        "Put all the files in one locked zip file. Check that you cannot open any of them without the password.",
    ),
    Reason.ATTACHMENT_OPENABLE: Words(
        "A file looks locked, but it opens without a password.",
        "Set a password that is needed to open the file. A password that only stops changes is not enough.",
    ),
    Reason.ATTACHMENT_UNREADABLE: Words(
        "We could not read a file, so we cannot tell what is in it. Scans and pictures are like this.",
        "Lock the file with a password (AES 256), then send it again. Tell the person the password by phone.",
    ),
    Reason.ATTACHMENT_HIDDEN: Words(
        "A file has hidden parts. The person you send it to can make them show.",
        "Take the hidden parts out. Save the file as a new one and send that.",
    ),
    Reason.ATTACHMENT_PERSONAL: Words(
        "A file tells who someone is, or has facts about their life.",
        "Lock the file with a password (AES 256), then send it again. Tell the person the password by phone.",
    ),
    Reason.ATTACHMENT_NAMES_VISIBLE: Words(
        "The names of files in a locked zip file can be read by anyone. They say too much.",
        "Give the files plain names, with no name of a person in them. Then lock them again.",
    ),
    Reason.ATTACHMENT_MISNAMED: Words(
        "A file has a name that does not fit what it is. It may look locked, or safe, when it is not.",
        "Make the file again, and let your program choose the end of its name.",
    ),
    # Words in the email
    Reason.SUBJECT_PERSONAL: Words(
        "The subject tells who someone is. A subject can be seen by anyone on the way.",
        "Write a subject that names nobody. You can say 'Your email' or 'Papers for Thursday'.",
    ),
    Reason.SUBJECT_MARKED: Words(
        "The subject says the email is confidential, but it is not locked.",
        "Put what is confidential in a locked file. Keep the mark in the subject.",
    ),
    Reason.BODY_PERSONAL: Words(
        "The text of the email tells who someone is, or has facts about their life.",
        "Put the text in a locked file, or share it another way.",
    ),
    Reason.BODY_MARKED: Words(
        "The text says the email is confidential, but it is not locked.",
        "Put what is confidential in a locked file.",
    ),
    Reason.BODY_FILE_LINK: Words(
        "The email has a link that opens a file. Anyone who has the link can open it.",
        "Change the link so that people have to sign in. Then send the email again.",
    ),
    Reason.BULK_PERSONAL: Words(
        "The email tells about many people at once. If it goes wrong, it harms them all.",
        "Send only what is needed, in a locked file. Ask your lead contact if you are not sure.",
    ),
    Reason.PASSWORD_INCLUDED: Words(
        "The email has a locked file and the password for it. If someone else gets the email, they can open the file.",
        "Take the password out of the email. Tell the password by phone, then send the file.",
    ),
    Reason.LABEL_CONFIDENTIAL: Words(
        "The email or a file has a label that says it is confidential, but it is not locked.",
        "Lock the file with a password (AES 256), then send it again. Tell the person the password by phone.",
    ),
    # How the email is made
    Reason.MESSAGE_AMBIGUOUS: Words(
        "The email is built in an odd way. Mail programs may show different things to you and to the other person.",
        "Write a new email and put the files in again. Send it from your usual mail program.",
    ),
    Reason.MESSAGE_UNCHECKED: Words(
        "We could not check all of the email, so we cannot tell if it is safe to send.",
        "Send fewer or smaller files, or ask your lead contact to check it.",
    ),
    Reason.THREAD_CJSM: Words(
        "The email is part of a secure talk over CJSM. It must not go on by open email.",
        "Leave this person off, or write a new email.",
    ),
    Reason.HEADER_BCC: Words(
        "The email still lists the people you put in Bcc. The others could see them.",
        "Send the email again from your usual mail program.",
    ),
    # Who it is for
    Reason.CJSM_ENCRYPTED_ATTACHMENT: Words(
        "A file is locked. This email goes by a secure route that turns locked files away.",
        "Send it again without the lock. The route is already secure.",
    ),
    Reason.CJSM_SENDER_NOT_MEMBER: Words(
        "Only members of CJSM can send to this address. Your organisation is not a member.",
        "Use the address without the ending, or ask the person how you can reach them safely.",
    ),
    Reason.RECIPIENT_RETIRED: Words(
        "This address is of a kind that is no longer in use.",
        "Ask the person for their new address.",
    ),
    Reason.RECIPIENT_LOOKALIKE: Words(
        "This address looks like one we know, but it is not the same. It may be a slip of the keys.",
        "Check the address letter by letter.",
    ),
    Reason.RECIPIENT_TWIN_SUFFIX: Words(
        "The ending of this address is wrong by one letter. Mail to it would go to strangers.",
        "Write to the address without the ending. We add the right one where it is needed.",
    ),
    Reason.RECIPIENT_UNREGISTERED: Words(
        "This address has the secure ending, but we do not know that it works for them.",
        "Ask the person if they have a secure email address, and what it is.",
    ),
    Reason.RECIPIENT_TOO_LONG: Words(
        "This address is too long for the secure ending that it needs.",
        "Ask the person for a shorter address, or share it another way.",
    ),
    Reason.RECIPIENTS_MANY_VISIBLE: Words(
        "Many people outside can see each other's addresses in this email.",
        "Send each person an email of their own, or put all of them in Bcc.",
    ),
}


def meaning(reason: Reason) -> str:
    """Why this reason stops an email, in one or two plain sentences."""
    return _REASONS[reason].meaning


def advice(reason: Reason) -> str:
    """What to do about it: one line."""
    return _REASONS[reason].advice


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

_BY_HAND: dict[Remedy, str] = {
    Remedy.PROTECT: "Lock the files with a password (AES 256), then send the email again. Tell the person the password by phone.",
    Remedy.SUBJECT: "Send it again with a subject that names nobody.",
    Remedy.SEPARATE: "Send each person an email of their own.",
    Remedy.RELEASE: "Ask your lead contact to check it and let it go.",
    Remedy.CANCEL: "If you do not need it any more, do nothing. It will not be sent.",
    Remedy.URGENT: "If it cannot wait, phone.",
    Remedy.WRONG: "Tell your lead contact if we got this wrong.",
    Remedy.REPORT: "If it went to the wrong person, phone your lead contact at once.",
    Remedy.SECURE_ADDRESS: "Ask the person if they have a secure email address. If they do, send your email to that address.",
    Remedy.SEND_UNLOCKED: "Send it again without the lock. This route is already secure.",
    Remedy.REMOVE_PASSWORD: (
        "Take the password out of the email. Phone the person and tell them the password. "
        "Make sure you know who you are talking to. Wait until they say they have it. Then send the file."
    ),
    Remedy.CHANGE_SUBJECT: "Send it again with a subject that names nobody.",
    Remedy.LEAVE_OFF: "Leave this person off, or write a new email without the old text.",
    Remedy.USE_ADDRESS: "Check the address with the person.",
    Remedy.BARE_ADDRESS: "Write to the address without the added ending.",
    Remedy.PHONE: "Share it by phone. Call the main number and speak only to the right person.",
    Remedy.POST: "Send it by post. Use a sealed envelope and mark it private.",
    Remedy.REPORT_INCIDENT: "Tell your lead contact at once. This may have to be reported.",
}

_BY_MAIL: dict[Remedy, tuple[str, str]] = {
    # What a mail to the verb's own address does, and what to write in it.
    Remedy.PROTECT: (
        "Ask us to lock the files for you",
        "You can leave the email blank. We lock the files, send them, and give you the password. "
        "Tell the person the password by phone. Keep your own copy.",
    ),
    Remedy.SUBJECT: ("Give it a new subject", "Write the new subject on the first line. We send it with that one."),
    Remedy.SEPARATE: ("Ask us to send each person their own copy", "You can leave the email blank."),
    Remedy.RELEASE: ("Ask for someone to check it", "Write why it is safe to send on the first line."),
    Remedy.CANCEL: ("Tell us not to send it", "You can leave the email blank."),
    Remedy.URGENT: ("Call the person on duty", "Write why it cannot wait on the first line."),
    Remedy.REPORT: (
        "Report that it went to the wrong person",
        "Write what happened on the first line. We tell your lead contact at once.",
    ),
    Remedy.WRONG: ("Tell us that we got this wrong", "You can leave the email blank. This helps us, but it does not send your email."),
}

WORTHLESS_BY_HAND: frozenset[Remedy] = frozenset((Remedy.CANCEL, Remedy.URGENT, Remedy.REPORT))
"""Without an address to write to they say nothing that the notice does not say anyway (the deadline, the urgent line)."""


def remedy_words(remedy: Remedy, destination: Destination) -> str:
    """What the sender can do, without any help from the gateway."""
    suggestion = clean(destination.suggestion)
    if remedy is Remedy.USE_ADDRESS and suggestion:
        if destination.path is Path.RETIRED:
            return f"Ask the person if they have an address at {_at(suggestion)} now. If they do, send your email there."
        return f"Did you mean {_at(suggestion)}? If so, send your email there."
    if remedy is Remedy.BARE_ADDRESS and suggestion:
        return f"Write to {suggestion} and leave off the added ending."
    return _BY_HAND[remedy]


def _at(suggestion: str) -> str:
    return suggestion if "@" in suggestion else f"@{suggestion}"


def verb_words(remedy: Remedy) -> tuple[str, str]:
    """For a remedy that a mail to its own address carries out: what it does, and what to write."""
    return _BY_MAIL[remedy]
