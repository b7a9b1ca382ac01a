"""Draws the pictures of docs/notices.md: `python -m tests.notices.pictures`. Needs Chromium; run it when the words or the page change."""

import subprocess
import sys
import tempfile
from pathlib import Path

from gateway.model.judgement import Remedy
from gateway.notices import write_notice
from tests.conftest import ROOT
from tests.notices.building import part
from tests.notices.test_done import PROTECTED
from tests.notices.test_letters import KINDS

WIDTH = 700
HEIGHTS = {"stopped": 1500, "returned": 1330, "observed": 1150, "failed": 660, "delayed": 660, "protected": 940}
"""What a person sees before the checklists; the rest is text."""


def draw(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for about in (*KINDS, PROTECTED):
        assert about.kind.value != "stopped" or Remedy.PROTECT in dict(about.verbs)
        with tempfile.TemporaryDirectory() as scratch:
            page = Path(scratch) / "page.html"
            page.write_text(part(write_notice(about), "text/html"), "utf-8")
            picture = folder / f"notice-{about.kind.value}.png"
            size = f"--window-size={WIDTH},{HEIGHTS[about.kind.value]}"
            flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={scratch}/profile", size)
            subprocess.run(["chromium", *flags, f"--screenshot={picture}", page.as_uri()], check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
