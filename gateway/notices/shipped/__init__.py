"""Every sentence that the gateway ships, by the key under which a council or a school can write its own (`docs/notices.md`).

Data only: the rest of the room reads it through `wording.say`.
"""

from collections.abc import Iterator

from gateway.notices.shipped.checklists import CHECKLISTS, LOCK
from gateway.notices.shipped.failures import FAILURES
from gateway.notices.shipped.letters import LETTERS, OWN_LINES
from gateway.notices.shipped.reasons import REASONS
from gateway.notices.shipped.recipient import OPEN
from gateway.notices.shipped.remedies import BY_HAND, BY_MAIL, SUGGESTED

__all__ = ["SHIPPED"]


def _sentences() -> Iterator[tuple[str, str]]:
    yield from LETTERS.items()
    for kind in OWN_LINES:
        yield f"own.{kind}", ""
    for reason, words in REASONS.items():
        yield f"reason.{reason.value}", words.meaning
        yield f"advice.{reason.value}", words.advice
    for remedy, by_hand in BY_HAND.items():
        yield f"do.{remedy.value}", by_hand
    for verb, (link, write) in BY_MAIL.items():
        yield f"link.{verb.value}", link
        yield f"write.{verb.value}", write
    for name, suggested in SUGGESTED.items():
        yield f"address.{name}", suggested
    for status, (meaning, advice) in FAILURES.items():
        yield f"failure.{status or 'other'}", meaning
        yield f"failure.{status or 'other'}.do", advice
    for checklist in (LOCK, *CHECKLISTS):
        yield f"checklist.{checklist.key}.title", checklist.title
        yield f"checklist.{checklist.key}.short", checklist.short
        yield f"checklist.{checklist.key}.steps", "\n".join(checklist.steps)
    yield "recipient.open", OPEN


SHIPPED: dict[str, str] = dict(_sentences())
"""'title.stopped' -> the sentence. Keys that end in `.steps`, and `recipient.open`, hold one step or paragraph on each line."""
