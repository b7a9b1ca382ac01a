"""The text of a document, as the checks read it."""

from gateway.model.frozen import frozen


@frozen
class Text:
    """A stretch of text and where a person would find it ('page 3', 'sheet Staff', 'header', 'properties')."""

    place: str
    text: str
    hidden: bool = False
    """Not seen by someone who opens the document: hidden sheet, row or column, comment, tracked change, pivot cache."""


@frozen
class Table:
    """Rows of cells; the first row may be a heading."""

    place: str
    rows: tuple[tuple[str, ...], ...]
    hidden: bool = False


@frozen
class Extracted:
    """What reading a document gave. `complete` False: it could not be read to the end, `why` says so in plain words.

    `image_only`: pages without text that show pictures (a scan). `hidden` says in plain words what is hidden
    ('a hidden sheet has 1,204 rows'). `files` are embedded documents as (name, content).
    Every cell of `tables` also stands in `texts` (cells joined by tabs, rows by line ends): tables only add the shape.
    """

    texts: tuple[Text, ...] = ()
    tables: tuple[Table, ...] = ()
    hidden: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    labels: tuple[str, ...] = ()
    """Markings in document properties, e.g. msip label GUIDs or 'Confidential' in keywords."""
    image_only: bool = False
    complete: bool = True
    why: str = ""
