"""What the checks ask of the room that reads bytes, in one place: recognise a file, open it with a word, list it, read its text."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gateway.model.document import Extracted
from gateway.model.findings import Container


@dataclass(frozen=True, slots=True)
class Readers:
    """The functions of `gateway.mail` that checks call on file contents."""

    recognise: Callable[[bytes, str], Container]
    opens_with: Callable[[bytes, Container, Sequence[str], int], str | None]
    members_of: Callable[[bytes, Container], Iterable[tuple[str, bytes]]]
    extract: Callable[[bytes, str, str], Extracted]
    name_disagrees: Callable[[str, str], bool]


@lru_cache(maxsize=1)
def readers() -> Readers:
    """The real ones. Imported at first use: a text-only message needs no document libraries."""
    from gateway.mail.containers import members_of, name_disagrees, opens_with, recognise
    from gateway.mail.text import extract

    return Readers(recognise, opens_with, members_of, extract, name_disagrees)
