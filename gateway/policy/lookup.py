"""Why one address is secure or not, as a ruling on a message in which nothing was found."""

from collections.abc import Container
from datetime import date

from gateway.model.address import Address, parse_recipient
from gateway.model.envelope import Recipient
from gateway.model.findings import Findings
from gateway.model.judgement import Ruling
from gateway.policy.classify import classify, origin_at_word
from gateway.policy.decide import decide
from gateway.policy.policy import Policy

# Stands for anybody at a domain; an example domain's mailbox would say nothing more.
ANYBODY = "someone"


def lookup(
    policy: Policy,
    address_or_domain: str,
    sender: Address | None = None,
    *,
    today: date | None = None,
    assuring: Container[str] | None = None,
) -> Ruling:
    """The ruling for an address or a domain; `sender` None: anybody at the first organisation. AddressError if it is neither."""
    text = address_or_domain if "@" in address_or_domain else f"{ANYBODY}@{address_or_domain}"
    recipient = Recipient(parse_recipient(text))
    if sender is None:
        sender = Address(ANYBODY, policy.organisations[0].domains[0])
    origin = origin_at_word(policy, sender)
    (destination,) = classify(policy, origin, [recipient], today=today, assuring=assuring)
    (ruling,) = decide(policy, origin, [destination], Findings(), today=today)
    return ruling
