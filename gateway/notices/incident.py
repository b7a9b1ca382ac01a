"""The letter to the lead contact when somebody reports that an email went to the wrong person (requirement H14).

Promises: it says by when the law wants an answer, what to do first, and where the record is; never what was in the email.
"""

from gateway.model.notice import NoticeContext
from gateway.notices.closing import codes, footer, last_line
from gateway.notices.letter import Item, Letter, Section
from gateway.notices.whom import listed
from gateway.notices.words import clean, day_and_time, people

_STEPS = (
    "Ask the person who sent it what it was about, and who may be harmed.",
    "Phone whoever got it. Ask them not to read it, to delete it, and to tell you when they have.",
    "If a child or anyone else is at risk now, phone the police or the duty team first.",
    "Tell your data protection officer today. They decide if it must be reported to the regulator.",
    "Write down what you did and when.",
)


def write(context: NoticeContext) -> Letter:
    """The letter for INCIDENT."""
    whom = people(len(context.rulings))
    zone = context.organisation.hours.zone
    until = f" The law gives 72 hours to report it: until {day_and_time(context.deadline, zone)}." if context.deadline else ""
    return Letter(
        subject=f"Reported: an email to {whom} may have gone to the wrong person",
        title="An email may have gone to the wrong person",
        intro=(f"It came in at {day_and_time(context.arrived_at, zone)}.{until}", *(clean(sentence) for sentence in context.outcome)),
        sections=(
            Section("Who it was sent to", items=listed(context, context.rulings, lambda _: "may have it")),
            Section("What to do now", items=tuple(Item(step) for step in _STEPS), steps=True),
            Section("What we know", before=(f"gateway why {clean(context.reference)} tells what was sent, when and to whom.",)),
        ),
        footer=footer(),
        last=last_line(context, codes(context.rulings)),
    )
