"""How long recognising a 25 MB container takes, in CPU milliseconds (median of several), one JSON object per line.

    python bench/bench_containers.py [--megabytes 25] [--rounds 7]

Goals: 5 ms for zip, 7z, rar and Office, 30 ms for PDF. `trials_ms` is what trying the default passwords costs on top (Office asks for
100,000 rounds of SHA-512 per word; no other format costs more than 6 ms): that part belongs to a worker.
"""

# ruff: noqa: T201 - a bench prints.

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gateway.mail.containers import office, pdf, recognise, zips
from tests.mail.containers import forge as f
from tests.mail.containers import makers as m

GOALS_MS = {"zip": 5, "7z": 5, "rar": 5, "office": 5, "pdf": 30}


def makers(size: int) -> dict[str, Callable[[], bytes]]:
    noise = os.urandom(size)
    big = {"plan.bin": noise}
    many = {f"plan{number}.bin": noise[number * (size // 100) : (number + 1) * (size // 100)] for number in range(100)}
    parts = m.DOCX_PARTS | {"word/media/film.png": noise}
    password = f"-p{m.PASSWORD}"
    return {
        "zip": lambda: m.by_pyzipper(files=big, method=0),
        "zip of 100": lambda: m.by_pyzipper(files=many, method=0),
        "zip not locked": lambda: m.by_zipfile(big, 0),
        "7z": lambda: m.by_7z(password, "-mx0", ending="7z", files=big),
        "7z of 100": lambda: m.by_7z(password, "-mx0", "-ms=off", ending="7z", files=many),
        "rar": lambda: f.rar(f.rar_member(noise)),
        "office": lambda: m.by_msoffcrypto(content=m.by_zipfile(parts, 0)),
        "office not locked": lambda: m.by_zipfile(parts, 0),
        "pdf": lambda: m.qpdf_locked(256, content=m.with_metadata(noise)),
        "pdf not locked": lambda: m.with_metadata(noise),
        "pgp": lambda: m.by_gpg("-c", "-z0", "--cipher-algo", "AES256", content=noise),
        "pgp armoured": lambda: m.by_gpg("-c", "-z0", "-a", "--cipher-algo", "AES256", content=noise),
        "smime": lambda: m.by_openssl_cms("-encrypt", "-binary", "-aes256", "-outform", "DER", "cert.pem", content=noise),
        "smime streamed": lambda: m.by_openssl_cms(
            "-encrypt", "-binary", "-aes256", "-stream", "-outform", "DER", "cert.pem", content=noise
        ),
        "age": lambda: m.by_age(content=noise),
        "random": lambda: b"\1" + noise,
        "jpeg": lambda: b"\xff\xd8\xff\xe0" + noise,
    }


def cpu_ms(content: bytes, rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        recognise(content, "plan.docx")
        taken.append(time.process_time() - start)
    return round(1_000 * median(taken), 2)


def without_trials(content: bytes, rounds: int) -> float:
    """The same with no default password to try."""
    kept = office.DEFAULT_PASSWORDS, pdf.DEFAULT_PASSWORDS, zips.DEFAULT_PASSWORDS
    office.DEFAULT_PASSWORDS = pdf.DEFAULT_PASSWORDS = zips.DEFAULT_PASSWORDS = ()
    try:
        return cpu_ms(content, rounds)
    finally:
        office.DEFAULT_PASSWORDS, pdf.DEFAULT_PASSWORDS, zips.DEFAULT_PASSWORDS = kept


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=25)
    options.add_argument("--rounds", type=int, default=7)
    asked = options.parse_args()
    missed = 0
    for name, make in makers(asked.megabytes * 1_000_000).items():
        try:
            content = make()
        except (FileNotFoundError, RuntimeError) as error:
            print(json.dumps({"bench": "containers", "format": name, "skipped": str(error)[:80]}))
            continue
        whole, bare = cpu_ms(content, asked.rounds), without_trials(content, asked.rounds)
        goal = GOALS_MS.get(name.split()[0])
        state = recognise(content, "plan.docx").protection.state
        line = {"bench": "containers", "format": name, "megabytes": round(len(content) / 1e6, 1), "state": state, "cpu_ms": bare}
        print(json.dumps(line | {"trials_ms": round(max(0.0, whole - bare), 2), "goal_ms": goal}), flush=True)
        missed += bool(goal and bare > goal)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
