"""Recipients as a notice may show them: by name where the sender could see the name anyway, else counted.

Promises: an address that is not in `context.nameable` never leaves this file.
"""

from collections.abc import Callable, Sequence

from gateway.model.address import Address
from gateway.model.judgement import Ruling
from gateway.model.notice import NoticeContext
from gateway.notices.letter import Item
from gateway.notices.words import clean, other_people, people

LISTED_AT_MOST = 20
"""Names in a list; a newsletter to four hundred needs a count."""


def may_name(context: NoticeContext, address: Address) -> bool:
    return address.key in context.nameable


def names(context: NoticeContext, rulings: Sequence[Ruling]) -> tuple[str, ...]:
    """The addresses that may be named, as they were written."""
    written = (ruling.destination.recipient.address for ruling in rulings)
    return tuple(clean(str(address)) for address in written if may_name(context, address))


def listed(context: NoticeContext, rulings: Sequence[Ruling], words: Callable[[Ruling], str]) -> tuple[Item, ...]:
    """Named recipients line by line; the others counted, each kind of outcome on one line."""
    lines: list[str] = []
    uncounted: dict[str, int] = {}
    for ruling in rulings:
        address = ruling.destination.recipient.address
        said = words(ruling)
        if may_name(context, address) and len(lines) < LISTED_AT_MOST:
            lines.append(f"{clean(str(address))}: {said}")
        else:
            uncounted[said] = uncounted.get(said, 0) + 1
    counted = (f"{other_people(count) if lines else people(count)}: {said}" for said, count in uncounted.items())
    return tuple(Item(line) for line in (*lines, *counted))
