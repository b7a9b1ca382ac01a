"""OpenPGP and PEM armour in text: each block becomes a part, so that what it really holds is judged.

Promises: never raises; linear time. A message block may be encrypted, or merely armoured: the containers decide by its packets.
"""

import re

from gateway.mail.nested.found import MOST_FOUND, Found

_BLOCK = re.compile(rb"-----BEGIN (PGP MESSAGE|PGP SIGNATURE|PGP PUBLIC KEY BLOCK|PKCS7|CMS)(?:, PART [^-\r\n]*)?-----")
_TYPES = {
    b"PGP MESSAGE": "application/pgp-message",
    b"PGP SIGNATURE": "application/pgp-signature",
    b"PGP PUBLIC KEY BLOCK": "application/pgp-keys",
    b"PKCS7": "application/x-pem-file",
    b"CMS": "application/x-pem-file",
}


def present(content: bytes) -> bool:
    """A quick look whether there may be a block."""
    return b"-" in content and b"-----BEGIN " in content


def find(content: bytes) -> tuple[Found, ...]:
    """The armoured blocks of a text."""
    found: list[Found] = []
    at = 0
    while len(found) < MOST_FOUND and (match := _BLOCK.search(content, at)):
        stop = content.find(b"-----END " + match[1], match.end())
        end = content.find(b"\n", stop) if stop >= 0 else len(content)
        end = end if end >= 0 else len(content)
        found.append(Found(content[match.start() : end], (), _TYPES[match[1]]))
        at = end
        if stop < 0:
            break
    return tuple(found)
