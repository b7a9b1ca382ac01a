"""The judgement on one message, from bytes to rulings: pure, so that SMTP, explain, test and replay cannot disagree.

message = read(raw)                                   # bytes become values, once
findings = check(message, policy.looks_for)           # facts, no opinions
destinations = classify(policy, origin, recipients)
rulings = decide(policy, origin, destinations, findings)
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from gateway.model.address import Address
from gateway.model.envelope import Recipient
from gateway.model.findings import Findings, Reason
from gateway.model.frozen import frozen
from gateway.model.judgement import Destination, Ruling, Verdict
from gateway.model.message import Message
from gateway.model.settings import RouteSettings
from gateway.policy import Origin, Policy, classify, decide, origin_at_word
from gateway.service.neutral import is_reply, neutral
from gateway.service.verbs import VERBS
from gateway.workers import examine_now


@frozen
class Judgement:
    """Facts and opinions on one message; `message` without its bytes."""

    message: Message
    findings: Findings
    origin: Origin
    destinations: tuple[Destination, ...]
    rulings: tuple[Ruling, ...]
    policy: str
    neutral: bool = False
    """It is an automatic reply that leaves without the words that it repeated."""
    first_time: tuple[str, ...] = ()
    """Recipients outside to whom its sender has never written through us; a note, never a reason (`service.acquaintances`)."""
    meets: tuple[tuple[str, str], ...] = ()
    """(sender, recipient): whom the record of this message makes known."""

    @property
    def is_stopped(self) -> bool:
        """Not everybody may have the message as it is."""
        return any(ruling.verdict is not Verdict.DELIVER for ruling in self.rulings)


@frozen
class Setting:
    """What a judgement depends on besides policy and message: the day (waivers and reviews end) and which relays assure TLS onward."""

    today: date
    assuring: frozenset[str] = frozenset()

    @classmethod
    def of(cls, routes: Iterable[RouteSettings], now: datetime) -> "Setting":
        return cls(now.date(), frozenset(route.name for route in routes if assures(route)))


def assures(route: RouteSettings) -> bool:
    """Whether TLS is verified all the way: a relay is asked in the settings, by MX the table's own least TLS binds each delivery
    (and a failure waits), and from the embedded outbox nothing leaves this machine."""
    return route.assures or route.mx or bool(route.outbox)


def judge(policy: Policy, raw: bytes, sender: Address | None, recipients: Sequence[Recipient], setting: Setting | None = None) -> Judgement:
    """Judge `raw` in this process, the sender's domain taken at its word (explain, test, replay); without a setting: today's."""
    setting = setting or Setting(datetime.now(UTC).date())
    origin = origin_at_word(policy, sender)
    examined = examine_now(raw, policy.looks_for)
    judged = rule(policy, origin, recipients, examined.message, examined.findings, setting)
    changed = neutral(raw) if may_be_neutral(judged) else None
    if changed is None:
        return judged
    examined = examine_now(changed, policy.looks_for)
    again = rule(policy, origin, recipients, examined.message, examined.findings, setting)
    return judged if again.is_stopped else replace(again, neutral=True)


def may_be_neutral(judged: Judgement) -> bool:
    """A reply that nobody wrote would be stopped: it may go out without the words it repeats (`service.neutral`)."""
    # What a worker gave up on is not read in this process; and a letter that a system wrote is no reply.
    unread = Reason.MESSAGE_UNCHECKED in judged.findings.reasons
    return judged.is_stopped and not unread and is_reply(judged.message, by_nobody=judged.origin.sender is None)


def rule(
    policy: Policy,
    origin: Origin,
    recipients: Sequence[Recipient],
    message: Message,
    findings: Findings,
    setting: Setting,
    *,
    released: frozenset[str] = frozenset(),
    classified: Sequence[Destination] = (),
) -> Judgement:
    """Opinions on facts already found; `released` are the rules that a reviewer's release sets aside. `classified` are these very
    recipients, if they were classified before for the same origin and day."""
    destinations = tuple(classified) or classify(policy, origin, recipients, today=setting.today, assuring=setting.assuring)
    rulings = decide(policy, origin, destinations, findings, verbs=VERBS, today=setting.today, released=released)
    return Judgement(message, findings, origin, destinations, rulings, policy.digest)
