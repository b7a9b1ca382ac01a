"""The letters about mail that a rule stopped, would stop, or that came back after waiting: who got it, why not, what now.

Promises: a recipient is named only if `context.nameable` holds the address; findings are shown as the checks worded them and never more;
recipients that were stopped alike share one section, so that one letter explains a mail to forty people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.model.judgement import Path, Remedy, Ruling, Verdict, WaitsFor
from gateway.model.notice import NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices.closing import codes, contact_name, footer, how_to, last_line, which_email, whom_to_ask
from gateway.notices.letter import Item, Letter, Section
from gateway.notices.ways import ways_out
from gateway.notices.whom import listed, names
from gateway.notices.why import found, meanings
from gateway.notices.words import before_when, clean, in_words, people, who

BEST_WAYS = 2
"""The two ways out that fit best come first, the others under their own heading."""

_HOW = {
    Path.INTERNAL: "inside your organisation",
    Path.SECURE: "by secure email",
    Path.BRIDGE: "by secure email (CJSM)",
    Path.ASSURED: "by email that is locked on the way",
    Path.INSECURE: "by ordinary email",
    Path.INBOUND: "by ordinary email",
}


@dataclass(frozen=True, slots=True)
class _Group:
    """Recipients that were stopped alike, for the same reasons, with the same ways out."""

    rulings: tuple[Ruling, ...]

    @property
    def one(self) -> Ruling:
        return self.rulings[0]


def write(context: NoticeContext) -> Letter:
    """The letter for STOPPED, OBSERVED, REMINDER and RETURNED."""
    concerned = tuple(ruling for ruling in context.rulings if is_concerned(context, ruling))
    noted = () if context.kind is NoticeKind.OBSERVED else tuple(ruling for ruling in context.rulings if ruling.tell and not ruling.stopped)
    groups = _grouped((*concerned, *noted), context)
    return Letter(
        subject=_subject(context, len(concerned)),
        title=_title(context, concerned),
        intro=_intro(context, concerned),
        sections=(
            *_who_got_it(context, concerned),
            *(section for group in groups for section in _about(context, group, several=len(groups) > 1)),
            *_what_happens_next(context, concerned),
            whom_to_ask(context),
            *how_to(context, concerned),
        ),
        footer=footer(),
        last=last_line(context, codes(concerned)),
    )


def is_concerned(context: NoticeContext, ruling: Ruling) -> bool:
    """Is the letter about this recipient? The others are only said to be served."""
    return ruling.tell if context.kind is NoticeKind.OBSERVED else ruling.stopped


def _subject(context: NoticeContext, count: int) -> str:
    return {
        NoticeKind.OBSERVED: f"Sent, but please read: your email to {people(count)}",
        NoticeKind.REMINDER: f"Still waiting: your email to {people(count)}",
        NoticeKind.RETURNED: f"Not sent: your email to {people(count)} has come back",
    }.get(context.kind, f"Not sent: your email to {people(count)}")


def _title(context: NoticeContext, concerned: Sequence[Ruling]) -> str:
    whom = people(len(concerned))
    if context.kind is NoticeKind.RETURNED:
        return f"Your email to {whom} was not sent and has come back to you"
    if context.kind is NoticeKind.REMINDER:
        return f"Your email to {whom} still waits for you"
    if context.kind is not NoticeKind.OBSERVED:
        return f"Your email was not sent to {whom}"
    soon = any(ruling.would_be > Verdict.DELIVER for ruling in concerned)
    return (
        f"Your email went to {whom}, but soon we will stop emails like it" if soon else f"Your email went to {whom}, but please read this"
    )


def _intro(context: NoticeContext, concerned: Sequence[Ruling]) -> tuple[str, ...]:
    lines = [which_email(context)]
    if context.kind is NoticeKind.RETURNED:
        why = clean(context.why_returned)
        lines.append(f"Why it came back: {why}" if why else "It waited as long as it may, and nobody let it go.")
        lines.append("You still have it in your sent emails.")
    if context.kind is not NoticeKind.OBSERVED:
        lines.append("The people below have not seen it." if len(concerned) > 1 else "That person has not seen it.")
    return tuple(lines)


# Who got it


def _who_got_it(context: NoticeContext, concerned: Sequence[Ruling]) -> tuple[Section, ...]:
    served = [ruling for ruling in context.rulings if not is_concerned(context, ruling)]
    missed = Section(_not_heading(context), items=listed(context, concerned, lambda ruling: _state(context, ruling)))
    if context.kind is NoticeKind.OBSERVED or not served:
        return (missed,)
    after = ("If someone replies to all, their answer may not go by secure email. Check before you answer.",)
    got = Section("Who gets it", items=listed(context, served, _how), after=after if _mixed(served) else ())
    return (missed, got)


def _mixed(served: Sequence[Ruling]) -> bool:
    return any(ruling.destination.path in (Path.SECURE, Path.BRIDGE) for ruling in served)


def _not_heading(context: NoticeContext) -> str:
    return "Who this is about" if context.kind is NoticeKind.OBSERVED else "Who does not get it"


def _how(ruling: Ruling) -> str:
    locked = ", with the files locked" if ruling.verdict is Verdict.PROTECT else ""
    return f"{_HOW.get(ruling.destination.path, 'by email')}{locked}"


def _state(context: NoticeContext, ruling: Ruling) -> str:
    if not ruling.stopped:
        return "sent"
    if context.kind is NoticeKind.RETURNED:
        return "not sent, back with you"
    if ruling.verdict is Verdict.BOUNCE:
        return "not sent"
    if ruling.waits_for is WaitsFor.REVIEWER or context.waits_for_reviewer:
        return "not sent, waiting for a check"
    # Without an address to write to there is nothing that the sender could do to the hold itself.
    return "not sent, waiting for you" if context.verbs else "not sent, kept for now"


# Why, and what now


def _grouped(concerned: Sequence[Ruling], context: NoticeContext) -> tuple[_Group, ...]:
    groups: dict[object, list[Ruling]] = {}
    for ruling in concerned:
        because = frozenset((because.reason, because.where) for because in ruling.because)
        ways = tuple(way.words for way in ways_out(context, (ruling,)))
        key = (ruling.verdict, ruling.waits_for, because, ways, meanings(context, ruling))
        groups.setdefault(key, []).append(ruling)
    return tuple(_Group(tuple(rulings)) for rulings in groups.values())


def _about(context: NoticeContext, group: _Group, *, several: bool) -> tuple[Section, ...]:
    whom = f" for {who(names(context, group.rulings), len(group.rulings))}" if several else ""
    why = _why_heading(group.one)
    shown = found(context, group.one)
    sections = [Section(f"{why}{whom}", before=meanings(context, group.one), items=tuple(Item(line) for line in shown))]
    ways = ways_out(context, group.rulings)
    if ways:
        pick = ("Pick one.",) if len(ways[:BEST_WAYS]) > 1 else ()
        when = "now" if group.one.stopped else "next time"
        sections.append(Section(f"What to do {when}{whom}", before=pick, items=ways[:BEST_WAYS], steps=True))
    if ways[BEST_WAYS:]:
        sections.append(Section(f"What else you can do{whom}", items=ways[BEST_WAYS:]))
    return tuple(sections)


def _why_heading(ruling: Ruling) -> str:
    if ruling.stopped:
        return "Why we stopped it"
    return "Why we would stop it" if ruling.would_be > Verdict.DELIVER else "It was sent, but please read"


# What happens next


def _what_happens_next(context: NoticeContext, concerned: Sequence[Ruling]) -> tuple[Section, ...]:
    if context.kind not in (NoticeKind.STOPPED, NoticeKind.REMINDER):
        return ()
    held = [ruling for ruling in concerned if ruling.verdict is Verdict.HOLD]
    bounced = len(held) < len(concerned)
    lines = []
    if held:
        lines += [*_review_line(context, held), *_deadline_line(context)]
    if bounced:
        some = " for the people marked 'not sent'" if held else ""
        lines.append(f"We have not kept the email{some}. When it is put right, send it again.")
    return (Section("What happens next", before=tuple(lines)),)


def _review_line(context: NoticeContext, held: Sequence[Ruling]) -> tuple[str, ...]:
    lines = []
    if context.review_possible_at is not None and context.review_possible_at > context.now:
        when = before_when(context.review_possible_at, context.now, context.organisation.hours.zone)
        works = [verb.value for verb in (Remedy.PROTECT, Remedy.SUBJECT, Remedy.SEPARATE) if _works_now(context, held, verb)]
        now = f" {in_words(works)} {'works' if len(works) == 1 else 'work'} now." if works else ""
        lines.append(f"Nobody can review this before {when}.{now}")
    elif context.review_possible_at is not None:
        lines.append("Someone can review this today.")
    if context.waits_for_reviewer:
        lines.append("It waits for a person to check it. You do not have to ask.")
    elif Remedy.RELEASE not in dict(context.verbs):
        lines.append(f"If you need someone to check it and let it go, ask {contact_name(context)}.")
    return tuple(lines)


def _works_now(context: NoticeContext, held: Sequence[Ruling], verb: Remedy) -> bool:
    return verb in dict(context.verbs) and any(verb in ruling.remedies for ruling in held)


def _deadline_line(context: NoticeContext) -> tuple[str, ...]:
    if context.deadline is None:
        return ()
    until = before_when(context.deadline, context.now, context.organisation.hours.zone)
    return (f"If nothing is done before {until}, we stop waiting and it comes back to you. Time alone never sends it.",)
