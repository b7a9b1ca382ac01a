"""Which ESMTP parameters go on to a host, given what it offers.

Promises: no parameter that was not offered is sent; one that only asks for comfort is dropped, one that the message needs
makes the host unsuitable (RFC 6152, 6531, 8689, 1870): 5.6.3, 5.6.7, 5.7.30, 5.3.4.
"""

from gateway.model.address import Address
from gateway.model.judgement import Tls
from gateway.model.plan import Forward
from gateway.model.smtp import Capabilities, Reply
from gateway.smtp.commands import to_xtext

NO_8BIT = Reply(554, "5.6.3", "The next hop does not take 8-bit content")
NO_UTF8 = Reply(553, "5.6.7", "The next hop does not take non-ASCII addresses")
NO_REQUIRETLS = Reply(554, "5.7.30", "The next hop does not promise TLS all the way (REQUIRETLS)")
NO_SIZE = Reply(552, "5.3.4", "The message is larger than the next hop takes")
NO_BARE = Reply(550, "5.6.11", "The message contains a bare CR or LF, which the next hop does not take")

# Room for the Received field that we prepend.
ADDED_BYTES = 1_024


def tls_asked(options: tuple[str, ...]) -> Tls:
    """The least TLS that the sender asks for: with REQUIRETLS, a host whose name is verified (RFC 8689 4.2.1)."""
    return Tls.VERIFY if any(option.upper() == "REQUIRETLS" for option in options) else Tls.NONE


def mail_command(sender: Address | None, options: tuple[str, ...], offered: Capabilities) -> str | Reply:
    """MAIL for this host, or why it cannot have the message."""
    if sender is not None and not sender.is_ascii and not offered.smtputf8:
        return NO_UTF8
    words = [f"MAIL FROM:<{sender or ''}>"]
    for option in options:
        word = _mail_option(option, offered)
        if isinstance(word, Reply):
            return word
        if word:
            words.append(word)
    return " ".join(words)


def rcpt_command(forward: Forward, offered: Capabilities) -> str | Reply:
    """RCPT for this host, or why it cannot have this recipient."""
    if not forward.address.is_ascii and not offered.smtputf8:
        return NO_UTF8
    words = [f"RCPT TO:<{forward.address}>"]
    if offered.dsn:
        words += forward.options
        written = any(option.upper().startswith("ORCPT=") for option in forward.options)
        if not written and forward.original != forward.address:
            words += _orcpt(forward.original, offered)
    return " ".join(words)


def _mail_option(option: str, offered: Capabilities) -> str | Reply:
    name, _, value = option.partition("=")
    match name.upper():
        case "SIZE":
            return _size(value, offered)
        case "BODY":
            if offered.eight_bit_mime:
                return option
            return "" if value.upper() == "7BIT" else NO_8BIT
        case "SMTPUTF8":
            return option if offered.smtputf8 else NO_UTF8
        case "REQUIRETLS":
            return option if offered.requiretls else NO_REQUIRETLS
        case "RET" | "ENVID":
            return option if offered.dsn else ""
    return ""


def _size(value: str, offered: Capabilities) -> str | Reply:
    size = int(value) if value.isdecimal() else 0
    if offered.size and size > offered.size:
        return NO_SIZE
    # Without a stated limit we do not know that SIZE is understood at all, and it is only a hint.
    return f"SIZE={min(size + ADDED_BYTES, offered.size)}" if offered.size else ""


def _orcpt(original: Address, offered: Capabilities) -> list[str]:
    if original.is_ascii:
        return [f"ORCPT=rfc822;{to_xtext(str(original))}"]
    return [f"ORCPT=utf-8;{original}"] if offered.smtputf8 else []
