"""The letters after somebody asked for something: it was done, it could not be, here is the password, a reviewer let it go.

Promises: the password stands in PROTECTED alone, on a line of its own; nobody who may not be named is named.
"""

from gateway.model.judgement import Remedy, Verdict
from gateway.model.notice import NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices import guidance
from gateway.notices.closing import codes, footer, last_line, which_email, whom_to_ask
from gateway.notices.letter import Item, Letter, Link, Section
from gateway.notices.ways import best_way, ways_out
from gateway.notices.whom import names
from gateway.notices.wording import say, steps
from gateway.notices.words import clean, people, who


def write(context: NoticeContext) -> Letter:
    """The letter for DONE, PROTECTED and RELEASED."""
    subject, title = _title(context)
    return Letter(
        subject=subject,
        title=title,
        intro=(*(clean(sentence) for sentence in context.outcome), *_now(context), *_about(context)),
        sections=(*_sections(context), whom_to_ask(context)),
        footer=footer(context),
        last=last_line(context, codes(context.rulings)),
    )


def _title(context: NoticeContext) -> tuple[str, str]:
    whom = people(len(context.rulings))
    match context.kind:
        case NoticeKind.PROTECTED:
            return f"Sent, with locked files: your email to {whom}", say(context, "title.protected")
        case NoticeKind.RELEASED if context.count > 1:
            count = str(context.count)
            return f"Sent: {count} emails of yours that waited", say(context, "title.released.many", count=count)
        case NoticeKind.RELEASED:
            return f"Sent: your email to {whom}", say(context, "title.released")
        case _ if context.done:
            return f"Done: your email to {whom}", say(context, "title.done")
        case _:
            return f"{_outcome(context)}: your email to {whom}", say(context, "title.done.not")


def _outcome(context: NoticeContext) -> str:
    """What has become of the email, where something could not be done with it."""
    if any(ruling.verdict is Verdict.DELIVER for ruling in context.rulings):
        return "Already sent"
    return "Not sent" if all(ruling.verdict is Verdict.BOUNCE for ruling in context.rulings) else "Not sent yet"


def _now(context: NoticeContext) -> tuple[str, ...]:
    """Where something is left to do, it stands in the first lines."""
    if context.kind is NoticeKind.PROTECTED:
        return (say(context, "now.protected", whom=_whom_to_phone(context)),)
    return best_way(context, context.rulings) if _still_waits(context) else ()


def _still_waits(context: NoticeContext) -> bool:
    """What was asked for could not be done, and something else can be: of an email that has gone only REPORT is left."""
    return not context.done and any(verb is not Remedy.REPORT for verb, _ in context.verbs)


def _about(context: NoticeContext) -> tuple[str, ...]:
    return () if context.count > 1 else (which_email(context),)


def _sections(context: NoticeContext) -> tuple[Section, ...]:
    match context.kind:
        case NoticeKind.PROTECTED:
            return (_password(context), _what_now(context), *wrong_person(context))
        case _ if not _still_waits(context):
            return wrong_person(context)
        case _:
            return (Section(say(context, "heading.now"), items=ways_out(context, context.rulings), steps=True),)


def wrong_person(context: NoticeContext) -> tuple[Section, ...]:
    """How to report an email that has gone, in the letters about one that has (requirement H14)."""
    address = dict(context.verbs).get(Remedy.REPORT)
    if address is None:
        return ()
    title, write_in_it = guidance.verb_words(Remedy.REPORT, context)
    link = Link(title, clean(str(address)), Remedy.REPORT.value)
    return (Section(say(context, "heading.wrong_person"), items=(Item(write_in_it, link),)),)


def _password(context: NoticeContext) -> Section:
    files = tuple(Item(clean(name)) for name in context.files)
    return Section(say(context, "heading.password"), before=(clean(context.password), say(context, "password.opens")), items=files)


def _what_now(context: NoticeContext) -> Section:
    todo = steps(context, "password.steps", whom=_whom_to_phone(context))
    return Section(say(context, "heading.now"), items=tuple(map(Item, todo)), steps=True)


def _whom_to_phone(context: NoticeContext) -> str:
    named, count = names(context, context.rulings), len(context.rulings)
    return who(named, count) if named else "the person" if count == 1 else f"each of the {count} people"
