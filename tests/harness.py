"""A real gateway process on loopback, with folders of its own, and the words to talk to it. Used by every story."""

import filecmp
import json
import os
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
# A start compiles nothing and asks no network; a busy CI machine needs some seconds all the same.
START_S = 30.0
# Each test has folders of its own, and its gateway's first start would compile the patterns of the checks: 1.5 s of CPU.
PATTERNS = ROOT / "build" / "patterns"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Sent:
    """A file of the outbox: its record and its bytes."""

    about: dict[str, Any]
    raw: bytes

    @property
    def message(self) -> bytes:
        """What was sent less our one Received field."""
        return self.raw[self.about["prepended_bytes"] :]

    @property
    def to(self) -> list[str]:
        return [recipient["address"] for recipient in self.about["recipients"]]


@dataclass(slots=True)
class Gateway:
    """One gateway under `folder`; `more` are settings that differ from the defaults."""

    folder: Path
    more: dict[str, Any] = field(default_factory=dict)
    policy: Path = ROOT / "policies"
    organisation: str = "borough"
    port: int = 0
    console: int = 0
    start_s: float = START_S
    process: subprocess.Popen[bytes] | None = None

    def settings_file(self) -> Path:
        self.port = self.port or free_port()
        self.console = self.console or free_port()
        clients = [{"from": "127.0.0.0/8", "organisation": self.organisation}]
        outbox = str(self.folder / "outbox")
        settings = {
            "listen": [{"address": "127.0.0.1", "port": self.port, "clients": clients}],
            "routes": {name: {"outbox": outbox} for name in ("default", "cjsm", "notices")},
            "store": f"sqlite:///{self.folder}/gateway.db",
            "keys": str(self.folder / "keys"),
            "policy": str(self.policy),
            "console": {"address": "127.0.0.1", "port": self.console},
            **self.more,
        }
        file = self.folder / "gateway.yaml"
        file.write_text(yaml.safe_dump(settings))
        return file

    def launch(self) -> None:
        """Start the process and do not wait for it."""
        file = self.settings_file()
        self._lend_patterns()
        command = [sys.executable, "-m", "gateway", "serve", "--settings", str(file)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=clean_environment())

    def start(self) -> "Gateway":
        self.launch()
        self.wait_until_open()
        self._keep_patterns()
        return self

    def _lend_patterns(self) -> None:
        """Those of an earlier test; the gateway compiles others where they do not fit (service.warm)."""
        if PATTERNS.exists() and not (self.folder / "keys").exists():
            (self.folder / "keys").mkdir(mode=0o700)
            shutil.copy(PATTERNS, self.folder / "keys")

    def _keep_patterns(self) -> None:
        made = self.folder / "keys" / PATTERNS.name
        if self.policy == ROOT / "policies" and made.exists() and not (PATTERNS.exists() and filecmp.cmp(made, PATTERNS)):
            PATTERNS.parent.mkdir(exist_ok=True)
            beside = PATTERNS.with_suffix(f".{os.getpid()}")
            shutil.copy(made, beside)
            beside.replace(PATTERNS)

    def first_words(self) -> int:
        """The code of the greeting, once there is one: 220, or why not."""
        deadline = time.monotonic() + self.start_s
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                    return int(connection.recv(3) or b"0")
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"nothing answered: {self.log()[-3000:]}")

    def wait_until_open(self) -> None:
        deadline = time.monotonic() + self.start_s
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the gateway ended: {self.log()[-3000:]}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                    if connection.recv(4).startswith(b"220"):
                        return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"the gateway did not open: {self.log()[-3000:]}")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(self.start_s)

    def ended(self, within_s: float = START_S) -> int:
        """The exit status, once there is one."""
        assert self.process is not None
        return self.process.wait(within_s)

    def ready(self) -> int:
        """What /readyz answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.console}/readyz", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def __enter__(self) -> "Gateway":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def send(self, sender: str, recipients: Sequence[str], raw: bytes | EmailMessage) -> dict[str, tuple[int, bytes]]:
        """Send as a mail server would; returns the refused recipients, raises smtplib's errors."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=60) as client:
            return client.sendmail(sender, list(recipients), wire(raw))

    def command(self, *words: str, ok: Sequence[int] = (0,)) -> subprocess.CompletedProcess[str]:
        run = subprocess.run(
            [sys.executable, "-m", "gateway", *words], cwd=ROOT, capture_output=True, text=True, timeout=120, env=clean_environment()
        )
        assert run.returncode in ok, (words, run.returncode, run.stdout[-2000:], run.stderr[-2000:])
        return run

    def ask(self, *words: str, ok: Sequence[int] = (0,)) -> list[dict[str, Any]]:
        """The JSON lines that a command of the gateway prints."""
        run = self.command(*words, "--json", "--settings", str(self.folder / "gateway.yaml"), ok=ok)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def sent(self, kind: str | None = None) -> list[Sent]:
        found = []
        for about in sorted((self.folder / "outbox").glob("*.json")):
            sent = Sent(json.loads(about.read_text()), about.with_suffix(".eml").read_bytes())
            if kind is None or sent.about["kind"] == kind:
                found.append(sent)
        return found

    def wait_for(self, count: int, kind: str | None = None, within_s: float = 20.0) -> list[Sent]:
        """The outbox once it holds `count` files of that kind."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            found = self.sent(kind)
            if len(found) >= count:
                return found
            time.sleep(0.02)
        raise AssertionError(f"{len(self.sent(kind))} of {count} {kind or 'files'} in the outbox after {within_s} s\n{self.log()[-3000:]}")


def clean_environment() -> dict[str, str]:
    """Without settings of whoever runs the tests, and with compiled modules kept: else each start compiles 27,000 lines anew."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_") and name != "PYTHONDONTWRITEBYTECODE"}


def wire(raw: bytes | EmailMessage) -> bytes:
    """CRLF line ends, as on the wire."""
    if isinstance(raw, EmailMessage):
        raw = raw.as_bytes()
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def letter(sender: str, to: Sequence[str], subject: str, body: str, **fields: str) -> EmailMessage:
    """An ordinary message with Date and Message-ID, as a mail server hands it on."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Subject"] = subject
    message["Date"] = "Sun, 22 Nov 2026 09:00:00 +0000"
    message["Message-ID"] = f"<{time.time_ns()}.{os.getpid()}@{sender.rpartition('@')[2]}>"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message


def with_notes(message: EmailMessage) -> EmailMessage:
    """The message with a file that nobody protected: it is held where its recipient is not secure."""
    message.add_attachment(b"Minutes of Tuesday\r\n" * 20, maintype="application", subtype="octet-stream", filename="notes.txt")
    return message
