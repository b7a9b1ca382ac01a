"""How a gateway starts, is told to stop, and says that it cannot: signals at any moment, time limits, readiness, a full disk."""

import asyncio
import contextlib
import resource
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.harness import ROOT, Gateway, clean_environment, letter, wire, with_notes
from tests.smtp.fakes import FakeHop

JO, CLERK = "jo.bell@borough.gov.uk", "clerk@familylaw-llp.co.uk"
COLLEAGUE, WAITS = "ann.lee@borough.gov.uk", "rita.k1964@gmail.com"
MAIL = wire(letter(JO, [CLERK], "Papers", "As agreed."))


def relay(folder: Path, port: int, **limits: float) -> dict[str, Any]:
    to = {"relay": [f"127.0.0.1:{port}"], "tls": "none"}
    return {"routes": {"default": to, "cjsm": to, "notices": {"outbox": str(folder / "outbox")}}, "limits": limits}


def sent(gateway: Gateway) -> dict[str, tuple[int, bytes]]:
    """As `Gateway.send`, without a goodbye: a gateway that stops may say 421 to it."""
    client = smtplib.SMTP("127.0.0.1", gateway.port, timeout=60)
    try:
        return client.sendmail(JO, [CLERK], MAIL)
    finally:
        client.close()


# Signals


@pytest.mark.parametrize("after_s", [0.1, 0.3, 0.6])
def test_a_signal_that_comes_while_it_starts_is_neither_deadly_nor_lost(tmp_path: Path, after_s: float) -> None:
    gateway = Gateway(tmp_path)
    gateway.launch()
    assert gateway.process is not None
    time.sleep(after_s)  # The moment is the point: interpreter, libraries, store.
    gateway.process.send_signal(signal.SIGHUP)
    gateway.process.terminate()
    # Before its first lines ran (a busy machine) nothing is open, and SIGTERM may end it as it ends any program.
    code = gateway.ended()
    assert code == 0 or (code in (-signal.SIGTERM, -signal.SIGHUP) and '"started"' not in gateway.log())
    if code == 0:
        assert '"stopped"' in gateway.log()


async def test_what_is_under_way_is_finished_before_the_end(tmp_path: Path) -> None:
    async with FakeHop() as hop:
        gateway = Gateway(tmp_path, more=relay(tmp_path, hop.port))
        await asyncio.to_thread(gateway.start)
        gate = hop.hold("END")
        sending = asyncio.create_task(asyncio.to_thread(sent, gateway))  # noqa: TID251
        await until(lambda: "DATA" in hop.commands or any(line.startswith("BDAT") for line in hop.commands))
        assert gateway.process is not None
        gateway.process.terminate()
        await until(lambda: '"stopping"' in gateway.log())
        assert ready_or_gone(gateway) != 200
        gate.set()
        assert await sending == {}
        assert await asyncio.to_thread(gateway.ended) == 0
        assert len(hop.mails) == 1


@pytest.mark.parametrize("how", ["limit", "asked twice"])
async def test_what_never_ends_is_cut_off_and_nobody_was_told_250(tmp_path: Path, how: str) -> None:
    async with FakeHop() as hop:
        gateway = Gateway(tmp_path, more=relay(tmp_path, hop.port, drain_s=1.0 if how == "limit" else 60.0))
        await asyncio.to_thread(gateway.start)
        hop.hold("END")
        sending = asyncio.create_task(asyncio.to_thread(sent, gateway))  # noqa: TID251
        await until(lambda: "DATA" in hop.commands or any(line.startswith("BDAT") for line in hop.commands))
        assert gateway.process is not None
        gateway.process.terminate()
        if how == "asked twice":
            await until(lambda: '"stopping"' in gateway.log())
            gateway.process.terminate()
        assert await asyncio.to_thread(gateway.ended, 20.0) == 1
        assert '"cut_off"' in gateway.log()
        with pytest.raises((smtplib.SMTPException, OSError)):
            await sending


async def until(happened: Callable[[], bool], within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.02)


def ready_or_gone(gateway: Gateway) -> int:
    with contextlib.suppress(OSError):
        return gateway.ready()
    return 0


# Pause


async def test_while_paused_nobody_new_is_served_and_nothing_leaves_the_queue(tmp_path: Path) -> None:
    """Who is connected may finish; what we own of that waits with us."""
    async with FakeHop() as hop:
        gateway = Gateway(tmp_path, more=relay(tmp_path, hop.port))
        await asyncio.to_thread(gateway.start)
        settings = ("--settings", str(tmp_path / "gateway.yaml"))
        try:
            with smtplib.SMTP("127.0.0.1", gateway.port, timeout=30) as connected:
                await asyncio.to_thread(connected.ehlo)
                pause = ("pause", "--duration", "10m", "--reason", "new certificate")
                await asyncio.to_thread(gateway.command, *pause, *settings)
                await until(lambda: gateway.first_words() == 421)
                message = with_notes(letter(JO, [COLLEAGUE, WAITS], "Papers", "As agreed."))
                assert await asyncio.to_thread(connected.sendmail, JO, [COLLEAGUE, WAITS], wire(message)) == {}
                await asyncio.sleep(2.5)  # The courier looks every second.
                assert hop.mails == [] and gateway.sent() == []
            await asyncio.to_thread(gateway.command, "resume", *settings)
            await until(lambda: len(hop.mails) == 1 and len(gateway.sent("notice")) == 1)
            await until(lambda: gateway.first_words() == 220)
            assert hop.last.recipients == [COLLEAGUE]
        finally:
            await asyncio.to_thread(gateway.stop)


# Readiness


async def test_ready_means_that_a_next_hop_answers_now_and_is_not_dialled_for_every_question(tmp_path: Path) -> None:
    async with FakeHop() as hop:
        gateway = Gateway(tmp_path, more=relay(tmp_path, hop.port))
        await asyncio.to_thread(gateway.start)
        try:
            before = hop.connections
            assert {await asyncio.to_thread(gateway.ready) for _ in range(30)} == {200}
            assert hop.connections - before <= 4  # both routes lead here; one more look if the machine was slow
            await hop.stop()
            deadline = time.monotonic() + 20
            while await asyncio.to_thread(gateway.ready) == 200:
                assert time.monotonic() < deadline, "it still trusts what it remembers"
                await asyncio.sleep(0.2)
            await hop.start()
            while await asyncio.to_thread(gateway.ready) != 200:
                assert time.monotonic() < deadline + 20, "it does not recover"
                await asyncio.sleep(0.2)
        finally:
            await asyncio.to_thread(gateway.stop)


# Starts that cannot be


def serve(gateway: Gateway, *, file_bytes: int | None = None) -> "subprocess.CompletedProcess[str]":
    """One start that must end by itself."""

    def small_files() -> None:
        if file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    command = [sys.executable, "-m", "gateway", "serve", "--settings", str(gateway.settings_file())]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, env=clean_environment(), preexec_fn=small_files)


def test_a_disk_without_room_is_said_in_one_sentence(tmp_path: Path) -> None:
    run = serve(Gateway(tmp_path), file_bytes=8_192)  # keys fit, a database does not
    assert run.returncode == 2 and "Traceback" not in run.stderr
    assert str(tmp_path) in run.stderr.splitlines()[-1]


def test_a_second_gateway_at_the_same_address_says_so_and_leaves_the_first_alone(tmp_path: Path) -> None:
    with Gateway(tmp_path) as gateway:
        second = serve(gateway)
        assert second.returncode == 2 and "Traceback" not in second.stderr
        assert "address already in use" in second.stderr.splitlines()[-1]
        assert gateway.send(JO, [CLERK], MAIL) == {}


def test_a_second_gateway_on_the_same_store_is_told_about_the_first_and_nothing_goes_twice(tmp_path: Path) -> None:
    with Gateway(tmp_path) as first:
        (tmp_path / "second").mkdir()
        more = {"store": f"sqlite:///{tmp_path}/gateway.db", "keys": str(tmp_path / "keys")}
        with Gateway(tmp_path / "second", more=more) as second:
            assert '"chain_taken"' in second.log()
            for gateway in (first, second):
                assert gateway.send(JO, [CLERK], letter(JO, [CLERK], "Papers", "As agreed.")) == {}
            assert first.ask("records", "verify") == [{"ok": True, "faults": []}]
            assert len(first.sent("mail")) == len(second.sent("mail")) == 1
