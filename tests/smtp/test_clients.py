"""Real mail programs, unmodified, hand mail to a whole gateway, which relays it live to a next hop: it arrives byte-identical."""

import asyncio
import os
import re
import shutil
import signal
import smtplib
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.model.address import parse_mailbox
from gateway.model.envelope import Client
from gateway.model.judgement import Tls
from gateway.model.plan import Forward
from gateway.model.settings import Host, Limits, RouteSettings
from gateway.model.smtp import Reply
from gateway.smtp.client import RelayRoute
from tests.harness import free_port
from tests.smtp.conftest import Authority
from tests.smtp.fakes import FakeHop, until

TEXT = (
    b"From: Jo <jo@borough.gov.uk>\r\nTo: b@familylaw-llp.co.uk\r\nSubject: Thursday\r\nMessage-ID: <1@borough.gov.uk>\r\n"
    b"Date: Mon, 02 Mar 2026 09:30:00 +0000\r\n\r\n.\xc2\xa3 with a dot\r\n..two\r\n\r\n" + b"x" * 3_000 + b"\r\nlast\r\n"
)
SBIN = "/usr/sbin:/sbin:" + os.environ.get("PATH", "")


async def run(*command: str, stdin: bytes = b"") -> bytes:
    """Run a program to its end; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"PATH": SBIN},
    )
    async with asyncio.timeout(30):
        output, _ = await process.communicate(stdin)
    assert process.returncode == 0, output.decode(errors="replace")
    return output


# One Received field, folded as its writer likes.
RECEIVED = re.compile(rb"Received: [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*")


def less_received(content: bytes, count: int = 1) -> bytes:
    """A message less the fields that the servers on its way prepended: ours alone, or one more of the client's."""
    for _ in range(count):
        found = RECEIVED.match(content)
        assert found, content[:300]
        content = content[found.end() :]
    return content


@pytest.fixture
def message(tmp_path: Path) -> Path:
    path = tmp_path / "message.eml"
    path.write_bytes(TEXT)
    return path


@pytest.mark.tools("swaks")
@pytest.mark.parametrize("how", [(), ("--pipeline",), ("--tls",)])
async def test_swaks(hop: FakeHop, whole: int, message: Path, how: tuple[str, ...]) -> None:
    address = ("--server", f"127.0.0.1:{whole}", "--from", "jo@borough.gov.uk", "--to", "b@familylaw-llp.co.uk,c@familylaw-llp.co.uk")
    await run("swaks", *address, *how, "--data", f"@{message}", "--suppress-data")
    assert hop.last.recipients == ["b@familylaw-llp.co.uk", "c@familylaw-llp.co.uk"]
    # swaks ends its data with an empty line of its own.
    assert less_received(hop.last.content) == TEXT + b"\r\n"


@pytest.mark.tools("curl")
@pytest.mark.parametrize("how", [(), ("--ssl-reqd", "--insecure")])
async def test_curl(hop: FakeHop, whole: int, message: Path, how: tuple[str, ...]) -> None:
    where = ("--url", f"smtp://127.0.0.1:{whole}", "--mail-from", "jo@borough.gov.uk", "--mail-rcpt", "b@familylaw-llp.co.uk")
    await run("curl", "-sS", *where, *how, "--upload-file", str(message))
    assert less_received(hop.last.content) == TEXT
    assert hop.last.options == [f"SIZE={len(TEXT) + 1024}"]


@pytest.mark.tools("msmtp")
async def test_msmtp(hop: FakeHop, whole: int) -> None:
    lines = TEXT.replace(b"\r\n", b"\n")
    where = ("--host=127.0.0.1", f"--port={whole}", "--from=jo@borough.gov.uk", "--auth=off", "--tls=off", "--file=/dev/null")
    await run(
        "msmtp", *where, "--dsn-notify=failure", "--dsn-return=headers", "b@familylaw-llp.co.uk", "c@familylaw-llp.co.uk", stdin=lines
    )
    assert less_received(hop.last.content) == TEXT
    assert hop.last.recipient_options[0][0] == "NOTIFY=FAILURE"
    assert "RET=HDRS" in hop.last.options


@pytest.mark.parametrize("tls", [False, True])
async def test_python_smtplib(hop: FakeHop, whole: int, authority: Authority, tls: bool) -> None:
    def send() -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP("127.0.0.1", whole, timeout=20) as client:
            if tls:
                client.starttls(context=ssl.create_default_context(cafile=authority.ca_file))
            return client.sendmail("jo@borough.gov.uk", ["b@familylaw-llp.co.uk", "no@familylaw-llp.co.uk"], TEXT, ["BODY=8BITMIME"])

    hop.say("RCPT", "550 5.1.1 nobody", match="no@")
    refused = await asyncio.to_thread(send)
    assert refused == {"no@familylaw-llp.co.uk": (550, b"5.1.1 nobody")}
    assert less_received(hop.last.content) == TEXT


NODE = """
const nodemailer = require(process.argv[2]);
const transport = nodemailer.createTransport({host: "127.0.0.1", port: +process.argv[3], ignoreTLS: true, name: "node.example"});
transport.sendMail({
  envelope: {
    from: "jo@borough.gov.uk", to: ["b@familylaw-llp.co.uk", "c@familylaw-llp.co.uk"],
    dsn: {id: "aBc", return: "headers", notify: ["failure", "delay"], recipient: "B@familylaw-llp.co.uk"},
  },
  raw: require("fs").readFileSync(process.argv[4]),
}).then(() => transport.close(), error => { console.error(error); process.exit(1); });
"""


@pytest.mark.tools("node")
async def test_nodemailer_with_dsn(hop: FakeHop, whole: int, tmp_path: Path, message: Path, npm: Callable[[str], Path]) -> None:
    package = str(npm("nodemailer"))
    script = tmp_path / "send.js"
    script.write_text(NODE)
    await run("node", str(script), package, str(whole), str(message))
    assert less_received(hop.last.content) == TEXT
    assert {"RET=HDRS", "ENVID=aBc"} <= set(hop.last.options)
    assert hop.last.recipient_options[0] == ["NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;B@familylaw-llp.co.uk"]


@pytest.mark.tools("smtp-source")
async def test_smtp_source_at_fifty_sessions(hop: FakeHop, whole: int, tmp_path: Path) -> None:
    """A connection for each message, then fifty that are kept; the same bytes as without us."""
    lines = tmp_path / "lines"
    lines.write_bytes(TEXT.replace(b"\r\n", b"\n"))
    who = ("-f", "jo@borough.gov.uk", "-t", "b@familylaw-llp.co.uk", "-F", str(lines))
    await run("smtp-source", *who, f"127.0.0.1:{hop.port}")
    directly = hop.mails.pop().content
    assert directly.startswith(TEXT)
    await run("smtp-source", "-s", "50", "-m", "50", *who, f"127.0.0.1:{whole}")
    await run("smtp-source", "-d", "-s", "50", "-m", "100", *who, f"127.0.0.1:{whole}")
    assert len(hop.mails) == 150
    assert {less_received(mail.content) for mail in hop.mails} == {directly}


# -- Postfix -----------------------------------------------------------------------------------------------------------


class Postfix:
    """A Postfix of our own in a folder: started as root, listening where we say."""

    def __init__(self, folder: Path) -> None:
        self.etc = folder / "etc"
        self.folder = folder
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, main: dict[str, str], master: str) -> None:
        for name in ("etc", "queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": str(self.folder / "queue"),
            "data_directory": str(self.folder / "data"),
            "maillog_file": "/dev/stdout",
            "maillog_file_prefixes": "/dev/stdout, /var, " + str(self.folder),
            "myhostname": "council.example",
            "mydestination": "",
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "mynetworks": "127.0.0.0/8",
            "alias_maps": "",
            "default_database_type": "texthash",
            "smtpd_relay_restrictions": "permit_mynetworks, reject",
            "smtp_dns_support_level": "disabled",
        } | main
        (self.etc / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
        (self.etc / "master.cf").write_text(master + MASTER)
        with (self.folder / "log").open("wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                *("postfix", "-c", str(self.etc), "start-fg"), stdout=log, stderr=log, env=os.environ | {"PATH": SBIN}
            )

    async def stop(self) -> None:
        """Its master process left our session; the script that started it waits for its end."""
        master = self.folder / "queue" / "pid" / "master.pid"
        if self.process is not None and master.exists():
            os.kill(int(master.read_text()), signal.SIGTERM)
            await self.process.wait()


MASTER = """
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def folder_for_servers() -> Iterator[Path]:
    """One that other users may enter, and whose parents pytest does not close again."""
    with tempfile.TemporaryDirectory(prefix="mail-servers-") as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.fixture
async def postfix() -> AsyncIterator[Postfix]:
    if os.geteuid() != 0:
        pytest.skip("Postfix needs root")
    with folder_for_servers() as folder:
        server = Postfix(folder)
        yield server
        await server.stop()


def submit(port: int, *recipients: str, options: tuple[str, ...] = ("BODY=8BITMIME",)) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.sendmail("jo@borough.gov.uk", list(recipients), TEXT, list(options))


async def ready(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


@pytest.mark.tools("postfix")
async def test_postfix_as_the_councils_server(hop: FakeHop, whole: int, postfix: Postfix) -> None:
    """Postfix queues, and its smtp(8) hands on, pipelined, with ORCPT for every recipient."""
    port = free_port()
    await postfix.start({"relayhost": f"[127.0.0.1]:{whole}", "smtp_line_length_limit": "0"}, f"127.0.0.1:{port} inet n - n - - smtpd\n")
    await ready(port)
    hop.say("RCPT", "550 5.1.1 nobody", match="no@familylaw-llp.co.uk")
    await asyncio.to_thread(submit, port, "b@familylaw-llp.co.uk", "c@familylaw-llp.co.uk", "no@familylaw-llp.co.uk")
    await until(lambda: len(hop.mails) == 2)
    sent, bounce = hop.mails
    assert sent.recipients == ["b@familylaw-llp.co.uk", "c@familylaw-llp.co.uk"]
    assert sent.recipient_options[0] == ["ORCPT=rfc822;b@familylaw-llp.co.uk"]
    assert less_received(sent.content, 2) == TEXT
    assert (bounce.sender, bounce.recipients) == ("", ["jo@borough.gov.uk"])
    assert b"5.1.1 nobody" in bounce.content


@pytest.mark.tools("postfix")
async def test_postfix_with_the_gateway_as_proxy_filter(hop: FakeHop, whole: int, postfix: Postfix) -> None:
    """Before-queue: one connection per message, parameters handed on as its client wrote them, replies live; and it takes mail back."""
    port, behind = free_port(), free_port()
    hop.keywords += ("XFORWARD NAME ADDR PROTO HELO SOURCE",)
    hop.cut()
    before = f"127.0.0.1:{port} inet n - n - - smtpd -o smtpd_proxy_filter=127.0.0.1:{whole}\n"
    await postfix.start({}, before + f"127.0.0.1:{behind} inet n - n - - smtpd -o smtpd_authorized_xforward_hosts=127.0.0.0/8\n")
    await ready(port)

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
            client.ehlo("pc.borough.gov.uk")
            client.mail("jo@borough.gov.uk", ["RET=HDRS", "ENVID=aBc"])
            assert client.docmd("RCPT TO:<b@familylaw-llp.co.uk> NOTIFY=FAILURE ORCPT=rfc822;B@familylaw-llp.co.uk")[0] == 250
            assert client.docmd("RCPT TO:<no@familylaw-llp.co.uk>") == (550, b"5.1.1 nobody")
            assert client.data(TEXT)[0] == 250

    hop.say("RCPT", "550 5.1.1 nobody", match="no@familylaw-llp.co.uk")
    await asyncio.to_thread(send)
    assert less_received(hop.last.content, 2) == TEXT
    assert hop.last.recipients == ["b@familylaw-llp.co.uk"]
    assert {"RET=HDRS", "ENVID=aBc"} <= set(hop.last.options)
    assert hop.last.recipient_options[0] == ["NOTIFY=FAILURE", "ORCPT=rfc822;B@familylaw-llp.co.uk"]
    # Whom Postfix has the message from, the next hop hears from us.
    (whose,) = {command for command in hop.commands if command.startswith("XFORWARD")}
    assert whose.startswith("XFORWARD NAME=")
    assert whose.endswith(" ADDR=127.0.0.1 PROTO=ESMTP HELO=pc.borough.gov.uk SOURCE=LOCAL")
    await told_to(behind, Client("127.0.0.1", forwarded=(("NAME", "pc.borough.gov.uk"), ("ADDR", "10.9.9.9"))))
    log = postfix.folder / "log"
    await until(lambda: "orig_queue_id=ref-1, orig_client=pc.borough.gov.uk[10.9.9.9]" in log.read_text())


async def told_to(port: int, client: Client) -> None:
    """What we say of `client` to the server behind us."""
    route = RelayRoute(RouteSettings("default", relay=(Host("127.0.0.1", port),)), "gateway.example", Limits())
    transaction = await route.open(parse_mailbox("jo@borough.gov.uk"), (), Tls.NONE, id="ref-1", client=client)
    assert not isinstance(transaction, Reply)
    to = parse_mailbox("b@familylaw-llp.co.uk")
    assert [reply.code for reply in await transaction.recipients([Forward(to, to)])] == [250]
    await transaction.reset()
    await route.close()
