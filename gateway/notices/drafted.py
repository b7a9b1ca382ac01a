"""The letter about a draft: what would happen to an email if it was sent like this. Nothing was sent and nothing waits.

Promises: it names only addresses that the writer wrote; it says for each person what would become of their copy, and what would help.
"""

from gateway.model.judgement import Ruling, Verdict
from gateway.model.notice import NoticeContext
from gateway.notices.closing import codes, footer, how_to, last_line, whom_to_ask
from gateway.notices.letter import Item, Letter, Section
from gateway.notices.ways import ways_out
from gateway.notices.whom import listed
from gateway.notices.why import found, meanings
from gateway.notices.words import people

_WOULD = {
    Verdict.DELIVER: "it would go",
    Verdict.PROTECT: "it would go with its files locked",
    Verdict.HOLD: "we would stop it and ask you what to do",
    Verdict.BOUNCE: "we would send it back to you",
}


def write(context: NoticeContext) -> Letter:
    """The letter for CHECKED."""
    stopped = tuple(ruling for ruling in context.rulings if ruling.stopped)
    return Letter(
        subject=f"What would happen: your draft to {people(len(context.rulings))}",
        title=_title(context, stopped),
        intro=("We have sent this email to nobody, and we have not kept it.",),
        sections=(*_sections(context, stopped), whom_to_ask(context), *how_to(context, stopped)),
        footer=footer(),
        last=last_line(context, codes(context.rulings)),
    )


def _title(context: NoticeContext, stopped: tuple[Ruling, ...]) -> str:
    if not context.rulings:
        return "We found nobody in your draft to send it to"
    return f"Your email would not go to {people(len(stopped))}" if stopped else "Your email can go like this"


def _sections(context: NoticeContext, stopped: tuple[Ruling, ...]) -> tuple[Section, ...]:
    if not context.rulings:
        how = "Write the email as you want to send it. Save it, then send it to this address as an attached email."
        return (Section("What to do now", before=(how,)),)
    would = listed(context, context.rulings, lambda ruling: _WOULD[ruling.verdict])
    sections = [Section("What would happen", items=would)]
    if stopped:
        why = tuple(dict.fromkeys(line for ruling in stopped for line in meanings(context, ruling)))
        seen = tuple(dict.fromkeys(line for ruling in stopped for line in found(context, ruling)))
        sections.append(Section("Why", before=why, items=tuple(Item(line) for line in seen)))
        sections.append(Section("What you can do", items=ways_out(context, stopped)))
    return tuple(sections)
