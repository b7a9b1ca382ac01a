"""DrawingML: text of slides, of text boxes on sheets, of charts, with its tables.

Promises: only what is written counts: positions and sizes, which are numbers between tags too, stay out.
"""

from gateway.mail.text.xml import Attributes

_TEXT = frozenset({"t", "v", "f", "text"})


class Drawing:
    """One slide, notes page, comment list, text box or chart: paragraphs as lines, tables as tables."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.is_hidden = False
        self._in_text = False
        self._table: list[list[str]] | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        if name in _TEXT:
            self._in_text = True
        elif name == "br":
            self._add("\n")
        elif name == "tab":
            self._add("\t")
        elif name == "sld" and attributes.get("show") in ("0", "false"):
            self.is_hidden = True
        elif name == "tbl":
            self._table = []
        elif name == "tr" and self._table is not None:
            self._table.append([])
        elif name == "tc" and self._table:
            self._table[-1].append("")
        elif name == "cNvPr":  # alternative text of pictures
            self.lines.append(f"{attributes.get('descr', '')}\n" if attributes.get("descr") else "")
        elif name == "cm" and attributes.get("text"):
            self.lines.append(attributes["text"] + "\n")

    def text(self, data: str) -> None:
        if self._in_text:
            self._add(data)

    def end(self, name: str) -> None:
        if name in _TEXT:
            self._in_text = False
            if name != "t":
                self._add("\n")
        elif name == "p":
            self._add("\n")
        elif name == "tbl" and self._table is not None:
            rows = [[cell.strip() for cell in row] for row in self._table]
            self._table = None
            self.tables.append(rows)
            self.lines.extend("\t".join(row) + "\n" for row in rows)

    def _add(self, text: str) -> None:
        if self._table and self._table[-1]:
            self._table[-1][-1] += " " if text == "\n" else text
        else:
            self.lines.append(text)
