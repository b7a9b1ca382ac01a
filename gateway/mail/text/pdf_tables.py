"""Tables of a PDF page, from where its words stand: PDF itself knows no tables.

Promises: words of one height are a row whatever the order in which they were drawn; a cell begins after a wide gap, or where many
other rows begin a cell; prose, justified or not, is no table. The rows only count people: their words are text already.
On failure: where characters cannot be placed the page has no tables.
"""

import ctypes
import itertools
import re
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

_WIDE_GAP = 1.0
"""Of the type size. Between words it is 0.3, in justified lines seldom over 0.8; table cells are padded by 0.5 on each side."""
_COLUMN_GAP = 0.4
"""Of the type size, where a column begins: a full cell leaves only its padding."""
_SAME_COLUMN = 3.0
"""Points (1/72 inch) that starts of one column may differ by."""
_SAME_ROW = 0.4
"""Of the type size."""
_FEWEST_ROWS = 3
_MANY = 0.4
"""Of the lines: by chance words of prose do not begin so often at one place."""
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class _Word:
    left: float
    right: float
    base: float
    size: float
    text: str


Cells = list[_Word]


@dataclass(slots=True)
class Tables:
    """The tables of a document: one that goes on over the next page is one table."""

    found: list[tuple[str, list[list[str]]]] = field(default_factory=list)
    _ends_page: bool = False

    def take(self, place: str, tables: list[list[list[str]]]) -> None:
        """The next page's tables."""
        for number, rows in enumerate(tables):
            if number == 0 and self._ends_page and len(self.found[-1][1][0]) == len(rows[0]):
                self.found[-1][1].extend(rows)
            else:
                self.found.append((place, rows))
        self._ends_page = bool(tables)


def tables_of(layer: pypdfium2.PdfTextPage, text: str) -> list[list[list[str]]]:
    """The tables of a page; `text` is all of its characters as pdfium counts them."""
    if len(text) != pdfium.FPDFText_CountChars(layer):  # characters beyond the BMP count twice
        return []
    if not _has_columns(layer):
        return []
    lines = _lines(_words(layer, text))
    starts = _column_starts([line for line in lines if len(_cells(line, ())) > 1])
    tables: list[list[list[str]]] = []
    block: list[Cells] = []
    for line in [*lines, []]:
        cells = _cells(line, starts)
        if len(cells) > 1:
            block.append(cells)
            continue
        if len(block) >= _FEWEST_ROWS:
            tables.append(_rows(block))
        block = []
    return tables


def _has_columns(layer: pypdfium2.PdfTextPage) -> bool:
    """Stretches of text side by side, as pdfium sees them: 50 us for a page of prose, whose words would take 5 ms to place."""
    stretches = sorted(_middle_and_height(layer, number) for number in range(pdfium.FPDFText_CountRects(layer, 0, -1)))
    beside = sum(second - first <= _SAME_ROW * height for (first, height), (second, _height) in itertools.pairwise(stretches))
    return beside >= _FEWEST_ROWS


def _middle_and_height(layer: pypdfium2.PdfTextPage, number: int) -> tuple[float, float]:
    left, top, right, bottom = (ctypes.c_double() for _side in range(4))
    pdfium.FPDFText_GetRect(layer, number, left, top, right, bottom)
    return (top.value + bottom.value) / 2, top.value - bottom.value


def _words(layer: pypdfium2.PdfTextPage, text: str) -> list[_Word]:
    words = []
    first, last = pdfium.FS_RECTF(), pdfium.FS_RECTF()
    for found in _WORD.finditer(text):
        # The loose box has the height of the type, as it is shown: the font's own size is often 1, scaled later.
        if pdfium.FPDFText_GetLooseCharBox(layer, found.start(), first) and pdfium.FPDFText_GetLooseCharBox(layer, found.end() - 1, last):
            words.append(_Word(first.left, last.right, first.bottom, max(first.top - first.bottom, 1.0), found[0]))
    return words


def _lines(words: list[_Word]) -> list[Cells]:
    lines: list[Cells] = []
    for word in sorted(words, key=lambda word: (-word.base, word.left)):
        if lines and abs(lines[-1][0].base - word.base) <= _SAME_ROW * word.size:
            lines[-1].append(word)
        else:
            lines.append([word])
    for line in lines:
        line.sort(key=lambda word: word.left)
    return lines


def _cells(line: Cells, starts: tuple[float, ...]) -> Cells:
    """The words of a line joined into cells."""
    cells: Cells = []
    for word in line:
        gap = word.left - cells[-1].right if cells else float("inf")
        begins = gap > _WIDE_GAP * word.size or (gap > _COLUMN_GAP * word.size and any(abs(word.left - start) < 1.5 for start in starts))
        if begins:
            cells.append(word)
        else:
            last = cells[-1]
            cells[-1] = _Word(last.left, word.right, last.base, last.size, f"{last.text} {word.text}")
    return cells


def _column_starts(lines: list[Cells]) -> tuple[float, ...]:
    """Where many lines that have a wide gap somewhere go on after at least a column's gap."""
    starts = sorted(
        word.left for line in lines for before, word in itertools.pairwise(line) if word.left - before.right > _COLUMN_GAP * word.size
    )
    needed = max(_FEWEST_ROWS, _MANY * len(lines))
    return tuple(sum(cluster) / len(cluster) for cluster in _clusters(starts) if len(cluster) >= needed)


def _clusters(values: list[float]) -> list[list[float]]:
    clusters: list[list[float]] = []
    for value in values:
        if clusters and value - clusters[-1][-1] <= _SAME_COLUMN / 2:
            clusters[-1].append(value)
        else:
            clusters.append([value])
    return clusters


def _rows(block: list[Cells]) -> list[list[str]]:
    """Rows with every cell in its column, so that an empty one in between is not skipped."""
    clusters = _clusters(sorted(cell.left for cells in block for cell in cells))
    columns = [cluster[0] for cluster in clusters if 4 * len(cluster) >= len(block)] or [0.0]
    rows = []
    for cells in block:
        row = [""] * len(columns)
        for cell in cells:
            column = max((number for number, start in enumerate(columns) if start <= cell.left + _SAME_COLUMN), default=0)
            row[column] = f"{row[column]} {cell.text}".strip()
        rows.append(row)
    return rows
