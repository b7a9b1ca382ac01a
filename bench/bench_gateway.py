"""What the whole gateway costs: CPU per message with durable records, with every check and with none, beside Postfix's proxy filter.

smtp-source -> gateway -> smtp-sink on loopback. Run from the root of the project, as root for Postfix:
    python bench/bench_gateway.py [--messages 2000] [--rounds 3] [--profile FOLDER]
`records_only` is the gateway with a judge that reads no content: what remains is what Postfix does too, and the records.
`..._distribution`: the same by the distribution's Python, where this is another one.
"""

# ruff: noqa: T201 - a bench prints.

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import bench_relay  # noqa: E402 - the project's root has to be on the path first
from bench.bench_relay import CASES, cpu_s, free_port, listening, postfix, settled, sink  # noqa: E402 - as above
from bench.unread import SENDER  # noqa: E402 - as above

RECIPIENT = "clerk@familylaw-llp.co.uk"
Peer = Callable[[int], AbstractContextManager[tuple[int, int]]]


@contextmanager
def gateway(upstream: int, program: Sequence[str], python: str = sys.executable) -> Iterator[tuple[int, int]]:
    """A gateway with the shipped policy and every route to one next hop; `program` takes its settings."""
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        relay = {"relay": [f"127.0.0.1:{upstream}"], "tls": "none"}
        settings = {
            "listen": [{"address": "127.0.0.1", "port": port, "clients": [{"from": "127.0.0.0/8", "organisation": "borough"}]}],
            "routes": dict.fromkeys(("default", "cjsm", "notices"), relay),
            "store": f"sqlite:///{name}/gateway.db",
            "keys": f"{name}/keys",
            "policy": str(ROOT / "policies"),
            "console": {"address": "127.0.0.1", "port": free_port()},
        }
        file = Path(name) / "gateway.yaml"
        file.write_text(json.dumps(settings))
        # What is installed for this Python serves another of the same version.
        command = [python, *program, "--settings", str(file)]
        paths = os.environ | {"PYTHONPATH": sysconfig.get_path("purelib")}
        with (Path(name) / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=paths)
        try:
            listening(port)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait()


def distribution() -> str:
    """The distribution's Python of this version, where this is another one: it is what a council runs, and built with profiles. Else ''."""
    theirs = Path(f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}")
    return str(theirs) if theirs.exists() and not theirs.samefile(os.path.realpath(sys.executable)) else ""


def load(port: int, size: int, sessions: int, kept: bool, messages: int) -> float:
    return bench_relay.load(port, size, sessions, kept, messages, SENDER, RECIPIENT)


def measure(port: int, pid: int, messages: int, cases: Sequence[str]) -> dict[str, tuple[float, float]]:
    figures = {}
    settled(pid)
    for case in cases:
        size, sessions, kept = CASES[case]
        count = max(10, messages // (100 if size > 1_000_000 else 1))
        load(port, size, sessions, kept, max(10, count // 10))
        before = cpu_s(pid)
        seconds = load(port, size, sessions, kept, count)
        figures[case] = ((cpu_s(pid) - before) / count * 1_000, count / seconds)
    return figures


def gateways(profile: str | None) -> dict[str, Peer]:
    whole: tuple[str, ...] = ("-m", "gateway", "serve")
    unread: tuple[str, ...] = ("-m", "bench.unread")
    if profile:
        whole = ("-m", "cProfile", "-o", f"{profile}/gateway.profile", *whole)
        unread = (*unread, "--profile", f"{profile}/records_only.profile")
    ours: dict[str, Peer] = {
        "gateway": lambda upstream: gateway(upstream, whole),
        "records_only": lambda upstream: gateway(upstream, unread),
    }
    theirs = distribution()
    if theirs and not profile:
        ours["gateway_distribution"] = lambda upstream: gateway(upstream, whole, theirs)
        ours["records_only_distribution"] = lambda upstream: gateway(upstream, unread, theirs)
    return ours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", nargs="+", help="only these")
    parser.add_argument("--cases", nargs="+", default=list(CASES), help="only these")
    parser.add_argument("--profile", help="leave cProfiles of the gateway in this folder")
    asked = parser.parse_args()
    peers = gateways(asked.profile)
    if os.geteuid() == 0 and not asked.profile:
        peers["postfix_proxy"] = postfix
    peers = {name: peer for name, peer in peers.items() if name in (asked.peers or peers)}
    seen: dict[str, list[dict[str, tuple[float, float]]]] = {name: [] for name in peers}
    for _ in range(asked.rounds):
        for name, peer in peers.items():
            with sink() as upstream, peer(upstream) as (port, pid):
                seen[name].append(measure(port, pid, asked.messages, asked.cases))
    for name, runs in seen.items():
        words: dict[str, object] = {"peer": name, "rounds": len(runs)}
        for case in asked.cases:
            words[f"{case}_cpu_ms"] = round(median(run[case][0] for run in runs), 3)
            words[f"{case}_per_s"] = round(median(run[case][1] for run in runs), 1)
        print(json.dumps(words))


if __name__ == "__main__":
    main()
