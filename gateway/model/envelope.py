"""Who sent a message to whom: the SMTP envelope as it came, never changed.

Promises: each recipient carries its own options; the null sender is `None`, a case of its own.
"""

from collections.abc import Sequence
from datetime import datetime

from gateway.model.address import Address
from gateway.model.frozen import frozen


@frozen
class Recipient:
    """An RCPT address with its own ESMTP parameters, case kept ('NOTIFY=SUCCESS', 'ORCPT=rfc822;a@b')."""

    address: Address
    options: tuple[str, ...] = ()


UNPROVEN = "(unproven)"
"""The organisation of a client whose Microsoft 365 tenant is not known yet: nobody's, also where there is a single organisation."""


@frozen
class Client:
    """The peer that handed us the message. `organisation` is the key of the organisation whose server it is ('' if none)."""

    address: str
    port: int = 0
    organisation: str = ""
    helo: str = ""
    esmtp: bool = True
    tls: str = ""
    """TLS version and cipher as in a Received field, '' in the clear."""
    name: str = ""
    """Verified certificate name or reverse name, where known."""
    tenants: tuple[tuple[str, str], ...] = ()
    """Microsoft 365 tenants that may speak through this peer, each with its organisation; `organisation` is then UNPROVEN."""
    forwarded: tuple[tuple[str, str], ...] = ()
    """XFORWARD attributes of a listed peer: whom it has the message from. For records and the next hop, never for a decision."""

    def organisation_by(self, originators: Sequence[str]) -> str:
        """The organisation, given the values of the message's X-OriginatorOrg fields.

        All of Microsoft 365 sends from the same addresses with the same certificate: only exactly one field that names a
        listed tenant makes such mail an organisation's own.
        """
        if not self.tenants or len(originators) != 1:
            return self.organisation
        named = originators[0].strip().lower()
        return next((organisation for tenant, organisation in self.tenants if tenant.lower() == named), self.organisation)


@frozen
class Envelope:
    """Everything SMTP said about one message before its content.

    `id` is our reference: short, sayable, unique. `sender` None is the null reverse path (RFC 5321 4.5.5).
    """

    id: str
    client: Client
    sender: Address | None
    recipients: tuple[Recipient, ...]
    received_at: datetime
    sender_options: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.recipients:
            raise ValueError("an envelope has at least one recipient")
        if self.received_at.tzinfo is None:
            raise ValueError("received_at needs a time zone")

    @property
    def smtputf8(self) -> bool:
        return any(option.upper() == "SMTPUTF8" for option in self.sender_options)
