"""The notebook that every format writes into while it is read.

Promises: what was collected before a limit is kept; the limit itself becomes `complete=False` with its reason.
On failure: `Stop` ends the reading of a document from any depth. Only `extract` catches it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway.mail.text import limits
from gateway.model.document import Extracted, Table, Text

_LABEL = re.compile(r"MSIP_Label_([0-9a-fA-F-]{36})_(\w+)")
_LABEL_CHARS = 100
"""Display names of sensitivity labels have at most 64."""


class Stop(Exception):
    """Reading cannot go on; the words say why, for a notice."""


@dataclass(slots=True)
class Notes:
    """Collects texts, tables and what is hidden, and counts what they cost."""

    texts: list[Text] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    hidden: dict[str, None] = field(default_factory=dict)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    labels: dict[str, None] = field(default_factory=dict)
    image_only: bool = False
    why: list[str] = field(default_factory=list)
    chars: int = 0
    rows: int = 0
    cells: int = 0
    cell_chars: int = 0
    file_bytes: int = 0
    elements: int = 0
    """XML elements read so far; `xml.parse` counts them."""

    def text(self, place: str, text: str, *, hidden: bool = False) -> None:
        """Keep a stretch of text; blank ones are dropped."""
        if not text or text.isspace():
            return
        room = limits.TEXT_CHARS - self.chars
        self.chars += len(text)
        self.texts.append(Text(place, text[:room], hidden))
        if room < len(text):
            raise Stop("it holds more text than is looked at")

    def shape(self, place: str, rows: Sequence[Sequence[str]], *, hidden: bool = False) -> None:
        """Keep the shape of a table whose cells are kept as text elsewhere."""
        kept = tuple(tuple(row) for row in rows if any(row))
        if kept:
            self.tables.append(Table(place, kept, hidden))

    def table(self, place: str, rows: Sequence[Sequence[str]], *, hidden: bool = False) -> None:
        """Keep a table, and its cells as text too."""
        self.shape(place, rows, hidden=hidden)
        self.text(place, lines_of(rows), hidden=hidden)

    def count_row(self, row: Sequence[str]) -> None:
        """Charge one row to the document's budget: a megabyte that a thousand cells share would be a gigabyte once they are joined."""
        self.rows += 1
        self.cells += len(row)
        self.cell_chars += sum(map(len, row))
        if self.rows > limits.ROWS or self.cells > limits.CELLS or self.cell_chars > limits.TEXT_CHARS:
            raise Stop("its tables are larger than is looked at")

    def hide(self, words: str) -> None:
        """Say in plain words that something is hidden; said twice it counts once."""
        self.hidden[words] = None

    def label(self, label: str) -> None:
        """Keep a marking found in the properties; a longer text is a description, and stands in `texts` as all properties do."""
        label = label.strip()
        if 0 < len(label) <= _LABEL_CHARS:
            self.labels[label] = None

    def property(self, name: str, value: str) -> None:
        """Keep the GUID, and the display name, of a Microsoft sensitivity label held in a custom property."""
        if found := _LABEL.fullmatch(name):
            self.label(found[1])
            if found[2] == "Name":
                self.label(value)

    def file(self, name: str, content: bytes) -> None:
        """Hand on an embedded file."""
        self.file_bytes += len(content)
        if len(self.files) >= limits.FILES or self.file_bytes > limits.FILE_BYTES:
            raise Stop("it has more embedded files than are looked at")
        self.files.append((name, content))

    def incomplete(self, why: str) -> None:
        """Something could not be read; reading goes on."""
        if why not in self.why:
            self.why.append(why)

    def join(self, other: Extracted) -> None:
        """Take over what another reader found."""
        for text in other.texts:
            self.text(text.place, text.text, hidden=text.hidden)
        self.tables.extend(other.tables)
        self.hidden.update(dict.fromkeys(other.hidden))
        self.labels.update(dict.fromkeys(other.labels))
        for name, content in other.files:
            self.file(name, content)
        self.image_only |= other.image_only
        if not other.complete:
            self.incomplete(other.why)

    def extracted(self) -> Extracted:
        """Everything collected, as a value."""
        return Extracted(
            texts=tuple(self.texts),
            tables=tuple(self.tables),
            hidden=tuple(self.hidden),
            files=tuple(self.files),
            labels=tuple(self.labels),
            image_only=self.image_only,
            complete=not self.why,
            why="; ".join(self.why),
        )


def lines_of(rows: Iterable[Iterable[str]]) -> str:
    """Rows as lines, cells parted by tabs."""
    return "\n".join("\t".join(row) for row in rows)


def counted(number: int, one: str, many: str) -> str:
    """'a hidden row', '1,204 rows': numbers as people write them."""
    return f"1 {one}" if number == 1 else f"{number:,} {many}"
