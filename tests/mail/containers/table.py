"""Writes docs/containers-table.md from the rows that the tests prove: `python -m tests.mail.containers.table`."""

from pathlib import Path

from tests.mail.containers.rows import ROWS

PLACE = Path(__file__).resolve().parents[3] / "docs" / "containers-table.md"
_TOP = """# What each file is recognised as

{count} files, each made by the named program in `tests/mail/containers/test_table.py`, which proves every line.
Written by `python -m tests.mail.containers.table`; do not edit. What the states mean: [containers.md](containers.md).

| format | made how | by | type | state | algorithm | bits |
|---|---|---|---|---|---|---|
"""


def table() -> str:
    """The page."""
    lines = [
        f"| {row.format} | {row.variant.replace('|', '/')} | {', '.join(row.tools) or 'Python'} | {row.type} | **{row.state}** "
        f"| {row.algorithm or '-'} | {row.bits or '-'} |"
        for row in ROWS
    ]
    return _TOP.format(count=len(ROWS)) + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PLACE.write_text(table(), encoding="utf-8")
