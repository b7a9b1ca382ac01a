"""An entry of the register as people read it: lines for the terminal, a row for a spreadsheet.

Promises: no cell is run as a formula by a spreadsheet program, whoever chose its text (threats J03).
"""

from collections.abc import Iterable, Iterator

from gateway.checks.spans import WORDS
from gateway.cli.common import harmless
from gateway.service.register import BY_POLICY, Disclosure, File, Incident, Recipient, Said

# A cell that starts like this is run as a formula, or opens a cell of its own.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = (
    *("deliveries", "ways", "files", "hashes", "found", "identifiers", "grounds", "why", "authorised_by", "receipts", "incident"),
    "incident_deadline",
)
"""What the entry adds to the columns of its first record."""
_LABEL = 12


def lines(entry: Disclosure) -> Iterator[str]:
    """Who, to whom, what, when, why, by whose authority, in the order in which a person asks."""
    yield from labelled("Who", [f"{entry.sender or '<>'} ({entry.organisation or 'outside'})"])
    yield from labelled("To whom", [text for one in entry.recipients for text in _recipient(one)])
    yield from labelled("What", [*map(_file, entry.files), *_found(entry)] or ["text in which nothing was found"])
    yield from labelled("When", [f"{entry.at.astimezone():%a %d %b %Y %H:%M:%S}"])
    yield from labelled("Why", list(_why(entry)))
    yield from labelled("Authority", [f"{one.by}: {one.how} on {one.at.astimezone():%d %b %Y %H:%M}" for one in entry.authorised])
    yield from labelled("Claimed", entry.claims)
    yield from labelled("Incident", list(map(incident, entry.incidents)))
    yield from labelled("First time", [f"{entry.sender} had never written to {who} through the gateway" for who in entry.first_time])
    if entry.neutral:
        yield from labelled("Changed", ["an automatic reply, made neutral: it left without the words that it repeated"])


def labelled(label: str, texts: Iterable[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        yield f"{'' if number else label:{_LABEL}}{text}"


def _recipient(one: Recipient) -> Iterator[str]:
    at = f" on {one.outcome_at.astimezone():%d %b %Y %H:%M}" if one.outcome_at else ""
    reply = f" ({one.reply})" if one.reply else ""
    yield f"{one.recipient}: {one.outcome}{at}{reply}"
    to = f" to {one.deliver_to}" if one.deliver_to not in ("", one.recipient) else ""
    least = f", TLS at least '{one.tls}'" if one.tls not in ("", "none") else ""
    yield f"  way: {one.path}{to}, route {one.route or 'not recorded'}{least}; protection: {one.protection}"
    yield from (f"  receipt: {receipt}" for receipt in one.receipts)


def _file(file: File) -> str:
    return f"{file.name or 'a file without a name'} ({file.type}, {file.size:,} bytes, {file.protection}) sha256 {file.sha256}"


def _found(entry: Disclosure) -> Iterator[str]:
    if entry.found:
        yield "found: " + ", ".join(f"{plain(kind)} in {count} place{'s' if count > 1 else ''}" for kind, count in entry.found.items())
    if entry.identifiers:
        yield f"{entry.identifiers} different numbers or names with birthdays, which `records search --subject` finds"


def plain(kind: str) -> str:
    """'NHS' -> 'an NHS number'; a marking is its own word."""
    return WORDS.get(kind, kind).replace(" like {}", "")


def _why(entry: Disclosure) -> Iterator[str]:
    yield from (f"{', '.join(said.grounds) or 'no ground named'}: {said.words} ({said.by}, {said.step})" for said in entry.why)
    yield from (f"rule: {says}" for says in entry.says)
    if not entry.why and not entry.says:
        yield "nobody was asked: no rule stands against it"


def incident(one: Incident) -> str:
    """Who reported it, until when the law gives time, and whether it was dealt with."""
    at = one.closed_at
    ended = f"closed on {at.astimezone():%d %b %Y} by {one.closed_by}: {one.outcome}" if at else "open"
    return f"reported by {one.reported_by} on {one.at.astimezone():%d %b %Y %H:%M}, 72 hours end {one.deadline}; {ended}"


def cells(entry: Disclosure | None) -> dict[str, str]:
    """The columns of COLUMNS; empty for a record that is no disclosure."""
    if entry is None:
        return dict.fromkeys(COLUMNS, "")
    values = (
        [f"{one.recipient}: {one.outcome}" for one in entry.recipients],
        [f"{one.recipient}: {one.path}, {one.route}, {one.protection}" for one in entry.recipients],
        [f"{file.name} ({file.type}, {file.protection})" for file in entry.files],
        [file.sha256 for file in entry.files],
        [f"{kind} {count}" for kind, count in entry.found.items()],
        [str(entry.identifiers)],
        entry.grounds,
        [_words(said) for said in entry.why],
        [one.by for one in entry.authorised if one.by != BY_POLICY] or [BY_POLICY for _ in entry.authorised[:1]],
        [*(f"{one.recipient}: {receipt}" for one in entry.recipients for receipt in one.receipts), *entry.claims],
        ["closed" if one.closed_at else "open" for one in entry.incidents],
        [one.deadline for one in entry.incidents],
    )
    return dict(zip(COLUMNS, map("; ".join, values), strict=True))


def _words(said: Said) -> str:
    return f"{said.words} ({said.by})"


def safe_cell(value: object) -> str:
    """Text that no spreadsheet runs as a formula, and no terminal obeys."""
    if isinstance(value, list):
        value = "; ".join(
            f"{item['recipient']} {item['path']} {item['verdict']}" if isinstance(item, dict) else str(item) for item in value
        )
    text = harmless("" if value is None else str(value))
    return f"'{text}" if text.startswith(FORMULA) else text
