"""How often a message came through here before: our Received fields carry a seal that only we can make.

Promises: nobody else's field counts, whatever host it names; one field counts once however often it was copied.
"""

import re
from collections.abc import Iterable

from gateway.store.keys import Keys

# A mail that is forwarded from council to school to council is here three times; what comes a fourth time goes round in a circle.
ROUNDS = 3
_SEAL_BYTES = 8
_SEALED = re.compile(rb"\sid\s+([0-9A-Z-]{17})\s+\(seal ([0-9a-f]{16})\)")


def seal(keys: Keys, id: str) -> str:
    """Stands behind our reference in the Received field."""
    return keys.mac(b"round", id.encode())[:_SEAL_BYTES].hex()


def rounds(keys: Keys, received: Iterable[bytes]) -> int:
    """How many of these values of Received fields are ours."""
    found = {match[1]: match[2] for value in received if (match := _SEALED.search(value))}
    return sum(seal(keys, id.decode()).encode() == said for id, said in found.items())
