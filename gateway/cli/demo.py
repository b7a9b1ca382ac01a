"""`make demo`: starts the gateway on free loopback ports, sends a council's week through SMTP, and shows what became of it.

Promises: everything is in a temporary folder and goes when the demo ends; nothing leaves this machine.
Exit status 0 only if every copy of every message became what `demo_messages` says, read from the outbox files and the
gateway's own commands, never from what the demo sent.
"""

import argparse
import json
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import yaml

from gateway.cli.demo_judge import Arrived, Became, Sent, World, notices_about, what_became_of, words_of
from gateway.cli.demo_messages import LOCKED, OFFICE, SENT, DemoMessage, the_week

STARTS_WITHIN_S = 30.0
"""A cold start on two shared cores takes about three seconds."""
SETTLES_WITHIN_S = 60.0
STOPS_WITHIN_S = 30.0
LOOK_EVERY_S = 0.1

NARROWEST = 110
WIDEST = 150
MARK, TO, OUTCOME = 3, 27, 35
"""Widths of the first columns: the longest addresses of the week fit."""


# Starting, sending, stopping


class DemoFailed(Exception):
    """The gateway did not start or did not stop; the words say which."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_settings(folder: Path, policy: Path) -> tuple[Path, dict[str, int]]:
    """Two doors, because a mail server belongs to one organisation: the borough's, and the school's."""
    ports = {"borough": free_port(), "oakfield": free_port()}
    settings = {
        "listen": [
            {"address": "127.0.0.1", "port": port, "clients": [{"from": "127.0.0.0/8", "organisation": organisation}]}
            for organisation, port in ports.items()
        ],
        "routes": {name: {"outbox": str(folder / "outbox")} for name in ("default", "cjsm", "notices")},
        "store": f"sqlite:///{folder / 'gateway.db'}",
        "keys": str(folder / "keys"),
        "policy": str(policy),
        "console": {"address": "127.0.0.1", "port": free_port()},
    }
    file = folder / "gateway.yaml"
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return file, ports


@contextmanager
def gateway_running(settings: Path, ports: dict[str, int]) -> Iterator[None]:
    """A gateway as an operator runs it, stopped as systemd stops it."""
    log = (settings.parent / "gateway.log").open("wb")
    with log, subprocess.Popen([*GATEWAY, "serve", "--settings", str(settings)], stdout=log, stderr=log) as process:
        try:
            for port in ports.values():
                wait_for_port(port, process)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise DemoFailed("the gateway did not stop in time") from None


GATEWAY = (sys.executable, "-m", "gateway")


def wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise DemoFailed(f"the gateway did not start (exit status {process.returncode})")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(LOOK_EVERY_S)
    raise DemoFailed("the gateway did not start in time")


def send_all(ports: dict[str, int]) -> tuple[Sent, ...]:
    return tuple(send(message, number, ports) for number, message in enumerate(the_week(), 1))


def send(message: DemoMessage, number: int, ports: dict[str, int]) -> Sent:
    """Hand one message over as its organisation's mail server would."""
    domain = message.sender.partition("@")[2]
    message_id = f"<demo-{number}-{time.time_ns()}@{domain}>"
    raw = message.to_bytes(message_id, datetime.now(UTC))
    port = ports["oakfield" if message.sender == OFFICE else "borough"]
    with smtplib.SMTP("127.0.0.1", port, local_hostname="mail.demo.example", timeout=SETTLES_WITHIN_S) as client:
        try:
            client.sendmail(message.sender, message.recipients, raw)
        except smtplib.SMTPRecipientsRefused as refused:
            code, words = next(iter(refused.recipients.values()))
            return Sent(message, message_id, raw, f"{code} {words.decode()}")
        except smtplib.SMTPResponseException as refused:
            said = refused.smtp_error
            return Sent(message, message_id, raw, f"{refused.smtp_code} {said.decode() if isinstance(said, bytes) else said}")
    return Sent(message, message_id, raw, "250")


# Looking


def read_outbox(folder: Path) -> tuple[Arrived, ...]:
    """Every delivery that is complete: its .json is there."""
    return tuple(read_delivery(about) for about in sorted(folder.glob("*.json")))


def read_delivery(about: Path) -> Arrived:
    facts = json.loads(about.read_text("utf-8"))
    raw = about.with_suffix(".eml").read_bytes()[facts["prepended_bytes"] :]
    recipients = tuple((one["address"], one["original"]) for one in facts["recipients"])
    return Arrived(facts["kind"], recipients, raw)


def wait_until_settled(outbox: Path, week: tuple[Sent, ...], *, asked: bool) -> None:
    """Until every copy and notice that should come has come; whatever else comes is found after the gateway has stopped."""
    leaving = (SENT, LOCKED) if asked else (SENT,)
    copies = sum(one.verdict in leaving for sent in week for one in sent.message.expected)
    notices = sum(sent.message.stopped + (asked and sent.message.asks_for_lock) for sent in week)
    until = time.monotonic() + SETTLES_WITHIN_S
    while time.monotonic() < until:
        arrived = read_outbox(outbox)
        mails = sum(len(one.recipients) for one in arrived if one.kind == "mail")
        if mails >= copies and sum(one.kind == "notice" for one in arrived) >= notices:
            return
        time.sleep(LOOK_EVERY_S)


def ask_for_locks(outbox: Path, week: tuple[Sent, ...], ports: dict[str, int]) -> None:
    """What a sender does who follows the link in the notice: a blank email to the address that stands there."""
    world = World(read_outbox(outbox), (), ())
    for sent in week:
        if sent.message.asks_for_lock:
            found = [PROTECT_ADDRESS.search(words_of(notice)) for notice in notices_about(sent, world)]
            for address in {match.group() for match in found if match}:
                request = EmailMessage()
                request["From"], request["To"], request["Subject"] = sent.message.sender, address, "PROTECT"
                request.set_content("\n")
                with smtplib.SMTP("127.0.0.1", ports["borough"], timeout=SETTLES_WITHIN_S) as client:
                    client.send_message(request)


PROTECT_ADDRESS = re.compile(r"protect\.[\w.]+@control\.[\w.]*\w")


def ask(settings: Path, *command: str) -> tuple[dict[str, object], ...]:
    """What a command of the gateway says, as JSON lines."""
    done = subprocess.run([*GATEWAY, *command, "--json", "--settings", str(settings)], capture_output=True, check=False, text=True)
    if done.returncode:
        raise DemoFailed(f"gateway {' '.join(command)}: {done.stderr.strip()[-500:]}")
    return tuple(json.loads(line) for line in done.stdout.splitlines())


# Showing


def print_table(week: tuple[tuple[Sent, tuple[Became, ...]], ...]) -> None:
    width = min(max(shutil.get_terminal_size((NARROWEST, 24)).columns, NARROWEST), WIDEST)
    columns = Columns(MARK, TO, OUTCOME, width - MARK - TO - OUTCOME - 3)
    print(columns.row("", "To", "What became of it", "Why"))
    print("-" * width)
    for number, (sent, outcomes) in enumerate(week, 1):
        print(f"{number:>2}. {sent.message.title} (from {sent.message.sender})")
        for became in outcomes:
            print(columns.row("ok" if became.right else "NO", became.recipient, became.outcome, became.why))
        print()


@dataclass(frozen=True, slots=True)
class Columns:
    """A table row whose cells are wrapped."""

    mark: int
    to: int
    outcome: int
    why: int

    def row(self, *cells: str) -> str:
        widths = (self.mark, self.to, self.outcome, self.why)
        wrapped = [textwrap.wrap(cell, width, break_on_hyphens=False) or [""] for cell, width in zip(cells, widths, strict=True)]
        lines = range(max(map(len, wrapped)))
        return "\n".join(
            " ".join((cell[line] if line < len(cell) else "").ljust(width) for cell, width in zip(wrapped, widths, strict=True)).rstrip()
            for line in lines
        )


def print_notice(sent: Sent, world: World) -> None:
    """The plain text of the notice about one message."""
    print(f"The notice that {sent.message.sender} got about it:\n")
    for notice in notices_about(sent, world):
        print(textwrap.indent(words_of(notice), "    | ", lambda _: True))


def run(policy: Path, *, notice: bool) -> int:
    folder = Path(tempfile.mkdtemp(prefix="gateway-demo-"))
    try:
        started = time.monotonic()
        settings, ports = write_settings(folder, policy)
        with gateway_running(settings, ports):
            week = send_all(ports)
            wait_until_settled(folder / "outbox", week, asked=False)
            ask_for_locks(folder / "outbox", week, ports)
            wait_until_settled(folder / "outbox", week, asked=True)
        world = World(read_outbox(folder / "outbox"), ask(settings, "hold", "list"), ask(settings, "records", "search"))
        verified = ask(settings, "records", "verify")
        shown = tuple((sent, what_became_of(sent, world)) for sent in week)
        print_table(shown)
        if notice:
            print_notice(week[-1], world)
        return conclude(shown, world, time.monotonic() - started, bool(verified and verified[0]["ok"]))
    except DemoFailed as trouble:
        print(f"demo: {trouble}\n{(folder / 'gateway.log').read_text('utf-8')[-2000:]}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def conclude(shown: tuple[tuple[Sent, tuple[Became, ...]], ...], world: World, seconds: float, verified: bool) -> int:
    wrong = sum(not became.right for _, outcomes in shown for became in outcomes)
    expected = sum(one.verdict in (SENT, LOCKED) for sent, _ in shown for one in sent.message.expected)
    strays = sum(len(one.recipients) for one in world.arrived if one.kind == "mail") - expected
    if wrong or strays or not verified:
        print(f"NOT as it should be: {wrong} recipients, {strays} copies too many, records {'whole' if verified else 'BROKEN'}.")
        return 1
    print(f"Everything became what it should: {len(shown)} messages in {seconds:.0f} seconds; the records' chain is whole.")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m gateway.cli.demo", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--policy", type=Path, default=Path("policies"), metavar="DIR", help="default: policies/")
    parser.add_argument("--notice", action="store_true", help="also print the notice about the last message")
    args = parser.parse_args()
    return run(args.policy.resolve(), notice=args.notice)


if __name__ == "__main__":
    sys.exit(main())
