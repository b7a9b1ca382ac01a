"""Hostile files through SMTP: held towards a stranger, delivered to somebody secure; and nobody else's mail waits for them."""

import itertools
import os
import signal
import smtplib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest

from tests.bombs import bombs
from tests.files import docx
from tests.harness import Gateway, letter, wire

JO, STRANGER, NURSE = "jo.bell@borough.gov.uk", "ann@gmail.com", "sam.reid@nhs.net"
# One of each kind, quickly made; tests/workers/test_bombs.py has them all.
CHOSEN = (
    "200 MB in one member", "2,000 entries over the same data", "twelve zips in one another", "16^4 zips of zeros", "42.zip",
    "250 entries that quote one another", "gzip in gzip in gzip, eight times", "gzip of 900,000 empty streams", "xz of 200 MB",
    "tar of 30 zips of 60 MB", "tar that says 8 GB", "a million laughs", "a page shown 100,000 times", "a million groups",
)  # fmt: skip
HELD_FOR = {"message.unchecked", "attachment.unreadable", "attachment.unprotected"}
WORKERS = 2
AT_ONCE = 5
MAILS = 90
# Beside two workers that bombs keep busy, killed every tenth of a second, on a machine of two cores.
SLOWEST_S = 2.0


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with Gateway(tmp_path_factory.mktemp("bombs"), more={"workers": WORKERS}) as running:
        yield running


def with_file(to: Sequence[str], content: bytes, name: str) -> bytes:
    message = letter(JO, to, "Plan", "As agreed.")
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return wire(message)


def test_every_bomb_waits_for_a_person_and_reaches_who_is_secure(gateway: Gateway) -> None:
    """Several at once, each on a connection of its own, more than there are workers."""
    mails = {f"ann.{CHOSEN.index(what)}@gmail.com": (what, name, make) for what, name, make in bombs() if what in CHOSEN}
    assert len(mails) == len(CHOSEN)
    made = {stranger: with_file([stranger, NURSE], make(), name) for stranger, (_, name, make) in mails.items()}
    with ThreadPoolExecutor(AT_ONCE) as clients:
        assert not any(clients.map(lambda stranger: gateway.send(JO, [stranger, NURSE], made[stranger]), made))
    sent = gateway.wait_for(len(made), "mail")
    assert sorted(mail.message for mail in sent) == sorted(made.values())
    assert not any(set(mail.to) & set(made) for mail in sent)
    held = {held["recipients"][0]: held for held in gateway.ask("hold", "list")}
    assert {stranger: one["recipients"] for stranger, one in held.items()} == {stranger: [stranger] for stranger in made}
    assert [what for stranger, (what, *_) in mails.items() if not HELD_FOR & set(held[stranger]["reasons"])] == []


def children(pid: int) -> list[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    return []


def workers_of(gateway: Gateway) -> list[int]:
    assert gateway.process is not None
    return [worker for nursery in children(gateway.process.pid) for worker in children(nursery)]


def kill_workers(gateway: Gateway, stop: Event) -> int:
    """One after another, until told to stop; how many."""
    killed = 0
    while not stop.wait(0.1):
        for pid in workers_of(gateway)[:1]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
    return killed


def send_bombs(gateway: Gateway, stop: Event) -> list[dict[str, tuple[int, bytes]]]:
    made = [with_file([STRANGER], make(), name) for what, name, make in bombs() if what in ("16^4 zips of zeros", "a million groups")]
    refused = []
    for raw in itertools.cycle(made):
        if stop.is_set():
            return refused
        refused.append(gateway.send(JO, [STRANGER], raw.replace(b"Message-ID: <", b"Message-ID: <%d." % len(refused), 1)))
    return refused


def times(gateway: Gateway, mails: Sequence[bytes]) -> list[float]:
    """How long each took from its first command to its reply; an error of SMTP rises."""
    taken = []
    with smtplib.SMTP("127.0.0.1", gateway.port, timeout=60) as client:
        for raw in mails:
            start = time.monotonic()
            assert client.sendmail(JO, [NURSE], raw) == {}
            taken.append(time.monotonic() - start)
    return sorted(taken)


def ordinary(count: int) -> list[bytes]:
    """Mails of 4 KB, every tenth with a file, which a worker has to read."""
    words = "The meeting is on Tuesday at ten in the small room.\n" * 75
    plain = (wire(letter(JO, [NURSE], "Meeting", words)) for _ in range(count))
    return [with_file([NURSE], docx("Agenda"), "agenda.docx") if number % 10 == 5 else raw for number, raw in enumerate(plain)]


def test_ordinary_mail_passes_while_workers_are_killed(gateway: Gateway) -> None:
    quiet = times(gateway, ordinary(20))
    before, mails, stop = len(gateway.sent("mail")), ordinary(MAILS), Event()
    with ThreadPoolExecutor(3) as others:
        killing, bombing = others.submit(kill_workers, gateway, stop), others.submit(send_bombs, gateway, stop)
        try:
            loud = times(gateway, mails)
        finally:
            stop.set()
    assert killing.result() > 3
    assert not any(bombing.result())
    sent = {mail.message for mail in gateway.wait_for(before + MAILS, "mail")}
    assert not set(mails) - sent
    assert loud[int(MAILS * 0.99) - 1] < max(SLOWEST_S, 10 * quiet[-1])
    check_workers(gateway)


def check_workers(gateway: Gateway) -> None:
    """As many as before once they are wanted, and they read: a file is held for what it is, not because nobody looked."""
    strangers = [f"sam.{number}@gmail.com" for number in range(4 * WORKERS)]
    files = [with_file([stranger], docx(*["Agenda"] * 20_000), "agenda.docx") for stranger in strangers]
    with ThreadPoolExecutor(len(files)) as clients:
        assert not any(clients.map(gateway.send, itertools.repeat(JO), [[stranger] for stranger in strangers], files))
    assert len(workers_of(gateway)) == WORKERS
    held = [set(held["reasons"]) for held in gateway.ask("hold", "list") if held["recipients"][0] in strangers]
    assert held == [{"attachment.unprotected"}] * len(strangers)
