"""A start is quick because it loads what every message needs, and nothing more."""

import json
import subprocess
import sys
from pathlib import Path

from tests.harness import clean_environment

# Each costs between 30 and 200 ms of CPU at every start of every test; they load with the first message, notice or remedy that needs them.
LATER = {"pypdf", "pypdfium2", "pyzipper", "msoffcrypto", "Cryptodome", "selectolax", "python_calamine", "jinja2", "asyncpg", "aiohttp"}


def test_what_only_some_messages_need_is_not_loaded_at_start(root: Path) -> None:
    code = "import json, sys, gateway.cli.serve; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60, check=True, env=clean_environment()
    )
    assert LATER & set(json.loads(run.stdout)) == set()
