"""Conversations with the listener: what arrived, what it answered, what the front door saw."""

import asyncio

import pytest

from gateway.model.envelope import Recipient
from gateway.model.settings import Limits
from gateway.model.smtp import Capabilities, Content, Reply
from tests.smtp.conftest import Listen
from tests.smtp.fakes import Got, RawClient, ScriptedDoor, until

MESSAGE = b"From: jo@borough.gov.uk\r\nSubject: x\r\n\r\n.hidden\r\nBody\r\n"
STUFFED = b"From: jo@borough.gov.uk\r\nSubject: x\r\n\r\n..hidden\r\nBody\r\n.\r\n"


async def test_a_message_comes_in_byte_by_byte(door: ScriptedDoor, port: int) -> None:
    async with RawClient(port) as client:
        await client.envelope()
        assert await client.say("DATA") == "354 End data with <CR><LF>.<CR><LF>"
        for byte in STUFFED:
            client.send(bytes([byte]))
            await asyncio.sleep(0)
        assert await client.reply() == "250 2.0.0 Taken"
        assert await client.say("QUIT") == "221 2.0.0 Bye"
    assert door.last.content == Got(MESSAGE)
    assert str(door.last.sender) == "jo@borough.gov.uk"
    assert door.last.client.organisation == "borough"
    await until(lambda: door.last.answered == [True])


async def test_capabilities_are_those_of_the_next_hops_and_ours(door: ScriptedDoor, port: int) -> None:
    door.offered = Capabilities(smtputf8=False, dsn=False, size=1000)
    async with RawClient(port) as client:
        hello = await client.hello()
    assert hello.split("\n") == [
        "250-gateway.example",
        "250-PIPELINING",
        "250-SIZE 1000",
        "250-8BITMIME",
        "250-CHUNKING",
        "250 ENHANCEDSTATUSCODES",
    ]


async def test_while_no_next_hop_was_ever_seen_the_answer_is_421(door: ScriptedDoor, port: int) -> None:
    door.offered = None
    async with RawClient(port) as client:
        assert (await client.reply()).startswith("421 4.4.1")
        assert await client.rest() == b""


async def test_parameters_keep_their_case_and_belong_to_their_recipient(door: ScriptedDoor, port: int) -> None:
    async with RawClient(port) as client:
        await client.hello()
        await client.say(
            "MAIL FROM:<> RET=HDRS ENVID=QQ+2Babc BODY=8bitmime",
            "RCPT TO:<b@nhs.net> NOTIFY=SUCCESS,failure ORCPT=rfc822;Bob+40@nhs.net",
            "RCPT TO:<c@nhs.net>",
        )
    assert door.last.sender is None
    assert door.last.options == ("RET=HDRS", "ENVID=QQ+2Babc", "BODY=8bitmime")
    assert [recipient.options for recipient in door.last.recipients] == [
        ("NOTIFY=SUCCESS,failure", "ORCPT=rfc822;Bob+40@nhs.net"),
        (),
    ]


async def test_pipelined_commands_get_their_replies_in_order(door: ScriptedDoor, port: int) -> None:
    door.on_rcpt = lambda recipient: Reply(550, "5.1.1", "No") if recipient.address.local == "c" else Reply(250, "2.1.5", "Yes")
    async with RawClient(port) as client:
        await client.hello()
        client.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<b@nhs.net>\r\nRCPT TO:<c@nhs.net>\r\nDATA\r\n")
        assert [reply[:3] for reply in await client.replies(4)] == ["250", "250", "550", "354"]
        client.send(STUFFED + b"MAIL FROM:<a@b.example>\r\nRSET\r\nQUIT\r\n")
        assert [reply[:3] for reply in await client.replies(4)] == ["250", "250", "250", "221"]
    assert [str(recipient.address) for recipient in door.seen[0].recipients] == ["b@nhs.net"]


async def test_replies_are_not_kept_back_while_a_slow_recipient_is_asked_for(door: ScriptedDoor, port: int) -> None:
    door.rcpt_gate = asyncio.Event()
    async with RawClient(port) as client:
        await client.hello()
        client.send(b"NOOP\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<b@nhs.net>\r\n")
        assert [reply[:3] for reply in await client.replies(2)] == ["250", "250"]
        door.rcpt_gate.set()
        assert (await client.reply())[:3] == "250"


@pytest.mark.parametrize("pieces", [1, 7, 1_000])
async def test_bdat_takes_exactly_its_octets(door: ScriptedDoor, port: int, pieces: int) -> None:
    wire = b"BDAT 9\r\nline\nQUITBDAT 8 LAST\r\n\r\n.\r\nend"
    async with RawClient(port) as client:
        await client.envelope()
        for start in range(0, len(wire), max(1, len(wire) // pieces)):
            client.send(wire[start : start + max(1, len(wire) // pieces)])
            await asyncio.sleep(0)
        assert await client.replies(2) == ["250 2.0.0 Chunk received", "250 2.0.0 Taken"]
    assert door.last.content == Got(b"line\nQUIT\r\n.\r\nend", by_bdat=True, bare=True)


async def test_a_refused_chunk_is_read_all_the_same(door: ScriptedDoor, listen: Listen) -> None:
    port = (await listen(door, Limits(message_bytes=20))).addresses[0][1]
    async with RawClient(port) as client:
        await client.hello()
        client.send(b"BDAT 6\r\nRSET\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<b@nhs.net>\r\n")
        assert [reply[:3] for reply in await client.replies(3)] == ["503", "250", "250"]
        client.send(b"BDAT 30\r\n" + b"x" * 30 + b"BDAT 4 LAST\r\nNOOPRSET\r\n")
        assert [reply[:3] for reply in await client.replies(3)] == ["552", "503", "250"]
        assert (await client.say("BDAT x LAST")).startswith("501")
        assert await client.rest() == b""
    assert door.last.content is None
    assert door.last.abandoned == 1


async def test_a_half_closed_client_gets_its_replies(door: ScriptedDoor, port: int) -> None:
    """Exim pipelines BDAT, QUIT and FIN, and waits."""
    door.gate = asyncio.Event()
    async with RawClient(port) as client:
        await client.envelope()
        client.send(b"BDAT 5 LAST\r\nx\r\n\r\nQUIT\r\n")
        client.writer.write_eof()
        await until(lambda: door.last.content is not None)
        await asyncio.sleep(0.05)
        door.gate.set()
        assert await client.rest() == b"250 2.0.0 Taken\r\n221 2.0.0 Bye\r\n"
    assert door.last.answered == [True]
    assert door.last.abandoned == 0


@pytest.mark.parametrize("how", ["abort", "close"])
async def test_a_client_that_goes_away_does_not_stop_the_delivery(door: ScriptedDoor, port: int, how: str) -> None:
    door.gate = asyncio.Event()
    ended: list[Content] = []
    door.on_content = lambda content: ended.append(content) or Reply(250, "2.0.0", "Taken")  # type: ignore[func-returns-value]
    async with RawClient(port) as client:
        await client.envelope()
        await client.say("DATA")
        client.send(STUFFED)
        await until(lambda: door.last.content is not None)
        if how == "abort":
            client.reset()
        else:
            client.writer.close()
        await asyncio.sleep(0.05)
    door.gate.set()
    await until(lambda: door.last.answered != [])
    assert len(ended) == 1
    assert door.last.answered == [False]


async def test_the_reply_counts_as_seen_once_the_client_speaks_again(door: ScriptedDoor, port: int) -> None:
    async with RawClient(port) as client:
        await client.envelope()
        await client.say("DATA")
        client.send(STUFFED)
        await client.reply()
        assert door.last.answered == []
        await client.say("NOOP")
        assert door.last.answered == [True]


async def test_a_client_that_dies_after_the_reply_leaves_doubt(door: ScriptedDoor, port: int) -> None:
    async with RawClient(port) as client:
        await client.envelope()
        await client.say("DATA")
        client.send(STUFFED)
        await client.reply()
        client.reset()
        await until(lambda: door.last.answered == [False])


async def test_an_exception_is_answered_451_without_a_word_of_it(door: ScriptedDoor, port: int, capsys: pytest.CaptureFixture[str]) -> None:
    def boom(_: object) -> Reply:
        raise RuntimeError("db password=hunter2")

    async with RawClient(port) as client:
        await client.envelope()
        await client.say("DATA")
        door.on_content = boom
        client.send(STUFFED)
        assert await client.reply() == "451 4.3.0 Local error, try again later"
        door.on_rcpt = boom
        assert (await client.say("MAIL FROM:<a@b.example>", "RCPT TO:<b@nhs.net>")) == "451 4.3.0 Local error, try again later"
        assert (await client.say("RSET"))[:3] == "250"
    assert "hunter2" not in "".join(capsys.readouterr())


async def test_only_listed_clients_relay(door: ScriptedDoor, listen: Listen) -> None:
    port = (await listen(door, clients=())).addresses[0][1]
    async with RawClient(port) as client:
        assert (await client.reply()).startswith("554 5.7.1")
        assert await client.rest() == b""


async def test_a_pause_is_said_at_the_door(door: ScriptedDoor, port: int) -> None:
    door.refusal = Reply(421, "4.3.2", "Paused")
    async with RawClient(port) as client:
        assert await client.reply() == "421 4.3.2 Paused"
        assert await client.rest() == b""


async def test_a_body_behind_a_failed_data_is_not_taken_as_commands(door: ScriptedDoor, port: int) -> None:
    async with RawClient(port) as client:
        await client.hello()
        client.send(b"DATA\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<b@nhs.net>\r\nDATA\r\nx\r\n.\r\n")
        assert (await client.rest()).split(b" ")[0] == b"503"
    assert door.seen == []


async def test_all_recipients_refused_means_no_data(door: ScriptedDoor, port: int) -> None:
    door.on_rcpt = lambda recipient: Reply(550, "5.1.1", "No")
    async with RawClient(port) as client:
        await client.hello()
        client.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<b@nhs.net>\r\nDATA\r\n")
        assert [reply[:3] for reply in await client.replies(3)] == ["250", "550", "554"]
        assert (await client.say("RSET"))[:3] == "250"


async def test_commands_out_of_order(door: ScriptedDoor, port: int) -> None:
    async with RawClient(port) as client:
        await client.reply()
        said = [
            "MAIL FROM:<a@b.example>",
            "RCPT TO:<a@b.example>",
            "HELO client",
            "DATA",
            "MAIL FROM:<a@b.example>",
            "MAIL FROM:<a@b.example>",
            "DATA",
            "VRFY x",
            "EXPN x",
            "AUTH PLAIN x",
            "XCLIENT ADDR=1.2.3.4",
            "STARTTLS",
            "FOO",
            "QUIT now",
        ]
        codes = [(await client.say(line))[:3] for line in said]
    assert codes == ["503", "503", "250", "503", "250", "503", "554", "252", "502", "502", "502", "502", "500", "501"]


async def test_state_does_not_leak_into_the_next_transaction(door: ScriptedDoor, port: int) -> None:
    """A33."""
    async with RawClient(port) as client:
        await client.envelope("b@nhs.net")
        await client.say("RSET", "MAIL FROM:<x@b.example>", "RCPT TO:<c@nhs.net>", "DATA")
        client.send(STUFFED)
        await client.reply()
    assert [seen.abandoned for seen in door.seen] == [1, 0]
    assert door.last.recipients == [Recipient(door.last.recipients[0].address)]
    assert str(door.last.recipients[0].address) == "c@nhs.net"


async def test_too_many_recipients_are_asked_to_come_again(door: ScriptedDoor, listen: Listen) -> None:
    port = (await listen(door, Limits(recipients=2))).addresses[0][1]
    async with RawClient(port) as client:
        assert await client.envelope("a@nhs.net", "b@nhs.net", "c@nhs.net") == "452 4.5.3 Too many recipients in one transaction"


async def test_a_declared_size_beyond_the_limit_is_refused_at_once(door: ScriptedDoor, port: int) -> None:
    async with RawClient(port) as client:
        await client.hello()
        assert (await client.say("MAIL FROM:<a@b.example> SIZE=99999999999")).startswith("552 5.3.4")


async def test_a_message_beyond_the_limit_is_refused_where_it_ends(door: ScriptedDoor, listen: Listen) -> None:
    """A35: also a header without end."""
    port = (await listen(door, Limits(message_bytes=1_000))).addresses[0][1]
    async with RawClient(port) as client:
        await client.envelope()
        await client.say("DATA")
        client.send(b"x" * 1_500 + b"\r\n.\r\n")
        assert (await client.reply()).startswith("552 5.3.4")
        await client.say("MAIL FROM:<a@b.example>", "RCPT TO:<b@nhs.net>", "DATA")
        client.send(b"x\r\n" * 1_000)
        assert (await client.reply()).startswith("552 5.3.4")
        assert await client.rest() == b""
    assert [seen.content for seen in door.seen] == [None, None]


@pytest.mark.parametrize("line", [b"A" * 3_000 + b"\r\n", b"A" * 100_000])
async def test_an_endless_command_ends_the_session(port: int, line: bytes) -> None:
    async with RawClient(port) as client:
        await client.hello()
        client.send(line)
        assert (await client.reply()).startswith("500 5.5.2")


async def test_lines_longer_than_a_thousand_octets_are_carried(door: ScriptedDoor, port: int) -> None:
    long = b"Subject: x\r\n\r\n" + b"x" * 300_000 + b"\r\n"
    async with RawClient(port) as client:
        await client.envelope()
        await client.say("DATA")
        client.send(long + b".\r\n")
        assert (await client.reply())[:3] == "250"
    assert door.last.content == Got(long)


# -- patience ------------------------------------------------------------------------------------------------------


async def test_a_silent_client_is_told_and_let_go(door: ScriptedDoor, listen: Listen) -> None:
    """A35: also one that is half open and will never speak again."""
    port = (await listen(door, Limits(command_timeout_s=0.2))).addresses[0][1]
    async with RawClient(port) as client:
        await client.envelope()
        assert (await client.reply()).startswith("421 4.4.2")
        assert await client.rest() == b""
    assert door.last.abandoned == 1


async def test_a_long_delivery_is_not_timed(door: ScriptedDoor, listen: Listen) -> None:
    port = (await listen(door, Limits(command_timeout_s=0.1, data_timeout_s=0.1, session_s=0.1))).addresses[0][1]
    door.gate = asyncio.Event()
    async with RawClient(port) as client:
        await client.envelope()
        client.send(b"BDAT 1 LAST\r\nx")
        await asyncio.sleep(0.5)
        door.gate.set()
        assert await client.reply() == "250 2.0.0 Taken"


async def test_too_many_errors_end_the_session(door: ScriptedDoor, listen: Listen) -> None:
    port = (await listen(door, Limits(errors=3))).addresses[0][1]
    async with RawClient(port) as client:
        await client.hello()
        client.send(b"FOO\r\n" * 5)
        assert [reply[:3] for reply in await client.replies(3)] == ["500", "500", "421"]
        assert await client.rest() == b""


async def test_chatter_without_mail_ends(door: ScriptedDoor, listen: Listen) -> None:
    """A35: a flood of NOOP."""
    port = (await listen(door, Limits(junk_commands=5))).addresses[0][1]
    async with RawClient(port) as client:
        await client.hello()
        client.send(b"NOOP\r\n" * 50)
        assert (await client.rest()).count(b"250") == 4


# -- the end -------------------------------------------------------------------------------------------------------


async def test_draining_says_goodbye_to_the_idle_and_finishes_what_is_under_way(door: ScriptedDoor, listen: Listen) -> None:
    listener = await listen(door)
    port = listener.addresses[0][1]
    door.gate = asyncio.Event()
    async with RawClient(port) as idle, RawClient(port) as busy:
        await idle.hello()
        await busy.envelope()
        await busy.say("DATA")
        busy.send(STUFFED)
        await until(lambda: door.last.content is not None)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(listener.stop(0))
            assert (await idle.reply()).startswith("421 4.3.2")
            await asyncio.sleep(0.05)
            door.gate.set()
            assert await busy.replies(2) == ["250 2.0.0 Taken", "421 4.3.2 Service is restarting, try again at once"]
    assert listener.sessions == 0


async def test_a_transaction_under_way_gets_the_grace(door: ScriptedDoor, listen: Listen) -> None:
    listener = await listen(door)
    async with RawClient(listener.addresses[0][1]) as client:
        await client.envelope()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(listener.stop(5))
            await asyncio.sleep(0.05)
            await client.say("DATA")
            client.send(STUFFED)
            assert await client.reply() == "250 2.0.0 Taken"


async def test_a_transaction_that_outlives_the_grace_is_abandoned(door: ScriptedDoor, listen: Listen) -> None:
    listener = await listen(door)
    async with RawClient(listener.addresses[0][1]) as client:
        await client.envelope()
        await listener.stop(0.1)
        assert (await client.reply()).startswith("421")
    assert door.last.abandoned == 1
