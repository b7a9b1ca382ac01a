"""Whose words are quoted below an answer.

Promises: names an address only where the quotation itself names one; text that a reader would take for the sender's own is never quoted.
"""

import re
from dataclasses import dataclass

_ADDRESS = r"(?P<{0}>[A-Za-z0-9._%+\-]{{1,64}}@[A-Za-z0-9\-]{{1,63}}(?:\.[A-Za-z0-9\-]{{1,63}}){{1,6}})"
_START = re.compile(
    r"^[>|\s]{0,20}(?:"
    rf"(?:From|Von|De|O)\s?:[^\n]{{0,120}}?{_ADDRESS.format('one')}"
    rf"|On [^\n]{{4,160}}?{_ADDRESS.format('two')}>?[^\n]{{0,40}}\n?[^\n]{{0,40}}\bwrote:"
    r"|(?P<bare>On [^\n]{4,160}\bwrote:|-{2,}\s?(?:Original Message|Forwarded message)\s?-{2,}|From:[^\n]{0,120})"
    r")",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Quoted:
    """A stretch of quoted text and whose it is ('' where the quotation does not say)."""

    start: int
    end: int
    address: str


def quoted(text: str, names: dict[str, str]) -> list[Quoted]:
    """Quotations in a text: from each header that introduces one to the next, or to the end.

    `names`: displayed names of correspondents, lower case, with their addresses, for headers that show no address.
    """
    starts = [(found.start(), _whose(found, names)) for found in _START.finditer(text)]
    ends = [at for at, _ in starts[1:]] + [len(text)] * bool(starts)
    return [Quoted(at, end, address) for (at, address), end in zip(starts, ends, strict=True)]


def _whose(found: re.Match[str], names: dict[str, str]) -> str:
    address = found.group("one") or found.group("two")
    if address:
        return address.lower()
    line = found.group().lower()
    return next((address for name, address in names.items() if name in line), "")


def only_from(text: str, offsets: list[int], names: dict[str, str]) -> str:
    """The one address whose quoted words hold all `offsets`; '' if any lies elsewhere or the quotations have several authors."""
    blocks = quoted(text, names)
    holding = [next((block for block in blocks if block.start <= offset < block.end), None) for offset in offsets]
    addresses = {block.address if block else "" for block in holding}
    return addresses.pop() if len(addresses) == 1 else ""
