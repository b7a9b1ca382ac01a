"""A gateway whose disk is full, fails or cannot be written to, or that may open no more files.

It says 4xx, nothing is there by half, and it recovers by itself.
"""

import contextlib
import errno
import json
import os
import resource
import smtplib
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.files import docx
from tests.harness import Gateway, letter, wire
from tests.store.conftest import shim

__all__ = ("shim",)

JO, ANN, OUTSIDE = "jo.bell@borough.gov.uk", "ann.lee@borough.gov.uk", "rita.k1964@gmail.com"
# Room for the start, and for some twenty of the messages below.
DISK_BYTES = 16 * 2**20
TEXT_BYTES = 400_000
TRIES = 40

Fault = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system where we may mount one, else a folder."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "small", folder], check=False, capture_output=True)
    yield folder
    if made.returncode == 0:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def running(tmp_path: Path, disk: Path) -> Iterator[Gateway]:
    """Its store, keys and log are on the small disk; what it delivers is elsewhere."""
    outbox = {"outbox": str(tmp_path / "outbox")}
    with Gateway(disk, more={"routes": dict.fromkeys(("default", "cjsm", "notices"), outbox)}) as gateway:
        yield gateway


@contextlib.contextmanager
def full(disk: Path, gateway: Gateway) -> Iterator[None]:
    """Not a block is left; without a disk of our own no file of the gateway may grow."""
    if not os.path.ismount(disk):
        with limited(gateway, resource.RLIMIT_FSIZE, 1):
            yield
        return
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as out:
        for size in (65_536, 512, 1):
            with contextlib.suppress(OSError):
                while True:
                    out.write(bytes(size))
    yield
    filler.unlink()


@contextlib.contextmanager
def limited(gateway: Gateway, what: int, most: int) -> Iterator[None]:
    assert gateway.process is not None
    before = resource.prlimit(gateway.process.pid, what)
    resource.prlimit(gateway.process.pid, what, (most, before[1]))
    try:
        yield
    finally:
        resource.prlimit(gateway.process.pid, what, before)


def passing(number: int):  # type: ignore[no-untyped-def]
    return letter(JO, [ANN], f"Lunch {number}", "At one?")


def stopped(number: int):  # type: ignore[no-untyped-def]
    message = letter(JO, [OUTSIDE], f"Papers {number}", "As agreed.")
    message.add_attachment(docx("Minutes"), maintype="application", subtype="octet-stream", filename="plan.docx")
    message.add_attachment(os.urandom(TEXT_BYTES), maintype="application", subtype="octet-stream", filename="photo.bin")
    return message


def answer(gateway: Gateway, to: str, message) -> int:  # type: ignore[no-untyped-def]
    """The code that ended it."""
    try:
        gateway.send(JO, [to], message)
    except smtplib.SMTPResponseException as refused:
        return refused.smtp_code
    except smtplib.SMTPRecipientsRefused as refused:
        return refused.recipients[to][0]
    return 250


def delivered(gateway: Gateway, outbox: Path) -> list[str]:
    return sorted(
        line.split(b" ", 2)[2].decode()
        for file in outbox.glob("*.eml")
        for line in file.read_bytes().splitlines()
        if line.startswith(b"Subject: Lunch")
    )


def test_a_full_disk_is_451_and_what_was_accepted_is_all_there_is(running: Gateway, disk: Path, tmp_path: Path) -> None:
    assert answer(running, ANN, passing(0)) == 250
    accepted, held = ["0"], 0
    with full(disk, running):
        codes = []
        for number in range(1, TRIES):
            # A log that has room in its middle may still take a small record; nothing that has to grow is taken.
            codes.append(answer(running, ANN, passing(number)))
            accepted += [str(number)] * (codes[-1] == 250)
            codes.append(answer(running, OUTSIDE, stopped(number)))
            held += codes[-1] == 250
            if codes[-2:] == [451, 451]:
                break
        assert set(codes) <= {250, 451, 452} and codes[-1] != 250, codes
    assert answer(running, ANN, passing(99)) == 250
    assert answer(running, OUTSIDE, stopped(99)) == 250
    assert delivered(running, tmp_path / "outbox") == sorted([*accepted, "99"])
    assert len(running.ask("hold", "list")) == held + 1
    assert running.ask("records", "verify")[0]["ok"]


def test_too_many_open_files_defer_and_pass(running: Gateway, tmp_path: Path) -> None:
    assert answer(running, ANN, passing(0)) == 250
    assert running.process is not None
    accepted = ["0"]
    with smtplib.SMTP("127.0.0.1", running.port, timeout=30) as connected:
        connected.ehlo()
        used = {int(path.name) for path in Path(f"/proc/{running.process.pid}/fd").iterdir()}
        lowest_free = min(set(range(len(used) + 1)) - used)
        with limited(running, resource.RLIMIT_NOFILE, lowest_free):
            # Whoever comes now cannot be served, whoever is here is told to come again; neither ends the gateway.
            with pytest.raises((OSError, smtplib.SMTPException)), smtplib.SMTP("127.0.0.1", running.port, timeout=2) as late:
                late.ehlo()
            try:
                connected.sendmail(JO, [ANN], wire(passing(1)))
                accepted.append("1")
            except smtplib.SMTPResponseException as refused:
                assert refused.smtp_code in (451, 452), refused
        connected.sendmail(JO, [ANN], wire(passing(2)))
    assert answer(running, ANN, passing(3)) == 250
    assert delivered(running, tmp_path / "outbox") == sorted([*accepted, "2", "3"])
    assert running.ask("records", "verify")[0]["ok"]


def told(outbox: Path) -> list[str]:
    """To whom each notice went."""
    sent = [json.loads(file.read_text()) for file in outbox.glob("*.json")]
    return [to["address"] for about in sent if about["kind"] == "notice" for to in about["recipients"]]


FAULTS = [("fsync", errno.EIO), ("fsync", errno.ENOSPC), ("pwrite", errno.EIO), ("pwrite", errno.ENOSPC), ("pwrite", errno.EROFS)]


@pytest.mark.tools("cc")
def test_a_disk_that_fails_or_turned_read_only_defers_and_passes(tmp_path: Path, shim: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One process meets them all, one after the other: also what an error left behind must not stop it."""
    trigger, folder = tmp_path / "fault", tmp_path / "disk"
    folder.mkdir()
    outbox = {"outbox": str(tmp_path / "outbox")}
    gateway = Gateway(folder, more={"routes": dict.fromkeys(("default", "cjsm", "notices"), outbox)})
    with monkeypatch.context() as preloaded:
        for name, value in (("LD_PRELOAD", shim), ("FAULTS", trigger), ("FAULTY", folder)):
            preloaded.setenv(name, str(value))
        gateway.start()
    try:
        accepted = []
        for number, (call, error) in enumerate(FAULTS):
            trigger.write_text(f"{call} {error}")
            for _ in range(2):  # the second finds what the first left behind
                assert {answer(gateway, ANN, passing(100 + number)), answer(gateway, OUTSIDE, stopped(100 + number))} <= {451, 452}
            trigger.write_text("")
            assert answer(gateway, ANN, passing(number)) == 250
            assert answer(gateway, OUTSIDE, stopped(number)) == 250
            accepted.append(str(number))
        assert delivered(gateway, tmp_path / "outbox") == accepted
        deadline = time.monotonic() + 20
        while len(told(tmp_path / "outbox")) < len(FAULTS):  # what could not be begun is tried again after five seconds
            assert time.monotonic() < deadline, gateway.log()[-3000:]
            time.sleep(0.05)
        assert told(tmp_path / "outbox") == [JO] * len(FAULTS)
        assert len(gateway.ask("hold", "list")) == len(FAULTS)
        assert gateway.ask("records", "verify")[0]["ok"]
    finally:
        gateway.stop()
    assert gateway.ended() == 0


def test_a_store_that_somebody_else_keeps_locked_defers_and_passes(running: Gateway, disk: Path, tmp_path: Path) -> None:
    """A backup that forgot to let go: it is waited for, not for ever, and nothing leaves meanwhile."""
    locked = sqlite3.connect(disk / "gateway.db", isolation_level=None)
    try:
        locked.execute("BEGIN IMMEDIATE")
        assert answer(running, ANN, passing(1)) == 451
        assert delivered(running, tmp_path / "outbox") == []
    finally:
        locked.close()
    assert answer(running, ANN, passing(2)) == 250
    assert delivered(running, tmp_path / "outbox") == ["2"]
    assert running.ask("records", "verify")[0]["ok"]
