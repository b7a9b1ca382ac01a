"""Who sent a message to whom: the SMTP envelope as it came, never changed.

Promises: each recipient carries its own options; the null sender is `None`, a case of its own.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.model.address import Address


@dataclass(frozen=True, slots=True)
class Recipient:
    """An RCPT address with its own ESMTP parameters, case kept ('NOTIFY=SUCCESS', 'ORCPT=rfc822;a@b')."""

    address: Address
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
