"""Every file that is made to exhaust a reader (threats.md H01), as it would be attached: what it is, its name, its bytes."""

from collections.abc import Callable, Iterator

from tests.mail.containers.bombs import BOMBS as CONTAINERS
from tests.mail.text.bombs import BOMBS as DOCUMENTS

Bomb = tuple[str, str, Callable[[], bytes]]
_ENDINGS = ("gzip", "gz"), ("xz", "xz"), ("bz2", "bz2"), ("tar", "tar")


def bombs() -> Iterator[Bomb]:
    for what, make in CONTAINERS:
        yield what, f"plan.{next((ending for start, ending in _ENDINGS if what.startswith(start)), 'zip')}", make
    for what, (kind, make) in DOCUMENTS.items():
        yield what, f"plan.{kind}", make
