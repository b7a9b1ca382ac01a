"""Reading disclosure records: search, pages for export, outcomes that nobody knows.

On failure: a record that cannot be read is left out and logged; `verify` says what is wrong with it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from datetime import datetime

import orjson
import structlog

from gateway.model.records import DisclosureRecord, Event
from gateway.store.chain import SELECT, BrokenRecord, record_of
from gateway.store.keys import Keys
from gateway.store.sql import Operation, Row, Sql
from gateway.store.times import stamp

log = structlog.get_logger()

_BEYOND = 2**63 - 1
"""More than the number of any record."""
_END_PAGE = 200
"""Records of an end looked at together: some milliseconds."""
_NO_RESULT = "NOT EXISTS (SELECT 1 FROM record AS later WHERE later.message = record.message AND later.event = 'result')"


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; empty means any. An address that begins with @ stands for its whole domain.

    `tokens` are the hashes of people (`register.tokens`): any of them in any record of the same message.
    """

    message: str = ""
    recipient: str = ""
    sender: str = ""
    reason: str = ""
    organisation: str = ""
    since: datetime | None = None
    until: datetime | None = None
    address: str = ""
    tokens: tuple[bytes, ...] = ()
    events: tuple[Event, ...] = ()
    whole: bool = False


def search(wanted: Search, limit: int, keys: Keys) -> Operation[tuple[DisclosureRecord, ...]]:
    """The newest `limit` records that fit, oldest first."""
    where, params = _where(wanted)
    if wanted.whole:
        where = f"erased = 0 AND message <> '' AND message IN (SELECT message FROM record WHERE {where})"
    rows = yield Sql(f"{SELECT} WHERE {where} ORDER BY at DESC, writer DESC, seq DESC LIMIT ?", (*params, limit))
    return tuple(_readable(reversed(rows), keys))


def read(writer: str, seq: int, keys: Keys) -> Operation[DisclosureRecord | None]:
    """One record, erased or not."""
    rows = yield Sql(f"{SELECT} WHERE writer = ? AND seq = ?", (writer, seq))
    return next(_readable(rows, keys), None)


def at_end(writer: str, since: int, events: Collection[Event], keys: Keys) -> Operation[tuple[DisclosureRecord, ...]]:
    """The last records of one chain, oldest first. Looked for backwards by number: an index by time leads through the records of all
    other writers, and of years if the chain rested."""
    found: list[Row] = []
    before = _BEYOND
    while True:
        rows = yield Sql(f"{SELECT} WHERE writer = ? AND seq < ? ORDER BY seq DESC LIMIT ?", (writer, before, _END_PAGE))
        recent = [row for row in rows if row[4] >= since]
        if not recent:
            # A whole page: a result that waited for the disk may stand behind younger records.
            return tuple(_readable(reversed(found), keys))
        found += [row for row in recent if row[3] in events]
        before = rows[-1][1]


def page(
    wanted: Search, after: tuple[str, int], size: int, keys: Keys
) -> Operation[tuple[tuple[DisclosureRecord, ...], tuple[str, int] | None]]:
    """The next records by writer and number, and where to go on; None at the end."""
    where, params = _where(wanted)
    rows = yield Sql(
        f"{SELECT} WHERE (writer, seq) > (?, ?) AND {where} ORDER BY writer, seq LIMIT ?",
        (*after, *params, size),
    )
    return tuple(_readable(rows, keys)), (rows[-1][0], rows[-1][1]) if rows else None


def _where(wanted: Search) -> tuple[str, list[object]]:
    terms: list[tuple[str, Sequence[object]]] = []
    if wanted.message:
        terms.append(("message = ?", (wanted.message,)))
    else:
        terms.append(("erased = 0", ()))  # There is nothing to find in what was erased, but that it once was.
    if wanted.organisation:
        terms.append(("organisation = ?", (wanted.organisation,)))
    if wanted.since:
        terms.append(("at >= ?", (stamp(wanted.since),)))
    if wanted.until:
        terms.append(("at < ?", (stamp(wanted.until),)))
    if wanted.sender:
        terms.append((_SENDER, (_pattern(wanted.sender, "", ""),)))
    if wanted.recipient:
        terms.append((_RECIPIENT, (_pattern(wanted.recipient, '%"', '"%'),)))
    if wanted.address:
        either = _pattern(wanted.address, "", ""), _pattern(wanted.address, '%"', '"%')
        terms.append((f"({_SENDER} OR {_RECIPIENT})", either))
    if wanted.reason:
        terms.append(("reasons LIKE ? ESCAPE '~'", (_pattern(wanted.reason, '%"', '"%'),)))
    if wanted.tokens:
        terms.append((_ABOUT.format(_marks(wanted.tokens)), wanted.tokens))
    if wanted.events:
        terms.append((f"event IN ({_marks(wanted.events)})", tuple(map(str, wanted.events))))
        if RARE.issuperset(wanted.events):
            terms.append((_RARE, ()))
    return " AND ".join(text for text, _ in terms), [value for _, values in terms for value in values]


_SENDER = "lower(sender) LIKE ? ESCAPE '~'"
_RECIPIENT = "lower(recipients) LIKE ? ESCAPE '~'"
_ABOUT = (
    "message IN (SELECT named.message FROM data_subject JOIN record AS named ON named.writer = data_subject.writer "
    "AND named.seq = data_subject.seq WHERE token IN ({}))"
)
RARE = frozenset((Event.INCIDENT, Event.CLOSED, Event.WRONG, Event.RECEIPT))
# Word for word as the index says it: SQLite uses a partial index only then.
_RARE = "event IN ('incident', 'closed', 'wrong', 'receipt')"


def _marks(values: Sized) -> str:
    return ", ".join("?" * len(values))


def _pattern(text: str, before: str, after: str) -> str:
    """A LIKE pattern for one text within a JSON list (or alone): escaped as JSON writes it, then for LIKE."""
    literal = text.lower() if not before else orjson.dumps(text.lower()).decode()[1:-1]
    escaped = literal.replace("~", "~~").replace("%", "~%").replace("_", "~_")
    return f"%{escaped}{after}" if text.startswith("@") else f"{before}{escaped}{after}"


def _readable(rows: Iterable[Row], keys: Keys) -> Iterator[DisclosureRecord]:
    for row in rows:
        try:
            yield record_of(row, keys)
        except BrokenRecord:
            log.error("row_unreadable", table="record", writer=row[0], seq=row[1])


def settle_past(own: str, is_alive: Callable[[str], bool]) -> Operation[None]:
    """At the start of a writer: keep which INTENTs of the past, its own and those of the dead, never had a RESULT.

    They are looked for once, here: `unknown` must stay cheap however long the chains are.
    """
    rows = yield Sql("SELECT name, (SELECT MAX(seq) FROM record WHERE record.writer = writer.name), watermark FROM writer")
    for name, last_seq, watermark in rows:
        if last_seq is None or last_seq == watermark or (name != own and is_alive(name)):
            continue
        yield Sql(
            "INSERT INTO unknown_outcome (writer, seq) SELECT writer, seq FROM record WHERE writer = ? AND event = 'intent' "
            f"AND seq > ? AND {_NO_RESULT} ON CONFLICT DO NOTHING",
            (name, watermark),
        )
        yield Sql("UPDATE writer SET watermark = ? WHERE name = ?", (last_seq, name))


def unknown(is_alive: Callable[[str], bool], keys: Keys) -> Operation[tuple[DisclosureRecord, ...]]:
    """INTENTs without RESULT of earlier runs, and of writers that died and have not come back."""
    rows = yield Sql(f"{SELECT} WHERE (writer, seq) IN (SELECT writer, seq FROM unknown_outcome) AND {_NO_RESULT}")
    writers = yield Sql("SELECT name FROM writer ORDER BY name")
    for (name,) in writers:
        if not is_alive(name):
            rows += yield Sql(
                f"{SELECT} WHERE writer = ? AND seq > (SELECT watermark FROM writer WHERE name = ?) AND event = 'intent' AND {_NO_RESULT}",
                (name, name),
            )
    return tuple(_readable(rows, keys))
