"""Text of HTML files: what is shown, what is hidden, tables, form values, scripts, embedded data.

Promises: text split by tags inside a word comes out whole; blocks and cells end lines and cells; whatever a style hides is
read and marked hidden. Files in `data:` addresses are handed on.
On failure: none: every byte string is HTML to a browser.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from selectolax.lexbor import LexborHTMLParser, LexborNode

from gateway.mail.text import limits
from gateway.mail.text.charset import decode
from gateway.mail.text.collect import Notes, Stop
from gateway.mail.text.xml import without_tags

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        """address article aside blockquote body br button caption center dd details dialog dir div dl dt fieldset figcaption figure
        footer form frame h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol optgroup option p pre section select
        summary table tbody textarea tfoot thead title tr ul""",
    )
)
_CELLS = frozenset({"td", "th"})
_UNSEEN = frozenset({"script", "style", "noscript", "x-template", "-comment", "head"})
_SPOKEN_ATTRIBUTES = ("alt", "title", "value", "placeholder", "content", "aria-label", "summary", "label")
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(hidden|collapse)|font-size\s*:\s*0(?![\d.]*[1-9])|opacity\s*:\s*0(?![\d.]*[1-9])|mso-hide\s*:\s*all",
    re.IGNORECASE,
)
_DATA = re.compile(r"""data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+-]+=[^;,"'\s]{0,80}){0,4})(;base64)?,([^"'\s)<>]{16,})""", re.IGNORECASE)
# A tag as the HTML standard's tokenizer reads it (13.2.5.32-40): quotes only count where a value begins.
_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>"'][^\s>]*+)?)?+"""
_TAG = re.compile(rf"<[a-zA-Z][^\s/>]*+(?:{_ATTRIBUTE})*+")
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_TEMPLATE = re.compile(r"<(/?)template(?=[\s/>])", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")


@dataclass(slots=True)
class _Table:
    """A table being walked; one that holds another is layout, and only the inner one counts."""

    sink: list[str]
    rows: list[list[str]] = field(default_factory=list)
    cell_start: int = 0
    is_layout: bool = False


class _Page:
    """Walks the tree once, without recursion: 10,000 nested tags are legal."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self.seen: list[str] = []
        self.hidden: list[str] = []
        self.unseen: list[str] = []
        self._tables: list[_Table] = []
        self._nodes = 0

    def walk(self, root: LexborNode) -> None:
        todo: list[tuple[LexborNode, str, bool]] = [(root, "seen", False)]
        while todo:
            node, state, leaving = todo.pop()
            tag = node.tag or ""
            if leaving:
                self._leave(tag, state)
                continue
            self._nodes += 1
            if self._nodes > limits.HTML_NODES:
                raise Stop("it has more parts than are looked at")
            if tag == "-text":
                text = node.text_content or ""
                self._sink(state).append(text if state == "unseen" else _SPACES.sub(" ", text))
            elif tag == "-comment":
                self.unseen.append(f"{node.comment_content or ''}\n")
            else:
                state = self._enter(node, tag, state)
                if tag in _BLOCKS or tag in _CELLS:
                    todo.append((node, state, True))
                todo.extend((child, state, False) for child in _children_backwards(node))

    def _enter(self, node: LexborNode, tag: str, state: str) -> str:
        state = self._state(node, tag, state)
        sink = self._sink(state)
        if tag in _BLOCKS:
            sink.append("\n")
        if tag == "table":
            if self._tables:
                self._tables[-1].is_layout = True
            self._tables.append(_Table(sink))
        elif self._tables and tag == "tr":
            self._tables[-1].rows.append([])
        elif self._tables and tag in _CELLS:
            self._tables[-1].cell_start = len(sink)
        return state

    def _leave(self, tag: str, state: str) -> None:
        sink = self._sink(state)
        if self._tables and tag in _CELLS:
            table = self._tables[-1]
            if table.rows and not table.is_layout and table.sink is sink:
                table.rows[-1].append(" ".join("".join(sink[table.cell_start :]).split()))
        elif self._tables and tag == "table":
            self._end_of_table(self._tables.pop(), hidden=state == "hidden")
        sink.append("\t" if tag in _CELLS else "\n")

    def _end_of_table(self, table: _Table, *, hidden: bool) -> None:
        if table.is_layout or len(table.rows) < 2:
            return
        for row in table.rows:
            self._notes.count_row(row)
        self._notes.shape("table", table.rows, hidden=hidden)

    def _state(self, node: LexborNode, tag: str, state: str) -> str:
        if tag == "title":
            state = "seen"
        elif tag in _UNSEEN:
            state = "unseen"
        attributes = node.attributes
        if not attributes:
            return state
        for name in _SPOKEN_ATTRIBUTES:
            if value := attributes.get(name):
                self._sink("unseen" if tag == "meta" else state).append(f"{value} ")
        if state == "seen" and ("hidden" in attributes or _HIDING.search(attributes.get("style") or "")):
            return "hidden"
        return state

    def _sink(self, state: str) -> list[str]:
        if state == "seen":
            return self.seen
        return self.hidden if state == "hidden" else self.unseen


def _children_backwards(node: LexborNode) -> Iterator[LexborNode]:
    child = node.last_child
    while child is not None:
        yield child
        child = child.prev


def read_html(content: bytes, notes: Notes) -> None:
    """Read an HTML file."""
    text = decode(content)
    _bound(text, notes)
    # The parser keeps what a template holds out of its tree; as an unknown element it stays in.
    tree = LexborHTMLParser(_TEMPLATE.sub(r"<\1x-template", text))
    page = _Page(notes)
    if tree.root is not None:
        page.walk(tree.root.parent or tree.root)  # comments may stand before the root
    notes.text("text", tidy("".join(page.seen)))
    if hidden := tidy("".join(page.hidden)):
        notes.hide("some text is formatted as hidden")
        notes.text("hidden text", hidden, hidden=True)
    notes.text("code", tidy("".join(page.unseen)), hidden=True)
    _read_data(text, notes)


def _is_overloaded(tag: re.Match[str]) -> bool:
    if tag.end() - tag.start() <= limits.ATTRIBUTES:
        return False
    return any(number >= limits.ATTRIBUTES for number, _found in enumerate(_ATTRIBUTES.finditer(tag.string, *tag.span())))


def _bound(text: str, notes: Notes) -> None:
    """Refuse what would cost the parser more than it may; its words are kept as far as they stand between tags."""
    if text.count("<") > 2 * limits.HTML_NODES:
        why = "it has more parts than are looked at"
    elif any(map(_is_overloaded, _TAG.finditer(text))):
        why = "it has tags with more attributes than are looked at"
    else:
        return
    notes.text("text", without_tags(text))
    raise Stop(why)


_LINE_ENDS = re.compile(r" ?\n[ \n]*")


def tidy(text: str) -> str:
    """Lines without the spaces and empty lines that markup leaves around them."""
    return _LINE_ENDS.sub("\n", text).strip()


def _read_data(text: str, notes: Notes) -> None:
    """Files in data: addresses. Pictures stay out: they are what an HTML mail's pictures are."""
    for found in _DATA.finditer(text):
        media_type = (found[1] or "").lower()
        if media_type.startswith(("image/", "font/", "application/font", "application/x-font")):
            continue
        try:
            raw = unquote_to_bytes(found[4])
            content = base64.b64decode(raw + b"=" * (-len(raw) % 4)) if found[3] else raw
        except ValueError:
            notes.incomplete("it holds embedded data that cannot be read")
            continue
        notes.file(f"embedded.{media_type.rpartition('/')[2] or 'bin'}", content)
