"""Exceptions with an owner, a reason and an end: waivers, and files released as public; from `waivers.yaml`.

Promises: a waiver sets aside only the rules it names for the people it names; after its end date, or when nobody says
what day it is, it is nothing. A public file never sets aside a finding of personal data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gateway.model.findings import Attachment, Finding, Reason
from gateway.model.judgement import Destination
from gateway.policy.lists import AddressSet, address_set
from gateway.policy.senders import Origin
from gateway.policy.yaml_nodes import Fields, Node

# What a file's being public answers: that it is not locked. What is personal in it stays personal.
PUBLIC_SETS_ASIDE = frozenset(
    {
        Reason.ATTACHMENT_UNPROTECTED,
        Reason.ATTACHMENT_WEAK,
        Reason.ATTACHMENT_PARTIAL,
        Reason.ATTACHMENT_OPENABLE,
        Reason.ATTACHMENT_UNREADABLE,
    }
)
_SHA256_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Waiver:
    """Rules set aside for some senders and recipients until a day."""

    id: str
    rules: frozenset[str]
    senders: AddressSet
    recipients: AddressSet
    owner: str
    reason: str
    until: date
    file: str = ""
    line: int = 0
    column: int = 0

    def covers(self, rule: str, origin: Origin, destination: Destination, today: date | None) -> bool:
        return (
            rule in self.rules
            and today is not None
            and today <= self.until
            and self.senders.has(origin.sender)
            and self.recipients.has(destination.recipient.address)
        )

    @property
    def says(self) -> str:
        return f"waived by {self.owner} until {self.until.isoformat()}: {self.reason}"


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file that somebody released as public until a day, known by its SHA-256."""

    sha256: str
    name: str
    owner: str
    reason: str
    until: date
    file: str = ""
    line: int = 0
    column: int = 0

    @property
    def says(self) -> str:
        return f"{self.name} is public, says {self.owner}, until {self.until.isoformat()}: {self.reason}"

    def covers(self, finding: Finding, attachments: tuple[Attachment, ...], today: date | None) -> bool:
        """Whether the finding says only that this very file is not locked."""
        if finding.reason not in PUBLIC_SETS_ASIDE or today is None or today > self.until:
            return False
        part = finding.where.partition(":")[0]
        return any(attachment.where == part and attachment.sha256 == self.sha256 for attachment in attachments)


@dataclass(frozen=True, slots=True)
class Exceptions:
    waivers: tuple[Waiver, ...] = ()
    public_files: tuple[PublicFile, ...] = ()


def load_exceptions(root: Node, rules: frozenset[str], lists: Mapping[str, str], used: set[str]) -> Exceptions:
    """Read `waivers.yaml`; `rules` are the ids that exist and may be waived."""
    top = root.mapping("waivers", "public_files")
    return Exceptions(
        tuple(waiver for node in top["waivers"].items() if (waiver := _waiver(node, rules, lists, used))),
        tuple(public for node in top["public_files"].items() if (public := _public(node))),
    )


def _waiver(node: Node, rules: frozenset[str], lists: Mapping[str, str], used: set[str]) -> Waiver | None:
    fields = node.mapping("id", "rules", "from", "to", "owner", "reason", "until")
    choices = {rule: rule for rule in sorted(rules)}
    named = frozenset(item.choice(choices) for item in fields["rules"].one_or_more()) if choices else frozenset()
    if not fields["rules"].exists:
        node.fail("the waiver names no rules", "Add 'rules: [...]' with the ids it sets aside.", "yaml.missing")
    for key in ("from", "to"):
        if not fields[key].exists:
            node.fail(f"the waiver does not say '{key}'", f"Add '{key}: [...]' with addresses or domains.", "yaml.missing")
    owner, reason, until = _signed(fields)
    if until is None:
        return None
    return Waiver(
        fields["id"].text(),
        named,
        address_set(fields["from"], lists, used),
        address_set(fields["to"], lists, used),
        owner,
        reason,
        until,
        node.file,
        node.line,
        node.column,
    )


def _public(node: Node) -> PublicFile | None:
    fields = node.mapping("sha256", "name", "owner", "reason", "until")
    digest = fields["sha256"].text().lower()
    if digest and (len(digest) != _SHA256_DIGITS or not set(digest) <= set("0123456789abcdef")):
        fields["sha256"].fail("this is no SHA-256", "Write its 64 hexadecimal digits, in quotes.", "policy.sha256")
    owner, reason, until = _signed(fields)
    if until is None:
        return None
    return PublicFile(digest, fields["name"].text(), owner, reason, until, node.file, node.line, node.column)


def _signed(fields: Fields) -> tuple[str, str, date | None]:
    """Who answers for an exception, why, and until when: none of the three may be missing."""
    until = fields["until"].day()
    if not fields["until"].exists:
        fields["until"].fail("an exception must end", "Add 'until: 2026-12-31' (a date).", "policy.until")
    return fields["owner"].text(), fields["reason"].text(), until
