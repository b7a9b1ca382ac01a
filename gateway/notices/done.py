"""The letters after somebody asked for something: it was done, it could not be, here is the password, a reviewer let it go.

Promises: the password stands in PROTECTED alone, on a line of its own; nobody who may not be named is named.
"""

from gateway.model.judgement import Remedy
from gateway.model.notice import NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices import guidance
from gateway.notices.closing import codes, footer, last_line, which_email, whom_to_ask
from gateway.notices.letter import Item, Letter, Link, Section
from gateway.notices.ways import ways_out
from gateway.notices.whom import names
from gateway.notices.words import clean, people, who


def write(context: NoticeContext) -> Letter:
    """The letter for DONE, PROTECTED and RELEASED."""
    subject, title = _title(context)
    return Letter(
        subject=subject,
        title=title,
        intro=(*_about(context), *(clean(sentence) for sentence in context.outcome)),
        sections=(*_sections(context), whom_to_ask(context)),
        footer=footer(),
        last=last_line(context, codes(context.rulings)),
    )


def _title(context: NoticeContext) -> tuple[str, str]:
    whom = people(len(context.rulings))
    match context.kind:
        case NoticeKind.PROTECTED:
            return f"Sent, with locked files: your email to {whom}", "Your files are locked and sent. Phone to give the password"
        case NoticeKind.RELEASED if context.count > 1:
            return f"Sent: {context.count} emails of yours that waited", f"{context.count} of your emails are on their way"
        case NoticeKind.RELEASED:
            return f"Sent: your email to {whom}", "Your email is on its way"
        case _ if context.done:
            return f"Done: your email to {whom}", "We have done what you asked"
        case _:
            return f"Not sent yet: your email to {whom}", "We could not do what you asked"


def _about(context: NoticeContext) -> tuple[str, ...]:
    if context.count > 1:
        return ()
    return (which_email(context),)


def _sections(context: NoticeContext) -> tuple[Section, ...]:
    match context.kind:
        case NoticeKind.PROTECTED:
            return (_password(context), _what_now(context), *wrong_person(context))
        case _ if context.done:
            return wrong_person(context)
        case _:
            return (Section("What to do now", items=ways_out(context, context.rulings), steps=True),)


def wrong_person(context: NoticeContext) -> tuple[Section, ...]:
    """How to report an email that has gone, in the letters about one that has (requirement H14)."""
    address = dict(context.verbs).get(Remedy.REPORT)
    if address is None:
        return ()
    title, write_in_it = guidance.verb_words(Remedy.REPORT)
    return (Section("If it goes to the wrong person", items=(Item(write_in_it, Link(title, clean(str(address)), Remedy.REPORT.value)),)),)


def _password(context: NoticeContext) -> Section:
    files = tuple(Item(clean(name)) for name in context.files)
    return Section("The password", before=(clean(context.password), "It opens these files:"), items=files)


def _what_now(context: NoticeContext) -> Section:
    named, count = names(context, context.rulings), len(context.rulings)
    whom = who(named, count) if named else "the person" if count == 1 else f"each of the {count} people"
    steps = (
        f"Phone {whom}. Use a number you know. Make sure you know who you are talking to.",
        "Say the password, word by word. Do not leave it on voicemail.",
        "Do not send the password by email to the same address.",
        "Keep your own copy of the files. Nobody can open the locked ones without the password.",
        "If you lose the password, ask your lead contact.",
    )
    return Section("What to do now", items=tuple(Item(step) for step in steps), steps=True)
