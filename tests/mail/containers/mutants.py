"""Damaged containers by the thousand: `python -m tests.mail.containers.mutants --count 10000` (per format; minutes).

Each must be recognised within two seconds and 256 MB, and without an exception from any of our parsers; damage never turns a plain
file into a strong one. `make fuzz` runs all, every run of the tests a hundred of each. Deterministic: the same seed makes the same mutants.
"""

import argparse
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.mail import containers
from gateway.mail.containers import ContainerError, members_of, office, recognise
from gateway.model.findings import State
from tests.mail.containers import forge as f
from tests.mail.containers import makers as m

SECONDS, MEMORY_KB = 2.0, 262_144
P = f"-p{m.PASSWORD}"
_EDGES = (b"\0", b"\xff", b"\x7f", b"\x80", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\xff" * 8)

SOURCES: dict[str, tuple[tuple[str, ...], Callable[[], bytes]]] = {
    "zip": ((), lambda: m.by_pyzipper()),
    "zip plain": ((), m.by_zipfile),
    "zip64": ((), lambda: m.by_pyzipper(zip64=True)),
    "zip nested": ((), lambda: m.by_zipfile({"a.zip": m.by_zipfile(), "b.txt": m.TEXT})),
    "7z": (("7zz",), lambda: m.by_7z(P, ending="7z")),
    "7z plain": (("7zz",), lambda: m.by_7z("-mhc=off", ending="7z")),
    "7z locked header": (("7zz",), lambda: m.by_7z(P, "-mhe=on", ending="7z")),
    "rar": ((), lambda: f.rar(f.rar_member(f.noise(2_000)), f.rar_member(m.TEXT, name=b"b.txt"))),
    "rar plain": ((), lambda: f.rar(f.rar_member(m.TEXT, locked=False))),
    "pdf": (("qpdf",), lambda: m.qpdf_locked(256)),
    "pdf plain": ((), m.plain_pdf),
    "office": ((), m.by_msoffcrypto),
    "odt": ((), m.opendocument),
    "odt plain": ((), lambda: m.opendocument("")),
    "pgp": (("gpg",), lambda: m.by_gpg("-c", "--cipher-algo", "AES256")),
    "pgp armoured": (("gpg",), lambda: m.by_gpg("-c", "-a", "--cipher-algo", "AES256")),
    "pgp plain": (("gpg",), lambda: m.by_gpg("--store", "-z0")),
    "smime": (("openssl",), lambda: m.by_openssl_cms("-encrypt", "-aes256", "-outform", "DER", "cert.pem")),
    "smime streamed": (("openssl",), lambda: m.by_openssl_cms("-encrypt", "-aes256", "-stream", "-outform", "DER", "cert.pem")),
    "age": (("age",), m.by_age),
    "tar plain": ((), m.tar),
    "gz plain": ((), lambda: m.tar("gz")),
    "xz plain": ((), lambda: m.tar("xz")),
    "bz2 plain": ((), lambda: m.tar("bz2")),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mutant that misbehaved: enough to make it again."""

    source: str
    seed: int
    what: str


def mutant(content: bytes, seed: int) -> bytes:
    """One to four edits: a changed byte or bit, an edge value, a cut, a repeat, a piece moved, the rest lost."""
    chance = random.Random(seed)
    data = bytearray(content)
    for _ in range(chance.randrange(1, 5)):
        # Headers stand at both ends of most formats: half of all edits go there.
        size = max(1, len(data))
        at = chance.choice((chance.randrange(size), chance.randrange(min(size, 128)), size - 1 - chance.randrange(min(size, 256))))
        kind = chance.randrange(7)
        length = chance.choice((1, 2, 4, 16, 200))
        if kind == 0:
            data[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 1 and data:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            edge = chance.choice(_EDGES)
            data[at : at + len(edge)] = edge
        elif kind == 3:
            del data[at : at + length]
        elif kind == 4:
            data[at:at] = data[at : at + length]
        elif kind == 5:
            other = chance.randrange(size)
            data[at : at + length] = data[other : other + length]
        else:
            del data[at : None if chance.random() < 0.3 else at + 1]
    return bytes(data)


def troubles(source: str, content: bytes, seeds: range) -> Iterator[Trouble]:
    """Recognise every mutant, read its members, and tell what went wrong."""
    plain = recognise(content).protection.state is State.NONE
    used = peak_kb()
    for seed in seeds:
        data = mutant(content, seed)
        start = time.process_time()
        container = recognise(data)
        if containers.UNREADABLE in container.notes:
            yield Trouble(source, seed, "a parser let an exception through")
        if plain and container.protection.state is State.STRONG:
            yield Trouble(source, seed, "a plain file became strong")
        try:
            for _ in members_of(data, container):
                pass
        except ContainerError:
            pass
        except Exception as error:
            yield Trouble(source, seed, f"members_of raised {type(error).__name__}")
        if time.process_time() - start > SECONDS:
            yield Trouble(source, seed, "it took too long")
        if peak_kb() - used > MEMORY_KB:
            yield Trouble(source, seed, "it took too much memory")
            used = peak_kb()  # and the next is measured from here


def peak_kb() -> int:
    """The most memory that this process ever used."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=10_000)
    options.add_argument("--only", default="")
    asked = options.parse_args()
    office.DEFAULT_PASSWORDS = ()  # 0.2 s of hashing for each mutant, and no parsing.
    found = 0
    for source, (_, make) in SOURCES.items():
        if asked.only and asked.only != source:
            continue
        start = time.process_time()
        bad = list(troubles(source, make(), range(asked.count)))
        found += len(bad)
        spent = time.process_time() - start
        print(f"{source}: {asked.count} mutants, {len(bad)} troubles, {spent:.0f} s CPU, at most {peak_kb() // 1024} MB", flush=True)
        for trouble in bad[:20]:
            print("  ", trouble, flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
