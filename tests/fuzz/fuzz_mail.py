"""Fuzzing the reader: no bytes make it raise, take over two seconds, or grow by more than 256 MB.

`python -m tests.fuzz.fuzz_mail --seconds 60` mutates our hostile messages (and the corpus beside the project, where it is there);
`--messages 1000000` runs until that many were read; `--atheris` hands over to libFuzzer with coverage, for as long as it is let.
What fails is written to `var/fuzz/` and named.
"""
# ruff: noqa: E501 - tokens are read along their lines

import argparse
import hashlib
import random
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.mail.laws import check_laws
from tests.mail.vectors import all_cases

ROOT = Path(__file__).resolve().parent.parent.parent
CORPUS = ROOT.parent / "shared" / "corpus" / "emails"
MOST_SECONDS = 2.0
MOST_GROWTH_KB = 262_144
# Larger seeds only slow the search down; their structure is in the smaller ones.
MOST_SEED_BYTES = 60_000
# What readers decide by: put in at random places, it makes new structures faster than random bytes do.
TOKENS = (
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\n\n", b"\0", b" ", b"\t", b":", b";", b"=", b'"', b"\\", b"(", b")", b"--", b"--edge", b"--edge--",
    b"Content-Type: ", b"Content-Transfer-Encoding: ", b"Content-Disposition: attachment; filename=", b"base64", b"quoted-printable",
    b"multipart/mixed; boundary=edge", b"message/rfc822", b"application/ms-tnef", b"text/html", b"=?utf-8?q?", b"?=", b"*0*=utf-8''", b"begin 644 x\r\n",
    b"=ybegin ", b"data:;base64,", b"\x78\x9f\x3e\x22", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x30\x80", b"\xff\xff\xff\xff", b"\x00\x00\x00\x80",
)  # fmt: skip


@dataclass(slots=True)
class Report:
    """What a run saw."""

    messages: int = 0
    slowest_s: float = 0.0
    growth_kb: int = 0
    failures: tuple[str, ...] = ()


def seeds() -> list[bytes]:
    """Our own hostile messages, and real ones where they are at hand."""
    own = [case.raw for case in all_cases() if len(case.raw) <= MOST_SEED_BYTES]
    real = [path.read_bytes() for path in sorted(CORPUS.rglob("*")) if path.is_file()] if CORPUS.is_dir() else []
    return own + [raw for raw in real if len(raw) <= MOST_SEED_BYTES]


def mutate(raw: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """One to eight changes: bytes flipped, cut, doubled, tokens put in, a piece of another message spliced in."""
    out = bytearray(raw)
    for _ in range(chance.randint(1, 8)):
        at = chance.randint(0, len(out))
        end = min(len(out), at + chance.choice((0, 1, 2, 8, 40, 400)))
        kind = chance.randrange(6)
        if kind == 0 and at < len(out):
            out[at] = chance.randrange(256)
        elif kind == 1:
            del out[at:end]
        elif kind == 2:
            out[at:at] = out[at:end]
        elif kind == 3:
            out[at:end] = chance.choice(TOKENS)
        elif kind == 4:
            other = chance.choice(others)
            start = chance.randint(0, len(other))
            out[at:end] = other[start : start + chance.choice((10, 100, 1_000))]
        else:
            out[at:at] = chance.choice(TOKENS) * chance.choice((1, 2, 20))
    return bytes(out)


def run(*, seconds: float, messages: int, seed: int) -> Report:
    """Read mutated messages until the time is over or the number is reached."""
    chance = random.Random(seed)
    pool = seeds()
    report = Report()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    end = time.monotonic() + seconds
    while report.messages < messages and time.monotonic() < end:
        raw = mutate(chance.choice(pool), pool, chance)
        fault, took = _read(raw)
        report.messages += 1
        report.slowest_s = max(report.slowest_s, took)
        if fault:
            report.failures += (_keep(raw, fault),)
    report.growth_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if report.growth_kb > MOST_GROWTH_KB:
        report.failures += (f"memory grew by {report.growth_kb // 1024} MB",)
    return report


def _read(raw: bytes) -> tuple[str, float]:
    """(what went wrong or '', CPU seconds)."""
    start = time.process_time()
    try:
        check_laws(raw)
    except Exception as error:  # The finding of a fuzzer is any exception.
        return f"{type(error).__name__}: {error}", 0.0
    took = time.process_time() - start
    return (f"took {took:.1f} s" if took > MOST_SECONDS else ""), took


def _keep(raw: bytes, fault: str) -> str:
    folder = ROOT / "var" / "fuzz"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"mail-{hashlib.sha256(raw).hexdigest()[:16]}.eml"
    path.write_bytes(raw)
    return f"{path.relative_to(ROOT)}: {fault}"


def with_atheris(arguments: list[str]) -> None:
    """Coverage-guided: runs until libFuzzer stops."""
    import atheris

    for name in [name for name in sys.modules if name.startswith(("gateway.mail", "tests.mail.laws"))]:
        del sys.modules[name]  # Imported by now without instruments.
    with atheris.instrument_imports(include=["gateway.mail"]):
        from tests.mail.laws import check_laws as instrumented

    def one(data: bytes) -> None:
        instrumented(data)

    atheris.Setup([sys.argv[0], "-timeout=2", "-rss_limit_mb=1024", *arguments], one)
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--messages", type=int, default=sys.maxsize)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--atheris", action="store_true", help="further arguments go to libFuzzer")
    options, rest = parser.parse_known_args()
    if options.atheris:
        with_atheris(rest)
        return 0
    report = run(seconds=options.seconds, messages=options.messages, seed=options.seed)
    print(f"{report.messages} messages, slowest {report.slowest_s:.3f} s, memory grew by {report.growth_kb // 1024} MB")
    for failure in report.failures:
        print(failure)
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
