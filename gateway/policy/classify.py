"""Each recipient's place in the table: who they are to this sender, and how they are reached.

Promises: total (every address gets a destination); an unlisted domain is never secure; comparison is label by label and
ASCII only; the address is either the one written or that one with the suffix behind its whole domain, once.
One recipient's destination never depends on another's. Nothing here looks at a message.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.model.address import Address, AddressError
from gateway.model.envelope import Recipient
from gateway.model.findings import Reason
from gateway.model.judgement import Destination, Path, Tls
from gateway.policy.policy import Policy
from gateway.policy.registry import Partner
from gateway.policy.senders import Origin, own_origin
from gateway.policy.tables import Member, Way


def origin_of(policy: Policy, sender: Address | None, authors: Sequence[str], from_fields: int, organisation: str) -> Origin:
    """Whose mail this is over SMTP; `organisation` is the key of the connection's organisation."""
    return own_origin(policy.organisation_list, sender, authors, from_fields, organisation)


def origin_at_word(policy: Policy, sender: Address | None) -> Origin:
    """Whose mail this would be if the sender's domain is taken at its word (explain)."""
    if sender is None:
        return Origin(None, own=False)
    organisation = policy.organisation_of_domain(sender.domain_key)
    if organisation is not None:
        return Origin(sender, organisation.key, True, organisation.key)
    domain, table = sender.domain_key, policy.table
    known = table.members.find(domain) or policy.registry.find(domain) or table.assured_domains.find(domain)
    return Origin(sender, own=known is not None)


def classify(
    policy: Policy,
    origin: Origin,
    recipients: Sequence[Recipient],
    *,
    today: date | None = None,
    assuring: Container[str] | None = None,
) -> tuple[Destination, ...]:
    """Classify each recipient, in order.

    `today` is for entries with an end: without it they count as ended. `assuring` are the routes that really verify TLS
    onward; None takes the table's word for it.
    """
    judge = _Judge(policy, origin, today, assuring)
    return tuple(judge.destination(recipient) for recipient in recipients)


@dataclass(frozen=True, slots=True)
class _Judge:
    policy: Policy
    origin: Origin
    today: date | None
    assuring: Container[str] | None

    def destination(self, recipient: Recipient) -> Destination:
        """The first line that knows the address decides; the order is from 'never' to 'nobody knows it'."""
        address, domain = recipient.address, recipient.address.domain_key
        return (
            self._never(recipient, address, domain)
            or self._ours(recipient, domain)
            or self._retired(recipient, address, domain)
            or self._suffixed(recipient, address, domain)
            or self._same_platform(recipient, domain)
            or self._assured(recipient, domain)
            or self._bridged(recipient, address, domain)
            or self._insecure(recipient, self._unknown_row(domain))
        )

    def _never(self, recipient: Recipient, address: Address, domain: str) -> Destination | None:
        """The twin suffix, and look-alikes that somebody listed."""
        table = self.policy.table
        for twin in table.bridge.twins:
            if domain.endswith(twin) or domain == twin[1:]:
                bare = _moved(address, domain.removesuffix(twin)) if domain.endswith(twin) else ""
                row = f"{twin} is not the suffix of {table.bridge.name} here ({table.bridge.suffix} is)"
                return self._stopped(recipient, Path.REFUSED, Reason.RECIPIENT_TWIN_SUFFIX, row, bare)
        alike = table.lookalikes.find(domain)
        if alike is None:
            return None
        meant = _moved(address, domain.removesuffix(alike.domain) + alike.instead)
        return self._stopped(recipient, Path.REFUSED, Reason.RECIPIENT_LOOKALIKE, alike.row, meant)

    def _ours(self, recipient: Recipient, domain: str) -> Destination | None:
        """Mail inside one organisation, and foreign mail handed on to the organisation whose server it came through."""
        owner = self.policy.organisation_of_domain(domain)
        if owner is None:
            return None
        if not self.origin.own:
            if self.origin.connection in ("", owner.key):
                return self._direct(recipient, Path.INBOUND, f"foreign mail to {owner.name}", owner.key)
            return None
        if owner.key != self.origin.organisation:
            return None
        if owner.internal_secure:
            return self._direct(recipient, Path.INTERNAL, f"mail inside {owner.name} is secure (organisations.yaml)", owner.key)
        return self._insecure(recipient, f"mail inside {owner.name} is not secure (organisations.yaml, internal_secure: false)")

    def _retired(self, recipient: Recipient, address: Address, domain: str) -> Destination | None:
        suffix = self.policy.suffix
        retired = self.policy.table.retired.find(domain.removesuffix(suffix))
        if retired is None:
            return None
        instead = _moved(address, domain.removesuffix(suffix).removesuffix(retired.domain) + retired.instead)
        return self._stopped(recipient, Path.RETIRED, Reason.RECIPIENT_RETIRED, retired.row, instead)

    def _suffixed(self, recipient: Recipient, address: Address, domain: str) -> Destination | None:
        """The suffix was typed by hand: it is kept, never doubled, and counts only behind a registered domain (guidance C10)."""
        bridge = self.policy.table.bridge
        if not domain.endswith(bridge.suffix) and domain != bridge.suffix[1:]:
            return None
        base = domain.removesuffix(bridge.suffix)
        bare = _moved(address, base) if base != domain else ""
        partner = self._partner(base) or self._partner(domain)

        def stopped(path: Path, reason: Reason, row: str) -> Destination:
            return self._made(recipient, path, address, bridge.way, row, suggestion=bare, reasons=(reason,))

        if partner is None:
            return stopped(Path.INSECURE, Reason.RECIPIENT_UNREGISTERED, f"{base} is not registered with {bridge.name}")
        if not self.origin.own:
            return stopped(Path.INSECURE, Reason.CJSM_SENDER_NOT_MEMBER, f"only our own mail travels by {bridge.name}")
        if not self._is_member():
            return stopped(Path.BRIDGE, Reason.CJSM_SENDER_NOT_MEMBER, f"the sender has no {bridge.name} address")
        return self._made(recipient, Path.BRIDGE, address, bridge.way, partner.row, community=self._community(base))

    def _same_platform(self, recipient: Recipient, domain: str) -> Destination | None:
        """Both in one community, or in two that are secure together (guidance C1-C4)."""
        table = self.policy.table
        theirs, ours = table.members.find(domain), self._sender_member()
        if theirs is None or ours is None:
            return None
        if self.origin.sender is not None and self.origin.sender.domain_key == domain:
            return self._made(recipient, Path.INTERNAL, recipient.address, table.secure, theirs.row, community=theirs.community)
        if table.are_together(ours.community, theirs.community):
            return self._made(recipient, Path.SECURE, recipient.address, table.secure, theirs.row, community=theirs.community)
        return None

    def _assured(self, recipient: Recipient, domain: str) -> Destination | None:
        way = self.policy.table.assured
        row = self.policy.table.assured_domains.find(domain)
        if row is None or not self.origin.own or (self.assuring is not None and way.route not in self.assuring):
            return None
        return self._made(recipient, Path.ASSURED, recipient.address, way, row, community=self._community(domain))

    def _bridged(self, recipient: Recipient, address: Address, domain: str) -> Destination | None:
        """The suffix is added for members of the bridge, to registered domains only (guidance C8-C12)."""
        bridge = self.policy.table.bridge
        partner = self._partner(domain)
        if partner is None or not self.origin.own or not self._is_member():
            return None
        try:
            suffixed = address.with_suffix(bridge.suffix)
        except AddressError:
            row = f"with {bridge.suffix} the address would be too long for SMTP"
            return self._insecure(recipient, row, Reason.RECIPIENT_TOO_LONG)
        return self._made(recipient, Path.BRIDGE, suffixed, bridge.way, partner.row, community=self._community(domain))

    def _unknown_row(self, domain: str) -> str:
        """Why an address is insecure, for people."""
        bridge = self.policy.table.bridge.name
        if self.policy.organisation_of_domain(domain) is not None:
            return "another organisation's mail: nothing makes the way there secure"
        if not self.origin.own:
            return "the sender is not one of ours"
        assured = self.policy.table.assured
        if self.policy.table.assured_domains.find(domain) is not None:
            return f"{domain} counts as secure over verified TLS, but the route '{assured.route}' does not verify it onward"
        if self._partner(domain) is not None:
            return f"{domain} can be reached by {bridge}, but the sender has no {bridge} address"
        member = self.policy.table.members.find(domain)
        if member is not None:
            return f"{member.row}, which is not secure together with the sender's, and {domain} is not registered with {bridge}"
        return f"{domain} is in no community and not registered with {bridge}"

    def _partner(self, domain: str) -> Partner | None:
        partner = self.policy.registry.find(domain)
        return partner if partner is not None and partner.in_force(self.today) else None

    def _is_member(self) -> bool:
        """Whether the sender has an address on the bridge: by organisation, or (explain) by the registry."""
        organisation = self.policy.organisation(self.origin.organisation)
        if organisation is not None:
            return organisation.cjsm_member
        return self.origin.sender is not None and self._partner(self.origin.sender.domain_key) is not None

    def _sender_member(self) -> Member | None:
        if not self.origin.own or self.origin.sender is None:
            return None
        return self.policy.table.members.find(self.origin.sender.domain_key)

    def _community(self, domain: str) -> str:
        member = self.policy.table.members.find(domain)
        return member.community if member is not None else ""

    def _direct(self, recipient: Recipient, path: Path, row: str, community: str) -> Destination:
        return self._made(recipient, path, recipient.address, Way(self.policy.table.direct, Tls.NONE), row, community=community)

    def _insecure(self, recipient: Recipient, row: str, *reasons: Reason) -> Destination:
        way = Way(self.policy.table.direct, Tls.NONE)
        community = self._community(recipient.address.domain_key)
        return self._made(recipient, Path.INSECURE, recipient.address, way, row, community=community, reasons=reasons)

    def _stopped(self, recipient: Recipient, path: Path, reason: Reason, row: str, suggestion: str) -> Destination:
        way = Way(self.policy.table.direct, Tls.NONE)
        return self._made(recipient, path, recipient.address, way, row, suggestion=suggestion, reasons=(reason,))

    def _made(
        self,
        recipient: Recipient,
        path: Path,
        deliver_to: Address,
        way: Way,
        row: str,
        *,
        community: str = "",
        suggestion: str = "",
        reasons: tuple[Reason, ...] = (),
    ) -> Destination:
        return Destination(recipient, path, deliver_to, way.route, community, row, way.tls, suggestion, reasons)


def _moved(address: Address, domain: str) -> str:
    """The same mailbox at another domain, for words; '' when that is no address."""
    try:
        return str(Address(address.local, domain))
    except AddressError:
        return ""
