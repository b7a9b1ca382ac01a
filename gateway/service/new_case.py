"""A policy test written from a real message, with what we can recognise of people in it replaced by invented data.

Promises: no address of the message but its domains, no text longer than a screen, no attachment's content. What the
detector does not recognise stays: whoever keeps the case reads it first, and is told so.
"""

import json
import re
from collections.abc import Iterator, Sequence

from gateway.checks import inspect_text
from gateway.model.address import Address
from gateway.model.envelope import Recipient
from gateway.model.findings import Attachment, Reason, State
from gateway.model.judgement import Ruling
from gateway.model.looking import LooksFor
from gateway.policy import Policy
from gateway.service.judge import Judgement
from gateway.service.made_files import TYPES

TEXT_CHARS = 2_000
INVENTED = {
    "PERSON": "Kayleigh Thompson",
    "INITIALS": "KT",
    "DOB": "03/04/2015",
    "ADDRESS": "14 Mill Lane",
    "POSTCODE": "SW1P 4RR",
    "PHONE": "020 7946 0100",
    "EMAIL": "someone@example.com",
    "NHS": "943 476 5919",
    "CHI": "0304155916",
    "NINO": "AB123456C",
    "UPN": "B801200005001",
    "ULN": "9276308686",
    "PNC": "81/34U",
    "CRO": "65656/91H",
    "PASSPORT": "925665416",
    "PRISON": "A1234BC",
    "DRIVING_LICENCE": "MORGA657054SM9IJ",
    "LISTED": "Thompson",
}
# Left as they are: they name nobody, and the verdict depends on them.
_KEPT = frozenset({"MARKING", "CONCERN", "WORK", "HIDDEN", "PEOPLE"})
_PERSONAL = "Kayleigh Thompson, born 03/04/2015, NHS number 943 476 5919"
_ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
# Shorter words of names are English words too often ('Al', 'Jo' at the start of a sentence).
_NAME_CHARS = 3
_LOCKS = {State.STRONG: "aes256", State.WEAK: "zipcrypto", State.OPENABLE: "opens-freely"}


def new_case(policy: Policy, judgement: Judgement, sender: Address | None, recipients: Sequence[Recipient], text: str, name: str) -> str:
    """The YAML of a test file with one case. `text` is the message's readable text."""
    addresses = _addresses(policy, sender, recipients)
    wanted = policy.looks_for
    names = _names(judgement, text[:TEXT_CHARS], wanted)
    lines = [
        "# Written from a real message. Read it before you keep it: what nobody recognised as personal still stands here.",
        f"rules: {policy.rules.name}",
        f"table: {policy.table.name}",
        "cases:",
        f"  - name: {_quoted(name)}",
        f"    from: {_quoted(addresses[str(sender)] if sender else '<>')}",
        f"    to: [{', '.join(_quoted(addresses[str(recipient.address)]) for recipient in recipients)}]",
        f"    subject: {_quoted(replaced(judgement.message.subject, 'subject', wanted, names))}",
        f"    body: {_quoted(replaced(text[:TEXT_CHARS], 'body', wanted, names))}",
        *_attachments(judgement),
        "    expect:",
        *(f"      {_quoted(addresses[str(ruling.destination.recipient.address)])}: {_expected(ruling)}" for ruling in judgement.rulings),
    ]
    return "\n".join(lines) + "\n"


def replaced(text: str, channel: str, looks_for: LooksFor, names: frozenset[str]) -> str:
    """The text with everything that the detector sees, every address, and every one of `names` replaced by invented data."""
    spans = sorted(inspect_text(text, channel, looks_for).findings, key=lambda span: span.start)
    out, done = [], 0
    for span in spans:
        if span.kind in _KEPT or span.start < done:
            continue
        out += [text[done : span.start], INVENTED.get(span.kind, "X123456")]
        done = span.end
    plain = _ADDRESS.sub(INVENTED["EMAIL"], "".join([*out, text[done:]]))
    return _WORD.sub(lambda word: "Thompson" if word[0].lower() in names else word[0], plain)


def _names(judgement: Judgement, text: str, looks_for: LooksFor) -> frozenset[str]:
    """Words of names seen anywhere in the message: what is a name in the subject is one in the body, seen there or not."""
    message = judgement.message
    seen = [mailbox.display for mailbox in (*message.authors, *message.senders, *message.to, *message.cc)]
    for channel, words in (("subject", message.subject), ("body", text)):
        spans = inspect_text(words, channel, looks_for).findings
        seen += [words[span.start : span.end] for span in spans if span.kind == "PERSON"]
    invented = set(_WORD.findall(_PERSONAL.lower()))
    return frozenset(word for text in seen for word in _WORD.findall(text.lower()) if len(word) >= _NAME_CHARS) - invented


def _addresses(policy: Policy, sender: Address | None, recipients: Sequence[Recipient]) -> dict[str, str]:
    """Each address with an invented mailbox at its own domain; one that a sender group or `unattended` asks for is kept."""
    new = {str(recipient.address): f"person{number}@{recipient.address.domain}" for number, recipient in enumerate(recipients, 1)}
    if sender is not None:
        other = Address("sender", sender.domain)
        groups = policy.senders
        same = groups.groups_of(sender) == groups.groups_of(other) and groups.unattended.has(sender) == groups.unattended.has(other)
        new[str(sender)] = str(other if same else sender)
    return new


def _attachments(judgement: Judgement) -> Iterator[str]:
    if judgement.findings.attachments:
        yield "    attach:"
    personal = {finding.where.partition(":")[0] for finding in judgement.findings.having(Reason.ATTACHMENT_PERSONAL)}
    for number, attachment in enumerate(judgement.findings.attachments, 1):
        yield f"      - {_described(attachment, number, attachment.where in personal)}"


def _described(attachment: Attachment, number: int, personal: bool) -> str:
    """One file as a case describes it; a kind that we cannot make becomes a Word file."""
    kind = "png" if attachment.media_type.startswith("image/") else attachment.type
    kind = kind if kind in TYPES else "docx"
    fields = [f"name: file{number}.{TYPES[kind]}", f"type: {kind}"]
    lock = _LOCKS.get(attachment.protection.state)
    if lock is not None:
        fields.append(f"protected: {lock}")
    if personal and kind not in ("png", "zip"):
        fields.append(f"content: {_quoted(_PERSONAL)}")
    return "{" + ", ".join(fields) + "}"


def _expected(ruling: Ruling) -> str:
    fields = [f"verdict: {ruling.verdict.word}", f"path: {ruling.destination.path.value}"]
    rules = sorted({because.rule for because in ruling.because})
    if rules:
        fields.append(f"rules: [{', '.join(rules)}]")
    return "{" + ", ".join(fields) + "}"


def _quoted(text: str) -> str:
    """A YAML double-quoted scalar (JSON's strings are such)."""
    return json.dumps(text, ensure_ascii=False)
