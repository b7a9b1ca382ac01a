"""A law: an address that may not be named is nowhere in a notice, and every recipient it is about is accounted for."""

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.judgement import Path, Remedy, Ruling, Verdict
from gateway.model.notice import NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices import write_notice
from tests.notices.building import context, part, served, status, stopped, text, verb_addresses


def one(number: int, what: str) -> Ruling:
    """A recipient with a domain of its own, which rule and suggestion name too."""
    address, domain = f"person{number}@partner{number}.example", f"partner{number}.example"
    if what == "served":
        return served(address, Path.BRIDGE)
    if what == "own":
        return stopped(address, ("own.reason", "body"), says=f"Mail to {domain} goes by post.")
    verdict = Verdict.BOUNCE if what == "lookalike" else Verdict.HOLD
    reason = ("recipient.lookalike", "") if what == "lookalike" else ("attachment.unprotected", "2")
    remedies = (Remedy.USE_ADDRESS, Remedy.BARE_ADDRESS) if what == "lookalike" else (Remedy.PROTECT, Remedy.PHONE)
    return stopped(address, reason, verdict=verdict, remedies=remedies, suggestion=f"real.{domain}", says=f"Did you mean real.{domain}?")


@st.composite
def contexts(draw: st.DrawFn) -> NoticeContext:
    kinds = draw(st.lists(st.sampled_from(["served", "held", "lookalike", "own"]), min_size=1, max_size=30))
    rulings = tuple(one(number, what) for number, what in enumerate(kinds, 100))
    if not any(ruling.stopped for ruling in rulings):
        rulings = (*rulings, one(999, "held"))
    addresses = [ruling.destination.recipient.address.key for ruling in rulings]
    named = frozenset(draw(st.sets(st.sampled_from(addresses))))
    kind = draw(st.sampled_from([NoticeKind.STOPPED, NoticeKind.RETURNED, NoticeKind.OBSERVED]))
    if kind is NoticeKind.OBSERVED:
        rulings = tuple(replace(one, verdict=Verdict.DELIVER, would_be=one.verdict, tell=one.stopped) for one in rulings)
    return context(*rulings, kind=kind, nameable=named, verbs=draw(st.sampled_from([(), verb_addresses(Remedy.PROTECT)])))


@settings(max_examples=80, deadline=None)
@given(contexts())
def test_what_may_not_be_named_is_nowhere_in_the_notice(about: NoticeContext) -> None:
    raw = write_notice(about)
    everything = raw.decode() + text(raw) + part(raw, "text/html") + status(raw)
    for ruling in about.rulings:
        address = ruling.destination.recipient.address
        if address.key not in about.nameable:
            assert address.local not in everything
            assert address.domain not in everything


@settings(max_examples=80, deadline=None)
@given(contexts())
def test_every_recipient_the_notice_is_about_is_named_or_counted_once(about: NoticeContext) -> None:
    concerned = [ruling for ruling in about.rulings if ruling.stopped or ruling.tell]
    raw = write_notice(about)
    heading = "Who this is about" if about.kind is NoticeKind.OBSERVED else "Who does not get it"
    listed = re.search(rf"^{heading}\n-+\n(.*?)\n\n", text(raw), re.M | re.S)
    assert listed
    named = re.findall(r"^- person\d+@", listed[1], re.M)
    counted = [int(number) for number in re.findall(r"^- (\d+) (?:other )?(?:person|people): ", listed[1], re.M)]
    assert len(named) + sum(counted) == len(concerned)
    assert len(re.findall(r"^Final-Recipient: ", status(raw), re.M)) == len(concerned)
