"""A notice before it has a shape: headings, paragraphs, lists and links, as values.

Text and HTML are made from the same `Letter`, so that they cannot say different things.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from gateway.notices.pages import PAGES

if TYPE_CHECKING:
    from jinja2 import Template


@dataclass(frozen=True, slots=True)
class Link:
    """A way to ask the gateway for something by mail: in HTML it opens a new email, in text the address is written out."""

    words: str
    address: str
    subject: str

    @property
    def url(self) -> str:
        return f"mailto:{quote(self.address, safe='@')}?subject={quote(self.subject)}"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a list."""

    words: str
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with paragraphs, then a list (in order of preference where `steps`), then closing paragraphs."""

    heading: str
    before: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    steps: bool = False
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a person reads. `subject` is the mail's, `title` its one main heading, `last` the line for IT."""

    subject: str
    title: str
    intro: tuple[str, ...]
    sections: tuple[Section, ...]
    footer: tuple[str, ...]
    last: str


@cache
def _template(name: str, *, autoescape: bool) -> "Template":
    from jinja2 import DictLoader, Environment, StrictUndefined  # with the first notice: a start need not wait for it

    loader = DictLoader(PAGES)
    environment = Environment(loader=loader, autoescape=autoescape, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template(name)


def as_text(letter: Letter) -> str:
    return _template("notice.txt", autoescape=False).render(letter=letter).strip() + "\n"


def as_html(letter: Letter) -> str:
    return _template("notice.html", autoescape=True).render(letter=letter).strip() + "\n"
