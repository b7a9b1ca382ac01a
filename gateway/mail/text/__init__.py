"""The text of documents, for the checks: one function for every format.

Promises: `extract` never raises. What it returns as complete was read to the end; whatever was not (a limit, a bomb, a password,
damage, an unknown type) is `complete=False` with a reason in plain words. Counts and bytes are bounded here; time and memory by
the workers, where this runs.
"""

from collections.abc import Callable

from gateway.mail.text.collect import Notes, Stop
from gateway.mail.text.formats import load_all, reader_of
from gateway.model.document import Extracted

_IMAGES = frozenset(
    ("png", "jpeg", "jpg", "gif", "bmp", "tiff", "tif", "webp", "heic", "heif", "ico", "wmf", "emf", "avif", "jp2", "psd", "image")
)
_DAMAGED = "it could not be read"


def extract(content: bytes, type: str, name: str = "") -> Extracted:
    """What a document says. `type` is its true type as the containers' recognition tells it; `name` decides between text formats."""
    kind = _kind(type, name)
    notes = Notes()
    if kind in _IMAGES:
        notes.image_only = True
        return notes.extracted()
    if not content:
        return notes.extracted()
    reader = reader_of(kind)
    if reader is None:
        notes.incomplete("its type is not one that can be read")
        return notes.extracted()
    _read(reader, content, notes)
    return notes.extracted()


def _read(reader: Callable[[bytes, Notes], None], content: bytes, notes: Notes) -> None:
    try:
        reader(content, notes)
    except Stop as stop:
        notes.incomplete(str(stop))
    except (MemoryError, RecursionError):
        notes.incomplete("reading it takes more memory than is allowed")
    except Exception:  # The parsers see hostile bytes: whatever they raise, the document is unread, and says so.
        notes.incomplete(_DAMAGED)


def _kind(type: str, name: str) -> str:
    """Text is told apart by its name: a .csv is text to every recognition by bytes."""
    kind = type.lower().lstrip(".")
    if kind in ("text", "txt", "plain", "unknown", ""):
        ending = name.rpartition(".")[2].lower() if "." in name else ""
        if ending in ("csv", "tsv", "tab", "json", "jsonl", "html", "htm", "ics", "vcf"):
            return ending
    return kind


__all__ = ["extract", "load_all"]
