"""The letters about mail that a rule stopped, would stop, or that came back after waiting: who got it, why not, what now.

Promises: a recipient is named only if `context.nameable` holds the address; findings are shown as the checks worded them and never more;
recipients that were stopped alike share one section, so that one letter explains a mail to forty people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.model.judgement import Path, Remedy, Ruling, Verdict, WaitsFor
from gateway.model.notice import NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices.closing import codes, footer, how_to, last_line, which_email, whom_to_ask
from gateway.notices.letter import Item, Letter, Section
from gateway.notices.ways import best_way, ways_out
from gateway.notices.whom import listed, names
from gateway.notices.why import found, meanings
from gateway.notices.wording import say
from gateway.notices.words import before_when, clean, first_sentence, in_words, people, who

BEST_WAYS = 2
"""The two ways out that fit best come first, the others under their own heading."""

_HOW = {
    Path.INTERNAL: "how.internal",
    Path.SECURE: "how.secure",
    Path.BRIDGE: "how.bridge",
    Path.ASSURED: "how.assured",
}
_TITLES = {
    NoticeKind.RETURNED: "title.returned",
    NoticeKind.REMINDER: "title.reminder",
    NoticeKind.STOPPED: "title.stopped",
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
        intro=(*_in_short(context, groups), *_intro(context, concerned)),
        sections=(
            *_who_got_it(context, concerned),
            *(section for group in groups for section in _about(context, group, several=len(groups) > 1)),
            *_what_happens_next(context, concerned),
            whom_to_ask(context),
            *how_to(context, concerned),
        ),
        footer=footer(context),
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
    whom = who(names(context, concerned), len(concerned))
    soon = any(ruling.would_be > Verdict.DELIVER for ruling in concerned)
    return say(context, _TITLES.get(context.kind, "title.observed.soon" if soon else "title.observed"), whom=whom)


# The first lines


def _in_short(context: NoticeContext, groups: Sequence[_Group]) -> tuple[str, ...]:
    """Why, and the one best thing to do: all that a telephone shows before somebody puts it away again."""
    about = [group for group in groups if is_concerned(context, group.one)]
    if len(about) != 1:
        return (say(context, "why.several"),) if about else ()
    (group,) = about
    why = tuple(first_sentence(line) for line in meanings(context, group.one)[:1])
    return (*(_reminder(context) or why), *best_way(context, group.rulings))


def _reminder(context: NoticeContext) -> tuple[str, ...]:
    """Why it was stopped has been told: what is new is that the time runs out."""
    if context.kind is not NoticeKind.REMINDER or context.deadline is None:
        return ()
    return (say(context, "reminder.until", until=before_when(context.deadline, context.now, context.organisation.hours.zone)),)


def _intro(context: NoticeContext, concerned: Sequence[Ruling]) -> tuple[str, ...]:
    about = [which_email(context)]
    if context.kind is not NoticeKind.OBSERVED:
        about.append(say(context, "about.not_seen.many" if len(concerned) > 1 else "about.not_seen"))
    if context.kind is not NoticeKind.RETURNED:
        return (" ".join(about),)
    why = clean(context.why_returned)
    came_back = say(context, "returned.why", why=why) if why else say(context, "returned.expired")
    return (came_back, " ".join((*about, say(context, "returned.kept"))))


# Who got it


def _who_got_it(context: NoticeContext, concerned: Sequence[Ruling]) -> tuple[Section, ...]:
    served = [ruling for ruling in context.rulings if not is_concerned(context, ruling)]
    observed = context.kind is NoticeKind.OBSERVED
    heading = say(context, "heading.observed" if observed else "heading.not_sent")
    missed = Section(heading, items=listed(context, concerned, lambda ruling: _state(context, ruling)))
    if observed or not served:
        return (missed,)
    after = (say(context, "reply_all"),) if _mixed(served) else ()
    return (missed, Section(say(context, "heading.sent"), items=listed(context, served, lambda ruling: _how(context, ruling)), after=after))


def _mixed(served: Sequence[Ruling]) -> bool:
    return any(ruling.destination.path in (Path.SECURE, Path.BRIDGE) for ruling in served)


def _how(context: NoticeContext, ruling: Ruling) -> str:
    how = say(context, _HOW.get(ruling.destination.path, "how.ordinary"))
    return f"{how}, {say(context, 'how.locked')}" if ruling.verdict is Verdict.PROTECT else how


def _state(context: NoticeContext, ruling: Ruling) -> str:
    if not ruling.stopped:
        return say(context, "state.sent")
    if context.kind is NoticeKind.RETURNED:
        return say(context, "state.returned")
    if ruling.verdict is Verdict.BOUNCE:
        return say(context, "state.bounced")
    if ruling.waits_for is WaitsFor.REVIEWER or context.waits_for_reviewer:
        return say(context, "state.checked")
    # Without an address to write to there is nothing that the sender could do to the hold itself.
    return say(context, "state.waiting" if context.verbs else "state.kept")


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
    shown = found(context, group.one)
    sections = [Section(f"{_why_heading(context, group.one)}{whom}", before=meanings(context, group.one), items=tuple(map(Item, shown)))]
    ways = ways_out(context, group.rulings)
    if ways:
        pick = (say(context, "pick_one"),) if len(ways[:BEST_WAYS]) > 1 else ()
        when = say(context, "heading.now" if group.one.stopped else "heading.next_time")
        sections.append(Section(f"{when}{whom}", before=pick, items=ways[:BEST_WAYS], steps=True))
    if ways[BEST_WAYS:]:
        sections.append(Section(f"{say(context, 'heading.else')}{whom}", items=ways[BEST_WAYS:]))
    return tuple(sections)


def _why_heading(context: NoticeContext, ruling: Ruling) -> str:
    if ruling.stopped:
        return say(context, "heading.why")
    return say(context, "heading.why.soon" if ruling.would_be > Verdict.DELIVER else "heading.why.sent")


# What happens next


def _what_happens_next(context: NoticeContext, concerned: Sequence[Ruling]) -> tuple[Section, ...]:
    if context.kind not in (NoticeKind.STOPPED, NoticeKind.REMINDER):
        return ()
    held = [ruling for ruling in concerned if ruling.verdict is Verdict.HOLD]
    lines = []
    if held:
        lines += [*_review_line(context, held), *_deadline_line(context)]
    if len(held) < len(concerned):
        lines.append(say(context, "next.bounced.some" if held else "next.bounced"))
    return (Section(say(context, "heading.next"), before=tuple(lines)),)


def _review_line(context: NoticeContext, held: Sequence[Ruling]) -> tuple[str, ...]:
    lines = []
    if context.review_possible_at is not None and context.review_possible_at > context.now:
        when = before_when(context.review_possible_at, context.now, context.organisation.hours.zone)
        works = [verb.value for verb in (Remedy.PROTECT, Remedy.SUBJECT, Remedy.SEPARATE) if _works_now(context, held, verb)]
        now = f" {say(context, 'next.works' if len(works) == 1 else 'next.work', verbs=in_words(works))}" if works else ""
        lines.append(say(context, "next.review", when=when) + now)
    elif context.review_possible_at is not None:
        lines.append(say(context, "next.review.today"))
    if context.waits_for_reviewer:
        lines.append(say(context, "next.in_queue"))
    elif Remedy.RELEASE not in dict(context.verbs):
        lines.append(say(context, "next.ask"))
    return tuple(lines)


def _works_now(context: NoticeContext, held: Sequence[Ruling], verb: Remedy) -> bool:
    return verb in dict(context.verbs) and any(verb in ruling.remedies for ruling in held)


def _deadline_line(context: NoticeContext) -> tuple[str, ...]:
    if context.deadline is None:
        return ()
    until = before_when(context.deadline, context.now, context.organisation.hours.zone)
    return (say(context, "next.deadline", until=until),)
