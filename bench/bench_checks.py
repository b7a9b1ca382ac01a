"""How long the checks take: quiet text, text with hits, subjects, start, and a megabyte of hostile text. `python bench/bench_checks.py`

CPU time, medians of several rounds, on one core. Goals (issue 8): quiet <= 25 us per KB, with hits <= 300 us per KB, subject p50 <= 60 us,
start <= 0.3 s with the saved engine, hostile megabytes under 1 s and linear.

Beside Presidio (MIT) on the same texts, where one is installed in an environment of its own (the gateway never needs it):

    python3 -m venv /tmp/presidio && /tmp/presidio/bin/pip install --require-hashes -r requirements/presidio.txt
    PRESIDIO_PYTHON=/tmp/presidio/bin/python python bench/bench_checks.py
"""

# ruff: noqa: T201 - a bench prints.
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gateway.checks import compile_engine, inspect_text  # noqa: E402  # after the path

QUIET = (
    "The depot opens at seven on Monday and the crews start with the northern rounds. Please bring gloves, boots and a flask of tea. " * 32
)
TALE = (
    "I would like to refer Kayleigh Thompson (dob 03/04/2015) of 12 High Street, Northwick. There are concerns about neglect at home. "
    "Her mother is Stacey Thompson, tel 07700 900123.\n\n"
)
BUSY = TALE + QUIET
SUBJECTS = (
    "Papers for Thursday",
    "LAC review - Kayleigh Thompson",
    "Re: Thomas Street roadworks",
    "Invoice 4010232137",
    "Clark family",
    "Rota for June",
)
HOSTILE = {
    "A": "A" * 1_000_000,
    "digits": "1 " * 500_000,
    "names": "Aa Bb " * 170_000,
    "titles": "Mr Smith " * 110_000,
    "born": "born on " * 125_000,
    "zero width": "a\u200b" * 500_000,
    "tags": "<b" * 500_000,
    "entities": "&#65;" * 200_000,
    "abuse": "Kelly Jones was abused. " * 41_000,
    "labels": "Name: Jo\n" * 110_000,
    "commas": "Jo Bell,1,2\n" * 83_000,
    "quotes": "> " * 500_000,
    "spaces": " " * 1_000_000,
    "password": "password is is is " * 55_000,
    "OFFICIAL": "OFFICIAL" + " " * 1_000_000,
}
START = (
    "import sys,time;t=time.process_time();from gateway.checks import inspect_text,load_engine;"
    "load_engine(open(sys.argv[1],'rb').read());inspect_text('LAC review - Kayleigh Thompson','subject');print(time.process_time()-t)"
)


def cpu_s(text: str, channel: str, rounds: int = 5) -> float:
    """Median CPU seconds of one look."""
    spent = []
    for _ in range(rounds):
        begun = time.process_time()
        inspect_text(text, channel)
        spent.append(time.process_time() - begun)
    return statistics.median(spent)


def start_s() -> float:
    """CPU seconds from import to the first verdict in a fresh process with the saved engine."""
    with tempfile.NamedTemporaryFile() as saved:
        saved.write(compile_engine())
        saved.flush()
        runs = [subprocess.run([sys.executable, "-c", START, saved.name], cwd=ROOT, capture_output=True, check=True) for _ in range(5)]
    return statistics.median(float(run.stdout) for run in runs)


PEER_ROUNDS = 10
"""Presidio takes 100 ms for a text that takes us one."""


def beside_presidio() -> None:
    """The same texts through Presidio, in a process of its own; a line that says how, where there is none."""
    python = os.environ.get("PRESIDIO_PYTHON", sys.executable)
    subjects = {f"subject {number}": subject for number, subject in enumerate(SUBJECTS)}
    asked = json.dumps({"rounds": PEER_ROUNDS, "texts": {"quiet": QUIET, "with hits": BUSY, **subjects}})
    run = subprocess.run([python, str(ROOT / "bench" / "peer_presidio.py")], input=asked, capture_output=True, text=True, check=False)
    if run.returncode:
        why = "not installed" if "presidio_analyzer" in run.stderr else run.stderr.strip().rpartition("\n")[2]
        print(f"{'Presidio':12} {why}; the top of this file says how to install it")
        return
    told = json.loads(run.stdout.splitlines()[-1])
    for name, text in (("quiet", QUIET), ("with hits", BUSY)):
        theirs, ours = told["seconds"][name], cpu_s(text, "body", 200)
        print(f"{'Presidio':12} {theirs * 1e6 / (len(text) / 1024):8.1f} us/KB   ({name}; {theirs / ours:.0f} times ours)")
    theirs = statistics.median(told["seconds"][name] for name in subjects)
    ours = statistics.median(cpu_s(subject, "subject", 500) for subject in SUBJECTS)
    print(f"{'Presidio':12} {theirs * 1e6:8.1f} us p50     (subject; {theirs / ours:.0f} times ours)")
    print(f"{'Presidio':12} {told['start']:8.3f} s         (start)")


def main() -> None:
    inspect_text(BUSY, "body")
    inspect_text(SUBJECTS[1], "subject")
    for name, text in (("quiet", QUIET), ("with hits", BUSY)):
        print(f"{name:12} {cpu_s(text, 'body', 200) * 1e6 / (len(text) / 1024):8.1f} us/KB   ({len(text)} bytes)")
    print(f"{'subject':12} {statistics.median(cpu_s(subject, 'subject', 500) for subject in SUBJECTS) * 1e6:8.1f} us p50")
    print(f"{'start':12} {start_s():8.3f} s")
    for name, text in HOSTILE.items():
        half, whole = cpu_s(text[: len(text) // 2], "body", 1), cpu_s(text, "body", 1)
        print(f"{name:12} {whole:8.3f} s/MB   x{whole / max(half, 1e-6):.1f} for twice the text")
    beside_presidio()


if __name__ == "__main__":
    main()
