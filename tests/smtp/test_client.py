"""The next-hop client against a next hop that follows a script."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator

import pytest

from gateway.model.address import parse_mailbox
from gateway.model.judgement import Tls
from gateway.model.plan import Forward
from gateway.model.settings import Host, Limits, RouteSettings
from gateway.model.smtp import Capabilities, Content, HopTransaction, OutcomeUnknown, Reply, Unreachable
from gateway.smtp.client import RelayRoute
from gateway.smtp.wire import content_of
from tests.smtp.conftest import Authority
from tests.smtp.fakes import HANG_UP, KEYWORDS, FakeHop, until

JO = parse_mailbox("jo@borough.gov.uk")
BODY = b"Subject: x\r\n\r\n.dot\r\nlast\r\n"
PREFIX = b"Received: from x\r\n\tby y\r\n"


def forward(address: str, original: str = "", options: tuple[str, ...] = ()) -> Forward:
    return Forward(parse_mailbox(address), parse_mailbox(original or address), options)


def relay(*hops: FakeHop, limits: Limits | None = None, **route: object) -> RelayRoute:
    hosts = tuple(Host("127.0.0.1", hop.port) for hop in hops)
    return RelayRoute(RouteSettings("default", relay=hosts, **route), "gateway.example", limits or Limits())  # type: ignore[arg-type]


@pytest.fixture
async def route(hop: FakeHop) -> AsyncIterator[RelayRoute]:
    made = relay(hop)
    yield made
    await made.close()


async def opened(route: RelayRoute, *options: str, tls: Tls = Tls.NONE) -> HopTransaction:
    transaction = await route.open(JO, options, tls)
    assert not isinstance(transaction, Reply), transaction
    return transaction


async def send(route: RelayRoute, *recipients: str, raw: bytes = BODY, by_bdat: bool = False, tls: Tls = Tls.NONE) -> Reply:
    transaction = await opened(route, tls=tls)
    replies = await transaction.recipients([forward(one) for one in recipients or ("b@nhs.net",)])
    assert all(reply.ok for reply in replies)
    try:
        return await transaction.content(PREFIX, content_of(raw, by_bdat=by_bdat))
    finally:
        await transaction.reset()


async def test_a_message_arrives_as_it_was_and_the_reply_is_the_next_hops(hop: FakeHop, route: RelayRoute) -> None:
    hop.say("END", "250 2.6.0 <abc> queued as 17")
    assert await send(route) == Reply(250, "2.6.0", "<abc> queued as 17", from_peer=True)
    assert hop.last.content == PREFIX + BODY
    assert (hop.last.sender, hop.last.recipients) == ("jo@borough.gov.uk", ["b@nhs.net"])


async def test_every_recipient_gets_its_own_reply(hop: FakeHop, route: RelayRoute) -> None:
    """A38."""
    hop.say("RCPT", "550 5.1.1 nobody\r\n".strip(), match="b@")
    hop.say("RCPT", "450 4.2.1 later", match="c@")
    transaction = await opened(route)
    replies = await transaction.recipients([forward(f"{name}@nhs.net") for name in "abc"])
    assert [str(reply) for reply in replies] == ["250 2.1.5 ok", "550 5.1.1 nobody", "450 4.2.1 later"]
    assert (await transaction.content(b"", Content(BODY))).ok
    assert hop.last.recipients == ["a@nhs.net"]
    await transaction.reset()


async def test_the_first_recipients_travel_with_mail(hop: FakeHop, route: RelayRoute) -> None:
    hop.say("RCPT", "450 4.2.1 later", match="b@")
    first = [forward("a@nhs.net"), forward("b@nhs.net")]
    transaction = await route.open(JO, (), Tls.NONE, first=first)
    assert not isinstance(transaction, Reply)
    said = ["MAIL FROM:<jo@borough.gov.uk>", "RCPT TO:<a@nhs.net>", "RCPT TO:<b@nhs.net>"]
    assert hop.commands[-3:] == said
    replies = await transaction.recipients([*first, forward("c@nhs.net")])
    assert [reply.code for reply in replies] == [250, 450, 250]
    assert hop.commands[-4:] == [*said, "RCPT TO:<c@nhs.net>"]
    assert (await transaction.content(b"", Content(BODY))).ok
    assert hop.last.recipients == ["a@nhs.net", "c@nhs.net"]
    await transaction.reset()


async def test_recipients_behind_a_refused_mail_count_for_nothing(hop: FakeHop, route: RelayRoute) -> None:
    hop.say("MAIL", "550 5.7.1 not you", times=1)
    hop.say("RCPT", "503 5.5.1 no MAIL", times=1)
    refused = await route.open(JO, (), Tls.NONE, first=[forward("a@nhs.net")])
    assert str(refused) == "550 5.7.1 not you"
    assert (await send(route)).ok
    assert (hop.connections, hop.last.recipients) == (1, ["b@nhs.net"])


async def test_a_host_that_takes_recipients_without_mail_is_not_used_again(hop: FakeHop, route: RelayRoute) -> None:
    hop.say("MAIL", "451 4.7.1 later", times=1)
    refused = await route.open(JO, (), Tls.NONE, first=[forward("a@nhs.net")])
    assert str(refused) == "451 4.7.1 later"
    assert (await send(route)).ok
    assert (hop.connections, hop.last.recipients) == (2, ["b@nhs.net"])


async def test_a_host_without_pipelining_is_asked_one_by_one() -> None:
    async with FakeHop([word for word in KEYWORDS if word != "PIPELINING"]) as hop:
        route = relay(hop)
        transaction = await route.open(JO, (), Tls.NONE, first=[forward("a@nhs.net")])
        assert not isinstance(transaction, Reply)
        assert "RCPT TO:<a@nhs.net>" not in hop.commands
        assert [reply.code for reply in await transaction.recipients([forward("a@nhs.net")])] == [250]
        await transaction.reset()
        await route.close()


async def test_the_connection_is_used_again(hop: FakeHop, route: RelayRoute) -> None:
    for _ in range(3):
        assert (await send(route)).ok
    assert (hop.connections, len(hop.mails)) == (1, 3)
    assert "RSET" not in hop.commands


async def test_a_transaction_given_up_leaves_nothing_behind(hop: FakeHop, route: RelayRoute) -> None:
    transaction = await opened(route)
    await transaction.recipients([forward("secret@nhs.net")])
    await transaction.reset()
    assert (await send(route, "b@nhs.net")).ok
    assert hop.connections == 1
    assert "RSET" in hop.commands
    assert hop.last.recipients == ["b@nhs.net"]


async def test_a_connection_given_back_twice_serves_one_transaction_at_a_time(hop: FakeHop, route: RelayRoute) -> None:
    first = await opened(route)
    await first.reset()
    await first.reset()
    second, third = await opened(route), await opened(route)
    assert hop.connections == 2
    await first.reset()
    await second.reset()
    await third.reset()


async def test_a_host_that_will_not_reset_is_not_used_again(hop: FakeHop, route: RelayRoute) -> None:
    hop.say("RSET", "502 5.5.1 no such thing")
    await (await opened(route)).reset()
    assert (await send(route)).ok
    assert hop.connections == 2


async def test_a_connection_closed_while_idle_is_replaced(hop: FakeHop, route: RelayRoute) -> None:
    await send(route)
    hop.cut()
    assert (await send(route)).ok
    assert hop.connections == 2


async def test_a_connection_that_dies_at_mail_is_replaced(hop: FakeHop, route: RelayRoute) -> None:
    await send(route)
    hop.say("MAIL", HANG_UP, times=1)
    assert (await send(route)).ok
    assert hop.connections == 2


async def test_a_reply_planted_while_idle_answers_nothing(hop: FakeHop, route: RelayRoute) -> None:
    hop.say("END", b"250 2.0.0 taken\r\n250 2.1.0 planted for your next command\r\n", times=1)
    await send(route)
    hop.say("MAIL", "550 5.7.1 real answer")
    reply = await route.open(JO, (), Tls.NONE)
    assert isinstance(reply, Reply)
    assert reply.text == "real answer"


async def test_the_second_host_is_used_when_the_first_is_down(hop: FakeHop) -> None:
    async with FakeHop() as dead:
        pass
    route = relay(dead, hop)
    assert (await send(route)).ok
    await route.close()


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("GREETING", "554 no"),
        ("GREETING", "421 busy"),
        ("GREETING", HANG_UP),
        ("EHLO", "421 busy"),
        ("MAIL", "451 4.3.0 later"),
        ("MAIL", HANG_UP),
    ],
)
async def test_the_second_host_is_used_when_the_first_is_not_ready(hop: FakeHop, verb: str, answer: str) -> None:
    async with FakeHop() as first:
        first.say(verb, answer)
        route = relay(first, hop)
        assert (await send(route)).ok
        assert len(hop.mails) == 1
        await route.close()


async def test_a_refused_sender_is_not_offered_to_the_second_host(hop: FakeHop) -> None:
    async with FakeHop() as first:
        first.say("MAIL", "550 5.7.1 not you")
        route = relay(first, hop)
        assert await route.open(JO, (), Tls.NONE) == Reply(550, "5.7.1", "not you", from_peer=True)
        assert hop.connections == 0
        await route.close()


async def test_a_host_that_keeps_failing_is_left_alone_for_a_while(hop: FakeHop) -> None:
    async with FakeHop() as first:
        first.say("GREETING", "421 busy")
        route = relay(first, hop, limits=Limits(pool_per_host=0))
        for _ in range(5):
            assert (await send(route)).ok
        assert first.connections == 3
        await route.close()


async def test_an_address_that_swallows_connections_leaves_time_for_the_next(hop: FakeHop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relay by name whose first address is a black hole, as IPv6 behind a careless firewall is."""
    with socket.create_server(("127.0.1.60", hop.port), backlog=0), contextlib.ExitStack() as queue:
        for _ in range(2):  # a full queue does not answer at all
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.1.60", hop.port))

        async def getaddrinfo(name: str, port: int, **_: object) -> list[tuple[object, ...]]:
            assert name == "relay.example"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.1.60", "127.0.0.1")]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
        settings = RouteSettings("default", relay=(Host("relay.example", hop.port),))
        route = RelayRoute(settings, "gateway.example", Limits(connect_timeout_s=2.0))
        assert (await send(route)).ok
        await route.close()


async def test_a_host_that_was_left_alone_is_tried_again(hop: FakeHop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.smtp.pool.PAUSE_S", 0.5)
    async with FakeHop() as first:
        first.say("GREETING", "421 busy", times=3)
        route = relay(first, hop, limits=Limits(pool_per_host=0))
        for _ in range(4):
            await send(route)
        assert (len(first.mails), len(hop.mails)) == (0, 4)
        await asyncio.sleep(0.55)
        await send(route)
        assert (len(first.mails), len(hop.mails)) == (1, 4)
        await route.close()


async def test_nothing_reachable_is_said_without_details(route: RelayRoute, hop: FakeHop) -> None:
    await hop.stop()
    with pytest.raises(Unreachable) as caught:
        await route.open(JO, (), Tls.NONE)
    assert caught.value.words == "next hop not reachable"
    assert "127.0.0.1" in str(caught.value)


async def test_a_421_is_ours_to_say_only_for_ourselves(hop: FakeHop, route: RelayRoute) -> None:
    hop.say("RCPT", "421 4.7.0 go away")
    transaction = await opened(route)
    assert str((await transaction.recipients([forward("b@nhs.net")]))[0]) == "451 4.7.0 go away"
    await transaction.reset()


# -- content ---------------------------------------------------------------------------------------------------------


async def test_lost_before_the_content_nothing_was_delivered(hop: FakeHop, route: RelayRoute) -> None:
    hop.say("DATA", HANG_UP)
    with pytest.raises(Unreachable):
        await send(route)


@pytest.mark.parametrize("raw", [BODY, b"x" * 998 + b"\r\n" + (b"y" * 998 + b"\r\n") * 2_000])
async def test_lost_after_the_dot_nobody_knows(hop: FakeHop, route: RelayRoute, raw: bytes) -> None:
    """A39 (RFC 1047)."""
    hop.say("END", HANG_UP)
    with pytest.raises(OutcomeUnknown):
        await send(route, raw=raw)


async def test_no_reply_to_the_dot_in_time_nobody_knows(hop: FakeHop) -> None:
    route = relay(hop, limits=Limits(data_done_timeout_s=0.1))
    hop.hold("END")
    with pytest.raises(OutcomeUnknown):
        await send(route)


async def test_an_early_refusal_ends_the_upload(hop: FakeHop, route: RelayRoute) -> None:
    hop.say("DATA", b"354 go on\r\n552 5.3.4 that is enough\r\n")
    reply = await send(route, raw=b"x" * 998 + b"\r\n" + (b"y" * 998 + b"\r\n") * 20_000)
    assert reply.code == 552
    assert hop.mails == []


async def test_an_early_yes_is_no_yes(hop: FakeHop, route: RelayRoute) -> None:
    """It cannot be about a message that it has not seen the end of."""
    hop.say("DATA", b"354 go on\r\n250 2.0.0 fine\r\n")
    with pytest.raises(OutcomeUnknown):
        await send(route, raw=b"x" * 998 + b"\r\n" + (b"y" * 998 + b"\r\n") * 20_000)


async def test_a_large_message_arrives_whole(hop: FakeHop, route: RelayRoute) -> None:
    raw = b"".join(b".%d\r\n" % number for number in range(400_000))
    assert (await send(route, raw=raw)).ok
    assert hop.last.content == PREFIX + raw


@pytest.mark.parametrize(("bare", "by_bdat"), [(True, True), (False, False)])
async def test_what_is_known_of_line_ends_is_not_looked_for_again(hop: FakeHop, route: RelayRoute, bare: bool, by_bdat: bool) -> None:
    transaction = await opened(route)
    await transaction.recipients([forward("b@nhs.net")])
    assert (await transaction.content(PREFIX, Content(BODY, by_bdat=True, bare=bare))).ok
    assert hop.last.by_bdat == by_bdat
    await transaction.reset()


async def test_bare_line_ends_go_by_bdat_or_not_at_all(hop: FakeHop, route: RelayRoute) -> None:
    raw = b"a\nb\rc\r\n.\r\nno end"
    assert (await send(route, raw=raw, by_bdat=True)).ok
    assert hop.last.by_bdat
    assert hop.last.content == PREFIX + raw
    for by_bdat, keywords in ((False, KEYWORDS), (True, ("PIPELINING",))):
        async with FakeHop(keywords) as plain:
            other = relay(plain)
            assert str(await send(other, raw=raw, by_bdat=by_bdat)).startswith("550 5.6.11")
            assert "DATA" not in plain.commands
            await other.close()


@pytest.mark.parametrize("raw", [b".", b"\r\n.\r\n", b".\r\n.\r\n..\r\n", b"x\r\n.\r\nMAIL FROM:<evil@x>\r\n"])
async def test_no_line_of_content_ends_the_content(hop: FakeHop, route: RelayRoute, raw: bytes) -> None:
    """A21: no dot leaves unstuffed, whatever the content is."""
    assert (await send(route, raw=raw)).ok
    assert hop.last.content == PREFIX + raw + (b"" if raw.endswith(b"\r\n") else b"\r\n")
    assert [command for command in hop.commands if "evil" in command] == []


async def test_content_larger_than_the_host_takes_is_not_begun(hop: FakeHop) -> None:
    async with FakeHop(("SIZE 100",)) as small:
        route = relay(small)
        assert str(await send(route, raw=b"x" * 98 + b"\r\n")).startswith("552 5.3.4")
        assert "DATA" not in small.commands
        await route.close()


# -- parameters ------------------------------------------------------------------------------------------------------

ALL = ("SIZE=1000", "BODY=8BITMIME", "SMTPUTF8", "RET=HDRS", "ENVID=abC")


async def test_parameters_go_on_with_their_case(hop: FakeHop, route: RelayRoute) -> None:
    transaction = await opened(route, *ALL)
    await transaction.recipients([forward("b@nhs.net", options=("NOTIFY=NEVER", "ORCPT=rfc822;B@nhs.net"))])
    await transaction.reset()
    assert "MAIL FROM:<jo@borough.gov.uk> SIZE=2024 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=abC" in hop.commands
    assert "RCPT TO:<b@nhs.net> NOTIFY=NEVER ORCPT=rfc822;B@nhs.net" in hop.commands


async def test_a_rewritten_recipient_keeps_its_original_for_reports(hop: FakeHop, route: RelayRoute) -> None:
    transaction = await opened(route)
    await transaction.recipients([forward("b@x.gov.uk.cjsm.net", "b+c@x.gov.uk")])
    await transaction.reset()
    assert hop.commands[-2] == "RCPT TO:<b@x.gov.uk.cjsm.net> ORCPT=rfc822;b+2Bc@x.gov.uk"


@pytest.mark.parametrize(
    ("option", "status"), [("BODY=8BITMIME", "5.6.3"), ("SMTPUTF8", "5.6.7"), ("REQUIRETLS", "5.7.30"), ("SIZE=101", "5.3.4")]
)
async def test_what_the_message_needs_and_no_host_has_is_refused(authority: Authority, option: str, status: str) -> None:
    """A36, A37: neither an address nor 8-bit content is bent to fit."""
    async with FakeHop(("SIZE 100",), tls=authority.server()) as plain:
        route = relay(plain, ca_file=authority.ca_file)
        reply = await route.open(JO, (option,), Tls.NONE)
        assert isinstance(reply, Reply)
        assert (reply.permanent, reply.status) == (True, status)
        assert not any(command.startswith("MAIL") for command in plain.commands)
        await route.close()


async def test_another_host_may_have_what_the_first_lacks(hop: FakeHop) -> None:
    async with FakeHop(()) as plain:
        route = relay(plain, hop)
        transaction = await opened(route, "BODY=8BITMIME")
        await transaction.recipients([forward("b@nhs.net")])
        assert (await transaction.content(b"", Content(BODY))).ok
        await transaction.reset()
        await route.close()


async def test_comforts_are_dropped_where_not_offered(hop: FakeHop) -> None:
    async with FakeHop(()) as plain:
        route = relay(plain)
        transaction = await opened(route, "SIZE=5", "BODY=7BIT", "RET=FULL", "ENVID=x")
        await transaction.recipients([forward("b@nhs.net.cjsm.net", "b@nhs.net", ("NOTIFY=SUCCESS",)), forward("é@nhs.net")])
        assert plain.commands[1:] == ["MAIL FROM:<jo@borough.gov.uk>", "RCPT TO:<b@nhs.net.cjsm.net>"]
        await transaction.reset()
        await route.close()


async def test_a_host_without_ehlo_is_greeted_with_helo(hop: FakeHop, route: RelayRoute) -> None:
    hop.say("EHLO", "502 what?")
    assert (await send(route)).ok


# -- replies that attack ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flood", [b"250-" + b"x" * 200_000, b"250-x\r\n" * 20_000, b"250-a\r\n550 b\r\n", b"\xff\xfe\r\n", b"999 x\r\n"])
async def test_a_reply_that_is_none_ends_the_connection(hop: FakeHop, route: RelayRoute, flood: bytes) -> None:
    """A40: endless lines, endless replies, and what is no reply."""
    hop.say("RCPT", flood)
    transaction = await opened(route)
    with pytest.raises(Unreachable):
        await transaction.recipients([forward("b@nhs.net")])
    await transaction.reset()


async def test_a_reply_cannot_write_lines_of_its_own_to_our_client(hop: FakeHop, route: RelayRoute) -> None:
    hop.say("RCPT", b"550 5.1.1 no\x1b[31m\rQUIT \xe2\x80\xae\r\n")
    transaction = await opened(route)
    reply = (await transaction.recipients([forward("b@nhs.net")]))[0]
    assert reply.to_bytes() == b"550 5.1.1 no?[31m?QUIT ???\r\n"
    await transaction.reset()


# -- TLS -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [Tls.MAY, Tls.ENCRYPT, Tls.VERIFY])
async def test_tls_is_used_where_it_is_offered(authority: Authority, level: Tls) -> None:
    async with FakeHop(tls=authority.server()) as hop:
        route = relay(hop, tls=level, ca_file=authority.ca_file)
        assert (await send(route)).ok
        assert hop.last.over_tls
        await route.close()


async def test_the_certificate_may_carry_another_name_than_the_host(authority: Authority) -> None:
    async with FakeHop(tls=authority.server("mail.example")) as hop:
        named = relay(hop, tls=Tls.VERIFY, ca_file=authority.ca_file, tls_name="mail.example")
        assert (await send(named)).ok
        unnamed = relay(hop, tls=Tls.VERIFY, ca_file=authority.ca_file)
        with pytest.raises(Unreachable, match="certificate"):
            await unnamed.open(JO, (), Tls.NONE)
        await named.close()


async def test_a_certificate_of_an_unknown_authority_is_not_verified(authority: Authority) -> None:
    async with FakeHop(tls=authority.server()) as hop:
        route = relay(hop, tls=Tls.ENCRYPT)
        assert (await send(route)).ok
        with pytest.raises(Unreachable):
            await route.open(JO, (), Tls.VERIFY)
        assert len(hop.mails) == 1
        await route.close()


@pytest.mark.parametrize("level", [Tls.ENCRYPT, Tls.VERIFY, Tls.DANE])
async def test_where_tls_is_demanded_there_is_no_plain_text(hop: FakeHop, route: RelayRoute, level: Tls) -> None:
    await send(route)
    with pytest.raises(Unreachable):
        await route.open(JO, (), level)
    assert sum(command.startswith("MAIL") for command in hop.commands) == 1


async def test_a_pooled_connection_in_the_clear_does_not_serve_a_call_that_demands_tls(authority: Authority) -> None:
    async with FakeHop(tls=authority.server()) as hop:
        route = relay(hop, tls=Tls.NONE, ca_file=authority.ca_file)
        await send(route)
        assert not hop.last.over_tls
        await send(route, tls=Tls.VERIFY)
        assert hop.last.over_tls
        await send(route, tls=Tls.ENCRYPT)
        assert hop.connections == 2
        await route.close()


@pytest.mark.parametrize("answer", ["454 4.7.0 not now", "220 go on", b"220 go\r\n250 injected\r\n"])
async def test_only_may_goes_on_in_the_clear_when_tls_fails(hop: FakeHop, answer: str | bytes) -> None:
    """A24: a reply planted behind the 220 is not taken for one that came over TLS."""
    async with FakeHop((*KEYWORDS, "STARTTLS")) as broken:
        broken.say("STARTTLS", answer)
        broken.tls = None
        strict = relay(broken, tls=Tls.ENCRYPT, limits=Limits(connect_timeout_s=2))
        if answer == "220 go on":
            broken.say("STARTTLS", b"220 go\r\nnot TLS at all\r\n")
        with pytest.raises(Unreachable):
            await strict.open(JO, (), Tls.NONE)
        may = relay(broken, tls=Tls.MAY, limits=Limits(connect_timeout_s=2))
        assert (await send(may)).ok
        assert not broken.last.over_tls
        await may.close()


async def test_an_expired_certificate_defers(authority: Authority) -> None:
    import datetime

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.ca.issue_cert("127.0.0.1", not_after=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)).configure_cert(context)
    async with FakeHop(tls=context) as hop:
        route = relay(hop, tls=Tls.VERIFY, ca_file=authority.ca_file)
        with pytest.raises(Unreachable):
            await route.open(JO, (), Tls.NONE)
        assert not any(command.startswith("MAIL") for command in hop.commands)


# -- capabilities ----------------------------------------------------------------------------------------------------------


async def test_capabilities_are_learnt_kept_and_told(hop: FakeHop) -> None:
    told: list[tuple[str, Capabilities]] = []
    route = RelayRoute(
        RouteSettings("default", relay=(Host("127.0.0.1", hop.port),)),
        "gateway.example",
        Limits(),
        remember=lambda host, offered: told.append((host, offered)),
    )
    assert route.capabilities() is None
    assert await route.probe() == Capabilities(size=104_857_600)
    assert told == [(f"127.0.0.1:{hop.port}", Capabilities(size=104_857_600))]
    assert (await send(route)).ok
    assert (hop.connections, len(told)) == (1, 1)
    again = RelayRoute(RouteSettings("default", relay=(Host("127.0.0.1", hop.port),)), "g", Limits(), initial=dict(told))
    assert again.capabilities() == Capabilities(size=104_857_600)
    await route.close()


async def test_a_probe_of_nobody_learns_nothing(hop: FakeHop, route: RelayRoute) -> None:
    await hop.stop()
    assert await route.probe() is None


async def test_closing_says_quit(hop: FakeHop) -> None:
    route = relay(hop)
    await send(route)
    await route.close()
    await until(lambda: hop.commands[-1] == "QUIT")


async def test_idle_connections_end_by_themselves(hop: FakeHop) -> None:
    route = relay(hop, limits=Limits(pool_idle_s=0.05))
    await send(route)
    await until(lambda: hop.commands[-1] == "QUIT")
    assert (await send(route)).ok
    await route.close()


async def test_idle_connections_end_each_in_its_turn(hop: FakeHop) -> None:
    route = relay(hop, limits=Limits(pool_idle_s=1.0))
    one, other = await opened(route), await opened(route)
    await one.reset()
    await asyncio.sleep(0.5)
    await other.reset()
    await until(lambda: hop.commands.count("QUIT") == 1)
    assert (await send(route)).ok
    assert hop.connections == 2
    await until(lambda: hop.commands.count("QUIT") == 2)
    await route.close()


async def test_many_transactions_at_once_do_not_mix(hop: FakeHop, route: RelayRoute) -> None:
    async def one(number: int) -> None:
        assert (await send(route, f"r{number}@nhs.net", raw=b"Subject: %d\r\n\r\n" % number)).ok

    async with asyncio.TaskGroup() as tasks:
        for number in range(50):
            tasks.create_task(one(number))
    assert {(mail.recipients[0], mail.content) for mail in hop.mails} == {
        (f"r{number}@nhs.net", PREFIX + b"Subject: %d\r\n\r\n" % number) for number in range(50)
    }
