"""docs/documents.md says what is read."""

import re
from pathlib import Path

from gateway.mail.text import limits
from gateway.mail.text.formats import kinds


def test_every_type_that_is_read_is_documented(root: Path) -> None:
    page = (root / "docs" / "documents.md").read_text()
    rows = re.findall(r"^\| ([a-z0-9 ]+) \|", page, re.MULTILINE)
    assert set(" ".join(rows[1:]).split()) >= kinds()


def test_the_documented_limits_are_those_of_the_code(root: Path) -> None:
    page = (root / "docs" / "documents.md").read_text()
    for number in (
        limits.TEXT_CHARS,
        limits.ENTRIES,
        limits.ELEMENTS,
        limits.ROWS,
        limits.CELLS,
        limits.PAGES,
        limits.HTML_NODES,
        limits.ATTRIBUTES,
        limits.TABLE_PAGES,
    ):
        assert f"{number:,}" in page
    assert limits.UNPACKED_BYTES == limits.FILE_BYTES == 64 << 20
