"""XFORWARD (Postfix): telling a next hop that offers it for whom we speak, so that its log names the client and not the gateway.

Promises: only attributes that were offered are sent, each in xtext; what we do not know is said to be unknown, so that nothing of
an earlier message on the same connection sticks. It is for logs: a hop that refuses it still gets the message.
"""

from collections.abc import Mapping
from functools import lru_cache

from gateway.model.envelope import Client
from gateway.smtp.commands import to_xtext

Attributes = Mapping[str, str]

NOBODYS: Attributes = {}
UNKNOWN = "[UNAVAILABLE]"
# XFORWARD_README: a line has at most 512 octets, a value at most 255; several commands may follow each other.
LINE_OCTETS = 510
VALUE_OCTETS = 255


def attributes_of(client: Client | None, id: str) -> Attributes:
    """What a listed peer said of the origin of this message; of any other peer, what we see of it. `id` is our reference."""
    if client is None:
        return NOBODYS
    if client.forwarded:
        return {"IDENT": id, **dict(client.forwarded)}
    address = f"IPV6:{client.address}" if ":" in client.address else client.address
    return {
        "ADDR": address,
        "PORT": str(client.port or ""),
        "NAME": client.name,
        "HELO": client.helo,
        "PROTO": "ESMTP" if client.esmtp else "SMTP",
        "IDENT": id,
        "SOURCE": "REMOTE",
    }


# All but IDENT is the same for a whole session: 2 us less for each message (measured).
@lru_cache(maxsize=1_024)
def _written(value: str) -> str:
    xtext = to_xtext(value)
    return xtext if 0 < len(xtext) <= VALUE_OCTETS else UNKNOWN


def commands(attributes: Attributes, offered: str) -> list[str]:
    """XFORWARD with every attribute that EHLO `offered`, in as many lines as it takes."""
    lines: list[str] = []
    line = ""
    for name in offered.upper().split():
        word = f" {name}={_written(attributes.get(name, ''))}"
        if line and len("XFORWARD") + len(line) + len(word) > LINE_OCTETS:
            lines.append(f"XFORWARD{line}")
            line = ""
        line += word
    return [*lines, f"XFORWARD{line}"] if line else lines
