"""The arguments of SMTP commands, read by the grammar of RFC 5321, 3461 and 3030.

Promises: addresses and parameters come out exactly as they were written, or not at all.
On failure: `Refused` with the reply to send. Nothing here decodes, folds or repairs.
"""

import re
from collections.abc import Callable

from gateway.model.address import Address, AddressError, parse_mailbox, parse_recipient
from gateway.model.envelope import Recipient
from gateway.model.frozen import frozen
from gateway.model.smtp import Reply

# One space after the colon is tolerated, as Postfix's proxy hands on its clients' commands unchanged. What was matched inside the
# brackets is never tried again (++, *+): 0.3 us instead of 0.9, and no line that makes it search for long.
_PATH = re.compile(r'(FROM|TO): ?<((?:[^"<> ]++|"(?:[^"\\]|\\.)*+")*+)>(?: +(.*))?', re.IGNORECASE | re.DOTALL)
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~\u0080-\U0010ffff]+))?")
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")
_PLAIN = re.compile(r"[!-*,-<>-~]*")
_XCHAR = re.compile(r"\+([0-9A-F]{2})")
_HELO = re.compile(r"[!-~]{1,255}")
_BDAT = re.compile(r"([0-9]{1,12})( +LAST)?", re.IGNORECASE)

# RFC 3461 4.4 and 4.2.
ENVID_OCTETS = 100
ORCPT_OCTETS = 500
# RFC 4954 5.
AUTH_OCTETS = 500


class Refused(Exception):
    """The argument is not one that we carry: what to answer."""

    def __init__(self, code: int, status: str, text: str) -> None:
        super().__init__(text)
        self.reply = Reply(code, status, text)


@frozen
class MailFrom:
    """The argument of MAIL: `sender` None is the null sender."""

    sender: Address | None
    options: tuple[str, ...]
    size: int = 0
    smtputf8: bool = False


def read_mail(argument: str, *, requiretls: bool = False) -> MailFrom:
    """Read 'FROM:<...> parameters'."""
    path, options = _split(argument, "FROM")
    found = _parameters(options, _MAIL)
    if "REQUIRETLS" in found and not requiretls:
        raise Refused(555, "5.5.4", "REQUIRETLS is not offered")
    # AUTH=<> comes from Exchange unasked; it says nothing to us and means nothing to the next hop (RFC 4954 5).
    kept = tuple(option for option in options if not option.upper().startswith("AUTH=")) if "AUTH" in found else options
    utf8 = "SMTPUTF8" in found
    sender = _address(path, parse_mailbox, utf8) if path else None
    return MailFrom(sender, kept, int(found.get("SIZE") or 0), utf8)


def read_recipient(argument: str, *, smtputf8: bool) -> Recipient:
    """Read 'TO:<...> parameters'."""
    path, options = _split(argument, "TO")
    if not path:
        raise Refused(501, "5.1.3", "The null path cannot be a recipient")
    _parameters(options, _RCPT)
    return Recipient(_address(path, parse_recipient, smtputf8), options)


def read_helo(argument: str) -> str:
    """The name after HELO or EHLO: printable ASCII without spaces, so that it can stand in a Received field."""
    if not _HELO.fullmatch(argument):
        raise Refused(501, "5.5.4", "Syntax: EHLO hostname")
    return argument


def read_bdat(argument: str) -> tuple[int, bool]:
    """The size and LAST of 'BDAT size [LAST]'."""
    found = _BDAT.fullmatch(argument)
    if not found:
        raise Refused(501, "5.5.4", "Syntax: BDAT size [LAST]")
    return int(found[1]), bool(found[2])


def read_attributes(argument: str) -> dict[str, str]:
    """The NAME=value pairs of XCLIENT and XFORWARD, xtext decoded; '' where the peer does not know."""
    pairs: dict[str, str] = {}
    for word in argument.split():
        name, equals, value = word.partition("=")
        if not equals or not _XTEXT.fullmatch(value):
            raise Refused(501, "5.5.4", "Bad attribute")
        pairs[name.upper()] = "" if value.upper() in ("[UNAVAILABLE]", "[TEMPUNAVAIL]") else _from_xtext(value)
    return pairs


def to_xtext(text: str) -> str:
    """RFC 3461 4: everything but printable ASCII, '+' and '=' as +HH."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(ch if "!" <= ch <= "~" and ch not in "+=" else "".join(f"+{byte:02X}" for byte in ch.encode()) for ch in text)


def _from_xtext(value: str) -> str:
    decoded = _XCHAR.sub(lambda found: chr(int(found[1], 16)), value)
    if not decoded.isprintable():
        raise Refused(501, "5.5.4", "Bad attribute")
    return decoded


def _split(argument: str, word: str) -> tuple[str, tuple[str, ...]]:
    found = _PATH.fullmatch(argument)
    if not found or found[1].upper() != word:
        raise Refused(501, "5.5.4", f"Syntax: {'MAIL FROM' if word == 'FROM' else 'RCPT TO'}:<address>")
    return found[2], tuple((found[3] or "").split(" ")) if (found[3] or "").strip(" ") else ()


def _address(path: str, parse: Callable[[str], Address], smtputf8: bool) -> Address:
    try:
        address = parse(path)
    except AddressError as error:
        raise Refused(error.code, error.status, error.words) from None
    if not address.is_ascii and not smtputf8:
        raise Refused(553, "5.6.7", "A non-ASCII address needs SMTPUTF8")
    return address


def _parameters(options: tuple[str, ...], known: dict[str, Callable[[str | None], bool]]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for option in options:
        match = _PARAMETER.fullmatch(option)
        if not match:
            raise Refused(501, "5.5.4", "Bad parameter")
        name = match[1].upper()
        if name not in known:
            raise Refused(555, "5.5.4", "Parameter not recognised")
        if name in found or not known[name](match[2]):
            raise Refused(501, "5.5.4", f"Bad {name} parameter")
        found[name] = match[2]
    return found


def _is_xtext(value: str | None, limit: int) -> bool:
    # +0D+0A would be a line end in a status notification: decoded controls are refused, not carried.
    if not value or len(value) > limit or not _XTEXT.fullmatch(value):
        return False
    return all(32 <= int(code, 16) != 127 for code in _XCHAR.findall(value))


def _is_orcpt(value: str | None) -> bool:
    kind, semicolon, address = (value or "").partition(";")
    if not semicolon or not re.fullmatch(r"[A-Za-z0-9-]+", kind):
        return False
    if kind.lower() == "utf-8":  # RFC 6533 3: utf-8-addr-xtext or utf-8-addr-unitext
        return 0 < len(address.encode()) <= ORCPT_OCTETS and address.isprintable()
    return _is_xtext(address, ORCPT_OCTETS)


def _is_notify(value: str | None) -> bool:
    words = (value or "").upper().split(",")
    return words == ["NEVER"] or (len(set(words)) == len(words) and set(words) <= {"SUCCESS", "FAILURE", "DELAY"})


_MAIL: dict[str, Callable[[str | None], bool]] = {
    "SIZE": lambda value: bool(value and re.fullmatch(r"[0-9]{1,20}", value)),
    "BODY": lambda value: (value or "").upper() in ("7BIT", "8BITMIME"),
    "SMTPUTF8": lambda value: value is None,
    "REQUIRETLS": lambda value: value is None,
    "RET": lambda value: (value or "").upper() in ("FULL", "HDRS"),
    "ENVID": lambda value: _is_xtext(value, ENVID_OCTETS),
    "AUTH": lambda value: _is_xtext(value, AUTH_OCTETS),
}
_RCPT: dict[str, Callable[[str | None], bool]] = {"NOTIFY": _is_notify, "ORCPT": _is_orcpt}
