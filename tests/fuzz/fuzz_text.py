"""Fuzzing the readers of documents: whatever is changed in a file, it is answered, within two seconds.

`python -m tests.fuzz.fuzz_text --seconds 60` mutates a small document of every type, the parts of packages as well as the packages.
"""

import argparse
import random
import sys
import time

from gateway.mail.text import extract
from tests.mail.text.test_robustness import SAMPLES, mutated, unzipped_and_mutated

MOST_SECONDS = 2.0


def run(seconds: float, chance: random.Random) -> tuple[int, float]:
    """Documents read, and the CPU seconds of the slowest."""
    samples = {kind: make() for kind, make in SAMPLES.items()}
    kinds, count, slowest = sorted(samples), 0, 0.0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        kind = kinds[count % len(kinds)]
        change = unzipped_and_mutated if samples[kind].startswith(b"PK") and chance.random() < 0.7 else mutated
        content = change(samples[kind], chance)
        before = time.process_time()
        document = extract(content, kind)
        took = time.process_time() - before
        if took > MOST_SECONDS or not (document.complete or document.why):
            raise SystemExit(f"{kind}, {took:.1f} s: {content!r}")
        count, slowest = count + 1, max(slowest, took)
    return count, slowest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    count, slowest = run(options.seconds, random.Random(seed))
    sys.stdout.write(f"{count:,} documents, none unanswered, the slowest took {slowest:.3f} s (seed {seed})\n")


if __name__ == "__main__":
    main()
