"""The Received field."""

from datetime import UTC, datetime

import pytest

from gateway.model.address import parse_mailbox
from gateway.model.envelope import Client
from gateway.smtp.trace import received_line

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BOB = parse_mailbox("bob@nhs.net")


def test_it_says_who_handed_what_to_whom() -> None:
    client = Client("10.1.2.3", 4711, "borough", "mail.borough.gov.uk", True, "TLSv1.3 TLS_AES_256_GCM_SHA384", "mx.borough.gov.uk")
    assert received_line(client, "gateway.borough.gov.uk", "k3f9", AT, BOB) == (
        b"Received: from mail.borough.gov.uk (mx.borough.gov.uk [10.1.2.3])\r\n"
        b"\tby gateway.borough.gov.uk with ESMTPS (TLSv1.3 TLS_AES_256_GCM_SHA384) id k3f9\r\n"
        b"\tfor <bob@nhs.net>; Mon, 02 Mar 2026 09:30:00 +0000\r\n"
    )


def test_without_tls_and_with_several_recipients() -> None:
    client = Client("2001:db8::1", helo="h", esmtp=False)
    assert received_line(client, "g", "i", AT, None) == (
        b"Received: from h ([IPv6:2001:db8::1])\r\n\tby g with SMTP id i; Mon, 02 Mar 2026 09:30:00 +0000\r\n"
    )


@pytest.mark.parametrize("helo", ["a\r\nBcc: evil@x", "a) (by good", "\x1b[31m", "é", "x" * 5_000, "", "a;b <c>"])
def test_whatever_the_client_calls_itself_it_stays_one_field(helo: str) -> None:
    field = received_line(Client("127.0.0.1", helo=helo, name=helo, tls=helo), "g", "i\r\nX: y", AT, None)
    lines = field.decode("ascii").split("\r\n")
    assert lines[-1] == ""
    assert lines[0].startswith("Received: from ")
    assert all(line.startswith("\t") for line in lines[1:-1])
    assert all(len(line) < 998 and line.replace("\t", "").isprintable() for line in lines)
    assert field.count(b"(") == field.count(b")")


def test_an_address_that_is_not_ascii_is_not_shown() -> None:
    assert b"for" not in received_line(Client("127.0.0.1", helo="h"), "g", "i", AT, parse_mailbox("é@nhs.net")).partition(b";")[0][9:]
