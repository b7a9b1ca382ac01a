"""What relaying costs: CPU time of listener and client per message, beside Postfix's proxy filter doing the same.

smtp-source -> relay -> smtp-sink on loopback; no policy, no records. Run from the root of the project, as root for Postfix:
    python bench/bench_relay.py [--messages 3000] [--rounds 3] [--profile]
Prints one JSON object per line: CPU ms per message (user and system, all processes of the relay) and messages per second.
"""

# ruff: noqa: T201 - a bench prints.

import argparse
import asyncio
import cProfile
import ipaddress
import json
import os
import pstats
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

TICKS = os.sysconf("SC_CLK_TCK")
# CPU in a second of a gateway that waits: watchdogs and timers.
BUSY_S = 0.03
CASES = {"4k_kept": (4_000, 20, True), "4k_new": (4_000, 20, False), "10m": (10_000_000, 2, True)}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def listening(port: int) -> None:
    for _ in range(900):
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as client:
                if client.recv(3) == b"220":
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and all its descendants, also those that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS + sum(cpu_s(int(child)) for child in children)


def settled(pid: int) -> None:
    """Return once the processes have nothing to do: what a start costs (check workers load beside the open listener) is not relaying."""
    before = -1.0
    while (now := cpu_s(pid)) - before > BUSY_S:
        before = now
        time.sleep(1)


@contextmanager
def sink() -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen(["smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "1000"])
    try:
        listening(port)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def ours(upstream: int, profile: bool) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, __file__, "--serve", str(port), "--upstream", str(upstream), *(["--profile"] if profile else [])]
    process = subprocess.Popen(command)
    try:
        listening(port)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


@contextmanager
def postfix(upstream: int) -> Iterator[tuple[int, int]]:
    from tests.smtp.test_clients import Postfix, folder_for_servers

    port = free_port()
    # One loop for start and stop: the end of a loop is the end of its processes.
    with folder_for_servers() as folder, asyncio.Runner() as runner:
        server = Postfix(folder)
        main = {"message_size_limit": "60000000", "smtpd_client_connection_count_limit": "0", "default_process_limit": "200"}
        runner.run(server.start(main, f"127.0.0.1:{port} inet n - n - - smtpd -o smtpd_proxy_filter=127.0.0.1:{upstream}\n"))
        try:
            listening(port)
            yield port, int((folder / "queue/pid/master.pid").read_text())
        finally:
            runner.run(server.stop())


def load(
    port: int, size: int, sessions: int, kept: bool, messages: int, sender: str = "a@b.example", recipient: str = "c@d.example"
) -> float:
    command = ["smtp-source", "-s", str(sessions), "-m", str(messages), "-l", str(size), "-f", sender, "-t", recipient]
    start = time.monotonic()
    subprocess.run([*command, *(["-d"] if kept else []), f"127.0.0.1:{port}"], check=True)
    return time.monotonic() - start


def measure(name: str, port: int, pid: int, messages: int) -> dict[str, tuple[float, float]]:
    figures = {}
    settled(pid)
    for case, (size, sessions, kept) in CASES.items():
        count = max(10, messages // (100 if size > 1_000_000 else 1))
        load(port, size, sessions, kept, max(10, count // 10))
        before = cpu_s(pid)
        seconds = load(port, size, sessions, kept, count)
        figures[case] = ((cpu_s(pid) - before) / count * 1_000, count / seconds)
    return figures


def compare(rounds: int, messages: int, profile: bool) -> None:
    seen: dict[str, list[dict[str, tuple[float, float]]]] = {}
    for _ in range(rounds):
        with sink() as upstream:
            with ours(upstream, profile) as (port, pid):
                seen.setdefault("gateway", []).append(measure("gateway", port, pid, messages))
            if os.geteuid() == 0 and not profile:
                with postfix(upstream) as (port, pid):
                    seen.setdefault("postfix_proxy", []).append(measure("postfix_proxy", port, pid, messages))
    for name, runs in seen.items():
        words: dict[str, object] = {"relay": name, "rounds": len(runs)}
        for case in CASES:
            words[f"{case}_cpu_ms"] = round(median(run[case][0] for run in runs), 3)
            words[f"{case}_per_s"] = round(median(run[case][1] for run in runs), 1)
        print(json.dumps(words))


async def serve(port: int, upstream: int) -> None:
    from gateway.model.settings import ClientRule, Host, Limits, ListenPoint, RouteSettings
    from gateway.smtp.client import RelayRoute
    from gateway.smtp.listener import Listener
    from tests.smtp.fakes import RelayDoor

    limits = Limits()
    route = RelayRoute(RouteSettings("default", relay=(Host("127.0.0.1", upstream),)), "gateway.example", limits)
    await route.probe()
    point = ListenPoint("127.0.0.1", port, (ClientRule(ipaddress.ip_network("127.0.0.0/8")),))
    listener = Listener([point], RelayDoor(route), "gateway.example", limits)
    await listener.start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await listener.stop(1)
    await route.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="show where our own time goes (figures are then not comparable)")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--upstream", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if not asked.serve:
        return compare(asked.rounds, asked.messages, asked.profile)
    import uvloop

    profiler = cProfile.Profile()
    if asked.profile:
        profiler.enable()
    uvloop.run(serve(asked.serve, asked.upstream))
    if asked.profile:
        profiler.disable()
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(35)
    return None


if __name__ == "__main__":
    main()
