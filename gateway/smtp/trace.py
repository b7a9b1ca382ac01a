"""The one Received field that we prepend (RFC 5321 4.4).

Promises: printable ASCII, folded, ended by CRLF; `for` only where there is a single recipient, so that no blind copy shows.
"""

import re
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from gateway.model.address import Address
from gateway.model.envelope import Client

_NOT_A_NAME = re.compile(r"[^A-Za-z0-9.:_\[\]-]")
_NOT_A_COMMENT = re.compile(r"[^A-Za-z0-9.:_ -]")
# A HELO name longer than a domain (255) is not one; the field line stays below 998 octets.
_NAME_OCTETS = 255


def received_line(client: Client, hostname: str, id: str, received_at: datetime, only_recipient: Address | None, seal: str = "") -> bytes:
    """The field for a message that `client` handed to `hostname` under our reference `id`; by `seal` we know the field again."""
    sealed = f" (seal {seal})" if seal else ""
    only = f"\r\n\tfor <{only_recipient}>" if only_recipient is not None and only_recipient.is_ascii else ""
    return f"{_path(client, hostname)} id {_name(id)}{sealed}{only}; {_date(received_at.replace(microsecond=0))}\r\n".encode("ascii")


# A council's server sends all of its messages by one name from one address.
@lru_cache(maxsize=256)
def _path(client: Client, hostname: str) -> str:
    address = f"IPv6:{client.address}" if ":" in client.address else client.address
    seen = " ".join(word for word in (_comment(client.name), f"[{_name(address)}]") if word)
    tls = f" ({_comment(client.tls)})" if client.tls else ""
    return f"Received: from {_name(client.helo) or 'unknown'} ({seen})\r\n\tby {_name(hostname)} with {_protocol(client)}{tls}"


# One second's messages share their date.
@lru_cache(maxsize=1)
def _date(received_at: datetime) -> str:
    return format_datetime(received_at)


def _protocol(client: Client) -> str:
    """RFC 3848."""
    return ("ESMTP" if client.esmtp else "SMTP") + ("S" if client.tls else "")


def _name(text: str) -> str:
    return _NOT_A_NAME.sub("?", text[:_NAME_OCTETS])


def _comment(text: str) -> str:
    return _NOT_A_COMMENT.sub("?", text[:_NAME_OCTETS])
