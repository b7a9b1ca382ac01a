"""Real mail programs, unmodified, hand mail to the listener, which relays it live to a next hop: it arrives byte-identical."""

import asyncio
import os
import shutil
import smtplib
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.smtp.conftest import Authority
from tests.smtp.fakes import FakeHop, until

TEXT = (
    b"From: Jo <jo@borough.gov.uk>\r\nTo: b@nhs.net\r\nSubject: plan\r\nMessage-ID: <1@borough.gov.uk>\r\n"
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


@pytest.fixture
def message(tmp_path: Path) -> Path:
    path = tmp_path / "message.eml"
    path.write_bytes(TEXT)
    return path


@pytest.mark.tools("swaks")
@pytest.mark.parametrize("how", [(), ("--pipeline",), ("--tls",)])
async def test_swaks(hop: FakeHop, gateway: int, message: Path, how: tuple[str, ...]) -> None:
    address = ("--server", f"127.0.0.1:{gateway}", "--from", "jo@borough.gov.uk", "--to", "b@nhs.net,c@nhs.net")
    await run("swaks", *address, *how, "--data", f"@{message}", "--suppress-data")
    assert hop.last.recipients == ["b@nhs.net", "c@nhs.net"]
    # swaks ends its data with an empty line of its own.
    assert hop.last.content.rstrip(b"\r\n") == TEXT.rstrip(b"\r\n")


@pytest.mark.tools("curl")
@pytest.mark.parametrize("how", [(), ("--ssl-reqd", "--insecure")])
async def test_curl(hop: FakeHop, gateway: int, message: Path, how: tuple[str, ...]) -> None:
    where = ("--url", f"smtp://127.0.0.1:{gateway}", "--mail-from", "jo@borough.gov.uk", "--mail-rcpt", "b@nhs.net")
    await run("curl", "-sS", *where, *how, "--upload-file", str(message))
    assert hop.last.content == TEXT
    assert hop.last.options == [f"SIZE={len(TEXT) + 1024}"]


@pytest.mark.tools("msmtp")
async def test_msmtp(hop: FakeHop, gateway: int) -> None:
    lines = TEXT.replace(b"\r\n", b"\n")
    where = ("--host=127.0.0.1", f"--port={gateway}", "--from=jo@borough.gov.uk", "--auth=off", "--tls=off", "--file=/dev/null")
    await run("msmtp", *where, "--dsn-notify=failure", "--dsn-return=headers", "b@nhs.net", "c@nhs.net", stdin=lines)
    assert hop.last.content == TEXT
    assert hop.last.recipient_options[0][0] == "NOTIFY=FAILURE"
    assert "RET=HDRS" in hop.last.options


@pytest.mark.parametrize("tls", [False, True])
async def test_python_smtplib(hop: FakeHop, gateway: int, authority: Authority, tls: bool) -> None:
    def send() -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP("127.0.0.1", gateway, timeout=20) as client:
            if tls:
                client.starttls(context=ssl.create_default_context(cafile=authority.ca_file))
            return client.sendmail("jo@borough.gov.uk", ["b@nhs.net", "no@nhs.net"], TEXT, ["BODY=8BITMIME"])

    hop.say("RCPT", "550 5.1.1 nobody", match="no@")
    refused = await asyncio.to_thread(send)
    assert refused == {"no@nhs.net": (550, b"5.1.1 nobody")}
    assert hop.last.content == TEXT


NODE = """
const nodemailer = require(process.argv[2]);
const transport = nodemailer.createTransport({host: "127.0.0.1", port: +process.argv[3], ignoreTLS: true, name: "node.example"});
transport.sendMail({
  envelope: {
    from: "jo@borough.gov.uk", to: ["b@nhs.net", "c@nhs.net"],
    dsn: {id: "aBc", return: "headers", notify: ["failure", "delay"], recipient: "B@nhs.net"},
  },
  raw: "Subject: node\\r\\n\\r\\n.dots\\r\\nend\\r\\n",
}).then(() => transport.close(), error => { console.error(error); process.exit(1); });
"""


@pytest.mark.tools("node")
async def test_nodemailer_with_dsn(hop: FakeHop, gateway: int, tmp_path: Path, npm: Callable[[str], Path]) -> None:
    package = str(npm("nodemailer"))
    script = tmp_path / "send.js"
    script.write_text(NODE)
    await run("node", str(script), package, str(gateway))
    assert hop.last.content.startswith(b"Subject: node\r\n\r\n.dots\r\nend")
    assert {"RET=HDRS", "ENVID=aBc"} <= set(hop.last.options)
    assert hop.last.recipient_options[0] == ["NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;B@nhs.net"]


@pytest.mark.tools("smtp-source")
async def test_smtp_source_at_fifty_sessions(hop: FakeHop, gateway: int) -> None:
    await run("smtp-source", "-s", "50", "-m", "300", "-l", "4000", "-f", "jo@borough.gov.uk", "-t", "b@nhs.net", f"127.0.0.1:{gateway}")
    await run(
        "smtp-source", "-d", "-s", "50", "-m", "300", "-l", "4000", "-f", "a@borough.gov.uk", "-t", "b@nhs.net", f"127.0.0.1:{gateway}"
    )
    assert len(hop.mails) == 600
    assert all(4_000 < len(mail.content) < 4_200 for mail in hop.mails)


# -- Postfix -----------------------------------------------------------------------------------------------------------


class Postfix:
    """A Postfix of our own in a folder: started as root, listening where we say."""

    def __init__(self, folder: Path) -> None:
        self.etc = folder / "etc"
        self.folder = folder

    async def start(self, main: dict[str, str], master: str) -> None:
        for name in ("etc", "queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        for parent in [self.folder, *self.folder.parents][:4]:
            parent.chmod(parent.stat().st_mode | 0o755)
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
        try:
            await run("postfix", "-c", str(self.etc), "start")
        except AssertionError:
            # On a busy machine the script gives its master process too little time to take the lock.
            await run("postfix", "-c", str(self.etc), "start")

    async def stop(self) -> None:
        await run("postfix", "-c", str(self.etc), "stop")


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


@pytest.fixture
async def postfix(tmp_path: Path) -> AsyncIterator[Postfix]:
    if os.geteuid() != 0:
        pytest.skip("Postfix needs root")
    server = Postfix(tmp_path)
    yield server
    await server.stop()


def free_port() -> int:
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def submit(port: int, *recipients: str, options: tuple[str, ...] = ("BODY=8BITMIME",)) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.sendmail("jo@borough.gov.uk", list(recipients), TEXT, list(options))


async def ready(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


@pytest.mark.tools("postfix")
async def test_postfix_as_the_councils_server(hop: FakeHop, gateway: int, postfix: Postfix) -> None:
    """Postfix queues, and its smtp(8) hands on, pipelined, with ORCPT for every recipient."""
    port = free_port()
    await postfix.start({"relayhost": f"[127.0.0.1]:{gateway}", "smtp_line_length_limit": "0"}, f"127.0.0.1:{port} inet n - n - - smtpd\n")
    await ready(port)
    hop.say("RCPT", "550 5.1.1 nobody", match="no@nhs.net")
    await asyncio.to_thread(submit, port, "b@nhs.net", "c@nhs.net", "no@nhs.net")
    await until(lambda: len(hop.mails) == 2)
    sent, bounce = hop.mails
    assert sent.recipients == ["b@nhs.net", "c@nhs.net"]
    assert sent.recipient_options[0] == ["ORCPT=rfc822;b@nhs.net"]
    assert sent.content.endswith(TEXT)
    assert (bounce.sender, bounce.recipients) == ("", ["jo@borough.gov.uk"])
    assert b"5.1.1 nobody" in bounce.content


@pytest.mark.tools("postfix")
async def test_postfix_with_the_gateway_as_proxy_filter(hop: FakeHop, gateway: int, postfix: Postfix) -> None:
    """Before-queue: one connection per message, parameters handed on as its client wrote them, replies live."""
    port = free_port()
    hop.keywords += ("XFORWARD NAME ADDR PROTO HELO SOURCE",)
    hop.cut()
    await postfix.start({}, f"127.0.0.1:{port} inet n - n - - smtpd -o smtpd_proxy_filter=127.0.0.1:{gateway}\n")
    await ready(port)

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
            client.ehlo("pc.borough.gov.uk")
            client.mail("jo@borough.gov.uk", ["RET=HDRS", "ENVID=aBc"])
            assert client.docmd("RCPT TO:<b@nhs.net> NOTIFY=FAILURE ORCPT=rfc822;B@nhs.net")[0] == 250
            assert client.docmd("RCPT TO:<no@nhs.net>") == (550, b"5.1.1 nobody")
            assert client.data(TEXT)[0] == 250

    hop.say("RCPT", "550 5.1.1 nobody", match="no@nhs.net")
    await asyncio.to_thread(send)
    assert hop.last.content.endswith(TEXT)
    assert hop.last.recipients == ["b@nhs.net"]
    assert {"RET=HDRS", "ENVID=aBc"} <= set(hop.last.options)
    assert hop.last.recipient_options[0] == ["NOTIFY=FAILURE", "ORCPT=rfc822;B@nhs.net"]
    # Whom Postfix has the message from, the next hop hears from us.
    (whose,) = {command for command in hop.commands if command.startswith("XFORWARD")}
    assert whose.startswith("XFORWARD NAME=")
    assert whose.endswith(" ADDR=127.0.0.1 PROTO=ESMTP HELO=pc.borough.gov.uk SOURCE=LOCAL")
