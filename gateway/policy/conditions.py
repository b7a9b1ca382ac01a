"""What a rule asks about: the `when` of a rule, as values.

Promises: all keys hold together, lists are any-of; `any`, `all` and `not` combine everything except findings. A rule can
therefore never be softened by a further finding: there is no way to write "unless this was found".
Nothing here looks at another recipient, except `visible_outside`, which counts To and Cc and says so.
"""

from collections.abc import Callable, Mapping

from gateway.model.findings import Attachment, Finding, Findings, Member, Reason, State
from gateway.model.frozen import frozen
from gateway.model.judgement import Destination
from gateway.policy.lists import AddressSet, address_set
from gateway.policy.senders import Origin
from gateway.policy.yaml_nodes import Node

STATES = {state.value: state for state in State}
REASONS = {reason.value: reason for reason in Reason}


@frozen
class Facts:
    """Everything a condition may ask about one recipient of one message."""

    destination: Destination
    origin: Origin
    groups: frozenset[str]
    findings: Findings
    visible_outside: int
    to_local: str
    to_domain: str
    """The recipient's two halves in lower case."""


@frozen
class FromSet:
    senders: AddressSet

    def met(self, facts: Facts) -> bool:
        return self.senders.has(facts.origin.sender)


@frozen
class ToSet:
    recipients: AddressSet

    def met(self, facts: Facts) -> bool:
        return self.recipients.has_parts(facts.to_local, facts.to_domain)


@frozen
class InGroup:
    groups: frozenset[str]

    def met(self, facts: Facts) -> bool:
        return not self.groups.isdisjoint(facts.groups)


@frozen
class OfOrganisation:
    keys: frozenset[str]

    def met(self, facts: Facts) -> bool:
        return facts.origin.organisation in self.keys


@frozen
class InCommunity:
    keys: frozenset[str]

    def met(self, facts: Facts) -> bool:
        return facts.destination.community in self.keys


@frozen
class VisibleOutside:
    """Counts the addresses in To and Cc that are outside the sender's organisation."""

    at_least: int

    def met(self, facts: Facts) -> bool:
        return facts.visible_outside >= self.at_least


@frozen
class Like:
    """What one attachment should be like; empty sets ask nothing."""

    states: frozenset[State]
    types: frozenset[str]
    endings: tuple[str, ...]
    other_than: frozenset[str] = frozenset()
    """Types that it must not have."""

    def fits(self, attachment: Attachment | Member) -> bool:
        return (
            (not self.states or attachment.protection.state in self.states)
            and (not self.types or attachment.type in self.types)
            and attachment.type not in self.other_than
            and (not self.endings or attachment.name.lower().endswith(self.endings))
        )


@frozen
class AnyAttachment:
    """At least one attachment, or a file inside one, is like this."""

    like: Like

    def met(self, facts: Facts) -> bool:
        return any(self.found(attachment) for attachment in facts.findings.attachments)

    def found(self, attachment: Attachment) -> bool:
        return self.like.fits(attachment) or any(self.like.fits(member) for member in attachment.members)


@frozen
class AllAttachments:
    """There are attachments, and every one is like this."""

    like: Like

    def met(self, facts: Facts) -> bool:
        attachments = facts.findings.attachments
        return bool(attachments) and all(self.like.fits(attachment) for attachment in attachments)


@frozen
class Every:
    parts: tuple["Condition", ...]

    def met(self, facts: Facts) -> bool:
        return all(part.met(facts) for part in self.parts)


@frozen
class Some:
    parts: tuple["Condition", ...]

    def met(self, facts: Facts) -> bool:
        return any(part.met(facts) for part in self.parts)


@frozen
class Not:
    part: "Condition"

    def met(self, facts: Facts) -> bool:
        return not self.part.met(facts)


Condition = FromSet | ToSet | InGroup | OfOrganisation | InCommunity | VisibleOutside | AnyAttachment | AllAttachments | Every | Some | Not


def asks_recipient(condition: Condition) -> bool:
    """Whether the answer can differ between recipients on one path. Rules that ask no such thing are judged once for all of them."""
    if isinstance(condition, Every | Some):
        return any(asks_recipient(part) for part in condition.parts)
    if isinstance(condition, Not):
        return asks_recipient(condition.part)
    return isinstance(condition, ToSet | InCommunity)


@frozen
class FindingMatch:
    """Which findings a rule is about. `from_others`: not this very recipient's own words, quoted, or own name (walks 6, 13)."""

    reasons: frozenset[Reason]
    kinds: frozenset[str] = frozenset()
    from_others: bool = False
    at_least: int = 0
    file: Like | None = None
    """What the file is like in which it was found."""

    def fits(self, finding: Finding, facts: Facts) -> bool:
        """The reason is known to fit; is the rest so too?"""
        recipient = facts.destination.recipient.address
        return (
            (not self.kinds or not self.kinds.isdisjoint(finding.kinds))
            and finding.count >= self.at_least
            and not (self.from_others and finding.quoted_from and finding.quoted_from.lower() == recipient.key)
            and (self.file is None or _file_fits(self.file, finding.where, facts.findings.attachments))
        )


def _file_fits(like: Like, where: str, attachments: tuple[Attachment, ...]) -> bool:
    """Whether the file at a place ('2', or '2:case.docx' inside it) is like this; a place we do not know is (fail closed)."""
    part, _, inside = where.partition(":")
    attachment = next((attachment for attachment in attachments if attachment.where == part), None)
    if attachment is None:
        return True
    member = next((member for member in attachment.members if inside and member.name == inside), None)
    return like.fits(member or attachment)


@frozen
class Names:
    """Names that conditions may use, for checking them."""

    groups: tuple[str, ...]
    organisations: tuple[str, ...]
    communities: tuple[str, ...]
    lists: Mapping[str, str]
    used: set[str]


def load_conditions(node: Node, names: Names, *also: str) -> tuple[Condition, ...]:
    """Read the keys of a `when` (those in `also` belong to the rule itself)."""
    readers = _readers(names)
    fields = node.mapping(*readers, *also)
    if not fields.written and not also and node.exists:
        node.fail("an empty condition", "Write what it should ask for.", "policy.empty_condition")
    return tuple(condition for key in fields if key in readers and (condition := readers[key](fields[key])) is not None)


def _readers(names: Names) -> dict[str, Callable[[Node], Condition | None]]:
    def known(node: Node, choices: tuple[str, ...]) -> frozenset[str]:
        table = {name: name for name in choices}
        return frozenset(item.choice(table) for item in node.one_or_more()) if table else frozenset()

    def combined(node: Node) -> tuple[Condition, ...]:
        return tuple(Every(load_conditions(item, names)) for item in node.items())

    return {
        "from": lambda node: FromSet(address_set(node, names.lists, names.used)),
        "to": lambda node: ToSet(address_set(node, names.lists, names.used)),
        "sender_group": lambda node: InGroup(known(node, names.groups)),
        "organisation": lambda node: OfOrganisation(known(node, names.organisations)),
        "community": lambda node: InCommunity(known(node, names.communities)),
        "visible_outside": lambda node: VisibleOutside(node.mapping("at_least")["at_least"].integer(least=1)),
        "attachments": _attachments,
        "all": lambda node: Every(combined(node)),
        "any": lambda node: Some(combined(node)),
        "not": lambda node: Not(Every(load_conditions(node, names))),
    }


def _attachments(node: Node) -> Condition | None:
    """Which quantifier is meant must be written: 'any' or 'all' (two products, two meanings of 'attachments encrypted')."""
    fields = node.mapping("any", "all")
    if len(fields.written) != 1:
        node.fail(
            "say which attachments: 'any' or 'all'", "Write attachments: {any: {...}} or attachments: {all: {...}}.", "policy.quantifier"
        )
        return None
    key = next(iter(fields))
    like = _like(fields[key])
    return AnyAttachment(like) if key == "any" else AllAttachments(like)


def _like(node: Node) -> Like:
    fields = node.mapping("state", "type", "not_type", "name_ends")
    return Like(
        frozenset(item.choice(STATES) for item in fields["state"].one_or_more()),
        frozenset(fields["type"].texts()),
        tuple(ending.lower() for ending in fields["name_ends"].texts()),
        frozenset(fields["not_type"].texts()),
    )


def load_finding(node: Node) -> FindingMatch | None:
    """Read `finding`: a reason, a list of reasons, or a mapping that narrows them."""
    if not node.exists:
        return None
    if node.kind != "mapping":
        return FindingMatch(_reasons(node))
    fields = node.mapping("reason", "kinds", "from_others", "at_least", "file")
    if not fields["reason"].exists:
        node.fail("'reason' is missing", "Write finding: {reason: body.personal, ...}.", "yaml.missing")
    return FindingMatch(
        _reasons(fields["reason"]),
        frozenset(fields["kinds"].texts()),
        fields["from_others"].boolean(False),
        fields["at_least"].integer(0, least=0),
        _like(fields["file"]) if "file" in fields else None,
    )


def _reasons(node: Node) -> frozenset[Reason]:
    return frozenset(item.choice(REASONS) for item in node.one_or_more())
