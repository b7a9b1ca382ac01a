"""Text of HTML files: what is shown, what is hidden, tables, form values, scripts, embedded data.

Promises: text split by tags inside a word comes out whole; blocks and cells end lines and cells; whatever a style hides is
read and marked hidden. Files in `data:` addresses are handed on.
On failure: none: every byte string is HTML to a browser.
"""

import base64
import re
from urllib.parse import unquote_to_bytes

from selectolax.lexbor import LexborHTMLParser, LexborNode

from gateway.mail.text import limits
from gateway.mail.text.charset import decode
from gateway.mail.text.collect import Notes, Stop

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        """address article aside blockquote body br button caption center dd details dialog dir div dl dt fieldset figcaption figure
        footer form frame h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol optgroup option p pre section select
        summary table tbody textarea tfoot thead title tr ul""",
    )
)
_CELLS = frozenset({"td", "th"})
_UNSEEN = frozenset({"script", "style", "noscript", "template", "-comment", "head"})
_SPOKEN_ATTRIBUTES = ("alt", "title", "value", "placeholder", "content", "aria-label", "summary", "label")
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(hidden|collapse)|font-size\s*:\s*0(?![\d.]*[1-9])|opacity\s*:\s*0(?![\d.]*[1-9])|mso-hide\s*:\s*all",
    re.IGNORECASE,
)
_DATA = re.compile(r"""data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+-]+=[^;,"'\s]{0,80}){0,4})(;base64)?,([^"'\s)<>]{16,})""", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")


class _Page:
    """Walks the tree once, without recursion: 10,000 nested tags are legal."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self.seen: list[str] = []
        self.hidden: list[str] = []
        self.unseen: list[str] = []
        self._nodes = 0

    def walk(self, root: LexborNode) -> None:
        todo: list[tuple[LexborNode, str, bool]] = [(root, "seen", False)]
        while todo:
            node, state, leaving = todo.pop()
            tag = node.tag or ""
            if leaving:
                self._sink(state).append("\t" if tag in _CELLS else "\n")
                continue
            self._nodes += 1
            if self._nodes > limits.NODES:
                raise Stop("it has more parts than are looked at")
            todo.extend(self._enter(node, tag, state))

    def _enter(self, node: LexborNode, tag: str, state: str) -> list[tuple[LexborNode, str, bool]]:
        if tag == "-text":
            text = node.text_content or ""
            self._sink(state).append(text if state == "unseen" else _SPACES.sub(" ", text))
            return []
        if tag == "-comment":
            self.unseen.append(f"{node.comment_content or ''}\n")
            return []
        state = self._state(node, tag, state)
        todo: list[tuple[LexborNode, str, bool]] = []
        if tag in _BLOCKS or tag in _CELLS:
            todo.append((node, state, True))
            if tag not in _CELLS:
                self._sink(state).append("\n")
        child = node.last_child
        while child is not None:
            todo.append((child, state, False))
            child = child.prev
        return todo

    def _state(self, node: LexborNode, tag: str, state: str) -> str:
        if tag == "title":
            return "seen"
        if tag in _UNSEEN:
            return "unseen"
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


def read_html(content: bytes, notes: Notes) -> None:
    """Read an HTML file."""
    text = decode(content)
    tree = LexborHTMLParser(text)
    page = _Page(notes)
    if tree.root is not None:
        page.walk(tree.root)
    notes.text("text", tidy("".join(page.seen)))
    if hidden := tidy("".join(page.hidden)):
        notes.hide("some text is formatted as hidden")
        notes.text("hidden text", hidden, hidden=True)
    notes.text("code", tidy("".join(page.unseen)), hidden=True)
    _read_tables(tree, notes)
    _read_data(text, notes)


_LINE_ENDS = re.compile(r" ?\n[ \n]*")


def tidy(text: str) -> str:
    """Lines without the spaces and empty lines that markup leaves around them."""
    return _LINE_ENDS.sub("\n", text).strip()


def _read_tables(tree: LexborHTMLParser, notes: Notes) -> None:
    for table in tree.css("table"):
        if table.css_first("table table") is not None:
            continue  # layout: its inner tables are read by themselves
        rows = []
        for row in table.css("tr"):
            cells = [_SPACES.sub(" ", cell.text(deep=True)).strip() for cell in row.css("td, th")]
            notes.count_row(len(cells))
            rows.append(cells)
        if len(rows) > 1:
            notes.shape("table", rows)


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
