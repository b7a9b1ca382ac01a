"""Scores the command itself: `python ../shared/evaluation/score.py DATA.jsonl bench.inspect_adapter:detect --path .`

Starts one `gateway inspect --jsonl` and talks to it line by line. Without the process: gateway.checks.scoring:detect.
"""

import json
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@lru_cache(maxsize=1)
def _command() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gateway", "inspect", "--jsonl"]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, encoding="utf-8")


def detect(text: str, channel: str) -> dict[str, object]:
    """One text through the command: `{confidential, score, people, entities}`."""
    command = _command()
    assert command.stdin is not None and command.stdout is not None  # both are pipes, asked for above
    command.stdin.write(json.dumps({"id": "1", "channel": channel, "text": text}) + "\n")
    command.stdin.flush()
    seen = json.loads(command.stdout.readline())
    entities = [[found["kind"], found["start"], found["end"]] for found in seen["findings"]]
    return {"confidential": seen["confidential"], "score": seen["score"], "people": seen["people"], "entities": entities}
