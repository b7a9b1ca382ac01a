"""The SMTP vectors A01-A40: smuggling, injection, spoofed peers, exhaustion. Numbers are those of the threat list."""

import asyncio
import random
import ssl
import struct
from ipaddress import ip_network

import pytest

from gateway.model.settings import Limits
from gateway.model.smtp import Capabilities
from tests.smtp.conftest import LOOPBACK, Authority, Listen
from tests.smtp.fakes import FakeHop, RawClient, ScriptedDoor, until

INNER = b"MAIL FROM:<evil@x.example>\r\nRCPT TO:<victim@nhs.net>\r\nDATA\r\nsmuggled\r\n.\r\n"
# What some server takes for the end of the content: name -> (bytes, must it be refused?).
ENDS = {
    "A01 LF.LF": (b"\n.\n", True),
    "A02 LF.CRLF": (b"\n.\r\n", True),
    "A03 CR.CR": (b"\r.\r", True),
    "A04 CR.CRLF": (b"\r.\r\n", True),
    "A05 CR.LF": (b"\r.\n", True),
    "A06 CRLF.LF": (b"\r\n.\n", True),
    "A07 CRLF.CR": (b"\r\n.\r", True),
    "A08 LF.CR": (b"\n.\r", True),
    "A09 CRLF.CRCRLF": (b"\r\n.\r\r\n", True),
    "A11 CRCRLF.CRCRLF": (b"\r\r\n.\r\r\n", True),
    "A12 CRLF NUL .CRLF": (b"\r\n\0.\r\n", False),
    "A13 CRLF.NUL CRLF": (b"\r\n.\0\r\n", False),
    "A14 LFLF.CRLF": (b"\n\n.\r\n", True),
    "A15 VT FF": (b"\x0b.\x0c", False),
    "A16 NEL": (b"\xc2\x85.\xc2\x85", False),
    "A17 LS": (b"\xe2\x80\xa8.\xe2\x80\xa8", False),
}


@pytest.mark.parametrize("cut", ["whole", "bytes", "random"])
@pytest.mark.parametrize(("end", "refused"), ENDS.values(), ids=ENDS)
async def test_only_one_end_of_data_is_the_end(hop: FakeHop, gateway: int, end: bytes, refused: bool, cut: str) -> None:
    """A01-A18: nothing smuggled reaches the next hop as a message of its own."""
    body = b"Subject: outer\r\n\r\nouter" + end + INNER.replace(b"\r\n.\r\n", b"\r\nend\r\n")
    chance = random.Random(end)
    async with RawClient(gateway) as client:
        await client.envelope()
        await client.say("DATA")
        wire = body.replace(b"\r\n.", b"\r\n..") + b".\r\n" if not refused else body + b".\r\n"
        while wire:
            size = {"whole": len(wire), "bytes": 1, "random": chance.randint(1, 30)}[cut]
            client.send(wire[:size])
            wire = wire[size:]
            await asyncio.sleep(0)
        answer = await client.reply()
        assert answer.startswith("550 5.6.11") if refused else answer.startswith("250")
        assert (await client.say("NOOP"))[:3] == "250"
    assert [mail.content for mail in hop.mails] == ([] if refused else [body])
    assert not any("victim" in command for command in hop.commands)


@pytest.mark.parametrize("cut", ["whole", "bytes", "random"])
async def test_an_end_that_some_servers_do_not_see_is_the_end_of_the_session(hop: FakeHop, gateway: int, cut: str) -> None:
    """A10, CR CR LF . CR LF: it holds the true end of data; what follows may be content that somebody wrote as commands."""
    wire = b"Subject: outer\r\n\r\nouter\r\r\n.\r\n" + INNER + b"\r\n.\r\n"
    chance = random.Random(cut)
    async with RawClient(gateway) as client:
        await client.envelope()
        await client.say("DATA")
        while wire and not client.writer.is_closing():
            size = {"whole": len(wire), "bytes": 1, "random": chance.randint(1, 30)}[cut]
            client.send(wire[:size])
            wire = wire[size:]
            await asyncio.sleep(0)
        # A client that goes on sending may lose the reply to the reset.
        assert await client.rest() in (b"550 5.6.11 The message contains a bare CR or LF\r\n", b"")
    assert hop.mails == []
    assert not any("victim" in command for command in hop.commands)


@pytest.mark.parametrize("body", [b".", b"..", b".x\r\n..\r\n...\r\n", b".\r\n.\r\n", b"x\r\n.\r\ny", b"\r\n.\r\n\r\n"])
async def test_leading_dots_arrive_as_they_were_meant(hop: FakeHop, gateway: int, body: bytes) -> None:
    """A20."""
    content = body + b"\r\n"
    async with RawClient(gateway) as client:
        await client.envelope()
        await client.say("DATA")
        lines = content.split(b"\r\n")[:-1]
        client.send(b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines) + b".\r\n")
        assert (await client.reply())[:3] == "250"
    assert hop.last.content == content


@pytest.mark.parametrize("before", range(65_530, 65_542))
async def test_the_end_is_found_at_the_edge_of_a_read(door: ScriptedDoor, port: int, before: int) -> None:
    """A18: CRLF.CRLF around the 64 kB that a read returns."""
    async with RawClient(port) as client:
        await client.envelope()
        await client.say("DATA")
        client.send(b"x" * before + b"\r\n.\r\n")
        assert (await client.reply())[:3] == "250"
    assert door.last.content is not None
    assert len(door.last.content.raw) == before + 2


@pytest.mark.parametrize("size", range(95, 106))
async def test_the_end_is_found_across_the_size_limit(door: ScriptedDoor, listen: Listen, size: int) -> None:
    """A19."""
    port = (await listen(door, Limits(message_bytes=100))).addresses[0][1]
    async with RawClient(port) as client:
        await client.envelope()
        await client.say("DATA")
        wire = b"x" * (size - 2) + b"\r\n.\r\n"
        for start in range(0, len(wire), 3):
            client.send(wire[start : start + 3])
            await asyncio.sleep(0)
        assert (await client.reply())[:3] == ("250" if size <= 100 else "552")
        assert (await client.say("NOOP"))[:3] == "250"


async def test_a_small_declared_size_does_not_open_the_door(door: ScriptedDoor, listen: Listen) -> None:
    """A31."""
    port = (await listen(door, Limits(message_bytes=10_000))).addresses[0][1]
    async with RawClient(port) as client:
        await client.hello()
        await client.say("MAIL FROM:<a@b.example> SIZE=1", "RCPT TO:<b@nhs.net>", "DATA")
        client.send(b"x\r\n" * 5_000 + b".\r\n")
        assert (await client.reply()).startswith("552")


async def test_data_after_a_chunk_is_refused(door: ScriptedDoor, port: int) -> None:
    """A22."""
    async with RawClient(port) as client:
        await client.envelope()
        client.send(b"BDAT 10\r\n0123456789")
        await client.reply()
        assert (await client.say("DATA")).startswith("503")
        assert (await client.say("RCPT TO:<c@nhs.net>")).startswith("503")
        assert (await client.say("RSET"))[:3] == "250"


async def test_bare_line_ends_by_bdat_are_not_converted(hop: FakeHop, gateway: int) -> None:
    """A22: on by BDAT where the next hop has it, otherwise 550; never by DATA, never rewritten."""
    body = b"a\nb\r\n.\r\n" + INNER
    async with RawClient(gateway) as client:
        await client.envelope()
        client.send(b"BDAT %d LAST\r\n%b" % (len(body), body))
        assert (await client.reply())[:3] == "250"
    assert (hop.last.content, hop.last.by_bdat, len(hop.mails)) == (body, True, 1)


async def test_a_gigantic_chunk_ends_the_session(door: ScriptedDoor, port: int) -> None:
    async with RawClient(port) as client:
        await client.envelope()
        client.send(b"BDAT 999999999999 LAST\r\n")
        assert (await client.reply()).startswith("552")
        assert await client.rest() == b""


@pytest.mark.parametrize(
    "command",
    [
        "MAIL FROM:<a@b.example> AUTH=a+0D+0ARCPT",
        "MAIL FROM:<a@b.example> RET=FULL+0D+0A",
        "MAIL FROM:<a@b.example> ENVID=a+0D+0ARCPT",
        "RCPT TO:<b@nhs.net> NOTIFY=NEVER+0D+0A",
        "RCPT TO:<b@nhs.net> ORCPT=rfc822;b+0D+0ARCPT@nhs.net",
    ],
)
async def test_a_line_end_in_a_parameter_is_refused(door: ScriptedDoor, port: int, command: str) -> None:
    """A29."""
    async with RawClient(port) as client:
        await client.hello()
        if command.startswith("RCPT"):
            await client.say("MAIL FROM:<a@b.example>")
        assert (await client.say(command)).startswith("501 5.5.4")
    assert all(seen.recipients == [] for seen in door.seen)


async def test_nothing_of_a_transaction_given_up_in_the_same_segment_remains(door: ScriptedDoor, port: int) -> None:
    """A33: RSET between RCPT and DATA, and a second MAIL inside a transaction."""
    async with RawClient(port) as client:
        await client.hello()
        client.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<secret@nhs.net>\r\nRSET\r\n")
        client.send(b"MAIL FROM:<c@b.example>\r\nMAIL FROM:<d@b.example>\r\nRCPT TO:<b@nhs.net>\r\nDATA\r\n")
        assert [reply[:3] for reply in await client.replies(7)] == ["250", "250", "250", "250", "503", "250", "354"]
        client.send(b"x\r\n.\r\n")
        assert (await client.reply())[:3] == "250"
    assert (str(door.last.sender), [str(one.address) for one in door.last.recipients]) == ("c@b.example", ["b@nhs.net"])
    assert [seen.content is None for seen in door.seen] == [True, False]


# -- TLS ----------------------------------------------------------------------------------------------------------


async def test_nothing_said_before_the_handshake_counts_after_it(door: ScriptedDoor, listen: Listen, authority: Authority) -> None:
    """A23: commands in the same segment as STARTTLS are forgotten, and so are EHLO and MAIL."""
    listener = await listen(door, tls_certificate=authority.certificate, tls_key=authority.key)
    async with RawClient(listener.addresses[0][1]) as client:
        assert "STARTTLS" in await client.hello()
        client.send(b"MAIL FROM:<a@b.example>\r\nSTARTTLS\r\nRCPT TO:<injected@nhs.net>\r\nRSET\r\n")
        assert [reply[:3] for reply in await client.replies(2)] == ["250", "220"]
        await client.writer.start_tls(authority.client(), server_hostname="127.0.0.1")
        assert (await client.say("MAIL FROM:<a@b.example>")).startswith("503 5.5.1 Send EHLO")
        hello = await client.say("EHLO client")
        assert "STARTTLS" not in hello
        assert (await client.say("STARTTLS")).startswith("502")
        await client.say("MAIL FROM:<a@b.example>", "RCPT TO:<b@nhs.net>", "DATA")
        client.send(b"x\r\n.\r\n")
        assert (await client.reply())[:3] == "250"
    assert [seen.abandoned for seen in door.seen] == [1, 0]
    assert door.last.client.tls.startswith("TLSv1.")


async def test_rubbish_instead_of_a_handshake_ends_the_session(door: ScriptedDoor, listen: Listen, authority: Authority) -> None:
    listener = await listen(door, tls_certificate=authority.certificate, tls_key=authority.key)
    async with RawClient(listener.addresses[0][1]) as client:
        await client.hello()
        await client.say("STARTTLS")
        client.send(b"MAIL FROM:<a@b.example>\r\n" * 10)
        assert b"250" not in await client.rest()
    await until(lambda: listener.sessions == 0)


async def test_certificates_are_read_again(door: ScriptedDoor, listen: Listen, authority: Authority) -> None:
    listener = await listen(door, tls_certificate=authority.certificate, tls_key=authority.key)
    listener.reload_certificates()
    async with RawClient(listener.addresses[0][1]) as client:
        await client.hello()
        await client.say("STARTTLS")
        await client.writer.start_tls(authority.client(), server_hostname="gateway.example")
        assert (await client.say("EHLO client"))[:3] == "250"


async def test_requiretls_is_offered_only_inside_tls(door: ScriptedDoor, listen: Listen, authority: Authority) -> None:
    door.offered = Capabilities(requiretls=True)
    listener = await listen(door, tls_certificate=authority.certificate, tls_key=authority.key)
    async with RawClient(listener.addresses[0][1]) as client:
        assert "REQUIRETLS" not in await client.hello()
        assert (await client.say("MAIL FROM:<a@b.example> REQUIRETLS")).startswith("555")
        await client.say("STARTTLS")
        await client.writer.start_tls(authority.client(), server_hostname="127.0.0.1")
        assert "REQUIRETLS" in await client.say("EHLO client")
        assert (await client.say("MAIL FROM:<a@b.example> REQUIRETLS"))[:3] == "250"


async def test_a_rule_with_a_certificate_name_needs_that_certificate(
    door: ScriptedDoor, listen: Listen, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", authority.ca_file)
    rule = type(LOOPBACK)(ip_network("127.0.0.0/8"), "borough", tls_name="Mail.borough.gov.uk")
    listener = await listen(door, clients=(rule,), tls_certificate=authority.certificate, tls_key=authority.key)
    for name, code in (("mail.borough.gov.uk", "250"), ("other.borough.gov.uk", "530"), ("", "530")):
        context = ssl.create_default_context(cafile=authority.ca_file)
        if name:
            authority.ca.issue_cert(name).configure_cert(context)
        async with RawClient(listener.addresses[0][1]) as client:
            await client.hello()
            assert (await client.say("MAIL FROM:<a@b.example>")).startswith("530 5.7.0")
            await client.say("STARTTLS")
            await client.writer.start_tls(context, server_hostname="127.0.0.1")
            await client.say("EHLO client")
            assert (await client.say("MAIL FROM:<a@b.example>"))[:3] == code
    assert [seen.client.organisation for seen in door.seen] == ["borough"]


# -- who is speaking ------------------------------------------------------------------------------------------------------

V1 = b"PROXY TCP4 10.1.2.3 127.0.0.1 4711 25\r\n"
SIX = b"PROXY TCP6 2001:db8::7 ::1 4711 25\r\n"
LOCAL = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"  # the proxy's own health check: nobody's client
V2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([10, 1, 2, 3, 127, 0, 0, 1]) + struct.pack("!HH", 4711, 25)
TEN = type(LOOPBACK)(ip_network("10.0.0.0/8"), "merton")


@pytest.mark.parametrize(("header", "address"), [(V1, "10.1.2.3"), (V2, "10.1.2.3"), (SIX, "2001:db8::7")])
async def test_the_proxy_header_of_a_listed_peer_names_the_client(door: ScriptedDoor, listen: Listen, header: bytes, address: str) -> None:
    six = type(LOOPBACK)(ip_network("2001:db8::/32"), "merton")
    listener = await listen(door, clients=(TEN, six), proxy_protocol=True, proxy_from=(ip_network("127.0.0.1"),))
    async with RawClient(listener.addresses[0][1]) as client:
        client.send(header + b"EHLO x\r\nMAIL FROM:<a@b.example>\r\n")
        assert [reply[:3] for reply in await client.replies(3)] == ["220", "250", "250"]
    assert (door.last.client.address, door.last.client.port, door.last.client.organisation) == (address, 4711, "merton")


@pytest.mark.parametrize("header", [V1, V2, b"EHLO x\r\n", b"PROXY TCP4 x y 1 2\r\n", b"PROXY UNKNOWN\r\n", V2[:20], LOCAL])
async def test_other_beginnings_are_not_heard(door: ScriptedDoor, listen: Listen, header: bytes) -> None:
    """A27: an unlisted peer's header, or none from a listed one: no session."""
    peers = (ip_network("10.0.0.0/8"),) if header in (V1, V2) else (ip_network("127.0.0.1"),)
    listener = await listen(door, clients=(TEN,), proxy_protocol=True, proxy_from=peers)
    async with RawClient(listener.addresses[0][1]) as client:
        client.send(header)
        client.writer.write_eof()
        assert not (await client.rest()).startswith(b"220")
    assert door.seen == []


async def test_the_time_for_a_proxy_header_ends_with_it(door: ScriptedDoor, listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything up to DATA comes in one segment with the header, and the content later than a header may."""
    monkeypatch.setattr("gateway.smtp.conversation.PROXY_TIMEOUT_S", 0.2)
    listener = await listen(door, Limits(command_timeout_s=0.5), clients=(TEN,), proxy_protocol=True, proxy_from=(ip_network("127.0.0.1"),))
    async with RawClient(listener.addresses[0][1]) as client:
        client.send(V1 + b"HELO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n")
        assert [reply[:3] for reply in await client.replies(5)] == ["220", "250", "250", "250", "354"]
        await asyncio.sleep(0.5)
        client.send(b"Subject: x\r\n\r\n.\r\n")
        assert (await client.replies(1))[0][:3] == "250"


async def test_a_proxy_header_where_none_is_expected_is_no_command(door: ScriptedDoor, port: int) -> None:
    async with RawClient(port) as client:
        client.send(V1)
        assert [reply[:3] for reply in await client.replies(2)] == ["220", "500"]


async def test_xclient_of_a_listed_peer_names_the_client(door: ScriptedDoor, listen: Listen) -> None:
    listener = await listen(door, clients=(TEN,), xclient_from=(ip_network("127.0.0.1"),))
    async with RawClient(listener.addresses[0][1]) as client:
        assert "XCLIENT" in await client.hello()
        assert (await client.say("MAIL FROM:<a@b.example>"))[:3] == "530"
        assert (await client.say("XCLIENT ADDR=10.1.2.3 NAME=mail.merton.gov.uk PORT=99"))[:3] == "220"
        assert (await client.say("MAIL FROM:<a@b.example>"))[:3] == "503"
        assert (await client.say("EHLO y", "MAIL FROM:<a@b.example>"))[:3] == "250"
        client_seen = door.last.client
        assert (client_seen.address, client_seen.organisation, client_seen.helo) == ("10.1.2.3", "merton", "y")
        assert (await client.say("XCLIENT ADDR=192.0.2.1")).startswith("554")
        assert await client.rest() == b""


async def test_xforward_of_a_listed_peer_is_about_one_message_and_decides_nothing(door: ScriptedDoor, listen: Listen) -> None:
    listener = await listen(door, xclient_from=(ip_network("127.0.0.1"),))
    async with RawClient(listener.addresses[0][1]) as client:
        assert "XFORWARD NAME ADDR PORT HELO PROTO IDENT SOURCE" in await client.hello()
        said = ("XFORWARD NAME=[UNAVAILABLE] ADDR=10.1.2.3", "XFORWARD HELO=pc+2D7.merton.gov.uk X=y")
        assert (await client.say(*said, "MAIL FROM:<a@b.example>"))[:3] == "250"
        seen = door.last.client
        assert (seen.address, seen.organisation, seen.helo) == ("127.0.0.1", "borough", "client.example")
        assert dict(seen.forwarded) == {"NAME": "", "ADDR": "10.1.2.3", "HELO": "pc-7.merton.gov.uk"}
        assert (await client.say("XFORWARD ADDR=10.9.9.9")).startswith("503")
        await client.say("RCPT TO:<b@nhs.net>", "DATA")
        client.send(b"x\r\n.\r\n")
        await client.reply()
        await client.say("MAIL FROM:<a@b.example>")
        assert door.last.client.forwarded == ()
        assert (await client.say("RSET", "XFORWARD HELO=a+0D+0Ab")).startswith("501")


async def test_xclient_of_an_unlisted_peer_changes_nothing(door: ScriptedDoor, port: int) -> None:
    """A27."""
    async with RawClient(port) as client:
        assert "XCLIENT" not in await client.hello()
        assert (await client.say("XCLIENT ADDR=10.1.2.3"))[:3] == "502"
        assert (await client.say("XFORWARD ADDR=10.1.2.3"))[:3] == "502"
        assert (await client.say("MAIL FROM:<a@b.example>"))[:3] == "250"
    assert door.last.client.address == "127.0.0.1"


@pytest.mark.parametrize("name", ["a\x1b[31mb", "a b", "\u00e9", "x" * 300, "x" * 10_000, "a\0b", "a\rMAIL"])
async def test_a_name_that_is_none_is_refused(door: ScriptedDoor, port: int, name: str) -> None:
    """A34."""
    async with RawClient(port) as client:
        await client.reply()
        assert (await client.say(f"EHLO {name}"))[:2] == "50"


@pytest.mark.parametrize("line", [b"NOOP\n", b"MAIL FROM:<a@b.example>\nRCPT TO:<b@nhs.net>\r\n", b"EHLO a\rMAIL FROM:<x@y.example>\r\n"])
async def test_command_lines_end_with_crlf_only(door: ScriptedDoor, port: int, line: bytes) -> None:
    async with RawClient(port) as client:
        await client.hello()
        client.send(line + b"QUIT\r\n")
        assert (await client.rest()).startswith(b"50")
    assert door.seen == []


# -- exhaustion ---------------------------------------------------------------------------------------------------------


async def test_a_thousand_recipients_and_not_one_more(door: ScriptedDoor, listen: Listen) -> None:
    """A32."""
    port = (await listen(door, Limits(recipients=1_000))).addresses[0][1]
    async with RawClient(port) as client:
        await client.hello()
        client.send(b"MAIL FROM:<a@b.example>\r\n" + b"".join(b"RCPT TO:<r%d@nhs.net>\r\n" % n for n in range(50_000)) + b"NOOP\r\n")
        codes = [reply[:3] for reply in await client.replies(50_002)]
    assert (codes.count("250"), codes.count("452")) == (1_002, 49_000)
    assert len(door.last.recipients) == 1_000


async def test_a_command_of_ten_megabytes_is_not_read_to_its_end(door: ScriptedDoor, port: int) -> None:
    """A32."""
    async with RawClient(port) as client:
        await client.hello()
        client.send(b"MAIL FROM:<" + b"a" * 10_000_000)
        assert (await client.rest()).startswith(b"500 5.5.2")
    assert door.seen == []


async def test_connections_are_limited_in_all_and_for_each_client(door: ScriptedDoor, listen: Listen) -> None:
    for limits, words in ((Limits(connections=2), "421 4.3.2"), (Limits(connections_per_client=2), "421 4.7.0")):
        port = (await listen(door, limits)).addresses[0][1]
        async with RawClient(port) as one, RawClient(port) as two:
            assert (await one.reply())[:3] == (await two.reply())[:3] == "220"
            async with RawClient(port) as three:
                assert (await three.reply()).startswith(words)
            await one.say("QUIT")
            async with asyncio.timeout(5):
                while True:
                    async with RawClient(port) as four:
                        if (await four.reply())[:3] == "220":
                            break


async def test_a_message_that_dribbles_in_is_given_up(door: ScriptedDoor, listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    """A35: below the least rate after the first minute (here: at once)."""
    monkeypatch.setattr("gateway.smtp.intake.RATE_GRACE_S", 0.2)
    port = (await listen(door, Limits(data_timeout_s=1, data_bytes_per_s=100_000))).addresses[0][1]
    async with RawClient(port) as client:
        await client.envelope()
        await client.say("DATA")
        async with asyncio.timeout(5):
            while not client.reader._buffer:  # type: ignore[attr-defined]
                client.send(b"x")
                await asyncio.sleep(0.02)
        assert b"421 4.4.2" in client.reader._buffer  # type: ignore[attr-defined]
    await until(lambda: door.last.abandoned == 1)


async def test_a_command_that_dribbles_in_does_not_buy_time(door: ScriptedDoor, listen: Listen) -> None:
    port = (await listen(door, Limits(command_timeout_s=0.3))).addresses[0][1]
    async with RawClient(port) as client:
        await client.reply()
        async with asyncio.timeout(5):
            while not client.reader._buffer:  # type: ignore[attr-defined]
                client.send(b"N")
                await asyncio.sleep(0.02)
        assert b"421 4.4.2" in client.reader._buffer  # type: ignore[attr-defined]


async def test_a_long_session_ends_between_messages(door: ScriptedDoor, listen: Listen) -> None:
    port = (await listen(door, Limits(session_s=0.2))).addresses[0][1]
    async with RawClient(port) as client:
        await client.hello()
        assert (await client.reply()).startswith("421 4.7.0")


async def test_utf8_addresses_need_smtputf8_on_both_sides(door: ScriptedDoor, port: int) -> None:
    """A36."""
    async with RawClient(port) as client:
        await client.hello()
        assert (await client.say("MAIL FROM:<é@b.example>")).startswith("553 5.6.7")
        assert (await client.say("MAIL FROM:<é@b.example> SMTPUTF8", "RCPT TO:<ü@nhs.net>"))[:3] == "250"
        await client.say("RSET", "MAIL FROM:<a@b.example>")
        client.send(b"RCPT TO:<\xff@nhs.net>\r\n")
        assert (await client.reply())[:3] == "500"
