"""Mail addresses by the strict grammar of RFC 5321 4.1.2, read from the raw command argument.

Promises: an `Address` is written on the wire exactly as it was read; nothing is decoded, folded or repaired.
On failure: `AddressError`, whose words can be shown to the peer and whose code belongs in the reply.
Why not a library: the parsers of `email` and `aiosmtpd` decode RFC 2047 words and drop comments and source
routes inside addresses, so policy would judge one address and the next hop would be given another.
"""

import re
import unicodedata
from dataclasses import field
from functools import lru_cache

from gateway.model.frozen import frozen

# RFC 5321 4.5.3.1: local part 64 octets, domain 255 octets, path 256 octets with its two angle brackets.
LOCAL_OCTETS = 64
DOMAIN_OCTETS = 255
ADDRESS_OCTETS = 254

# Written as what may not stand there: everything beyond ASCII may (RFC 6531 3.3), and a range that names it takes 30 ms to compile.
_ATEXT = r'[^\x00-\x20"(),.:;<>@\[\\\]\x7f]'
_LETTER_OR_DIGIT = r"[^\x00-/:-@\[-`{-\x7f]"
_LETTER_DIGIT_OR_HYPHEN = r"[^\x00-,./:-@\[-`{-\x7f]"
_LABEL = rf"(?:{_LETTER_OR_DIGIT}(?:{_LETTER_DIGIT_OR_HYPHEN}{{0,61}}{_LETTER_OR_DIGIT})?)"
_DOT_STRING = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}+)*")
_QUOTED = re.compile(r'"(?:[^\x00-\x1f"\\\x7f]|\\[ -~])*"')
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# Besides what is not printable (controls, spaces, direction marks): letters and marks that show as nothing.
_NEVER = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]"
)


class AddressError(ValueError):
    """The bytes are not an address that we carry: reply code, RFC 3463 status and plain words."""

    def __init__(self, words: str, code: int = 553, status: str = "5.1.3") -> None:
        super().__init__(words)
        self.code = code
        self.status = status
        self.words = words


@frozen
class Address:
    """One mailbox, local part and domain as written (RFC 5321 Mailbox without address literals)."""

    local: str
    domain: str
    domain_key: str = field(init=False, compare=False, repr=False)
    """The domain for comparison: lower case; a non-ASCII domain never equals an ASCII one."""
    key: str = field(init=False, compare=False, repr=False)
    """The mailbox for comparison: ASCII case is ignored, as every mail system of our partners does.

    Not beyond ASCII: the Kelvin sign is a small k to `lower`, and another mailbox to everybody else.
    """

    def __post_init__(self) -> None:
        if not str(self).isprintable() or _NEVER.search(str(self)):
            raise AddressError("the address contains a control or invisible character")
        if not (_DOT_STRING.fullmatch(self.local) or _QUOTED.fullmatch(self.local)):
            raise AddressError("the part before the @ is not valid")
        if not _DOMAIN.fullmatch(self.domain) or not all(map(_is_domain_character, self.domain)):
            raise AddressError("the domain is not valid", status="5.1.2")
        if any(dot in self.domain for dot in "\u3002\uff0e\uff61"):
            # IDNA (RFC 3490 3.1) reads these as dots: 'nhs\u3002net' would become nhs.net in some next hop.
            raise AddressError("the domain contains a dot that is none", status="5.1.2")
        if not self.domain.isascii() and unicodedata.normalize("NFKC", self.domain) != self.domain:
            # Full-width letters and ideographic dots become 'nhs.net' in a server that normalises; in ours they do not.
            raise AddressError("the domain is not in its normal form", status="5.1.2")
        local, domain = len(self.local.encode()), len(self.domain.encode())
        if local > LOCAL_OCTETS or domain > DOMAIN_OCTETS or local + 1 + domain > ADDRESS_OCTETS:
            raise AddressError("the address is too long")
        # Made once: a message asks for them some twenty times, and its addresses are remembered.
        object.__setattr__(self, "domain_key", self.domain.lower())
        object.__setattr__(self, "key", f"{self.local.lower() if self.local.isascii() else self.local}@{self.domain_key}")

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def is_ascii(self) -> bool:
        return self.local.isascii() and self.domain.isascii()

    def with_suffix(self, suffix: str) -> "Address":
        """The address with `suffix` ('.cjsm.net') appended to its whole domain (guidance C9); AddressError when too long."""
        return Address(self.local, self.domain + suffix)


def _is_domain_character(ch: str) -> bool:
    """Letters, digits and their marks (IDNA allows no symbols, some of which look like a slash or a dot)."""
    return ch.isascii() or ch.isalnum() or unicodedata.category(ch)[0] == "M"


# The same people write to the same people: reading an address again costs 0.1 us, not 5 (measured).
REMEMBERED = 4_096


@lru_cache(maxsize=REMEMBERED)
def parse_mailbox(text: str) -> Address:
    """Read `local@domain` without brackets; AddressError says what is wrong."""
    if "=?" in text:
        # RFC 2047 words are never part of an address; some parsers decode them into another recipient.
        raise AddressError("encoded words are not allowed in an address")
    local, at, domain = text.rpartition("@")
    if not at:
        raise AddressError("the address has no @")
    if domain.startswith("["):
        raise AddressError("address literals are not accepted", code=553, status="5.1.2")
    return Address(local, domain)


@lru_cache(maxsize=REMEMBERED)
def parse_recipient(text: str) -> Address:
    """As `parse_mailbox`, refusing local parts that some server would route on (%, ! and a quoted @)."""
    address = parse_mailbox(text)
    if any(sign in address.local for sign in "%!@"):
        raise AddressError("addresses that name a route are not accepted")
    return address
