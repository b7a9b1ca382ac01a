"""Cells of Excel 97-2003 and binary workbooks (xls, xlsb) by calamine, with what is hidden in xls by its records.

Promises: every sheet is read, hidden ones too; comments, text boxes, headers and footers of xls as text.
On failure: calamine's errors and panics are an incomplete workbook. Hidden rows of xlsb are not told apart.
"""

import io
import struct
from collections.abc import Iterator
from datetime import date, datetime

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from gateway.mail.text import limits, ole
from gateway.mail.text.collect import Notes, Stop, counted
from gateway.mail.text.numbers import shown_header
from gateway.mail.text.ooxml import read_properties, read_rest
from gateway.mail.text.package import open_package

_ROW, _COLUMNS, _TEXT_BOX, _CONTINUE, _HEADER, _FOOTER, _FILE_PASS = 0x0208, 0x007D, 0x01B6, 0x003C, 0x0014, 0x0015, 0x002F
_HIDDEN_ROW = 0x20


def read_xls(content: bytes, notes: Notes) -> None:
    """Read an .xls or .xlt."""
    storage = ole.open_ole(content)
    if storage is None:
        raise Stop("it is damaged")
    book = ole.stream(storage, "Workbook") or ole.stream(storage, "Book")
    if book is None:
        raise Stop("it is damaged")
    ole.read_summary(storage, notes)
    _read_records(book, notes)
    _read_cells(content, notes)
    if any(path[0].startswith("_SX_DB") for path in storage.listdir(streams=True, storages=True)):
        notes.hide("a pivot table keeps a copy of its source rows")
        notes.incomplete("the copy that a pivot table keeps is not read")
    for path in storage.listdir(streams=True, storages=False):
        if path[0].startswith("MBD"):
            notes.incomplete("an embedded document is not read")


def read_xlsb(content: bytes, notes: Notes) -> None:
    """Read an .xlsb. Its parts are unpacked within the budget first: calamine itself has none."""
    package = open_package(content, notes)
    read_properties(package)
    for _path, _part in package.named(r".*\.bin"):
        pass
    read_rest(package)
    _read_cells(content, notes)


def _read_cells(content: bytes, notes: Notes) -> None:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = list(book.sheets_metadata)
        for sheet in sheets:
            hidden = sheet.visible != SheetVisibleEnum.Visible
            _read_sheet(book, sheet.name, notes, hidden=hidden)
    except (CalamineError, ValueError, OSError) as error:
        raise Stop("it needs a password" if "password" in str(error).lower() else "it is damaged") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # pyo3's, which is not an Exception
            raise
        raise Stop("it is damaged") from None


def _read_sheet(book: CalamineWorkbook, name: str, notes: Notes, *, hidden: bool) -> None:
    rows = []
    for cells in book.get_sheet_by_name(name).iter_rows():
        row = [_shown(cell) for cell in cells]
        notes.count_row(row)
        rows.append(row)
    notes.table(f"sheet {name}", rows, hidden=hidden)
    notes.text("sheet names", name)
    if hidden and any(map(any, rows)):
        notes.hide(f"a hidden sheet has {counted(sum(map(any, rows)), 'row', 'rows')}")


def _shown(cell: object) -> str:
    if isinstance(cell, datetime) and (cell.hour or cell.minute or cell.second):
        return f"{cell:%d/%m/%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e18:
        return str(int(cell))
    return str(cell)


def _records(book: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _number in range(4 * limits.TOKENS):
        if at + 4 > len(book):
            return
        kind, size = struct.unpack_from("<HH", book, at)
        yield kind, book[at + 4 : at + 4 + size]
        at += 4 + size


def _read_records(book: bytes, notes: Notes) -> None:
    rows = columns = 0
    lines: list[str] = []
    after_box = False
    for kind, data in _records(book):
        if kind == _ROW and len(data) >= 14:
            used = struct.unpack_from("<HH", data, 2)
            rows += bool(data[12] & _HIDDEN_ROW) and used[1] > used[0]
        elif kind == _COLUMNS and len(data) >= 10 and data[8] & 1:
            columns += 1
        elif kind in (_HEADER, _FOOTER) and len(data) > 3:
            lines.append(shown_header(_string(data[2:])))
        elif kind == _CONTINUE and after_box:
            lines.append(_string(data))
        elif kind == _FILE_PASS:
            raise Stop("it needs a password")
        after_box = kind == _TEXT_BOX
    notes.text("comments, text boxes, headers", "\n".join(lines))
    if rows:
        notes.hide(f"{counted(rows, 'row is', 'rows are')} hidden")
    if columns:
        notes.hide(f"{counted(columns, 'column is', 'columns are')} hidden")


def _string(data: bytes) -> str:
    """A flag byte, then UTF-16 or its low bytes."""
    return data[1:].decode("utf-16-le" if data[:1] == b"\x01" else "cp1252", "replace")
