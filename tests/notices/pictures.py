"""Draws the pictures of docs/notices.md (`make pictures`). Needs Chromium; run it when the words or the page change."""

import subprocess
import sys
import tempfile
from pathlib import Path

from gateway.model.notice import NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices import write_notice
from tests.conftest import ROOT
from tests.notices.building import part
from tests.notices.test_examples import ALL

WIDTH = 640
USUAL_HEIGHT = 1000
HEIGHTS = {
    "stopped": 1500,
    "stopped-mixed": 1150,
    "observed": 950,
    "reminder": 1150,
    "returned": 950,
    "failed": 850,
    "delayed": 800,
    "done": 620,
    "protected": 1150,
    "released": 620,
    "review": 950,
    "incident": 950,
    "checked": 1000,
    "stopped, a school": 1500,
}
"""What a person sees before the checklists; the rest is text."""


def drawn() -> dict[str, NoticeContext]:
    """One of every kind, one that reached some and not others, and one in a school's own words."""
    names = (*(kind.value for kind in NoticeKind), "stopped-mixed", "stopped, a school")
    return {name: ALL[name] for name in names}


def draw(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name, about in drawn().items():
            page = Path(scratch) / "page.html"
            page.write_text(part(write_notice(about), "text/html"), "utf-8")
            picture = folder / f"notice-{name.replace(', a ', '-')}.webp"
            size = f"--window-size={WIDTH},{HEIGHTS.get(name, USUAL_HEIGHT)}"
            flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={scratch}/profile", size)
            flags += (f"--screenshot={picture}",)
            subprocess.run(["chromium", *flags, page.as_uri()], check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
