"""What systemd hears and gives: ready, signs of life, stopping; sockets that it holds; units that it understands."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import ROOT, Gateway, clean_environment, letter, wire

JO, CLERK = "jo.bell@borough.gov.uk", "clerk@familylaw-llp.co.uk"
MAIL = wire(letter(JO, [CLERK], "Papers", "As agreed."))


@contextlib.contextmanager
def notifications(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(path))
        channel.settimeout(20)
        yield channel


AS_SYSTEMD = """
import fcntl, os, sys
numbers = [int(word) for word in sys.argv[1].split(",") if word]
held = [fcntl.fcntl(number, fcntl.F_DUPFD, 100) for number in numbers]  # away from the numbers that are given out below
for place, number in enumerate(held, 3):
    os.dup2(number, place)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


def launched(gateway: Gateway, environment: dict[str, str], *held: socket.socket) -> "subprocess.Popen[bytes]":
    """As systemd would: sockets from number 3 on, and LISTEN_PID says whom they are for."""
    numbers = tuple(each.fileno() for each in held)
    words = ["-m", "gateway", "serve", "--settings", str(gateway.settings_file())]
    command = [sys.executable, "-c", AS_SYSTEMD, ",".join(map(str, numbers)), *words]
    with (gateway.folder / "log").open("ab") as log:
        environment = {**clean_environment(), **environment}
        gateway.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=environment, pass_fds=numbers)
    return gateway.process


def test_systemd_hears_that_it_is_ready_alive_and_stopping(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path)
    with notifications(tmp_path / "notify") as channel:
        process = launched(gateway, {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1000000"})
        try:
            assert channel.recv(99) == b"READY=1"
            assert {channel.recv(99) for _ in range(3)} == {b"WATCHDOG=1"}
            process.send_signal(signal.SIGSTOP)
            time.sleep(1.5)
            channel.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while channel.recv(99):
                    pass  # what was on its way
            with pytest.raises(BlockingIOError):
                channel.recv(99)  # a process that hangs says nothing
            process.send_signal(signal.SIGCONT)
            channel.settimeout(20)
            process.terminate()
            while (words := channel.recv(99)) != b"STOPPING=1":
                assert words == b"WATCHDOG=1"
            assert gateway.ended() == 0
        finally:
            process.kill()
            process.wait()


def test_sockets_that_systemd_holds_are_used_and_take_connections_before_it_runs(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as smtp, socket.create_server(("127.0.0.1", 0)) as console:
        gateway.port, gateway.console = smtp.getsockname()[1], console.getsockname()[1]
        early = socket.create_connection(("127.0.0.1", gateway.port))
        names = {"LISTEN_FDS": "2", "LISTEN_FDNAMES": "smtp:console"}
        process = launched(gateway, names, smtp, console)
    try:
        early.settimeout(20)
        assert early.recv(3) == b"220"
        assert gateway.send(JO, [CLERK], MAIL) == {}
        assert gateway.ready() == 200
    finally:
        early.close()
        process.terminate()
        assert gateway.ended() == 0


def test_a_socket_that_no_listen_point_asks_for_is_refused(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as stray:
        process = launched(gateway, {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "smtp"}, stray)
    assert process.wait(30) == 2
    assert "for which the settings have no listen point" in gateway.log()


@pytest.mark.tools("systemd-analyze")
def test_the_units_are_what_systemd_understands(tmp_path: Path) -> None:
    for unit in ("gateway.service", "gateway.socket"):
        text = (ROOT / "deploy" / unit).read_text()
        (tmp_path / f"secure-mail-{unit}").write_text(text.replace("/opt/secure-mail-gateway/.venv/bin/gateway", "/bin/true"))
    units = [str(tmp_path / f"secure-mail-{unit}") for unit in ("gateway.service", "gateway.socket")]
    run = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, timeout=60)
    assert [line for line in run.stderr.splitlines() if "secure-mail" in line] == []
