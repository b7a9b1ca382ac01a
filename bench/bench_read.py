"""What reading a message costs, beside the standard library and fast-mail-parser (Apache 2.0, written in Rust) on the same files.

    python bench/bench_read.py [--rounds 9] [--json]

Prints best and median CPU milliseconds per message, megabytes of message a second, and the peak memory of reading the largest as a
multiple of it. Goals (issue 4): 4 KB <= 80 us, 25 MB at >= 1 GB/s, peak memory <= 2 x the message. Every reader parses and decodes all
parts; ours also finds the texts, names, roles and whatever is hidden, by every reading that some mail program would make.
"""

# ruff: noqa: T201 - a bench prints.

import argparse
import base64
import email
import email.policy
import gc
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gateway.mail import read  # noqa: E402 - the project need not be installed

try:
    import fast_mail_parser
except ImportError:
    fast_mail_parser = None

HEAD = (
    b"Received: from outlook.borough.gov.uk (outlook.borough.gov.uk [10.1.2.3])\r\n\tby gateway.borough.gov.uk with ESMTPS id 4XyZ;\r\n"
    b"\tSun, 22 Nov 2026 09:00:00 +0000\r\nFrom: Jo Bell <jo.bell@borough.gov.uk>\r\nTo: Sam Reid <sam.reid@nhs.net>\r\n"
    b"Subject: Papers as agreed\r\nDate: Sun, 22 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@borough.gov.uk>\r\nMIME-Version: 1.0\r\n"
)
LINE = b"The meeting agreed that the plan stays as it is until the review on Tuesday.\r\n"


def plain(size: int) -> bytes:
    """A text message of about `size` bytes."""
    head = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    return head + LINE * ((size - len(head)) // len(LINE))


def attachment(size: int) -> bytes:
    """A message with one attachment of `size` bytes."""
    content = random.Random(1).randbytes(size)
    return (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="_004_DB9PR01MB8765A1B2C3D4E5F6_"\r\n\r\n'
        + b"--_004_DB9PR01MB8765A1B2C3D4E5F6_\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + LINE * 10
        + b'--_004_DB9PR01MB8765A1B2C3D4E5F6_\r\nContent-Type: application/pdf; name="plan.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
        + b'Content-Disposition: attachment; filename="plan.pdf"\r\n\r\n'
        + base64.encodebytes(content).replace(b"\n", b"\r\n")
        + b"--_004_DB9PR01MB8765A1B2C3D4E5F6_--\r\n"
    )


def page(number: int) -> bytes:
    """A reply in plain text and HTML, with a boundary, people and words of its own."""
    edge = b"_000_LO4P265MB%012dGBRP_" % (number * 7_919)
    text = b"Dear Sam,\r\n\r\nthank you for number %d.\r\n\r\n" % number + LINE * 12 + b"\r\n> " + LINE * 2
    return (
        HEAD.replace(b"sam.reid", b"sam.reid%d" % number).replace(b"<1@", b"<%d@" % number)
        + b'Content-Type: multipart/alternative; boundary="%b"\r\n\r\n--%b\r\n' % (edge, edge)
        + b'Content-Type: text/plain; charset="iso-8859-1"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n%b--%b\r\n' % (text, edge)
        + b'Content-Type: text/html; charset="iso-8859-1"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
        + b'<html><head><meta content=3D"text/html"></head><body><p style=3D"margin:0">%b</p></body></html>\r\n--%b--\r\n' % (text, edge)
    )


FILES: dict[str, Callable[[], tuple[bytes, ...]]] = {
    "4 KB text": lambda: (plain(4_096),),
    "4 KB in two parts": lambda: (attachment(2_000),),
    "forty replies of 4 KB": lambda: tuple(map(page, range(40))),
    "1 MB attachment": lambda: (attachment(1_000_000),),
    "10 MB attachment": lambda: (attachment(10_000_000),),
    "25 MB attachment": lambda: (attachment(25_000_000),),
}


def _stdlib(policy: email.policy.Policy) -> Callable[[bytes], object]:  # type: ignore[type-arg]  # The stub's parameter is newer than 3.11.
    def parse(raw: bytes) -> object:
        message = email.message_from_bytes(raw, policy=policy)
        return [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]

    return parse


READERS: dict[str, Callable[[bytes], object]] = {
    "gateway": read,
    "stdlib compat32": _stdlib(email.policy.compat32),
    "stdlib SMTP": _stdlib(email.policy.SMTP),
}
if fast_mail_parser is not None:
    READERS["fast-mail-parser"] = lambda raw: [attachment.content for attachment in fast_mail_parser.parse_email(raw).attachments]


def measure(reader: Callable[[bytes], object], raws: tuple[bytes, ...], rounds: int) -> list[float]:
    """Seconds per message, of each round; small messages are read many times a round."""
    times = []
    count = max(1, 400_000 // sum(map(len, raws)))
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(count):
            for raw in raws:
                reader(raw)
        times.append((time.process_time() - start) / count / len(raws))
    return times


def apart(reader: str, file: str, rounds: int) -> list[float]:
    """The same in a process of its own: a large message is slower to read where another reader has left its memory in pieces."""
    code = f"from bench.bench_read import FILES, READERS, measure\nprint(measure(READERS[{reader!r}], FILES[{file!r}](), {rounds}))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    times: list[float] = json.loads(run.stdout)
    return times


def peak(reader: str, raw: bytes) -> float:
    """What a process that holds the message and reads it needs beyond an idle one, as a multiple of the message.

    A process of its own each: what an earlier reader took stays with the process.
    """
    start = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom bench.bench_read import READERS\n"
    most = "print(int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) * 1024)"
    with tempfile.NamedTemporaryFile() as file:
        file.write(raw)
        file.flush()
        busy = _output(start + f"raw = open({file.name!r}, 'rb').read()\nmessage = READERS[{reader!r}](raw)\n" + most)
    return (busy - _output(start + most)) / len(raw)


def _output(code: str) -> int:
    return int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if fast_mail_parser is None and not options.json:
        print("fast-mail-parser is not measured: no wheel of it is installed (requirements/bench.txt), or none fits this machine")
    gc.freeze()  # As `gateway serve` does: what was loaded is not looked through again and again.
    for file, make in FILES.items():
        raws = make()
        raw = raws[0]
        for name, reader in READERS.items():
            times = measure(reader, raws, options.rounds) if len(raw) < 5_000_000 else apart(name, file, 5)
            best, median = min(times), statistics.median(times)
            row = {"file": file, "reader": name, "best_ms": best * 1e3, "median_ms": median * 1e3, "mb_s": len(raw) / best / 1e6}
            if len(raw) > 20_000_000:
                row["peak_memory"] = peak(name, raw)
            if options.json:
                print(json.dumps(row))
            else:
                memory = f", peak memory {row['peak_memory']:.2f} x the message" if "peak_memory" in row else ""
                print(f"{file:20} {name:18} best {best * 1e3:9.3f} ms, median {median * 1e3:9.3f} ms, {row['mb_s']:7.0f} MB/s{memory}")


if __name__ == "__main__":
    main()
