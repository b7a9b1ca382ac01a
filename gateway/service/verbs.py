"""The addresses of a notice: one for each thing the sender can ask for by mail, each with a token that only we can make.

    protect.01hq7x2m9kdw4tr.mzxw6ytboi4tqnzrgeytembq@control.gateway.borough.gov.uk

Promises: verb and hold stand in the local part and nowhere else; the tag is 130 bits of a keyed hash of both, so an address of one
hold or verb says nothing of another. Whether a wish is granted depends on who asks and on the state of the hold, not on the tag alone.
"""

import base64
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.model.address import Address
from gateway.model.judgement import Remedy
from gateway.store.keys import Keys

# The verbs that are carried out; a notice offers no others.
VERBS: frozenset[Remedy] = frozenset(
    (Remedy.PROTECT, Remedy.SUBJECT, Remedy.SEPARATE, Remedy.RELEASE, Remedy.CANCEL, Remedy.URGENT, Remedy.WRONG)
)
# What can be asked about an email that has gone; never a way out of a hold.
AFTERWARDS: frozenset[Remedy] = frozenset((Remedy.REPORT,))
RECEIPT = "receipt"
TAG_CHARS = 26
_GROUP = 5


class Mailbox(StrEnum):
    """Control addresses without a token: whoever writes to them is known by connection and author alone."""

    CHECK = "check"
    """What would happen to this draft?"""
    REPORT = "report"
    """An email of mine went to the wrong person; its reference is on the first line."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the address says it."""

    verb: Remedy
    hold: str


@dataclass(frozen=True, slots=True)
class ReceiptFor:
    """The address to which the confirmations of one message come (`service.receipts`)."""

    message: str


def receipt_address(keys: Keys, control: str, message: str) -> Address:
    return Address(f"{RECEIPT}.{message.replace('-', '').lower()}.{_tag(keys, RECEIPT, message)}", control)


def receipt_for(keys: Keys, address: Address) -> ReceiptFor | None:
    """The message whose confirmations come to this address; None when it is none of ours."""
    word, message, given = _parts(address)
    is_ours = word == RECEIPT and hmac.compare_digest(given.encode(), _tag(keys, RECEIPT, message).encode())
    return ReceiptFor(message) if is_ours else None


def address_for(keys: Keys, control: str, verb: Remedy, hold: str) -> Address:
    return Address(f"{verb.value.lower()}.{hold.replace('-', '').lower()}.{tag(keys, verb, hold)}", control)


def addresses(keys: Keys, control: str, verbs: Iterable[Remedy], hold: str) -> tuple[tuple[Remedy, Address], ...]:
    """An address for each of these remedies that is a verb, in the order of the verbs."""
    offered = set(verbs) & (VERBS | AFTERWARDS)
    return tuple((verb, address_for(keys, control, verb, hold)) for verb in Remedy if verb in offered)


def mailbox_of(address: Address) -> Mailbox | None:
    return next((mailbox for mailbox in Mailbox if mailbox.value == address.local.lower()), None)


def asked_by(keys: Keys, address: Address) -> Asked | None:
    """What a control address asks for; None when it is none of ours (forged, mangled, another key)."""
    word, hold, given = _parts(address)
    verb = next((verb for verb in VERBS | AFTERWARDS if verb.value.lower() == word), None)
    if verb is None or not hmac.compare_digest(given.encode(), tag(keys, verb, hold).encode()):
        return None
    return Asked(verb, hold)


def _parts(address: Address) -> tuple[str, str, str]:
    """(word, reference as people read it, tag) of a local part."""
    word, _, rest = address.local.lower().partition(".")
    compact, _, given = rest.partition(".")
    return word, "-".join(compact[at : at + _GROUP] for at in range(0, len(compact), _GROUP)).upper(), given


def tag(keys: Keys, verb: Remedy, hold: str) -> str:
    return _tag(keys, verb.value, hold)


def _tag(keys: Keys, word: str, of: str) -> str:
    """130 bits in base 32: mail systems may change the case of a local part, and never of this alphabet."""
    code = keys.mac(b"verb", f"{word} {of}".encode())
    return base64.b32encode(code).decode("ascii").lower()[:TAG_CHARS]
