"""Whose mail it is: the origin of a message, and the groups its sender belongs to.

Promises: mail is an organisation's own only if the connection's organisation owns the MAIL FROM domain and the domain of
the single header From (contract, *Own sender*); anything else is an outsider's, whatever it claims (threats B47).
"""

from collections.abc import Iterable, Mapping, Sequence

from gateway.model.address import Address, AddressError, parse_mailbox
from gateway.model.frozen import frozen
from gateway.model.organisation import Organisation
from gateway.policy.lists import AddressSet, address_set
from gateway.policy.organisations import Organisations, addresses
from gateway.policy.yaml_nodes import Node

EVERYONE = "everyone"
NOBODY = AddressSet()


@frozen
class Origin:
    """Where a message comes from.

    `organisation`: key of the organisation whose own sender this is. `own` False: foreign mail, or mail without an
    author of ours, that a council's server hands on; `connection` is then the key of that council's organisation.
    `own` with no organisation: a sender of a known community (or partner), taken at its word by `explain`.
    """

    sender: Address | None
    organisation: str = ""
    own: bool = True
    connection: str = ""


@frozen
class Group:
    """A sender group. `notices` False: nobody reads that mailbox, so no notice for each message (billing systems).

    `reviewers`: its held messages are a queue of its own that these people alone see (lawyers, whistle-blowers, unions).
    """

    name: str
    senders: AddressSet
    without: tuple[str, ...] = ()
    notices: bool = True
    reviewers: tuple[str, ...] = ()


@frozen
class Senders:
    """The sender groups, and the mailboxes behind which there is no person (copiers)."""

    groups: tuple[Group, ...] = ()
    unattended: AddressSet = NOBODY

    def groups_of(self, sender: Address | None) -> frozenset[str]:
        """Names of all groups of a sender; everybody is in `everyone`."""
        names: set[str] = {EVERYONE}
        for group in self.groups:
            if group.senders.has(sender) and not any(name in names for name in group.without):
                names.add(group.name)
        return frozenset(names)

    def team_of(self, senders: Iterable[Address]) -> Group | None:
        """The group whose reviewers alone see the mail of these senders: the first one written that has reviewers."""
        those = tuple(senders)
        # Nearly no mail has one: which groups leave out which others is asked only where it matters.
        possible = [group for group in self.groups if group.reviewers and any(map(group.senders.has, those))]
        names = frozenset[str]().union(*map(self.groups_of, those)) if possible else frozenset()
        return next((group for group in possible if group.name in names), None)

    def wants_notices(self, groups: frozenset[str]) -> bool:
        return all(group.notices for group in self.groups if group.name in groups)


def load_groups(node: Node, unattended: Node, organisations: Organisations, lists: Mapping[str, str], used: set[str]) -> Senders:
    """Read `sender_groups` and `unattended`; a group may leave out groups written before it."""
    groups: list[Group] = []
    for name, below in node.entries():
        fields = below.mapping("senders", "except", "notices", "reviewers")
        earlier = {group.name: group.name for group in groups}
        without = tuple(item.choice(earlier) for item in fields["except"].one_or_more()) if earlier else ()
        if fields["except"].exists and not earlier:
            fields["except"].fail("no group is written before this one", "Write the groups to leave out first.", "policy.group")
        if name != EVERYONE and not fields["senders"].exists:
            below.fail(f"the group '{name}' has no senders", "Add 'senders: [...]'.", "yaml.missing")
        senders = AddressSet(everybody=True) if name == EVERYONE else address_set(fields["senders"], lists, used)
        reviewers = tuple(addresses(fields["reviewers"]))
        for reviewer in reviewers:
            if _owner(organisations, reviewer) is None:
                fields["reviewers"].fail(f"{reviewer} is not of our organisations", "Outsiders review nothing.", "policy.reviewers")
        groups.append(Group(name, senders, without, fields["notices"].boolean(True), reviewers))
    return Senders(tuple(groups), address_set(unattended, lists, used))


def load_delegates(node: Node, organisations: Organisations) -> Mapping[str, frozenset[str]]:
    """Read `delegates`: who may ask for a remedy in the name of a shared mailbox. Both are of the same organisation."""
    delegates: dict[str, frozenset[str]] = {}
    for mailbox, below in node.entries():
        owner = _owner(organisations, mailbox)
        if owner is None:
            below.fail(f"'{mailbox}' is no mailbox of ours", "Write the address of a shared mailbox.", "policy.delegates")
        people = frozenset(map(str.lower, addresses(below)))
        for person in sorted(people):
            if owner is not None and _owner(organisations, person) is not owner:
                below.fail(f"{person} is not of {owner.name}", "Only colleagues can stand in.", "policy.delegates")
        delegates[mailbox.lower()] = people
    return delegates


def _owner(organisations: Organisations, address: str) -> Organisation | None:
    try:
        return organisations.by_domain.get(parse_mailbox(address).domain_key)
    except AddressError:
        return None


def own_origin(organisations: Organisations, sender: Address | None, authors: Sequence[str], from_fields: int, connection: str) -> Origin:
    """Whose mail this is, by the connection and both senders; see the top of this file."""
    if not connection and len(organisations.all) == 1:
        connection = organisations.all[0].key
    organisation = organisations.by_key.get(connection)
    if organisation is None:
        return Origin(sender, own=False)
    # For a null sender the header From alone decides.
    by_envelope = sender is None or organisation.owns(sender.domain_key)
    by_header = from_fields == 1 and bool(authors) and all(_owns(organisation, author) for author in authors)
    if by_envelope and by_header:
        return Origin(sender, organisation.key, True, organisation.key)
    return Origin(sender, "", False, organisation.key)


def _owns(organisation: Organisation, author: str) -> bool:
    try:
        return organisation.owns(parse_mailbox(author).domain_key)
    except AddressError:
        return False
