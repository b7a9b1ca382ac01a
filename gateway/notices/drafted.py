"""The letter about a draft: what would happen to an email if it was sent like this. Nothing was sent and nothing waits.

Promises: it names only addresses that the writer wrote; it says for each person what would become of their copy, and what would help.
"""

from gateway.model.judgement import Ruling, Verdict
from gateway.model.notice import NoticeContext
from gateway.notices.closing import codes, footer, how_to, last_line, whom_to_ask
from gateway.notices.letter import Item, Letter, Section
from gateway.notices.ways import ways_out
from gateway.notices.whom import listed, names
from gateway.notices.why import found, meanings
from gateway.notices.wording import say
from gateway.notices.words import people, who

_WOULD = {
    Verdict.DELIVER: "would.deliver",
    Verdict.PROTECT: "would.protect",
    Verdict.HOLD: "would.hold",
    Verdict.BOUNCE: "would.bounce",
}


def write(context: NoticeContext) -> Letter:
    """The letter for CHECKED."""
    stopped = tuple(ruling for ruling in context.rulings if ruling.stopped)
    return Letter(
        subject=f"What would happen: your draft to {people(len(context.rulings))}",
        title=_title(context, stopped),
        intro=(say(context, "about.not_kept"),),
        sections=(*_sections(context, stopped), whom_to_ask(context), *how_to(context, stopped)),
        footer=footer(context),
        last=last_line(context, codes(context.rulings)),
    )


def _title(context: NoticeContext, stopped: tuple[Ruling, ...]) -> str:
    if not context.rulings:
        return say(context, "title.checked.nobody")
    if not stopped:
        return say(context, "title.checked")
    return say(context, "title.checked.stopped", whom=who(names(context, stopped), len(stopped)))


def _sections(context: NoticeContext, stopped: tuple[Ruling, ...]) -> tuple[Section, ...]:
    if not context.rulings:
        return (Section(say(context, "heading.now"), before=(say(context, "draft.how"),)),)
    would = listed(context, context.rulings, lambda ruling: say(context, _WOULD[ruling.verdict]))
    sections = [Section(say(context, "heading.would"), items=would)]
    if stopped:
        why = tuple(dict.fromkeys(line for ruling in stopped for line in meanings(context, ruling)))
        seen = tuple(dict.fromkeys(line for ruling in stopped for line in found(context, ruling)))
        sections.append(Section(say(context, "heading.why.draft"), before=why, items=tuple(map(Item, seen))))
        sections.append(Section(say(context, "heading.draft"), items=ways_out(context, stopped)))
    return tuple(sections)
