"""The letters about mail that a rule stopped, would stop, or that came back after waiting: who got it, why not, what now.

Promises: a recipient is named only if `context.nameable` holds the address; findings are shown as the checks worded them and never more;
recipients that were stopped alike share one section, so that one letter explains a mail to forty people.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.model.address import Address
from gateway.model.findings import Finding, Reason
from gateway.model.judgement import Path, Remedy, Ruling, Verdict, WaitsFor
from gateway.model.notice import NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices import guidance
from gateway.notices.letter import Item, Letter, Link, Section
from gateway.notices.words import before_when, clean, day_and_time, in_words, other_people, people, who

LISTED_AT_MOST = 20
"""Names in a list; a newsletter to four hundred needs a count."""

FINDINGS_AT_MOST = 8
"""What a tired person takes in; the full list is in the disclosure record."""

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

_TYPES = {
    "docx": "a Word file",
    "doc": "a Word file",
    "xlsx": "an Excel file",
    "xls": "an Excel file",
    "pptx": "a PowerPoint file",
    "ppt": "a PowerPoint file",
    "pdf": "a PDF",
    "zip": "a zip file",
    "7z": "a 7z file",
}


@dataclass(frozen=True, slots=True)
class _Group:
    """Recipients that were stopped alike, for the same reasons, with the same ways out."""

    rulings: tuple[Ruling, ...]

    @property
    def one(self) -> Ruling:
        return self.rulings[0]


def write(context: NoticeContext) -> Letter:
    """The letter for STOPPED, OBSERVED and RETURNED."""
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
            *other_ways(concerned),
        ),
        footer=footer(),
        last=last_line(context, _codes(concerned)),
    )


def is_concerned(context: NoticeContext, ruling: Ruling) -> bool:
    """Is the letter about this recipient? The others are only said to be served."""
    return ruling.tell if context.kind is NoticeKind.OBSERVED else ruling.stopped


def _subject(context: NoticeContext, count: int) -> str:
    return {
        NoticeKind.OBSERVED: f"Sent, but please read: your email to {people(count)}",
        NoticeKind.RETURNED: f"Not sent: your email to {people(count)} has come back",
    }.get(context.kind, f"Not sent: your email to {people(count)}")


def _title(context: NoticeContext, concerned: Sequence[Ruling]) -> str:
    whom = people(len(concerned))
    if context.kind is NoticeKind.RETURNED:
        return f"Your email to {whom} was not sent and has come back to you"
    if context.kind is not NoticeKind.OBSERVED:
        return f"Your email was not sent to {whom}"
    soon = any(ruling.would_be > Verdict.DELIVER for ruling in concerned)
    return (
        f"Your email went to {whom}, but soon we will stop emails like it" if soon else f"Your email went to {whom}, but please read this"
    )


def _intro(context: NoticeContext, concerned: Sequence[Ruling]) -> tuple[str, ...]:
    lines = [f"This is about the email you sent at {day_and_time(context.arrived_at, context.organisation.hours.zone)}."]
    if context.kind is NoticeKind.RETURNED:
        why = clean(context.why_returned)
        lines.append(f"Why it came back: {why}" if why else "It waited as long as it may, and nobody let it go.")
    if context.kind is not NoticeKind.OBSERVED:
        lines.append("The people below have not seen it." if len(concerned) > 1 else "That person has not seen it.")
    return tuple(lines)


# Who got it


def may_name(context: NoticeContext, address: Address) -> bool:
    return address.key in context.nameable


def names(context: NoticeContext, rulings: Sequence[Ruling]) -> tuple[str, ...]:
    """The addresses that may be named, as they were written."""
    written = (ruling.destination.recipient.address for ruling in rulings)
    return tuple(clean(str(address)) for address in written if may_name(context, address))


def _who_got_it(context: NoticeContext, concerned: Sequence[Ruling]) -> tuple[Section, ...]:
    served = [ruling for ruling in context.rulings if not is_concerned(context, ruling)]
    missed = Section(_not_heading(context), items=_listed(context, concerned, lambda ruling: _state(context, ruling)))
    if context.kind is NoticeKind.OBSERVED or not served:
        return (missed,)
    after = ("If someone replies to all, their answer may not go by secure email. Check before you answer.",)
    got = Section("Who gets it", items=_listed(context, served, _how), after=after if _mixed(served) else ())
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


def _listed(context: NoticeContext, rulings: Sequence[Ruling], words: Callable[[Ruling], str]) -> tuple[Item, ...]:
    """Named recipients line by line; the others counted, each kind of outcome on one line."""
    lines: list[str] = []
    uncounted: dict[str, int] = {}
    for ruling in rulings:
        address = ruling.destination.recipient.address
        said = words(ruling)
        if may_name(context, address) and len(lines) < LISTED_AT_MOST:
            lines.append(f"{clean(str(address))}: {said}")
        else:
            uncounted[said] = uncounted.get(said, 0) + 1
    counted = (f"{other_people(count) if lines else people(count)}: {said}" for said, count in uncounted.items())
    return tuple(Item(line) for line in (*lines, *counted))


# Why, and what now


def _grouped(concerned: Sequence[Ruling], context: NoticeContext) -> tuple[_Group, ...]:
    groups: dict[object, list[Ruling]] = {}
    for ruling in concerned:
        because = frozenset((because.reason, because.where) for because in ruling.because)
        ways = tuple(way.words for way in ways_out(context, (ruling,)))
        groups.setdefault((ruling.verdict, ruling.waits_for, because, ways), []).append(ruling)
    return tuple(_Group(tuple(rulings)) for rulings in groups.values())


def _about(context: NoticeContext, group: _Group, *, several: bool) -> tuple[Section, ...]:
    whom = f" for {who(names(context, group.rulings), len(group.rulings))}" if several else ""
    why = _why_heading(group.one)
    shown = _found(context, group.one)
    sections = [Section(f"{why}{whom}", before=_meanings(group.one), items=tuple(Item(line) for line in shown))]
    ways = ways_out(context, group.rulings) or _advice(group.one)
    if ways:
        pick = ("Pick one.",) if len(ways[:BEST_WAYS]) > 1 else ()
        sections.append(Section(f"What to do now{whom}", before=pick, items=ways[:BEST_WAYS], steps=True))
    if ways[BEST_WAYS:]:
        sections.append(Section(f"What else you can do{whom}", items=ways[BEST_WAYS:]))
    return tuple(sections)


def _why_heading(ruling: Ruling) -> str:
    if ruling.stopped:
        return "Why we stopped it"
    return "Why we would stop it" if ruling.would_be > Verdict.DELIVER else "It was sent, but please read"


def _meanings(ruling: Ruling) -> tuple[str, ...]:
    """Why, once per reason; a council's own reason has only its rule's words."""
    shipped = frozenset(reason.value for reason in Reason)
    own = (clean(because.says) for because in ruling.because if because.reason not in shipped)
    return (*(guidance.meaning(reason) for reason in _reasons(ruling)), *dict.fromkeys(line for line in own if line))


def _advice(ruling: Ruling) -> tuple[Item, ...]:
    """Where policy names no remedy, what the reasons themselves ask for."""
    return tuple(Item(guidance.advice(reason)) for reason in _reasons(ruling))


def _reasons(ruling: Ruling) -> tuple[Reason, ...]:
    """The shipped reasons among those of a ruling, each once; a council's own are left out."""
    shipped = {reason.value: reason for reason in Reason}
    return tuple(dict.fromkeys(shipped[because.reason] for because in ruling.because if because.reason in shipped))


def _found(context: NoticeContext, ruling: Ruling) -> tuple[str, ...]:
    """What the checks saw, worded by them (never the value), with the place."""
    met = {(because.reason, because.where) for because in ruling.because}
    lines = {_placed(context, finding): None for finding in context.findings if (finding.reason.value, finding.where) in met}
    shown = tuple(lines)
    rest = len(shown) - FINDINGS_AT_MOST
    return (*shown[:FINDINGS_AT_MOST], f"and {rest} more like these") if rest > 0 else shown


def _placed(context: NoticeContext, finding: Finding) -> str:
    shown = clean(finding.shown)
    if finding.where in ("subject", "body"):
        place = "In the subject" if finding.where == "subject" else "In the text"
        return f"{place}: {shown}"
    part = finding.where.partition(":")[0]
    for number, attachment in enumerate(context.attachments, 1):
        if attachment.where == part:
            if clean(attachment.name) and clean(attachment.name) in shown:
                return shown
            # The name is not repeated where the check left it out: it may be what was found.
            return f"In file {number} ({_TYPES.get(attachment.type, 'a file')}): {shown}"
    return shown


def ways_out(context: NoticeContext, rulings: Sequence[Ruling]) -> tuple[Item, ...]:
    """Every way out of these rulings, best first, each once; a verb without an address becomes what the sender can do by hand."""
    verbs = dict(context.verbs)
    items: dict[str, Item] = {}
    for remedy in guidance.BEST_FIRST:
        for ruling in rulings:
            item = _way(context, remedy, ruling, verbs) if remedy in ruling.remedies else None
            if item is not None:
                items.setdefault(item.words, item)
    return tuple(items.values())


def _way(context: NoticeContext, remedy: Remedy, ruling: Ruling, verbs: dict[Remedy, Address]) -> Item | None:
    address = verbs.get(remedy)
    if address is not None and context.kind is NoticeKind.STOPPED and ruling.verdict is Verdict.HOLD:
        title, write_in_it = guidance.verb_words(remedy)
        return Item(write_in_it, Link(title, clean(str(address)), remedy.value))
    if remedy in guidance.WORTHLESS_BY_HAND:
        return None
    return Item(guidance.remedy_words(remedy, ruling.destination))


# What happens next


def _what_happens_next(context: NoticeContext, concerned: Sequence[Ruling]) -> tuple[Section, ...]:
    if context.kind is not NoticeKind.STOPPED:
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
    return tuple(lines)


def _works_now(context: NoticeContext, held: Sequence[Ruling], verb: Remedy) -> bool:
    return verb in dict(context.verbs) and any(verb in ruling.remedies for ruling in held)


def _deadline_line(context: NoticeContext) -> tuple[str, ...]:
    if context.deadline is None:
        return ()
    until = before_when(context.deadline, context.now, context.organisation.hours.zone)
    return (f"If nothing is done before {until}, we stop waiting and it comes back to you. Time alone never sends it.",)


# The end, shared with the delivery letters


_NEEDS_ANOTHER_WAY = frozenset((Remedy.PHONE, Remedy.POST, Remedy.SECURE_ADDRESS))


def other_ways(rulings: Sequence[Ruling]) -> tuple[Section, ...]:
    """The checklists, for mail that has no secure address to go to (guidance H16): two in full, three in a line each."""
    offered = {remedy for ruling in rulings for remedy in ruling.remedies}
    if not offered & _NEEDS_ANOTHER_WAY:
        return ()
    full = (guidance.PHONE, guidance.POST)
    sections = [Section(checklist.title, items=tuple(Item(step) for step in checklist.steps), steps=False) for checklist in full]
    brief = tuple(Item(f"{checklist.title}. {checklist.short}") for checklist in guidance.CHECKLISTS if checklist not in full)
    return (*sections, Section("More ways to share it", items=brief))


def whom_to_ask(context: NoticeContext) -> Section:
    """The urgent line first: somebody may need it before anything else on this page."""
    contact = context.organisation.lead_contact
    reach = " or ".join(word for word in (clean(contact.phone), clean(contact.email)) if word)
    lines = ["If a child is at risk now, phone. Do not wait for email."]
    if context.organisation.out_of_hours_phone:
        lines.append(f"At night and on days off, phone {clean(context.organisation.out_of_hours_phone)}.")
    name = clean(contact.name) or "your lead contact"
    lines.append(f"If you have a question, ask {name}: {reach}." if reach else f"If you have a question, ask {name}.")
    return Section("Urgent, or not sure?", before=tuple(lines))


def footer() -> tuple[str, ...]:
    return ("Your own organisation's rules come first. This advice does not replace them.",)


def last_line(context: NoticeContext, codes: Sequence[str]) -> str:
    known = f"Code: {', '.join(codes)}. " if codes else ""
    return f"{known}Reference: {clean(context.reference)}"


def _codes(rulings: Sequence[Ruling]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean(because.reason, 60) for ruling in rulings for because in ruling.because))
