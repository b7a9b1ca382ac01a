"""`python -m bench`: every measurement, one JSON line per figure."""

# ruff: noqa: T201 - a bench prints.

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run each bench in a process of its own, so that none warms or burdens another."""
    worst = 0
    for file in sorted(Path(__file__).parent.glob("bench_*.py")):
        print(f"# {file.name}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", f"bench.{file.stem}"], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
