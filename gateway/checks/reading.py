"""What the checks ask of the room that reads bytes, in one place: recognise a file, open it with a word, list it, read its text."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

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


def readers() -> Readers:
    """The real ones, with one budget for all files of a message.

    Imported at first use: a text-only message needs no document libraries.
    """
    from gateway.mail.containers import members_of, message_budget, name_disagrees, opens_with, recognise
    from gateway.mail.text import extract

    whole = message_budget()
    return Readers(partial(recognise, whole=whole), opens_with, partial(members_of, whole=whole), extract, name_disagrees)
