"""The letter to the lead contact when somebody reports that an email went to the wrong person (requirement H14).

Promises: it says by when the law wants an answer, what to do first, and where the record is; never what was in the email.
"""

from gateway.model.notice import NoticeContext
from gateway.notices.closing import codes, footer, last_line
from gateway.notices.letter import Item, Letter, Section
from gateway.notices.whom import listed
from gateway.notices.wording import say, steps
from gateway.notices.words import clean, day_and_time, people


def write(context: NoticeContext) -> Letter:
    """The letter for INCIDENT."""
    zone, reference = context.organisation.hours.zone, clean(context.reference)
    by_law = (say(context, "incident.law", until=day_and_time(context.deadline, zone)),) if context.deadline else ()
    todo = steps(context, "incident.steps")
    return Letter(
        subject=f"Reported: an email to {people(len(context.rulings))} may have gone to the wrong person",
        title=say(context, "title.incident"),
        intro=(
            *(clean(sentence) for sentence in context.outcome),
            *by_law,
            say(context, "about.came_in", when=day_and_time(context.arrived_at, zone)),
        ),
        sections=(
            Section(say(context, "heading.now"), items=tuple(map(Item, todo)), steps=True),
            Section(say(context, "heading.incident"), items=listed(context, context.rulings, lambda _: say(context, "state.incident"))),
            Section(say(context, "heading.known"), before=(say(context, "incident.known", reference=reference),)),
        ),
        footer=footer(context),
        last=last_line(context, codes(context.rulings)),
    )
