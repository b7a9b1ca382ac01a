"""`make fuzz`: every fuzzer in turn: messages, documents, containers. Each ends by itself; the exit status is the worst."""

import subprocess
import sys

FUZZERS = (
    ("tests.fuzz.fuzz_mail", "--seconds", "60"),
    ("tests.fuzz.fuzz_text", "--seconds", "60"),
    ("tests.mail.containers.mutants", "--count", "10000"),
)


def main() -> int:
    return max(subprocess.run([sys.executable, "-m", *words], check=False).returncode for words in FUZZERS)


if __name__ == "__main__":
    sys.exit(main())
