"""Text, CSV, JSON and XML files.

Promises: a CSV is read with whichever separator makes its rows agree, quoted cells with their line ends; JSON strings are read
with their escapes undone. A file of the wrong name is still text.
"""

import csv
import json
import re
from collections import Counter

from gateway.mail.text.charset import decode
from gateway.mail.text.collect import Notes
from gateway.mail.text.xml import harvest

_SEPARATORS = ",;\t|"
_SAMPLE_LINES = 50
_CELL_CHARS = 1_048_576
"""The csv module refuses longer cells, 128 KB unless told."""


def read_plain(content: bytes, notes: Notes) -> None:
    """Read a text file."""
    notes.text("text", decode(content))


def read_csv(content: bytes, notes: Notes) -> None:
    """Read comma, semicolon, tab or pipe separated values."""
    text = decode(content)
    notes.text("text", text)
    separator = separator_of(text)
    if not separator:
        return
    csv.field_size_limit(_CELL_CHARS)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(text.replace("\0", "").splitlines(keepends=True), delimiter=separator):
            notes.count_row(row)
            rows.append([cell.strip() for cell in row])
    except csv.Error:
        # The text itself is complete; only its shape is lost from here on.
        rows.extend([cell.strip() for cell in line.split(separator)] for line in text.splitlines()[len(rows) :])
    notes.shape("table", rows)


def separator_of(text: str) -> str:
    """The separator that most lines have the same number of; '' when there is none."""
    lines = [line for line in text[:65_536].splitlines() if line.strip()][:_SAMPLE_LINES]
    best, best_score = "", 0
    for separator in _SEPARATORS:
        counts = Counter(line.count(separator) for line in lines)
        counts.pop(0, None)
        if counts:
            number, agreeing = counts.most_common(1)[0]
            score = agreeing * (number + 1)
            if score > best_score:
                best, best_score = separator, score
    return best


# A string that is never closed ends with the text: looked for from each of its quotes it would cost the square of its length.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z|\\\Z)', re.DOTALL)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def read_json(content: bytes, notes: Notes) -> None:
    """Read JSON or JSON lines: as it stands, and every string that has escapes with them undone."""
    text = decode(content)
    notes.text("text", text)
    if "\\" not in text:
        return
    strings = []
    for found in _STRING.finditer(text):
        if "\\" in found[0]:
            strings.append(_unescaped(found[0]))
    notes.text("text", "\n".join(strings))


def _unescaped(quoted: str) -> str:
    try:
        return str(json.loads(quoted, strict=False)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    except ValueError:
        return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), quoted)


def read_xml(content: bytes, notes: Notes) -> None:
    """Read any other XML (also SVG, flat Office files): all text and attribute values."""
    text, sound = harvest(content, notes, attributes=True)
    notes.text("text", text if sound else decode(content))
    if b"binData" in content or b"binaryData" in content or b"binary-data" in content:
        notes.incomplete("it holds embedded files in a form that is not read")
