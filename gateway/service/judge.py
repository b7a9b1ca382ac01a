"""The judgement on one message, from bytes to rulings: pure, so that SMTP, explain, test and replay cannot disagree.

message = read(raw)                                   # bytes become values, once
findings = check(message, policy.looks_for)           # facts, no opinions
destinations = classify(policy, origin, recipients)
rulings = decide(policy, origin, destinations, findings)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.model.address import Address
from gateway.model.envelope import Recipient
from gateway.model.findings import Findings
from gateway.model.judgement import Destination, Remedy, Ruling
from gateway.model.message import Message
from gateway.policy import Origin, Policy, classify, decide, origin_at_word
from gateway.workers import examine_now

# The verbs that a reply to a notice can carry out today; a notice offers no others.
VERBS: frozenset[Remedy] = frozenset()


@dataclass(frozen=True, slots=True)
class Judgement:
    """Facts and opinions on one message; `message` without its bytes."""

    message: Message
    findings: Findings
    origin: Origin
    destinations: tuple[Destination, ...]
    rulings: tuple[Ruling, ...]
    policy: str


def judge(
    policy: Policy, raw: bytes, sender: Address | None, recipients: Sequence[Recipient], *, origin: Origin | None = None
) -> Judgement:
    """Judge `raw` in this process; without `origin` the sender's domain is taken at its word (explain)."""
    examined = examine_now(raw, policy.looks_for)
    origin = origin or origin_at_word(policy, sender)
    return rule(policy, origin, recipients, examined.message, examined.findings)


def rule(policy: Policy, origin: Origin, recipients: Sequence[Recipient], message: Message, findings: Findings) -> Judgement:
    """Opinions on facts already found."""
    destinations = classify(policy, origin, recipients)
    rulings = decide(policy, origin, destinations, findings, verbs=VERBS)
    return Judgement(message, findings, origin, destinations, rulings, policy.digest)
