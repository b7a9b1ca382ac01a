"""Facts about a message: one file per thing that is looked for, no opinions.

Promises: `run` returns every fact that a policy may ask about, for any message that was read; `inspect_text` judges one text.
On failure: a check that raises becomes the finding `message.unchecked`; nothing is ever clean because looking failed.
"""

from collections.abc import Callable, Iterable
from itertools import islice

from gateway.checks import attachments, body, headers, password_included, subject, texts
from gateway.checks.about import MOST
from gateway.checks.desk import Desk, desk_for, finding
from gateway.checks.engine import compile_engine, load_engine
from gateway.checks.known import Known
from gateway.checks.reading import Readers
from gateway.checks.spans import Span, TextVerdict
from gateway.model.findings import Finding, Findings, Reason
from gateway.model.looking import DEFAULT_LOOKS_FOR, LooksFor
from gateway.model.message import Message

__all__ = ["Span", "TextVerdict", "compile_engine", "inspect_text", "load_engine", "run"]

# The order is that of reading: what the headers say, what people read, then files; the password check needs what the files laid down.
CHECKS: tuple[tuple[str, Callable[[Desk], Iterable[Finding]]], ...] = (
    ("structure", headers.check_defects),
    ("blind copies", headers.check_bcc),
    ("labels", texts.check_labels),
    ("subject", texts.check_subject),
    ("texts", texts.check_texts),
    ("attachments", attachments.check),
    ("passwords", password_included.check),
)


def run(message: Message, looks_for: LooksFor = DEFAULT_LOOKS_FOR, readers: Readers | None = None) -> Findings:
    """Every fact about a message."""
    desk = desk_for(message, looks_for, readers)
    items: list[Finding] = []
    for name, check in CHECKS:
        items.extend(_looked(name, check, desk))
    return Findings(
        items=tuple(dict.fromkeys(items)),
        attachments=tuple(desk.attachments),
        requests=headers.requests(message),
        visible=headers.visible(message),
        signed=message.signed,
        automatic=message.automatic,
        calendar=bool(message.calendar_method) or headers.has_calendar(message),
        about=tuple(islice(desk.about, MOST)),
    )


def _looked(name: str, check: Callable[[Desk], Iterable[Finding]], desk: Desk) -> list[Finding]:
    """A check's findings, kept up to the point where it fails; its failure is a finding too."""
    found: list[Finding] = []
    try:
        found.extend(check(desk))
    except Exception as error:  # fail closed: whatever went wrong, a person must look at this message
        words = f"the check of {name} did not finish ({type(error).__name__})"
        found.append(finding(Reason.MESSAGE_UNCHECKED, "", words))
    return found


def inspect_text(text: str, channel: str, looks_for: LooksFor = DEFAULT_LOOKS_FOR) -> TextVerdict:
    """Judge one text as a subject, a body or the text of an attachment; offsets are code points of `text`."""
    known = Known(never=looks_for.never_personal, always=looks_for.always_personal)
    if channel == "subject":
        return subject.look(text, known, threshold=looks_for.subject_score)
    return body.look(text, known, threshold=looks_for.body_score, limit=looks_for.text_bytes, patterns=looks_for.patterns)
