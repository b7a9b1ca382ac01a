"""The address grammar against the vectors B01-B47: nothing is ever read as an address other than the one written."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.address import ADDRESS_OCTETS, Address, AddressError, parse_mailbox, parse_recipient

# Not an address that we carry. The letter is how each was written on the wire.
REFUSED = {
    "B08 full-width": "bob@\uff4ehs.net",
    "B10 ideographic dot": "bob@nhs\u3002net",
    "B10 one dot leader": "bob@nhs\u2024net",
    "B11 zero-width": "bob@nhs\u200b.net",
    "B11 word joiner": "bob@nhs\u2060.net",
    "B11 byte order mark": "bob@\ufeffnhs.net",
    "B12 soft hyphen": "bob@n\u00adhs.net",
    "B12 combining dot": "bob@nh\u0307s.net",
    "B12 variation selector": "bob@nhs\ufe0f.net",
    "B13 NUL": "bob@nhs.net\0.evil.example",
    "B14 DEL": "bob@nhs.net\x7f",
    "B15 two @": "bob@nhs.net@evil.example",
    "B16 quoted @": '"bob@nhs.net"@evil.example',
    "B17 percent": "bob%nhs.net@evil.example",
    "B18 bang": "evil.example!bob@nhs.net",
    "B19 source route": "@evil.example:bob@nhs.net",
    "B20 two hops": "@nhs.net,@x:bob@evil2.example",
    "B21 comment": "bob(nhs.net)@evil.example",
    "B21 comment behind": "bob@evil.example(@nhs.net)",
    "B22 quoted brackets": '"<bob@nhs.net>"@evil.example',
    "B23 encoded word": "=?utf-8?q?bob=40evil.example=3E=0D=0ARCPT_TO=3A=3Cx?=@nhs.net",
    "B23 in base64": "=?utf-8?b?Ym9iQGV2aWw=?=@nhs.net",
    "B23 in the domain": "bob@=?utf-8?q?nhs.net?=",
    "B23 utf-7": "=?utf-7?q?bob+AEA-evil?=@nhs.net",
    "B24 literal": "bob@[127.0.0.1]",
    "B24 IPv6 literal": "bob@[IPv6:::1]",
    "B25 two in one": "bob@nhs.net,carol@evil.example",
    "B31 trailing dot": "bob@nhs.net.",
    "line end": "bob\r\nRCPT TO:<x>@nhs.net",
    "bare CR": "a\rb@nhs.net",
    "next line": "bob\x85@nhs.net",
    "line separator": "bob@nhs.net\u2028",
    "right-to-left override": "bob@\u202eten.shn",
    "tag characters": "bob@nhs.net\U000e0041",
    "Hangul filler": "bob\u3164@nhs.net",
    "Braille blank": "bob\u2800@nhs.net",
    "em space": "bob\u2003x@nhs.net",
    "division slash": "bob@nhs.net\u2215.evil.example",
    "Kelvin sign": "bob@police.u\u212a",
    "long s": "bob@nh\u017f.net",
    "semicolon": "a;b@nhs.net",
    "group": "o:brien@nhs.net",
    "comma": "alice,bob@nhs.net",
    "space": "a b@nhs.net",
    "open quote": '"bob@nhs.net',
    "nothing before": "@nhs.net",
    "nothing behind": "bob@",
    "no @": "bob",
    "empty": "",
    "double dot": "a..b@nhs.net",
    "leading dot": ".a@nhs.net",
    "double dot in the domain": "bob@nhs..net",
    "hyphen first": "bob@-nhs.net",
    "label of 64": f"bob@{'a' * 64}.net",
    "long local part": f"{'a' * 65}@nhs.net",
    "long domain": f"bob@{'a.' * 130}net",
    "surrogate": "bob\udc80@nhs.net",
    "underscore in the domain": "bob@nhs_net.example",
}

# Addresses, but of other people: what they look like must not matter.
OTHERS = {
    "B01": "user@nhs.net.evil.example",
    "B02": "user@evilnhs.net",
    "B03": "user@nhs.net-evil.example",
    "B04": "user@nhs.net.cjasm.net.evil.example",
    "B05": "user@cjasm.net.evil",
    "B06": "user@nhs.n\u00e9t",
    "B07": "user@xn--nhs-cja.net",
    "B08": "user@\u043dhs.net",
    "B26": "user@nhs.uk",
    "B27": "user@merton-gov.uk",
}

# Carried byte for byte.
CARRIED = (
    "bob@nhs.net",
    "BOB@NHS.NET",
    '"a b"@nhs.net',
    '"a\\"b"@nhs.net',
    "o'brien+plan=x@nhs.net",
    f"{'a' * 64}@nhs.net",
    "user@met.pnn.police.uk",
    "bob@nhs.net.cjasm.net",
    "j\u00f6rg@b\u00fccher.example",
    "\u7528\u6237@\u4f8b\u5b50.example",
)


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_is_not_an_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_recipient(text)
    assert caught.value.code == 553
    assert caught.value.words.isprintable()


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_a_look_alike_is_itself_and_nobody_else(text: str) -> None:
    address = parse_recipient(text)
    assert str(address) == text
    assert address.domain_key not in ("nhs.net", "cjasm.net", "merton.gov.uk", "nhs.net.cjasm.net")


@pytest.mark.parametrize("text", CARRIED)
def test_an_address_is_written_as_it_was_read(text: str) -> None:
    assert str(parse_recipient(text)) == text


@given(st.text(max_size=40) | st.from_regex(r"[a-z\"<>@.,:;%!()= \\-]{1,30}", fullmatch=True))
def test_whatever_is_read_is_written_the_same_in_one_line(text: str) -> None:
    try:
        address = parse_recipient(text)
    except AddressError:
        return
    assert str(address) == text
    assert text.isprintable()
    assert parse_recipient(str(address)) == address


@pytest.mark.parametrize(("one", "other"), [("Bob@NHS.net", "bob@nhs.NET"), ("a+b@x.gov.uk", "A+B@X.GOV.UK")])
def test_case_does_not_make_two_mailboxes(one: str, other: str) -> None:
    assert parse_mailbox(one).key == parse_mailbox(other).key


def test_only_ascii_case_is_ignored() -> None:
    """The Kelvin sign in lower case is a k; the mailbox is another one."""
    assert parse_mailbox("\u212aate@nhs.net").key != parse_mailbox("kate@nhs.net").key


def test_a_sender_may_have_signs_that_a_recipient_may_not() -> None:
    """BATV, SRS and X.400 gateways write them; nothing is routed by a sender."""
    assert str(parse_mailbox("prvs=12%x!y@nhs.net")) == "prvs=12%x!y@nhs.net"


def test_a_suffix_that_makes_the_address_too_long_is_an_error_and_not_a_shorter_address() -> None:
    domain = ".".join(["a" * 60] * 3) + ".gov.uk"
    address = Address("b" * (ADDRESS_OCTETS - 1 - len(domain)), domain)
    with pytest.raises(AddressError, match="too long"):
        address.with_suffix(".cjasm.net")
    assert str(Address("b", domain).with_suffix(".cjasm.net")) == f"b@{domain}.cjasm.net"


def test_the_letters_of_an_address_are_exactly_those_of_the_grammar() -> None:
    """The expressions name what may not stand there; here stands what may (RFC 5321 4.1.2, RFC 5322 3.2.3, RFC 6531 3.3)."""
    words = set(string.ascii_letters + string.digits)
    for allowed, written in (
        (words | set("!#$%&'*+-/=?^_`{|}~"), "{}@x"),
        (words, "a@{}.uk"),
        (words | {"-"}, "a@x{}x"),
        (set(map(chr, range(32, 127))) - set('"\\'), '"{}"@x'),
    ):
        assert {ch for ch in map(chr, range(128)) if is_address(written.format(ch))} == allowed | ({"."} if written == "a@x{}x" else set())


def is_address(text: str) -> bool:
    try:
        return text == str(parse_mailbox(text))
    except AddressError:
        return False
