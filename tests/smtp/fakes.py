"""The other side of every conversation, written by us: a next hop that follows a script, and front doors for the listener.

FakeHop records every command and message; what it answers, when it waits and when it hangs up is set by the test.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gateway.model.address import Address
from gateway.model.envelope import Client, Recipient
from gateway.model.judgement import Tls
from gateway.model.plan import Forward
from gateway.model.smtp import Capabilities, Content, HopTransaction, NextHop, OutcomeUnknown, Reply, Transaction, Unreachable


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another task will bring about."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - whatever it is, it has no event of its own
            await asyncio.sleep(0.002)


KEYWORDS = ("PIPELINING", "SIZE 104857600", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "ENHANCEDSTATUSCODES")
HANG_UP = ""


@dataclass
class Mail:
    """What a next hop took."""

    sender: str
    options: list[str]
    recipients: list[str] = field(default_factory=list)
    recipient_options: list[list[str]] = field(default_factory=list)
    content: bytes = b""
    by_bdat: bool = False
    over_tls: bool = False


Answer = str | bytes | Callable[[str], str]


class FakeHop:
    """A next hop on a free port of 127.0.0.1, or where it is told: `async with FakeHop() as hop`.

    `hop.say("RCPT", "550 5.1.1 nobody", match="bob@")` answers commands that contain `match`; the last fitting line wins; HANG_UP
    closes instead. Verbs: GREETING EHLO HELO STARTTLS MAIL RCPT DATA END RSET QUIT. `times` limits an answer.
    `hop.hold("END")` makes it wait before answering until the returned event is set; `hop.hold("CONTENT")` before it reads content.
    """

    def __init__(
        self, keywords: Sequence[str] = KEYWORDS, tls: ssl.SSLContext | None = None, port: int = 0, address: str = "127.0.0.1"
    ) -> None:
        self.address = address
        self.keywords = tuple(keywords)
        self.tls = tls
        self.port = port
        self.commands: list[str] = []
        self.mails: list[Mail] = []
        self.connections = 0
        self._answers: list[list[object]] = []
        self._gates: dict[str, asyncio.Event] = {}
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "FakeHop":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, self.address, self.port, limit=2**26)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Go away: no new connections, and the ones there are end."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()
        for gate in self._gates.values():
            gate.set()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=0.2)
        for task in tuple(self._tasks):
            task.cancel()  # a handshake that nobody answers any more
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def cut(self) -> None:
        """Break every connection."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    def say(self, verb: str, answer: Answer, *, match: str = "", times: int = -1) -> None:
        self._answers.append([verb, match, answer, times])

    def forget(self) -> None:
        """As new: nothing scripted, nothing recorded."""
        self._answers.clear()
        self.mails.clear()

    def take(self, mail: Mail) -> None:
        self.mails.append(mail)

    def hold(self, verb: str) -> asyncio.Event:
        self._gates[verb] = asyncio.Event()
        return self._gates[verb]

    @property
    def last(self) -> Mail:
        return self.mails[-1]

    # -- the conversation ---------------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, _HangUp, ssl.SSLError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._answer(writer, "GREETING", "", "220 fake ESMTP")
        mail: Mail | None = None
        secure = False
        while line := await reader.readuntil(b"\r\n"):
            command = line[:-2].decode("utf-8", "surrogateescape")
            self.commands.append(command)
            verb = command.partition(" ")[0].upper()
            match verb:
                case "EHLO":
                    extra = ("STARTTLS",) if self.tls and not secure else ()
                    lines = ["fake", *self.keywords, *extra]
                    words = "\r\n".join(f"250{'-' if n < len(lines) - 1 else ' '}{word}" for n, word in enumerate(lines))
                    await self._answer(writer, "EHLO", command, words)
                case "STARTTLS":
                    if (await self._answer(writer, "STARTTLS", command, "220 go")).startswith("220"):
                        assert self.tls is not None
                        secure = await _start_tls(writer, self.tls)
                case "MAIL":
                    address, options = _path(command)
                    if (await self._answer(writer, "MAIL", command, "250 2.1.0 ok")).startswith("2"):
                        mail = Mail(address, options, over_tls=secure)
                case "RCPT":
                    address, options = _path(command)
                    if (await self._answer(writer, "RCPT", command, "250 2.1.5 ok")).startswith("2") and mail:
                        mail.recipients.append(address)
                        mail.recipient_options.append(options)
                case "DATA":
                    if not (await self._answer(writer, "DATA", command, "354 go on")).startswith("354"):
                        continue
                    await self._stall(writer)
                    wire = await self._until_dot(reader)
                    assert mail is not None
                    mail.content = wire
                    await self._end(writer, mail)
                    mail = None
                case "BDAT":
                    size, _, last = command[5:].partition(" ")
                    await self._stall(writer)
                    chunk = await reader.readexactly(int(size))
                    if mail is None:
                        await self._answer(writer, "BDAT", command, "503 5.5.1 no")
                        continue
                    mail.content += chunk
                    mail.by_bdat = True
                    if last.upper() == "LAST":
                        await self._end(writer, mail)
                        mail = None
                    else:
                        await self._answer(writer, "BDAT", command, "250 chunk")
                case "RSET":
                    mail = None
                    await self._answer(writer, "RSET", command, "250 2.0.0 ok")
                case "QUIT":
                    await self._answer(writer, "QUIT", command, "221 bye")
                    return
                case _:
                    await self._answer(writer, verb, command, "250 ok" if verb in ("HELO", "NOOP") else "500 what?")

    async def _stall(self, writer: asyncio.StreamWriter) -> None:
        """Take nothing from the network: what the kernel does not keep stays with the sender."""
        gate = self._gates.get("CONTENT")
        if gate is not None and not gate.is_set():
            assert isinstance(writer.transport, asyncio.ReadTransport)
            writer.transport.pause_reading()
            # The kernel's buffer grows as long as anything comes.
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            await gate.wait()
            writer.transport.resume_reading()

    async def _until_dot(self, reader: asyncio.StreamReader) -> bytes:
        lines = []
        while (line := await reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    async def _end(self, writer: asyncio.StreamWriter, mail: Mail) -> None:
        answer = await self._choose("END", "")
        words = "250 2.0.0 taken" if answer is None else answer
        if words[:1] in ("2", b"2"):
            self.take(mail)
        await self._send(writer, words, "")

    async def _answer(self, writer: asyncio.StreamWriter, verb: str, command: str, default: str) -> str:
        return await self._send(writer, await self._choose(verb, command), default)

    async def _choose(self, verb: str, command: str) -> Answer | None:
        if verb in self._gates:
            await self._gates[verb].wait()
        for entry in reversed(self._answers):
            if entry[0] == verb and str(entry[1]) in command and entry[3] != 0:
                entry[3] = int(str(entry[3])) - 1
                answer = entry[2]
                return answer(command) if callable(answer) else answer  # type: ignore[return-value]
        return None

    async def _send(self, writer: asyncio.StreamWriter, answer: Answer | None, default: str) -> str:
        if answer is None:
            answer = default
        if answer in (HANG_UP, b""):
            writer.transport.abort()
            raise _HangUp
        data = answer if isinstance(answer, bytes) else f"{answer}\r\n".encode()
        writer.write(data)
        await writer.drain()
        return data.decode("utf-8", "replace")


class _HangUp(Exception):
    pass


async def _start_tls(writer: asyncio.StreamWriter, context: ssl.SSLContext) -> bool:
    plain = writer.transport
    try:
        await writer.start_tls(context)
    except AttributeError:
        # The client went away during the handshake; StreamWriter stumbles over the transport that it lost.
        writer._transport = plain  # type: ignore[attr-defined]
        plain.abort()
        raise _HangUp from None
    return True


def _path(command: str) -> tuple[str, list[str]]:
    inside, _, rest = command.partition("<")[2].rpartition(">")
    return inside, rest.split()


# -- front doors ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Got:
    """Content as the front door was given it: what lay in a file is gone after the reply."""

    raw: bytes
    by_bdat: bool = False
    bare: bool = False


@dataclass
class Seen:
    """One transaction as the front door saw it."""

    client: Client
    sender: Address | None
    options: tuple[str, ...]
    recipients: list[Recipient] = field(default_factory=list)
    content: Got | None = None
    answered: list[bool] = field(default_factory=list)
    abandoned: int = 0


class ScriptedDoor:
    """A front door that says yes, or what the test told it to."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.offered: Capabilities | None = Capabilities()
        self.refusal: Reply | None = None
        self.on_mail: Callable[[Address | None], Reply | None] = lambda sender: None
        self.on_rcpt: Callable[[Recipient], Reply] = lambda recipient: Reply(250, "2.1.5", "Recipient ok")
        self.on_content: Callable[[Content], Reply] = lambda content: Reply(250, "2.0.0", "Taken")
        self.gate: asyncio.Event | None = None
        self.rcpt_gate: asyncio.Event | None = None

    @property
    def last(self) -> Seen:
        return self.seen[-1]

    def capabilities(self) -> Capabilities | None:
        return self.offered

    def admits(self, client: Client) -> Reply | None:
        return self.refusal

    async def begin(self, client: Client, sender: Address | None, options: tuple[str, ...]) -> Transaction | Reply:
        refusal = self.on_mail(sender)
        if refusal:
            return refusal
        self.seen.append(Seen(client, sender, options))
        return ScriptedTransaction(self, self.seen[-1])


class ScriptedTransaction:
    def __init__(self, door: ScriptedDoor, seen: Seen) -> None:
        self._door = door
        self._seen = seen

    async def recipient(self, recipient: Recipient) -> Reply:
        if self._door.rcpt_gate is not None:
            await self._door.rcpt_gate.wait()
        reply = self._door.on_rcpt(recipient)
        if reply.ok:
            self._seen.recipients.append(recipient)
        return reply

    async def content(self, content: Content) -> Reply:
        self._seen.content = Got(content.raw, content.by_bdat, content.bare)
        if self._door.gate is not None:
            await self._door.gate.wait()
        return self._door.on_content(content)

    async def answered(self, delivered: bool) -> None:
        self._seen.answered.append(delivered)

    async def abandon(self) -> None:
        self._seen.abandoned += 1


class RelayDoor(ScriptedDoor):
    """A front door that passes everything through to one next hop, with live recipients; no policy."""

    def __init__(self, hop: NextHop) -> None:
        super().__init__()
        self.hop = hop

    def capabilities(self) -> Capabilities | None:
        return self.hop.capabilities()

    async def begin(self, client: Client, sender: Address | None, options: tuple[str, ...]) -> Transaction | Reply:
        try:
            opened = await self.hop.open(sender, options, Tls.NONE, id="ref-1", client=client)
        except Unreachable as error:
            return Reply(451, "4.4.1", error.words)
        return opened if isinstance(opened, Reply) else RelayTransaction(opened)


class RelayTransaction:
    def __init__(self, upstream: HopTransaction) -> None:
        self._upstream = upstream

    async def recipient(self, recipient: Recipient) -> Reply:
        try:
            return (await self._upstream.recipients((Forward(recipient.address, recipient.address, recipient.options),)))[0]
        except Unreachable as error:
            return Reply(451, "4.4.1", error.words)

    async def content(self, content: Content) -> Reply:
        try:
            content.let_go()
            return await self._upstream.content(b"", content)
        except Unreachable as error:
            return Reply(451, "4.4.1", error.words)
        except OutcomeUnknown:
            return Reply(451, "4.4.2", "outcome unknown")
        finally:
            await self._upstream.reset()

    async def answered(self, delivered: bool) -> None:
        pass

    async def abandon(self) -> None:
        await self._upstream.reset()


# -- a client that says exactly what it is told -----------------------------------------------------------------------


class RawClient:
    """A socket that sends bytes and collects replies: `async with RawClient(port) as client`."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._port = port
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def __aenter__(self) -> "RawClient":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**22)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    async def reply(self) -> str:
        """One whole reply; '' when the server has closed."""
        lines = []
        while True:
            async with asyncio.timeout(10):
                line = (await self.reader.readline()).decode()
            lines.append(line.rstrip("\r\n"))
            if not line or line[3:4] != "-":
                return "\n".join(lines)

    async def replies(self, count: int) -> list[str]:
        return [await self.reply() for _ in range(count)]

    async def say(self, *lines: str) -> str:
        """Send lines; the reply to the last of them."""
        answer = ""
        for line in lines:
            self.send(line.encode() + b"\r\n")
            answer = await self.reply()
        return answer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def hello(self) -> str:
        await self.reply()
        return await self.say("EHLO client.example")

    async def envelope(self, *recipients: str, sender: str = "jo@borough.gov.uk") -> str:
        await self.hello()
        return await self.say(f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{recipient}>" for recipient in recipients or ("b@nhs.net",)))

    def reset(self) -> None:
        """Go away as a killed process does that had not read our reply: RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def rest(self) -> bytes:
        """Everything until the server closes; what we sent too late for it makes that a reset."""
        got = b""
        async with asyncio.timeout(10):
            with contextlib.suppress(ConnectionResetError):
                while block := await self.reader.read(65_536):
                    got += block
        return got
