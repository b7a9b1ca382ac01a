"""What the checks ask of the room that reads bytes, in one place: recognise a file, open it with a word, list it, read its text."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

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


def readers_of_copy(sealed: frozenset[str]) -> Readers:
    """For a message with files that we locked just now (`sealed`: the SHA-256 of each): no password is tried on those. Theirs is
    younger than every word of the message, and a trial takes 50 ms for each word."""
    from gateway.mail.containers import recognise_fresh

    usual = readers()

    def is_sealed(content: bytes) -> bool:
        return sha256(content).hexdigest() in sealed

    def recognise(content: bytes, name: str) -> Container:
        return recognise_fresh(content, name) if is_sealed(content) else usual.recognise(content, name)

    def opens_with(content: bytes, container: Container, words: Sequence[str], limit: int) -> str | None:
        return None if is_sealed(content) else usual.opens_with(content, container, words, limit)

    return replace(usual, recognise=recognise, opens_with=opens_with)
