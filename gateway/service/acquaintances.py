"""Whom a sender has written to before: the first message that carries something to a new address outside is noted in its record (H4).

Promises: mail to people whom this process has seen its sender write to costs a look into a set (2 us), everybody else one line in the
commit, once; the store is asked only about mail that carries something. A note is no finding: nothing is stopped for it.
On failure: a pair that is forgotten is noted as new once more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway.model.findings import Findings
from gateway.model.judgement import Path, Ruling, Verdict
from gateway.model.store import Store
from gateway.service.judge import Judgement

MOST = 50_000
"""Pairs remembered in this process: some 10 MB. Then it begins anew; the store still knows them."""
Pair = tuple[str, str]


class Acquaintances:
    """What one process knows; the store knows what all of them ever did."""

    def __init__(self) -> None:
        self._known: set[Pair] = set()

    async def noted(self, store: Store, judgement: Judgement) -> Judgement:
        """The judgement with those to whom its sender writes for the first time, and those whom the record makes known."""
        sender = judgement.origin.sender
        if sender is None or not judgement.origin.own:
            return judgement
        new = self._new(sender.key, judgement.rulings)
        if not new:
            return judgement
        asked = tuple(ruling.destination.recipient.address.key for ruling in new)
        met = await store.met(sender.key, asked) if carries(judgement.findings) else frozenset(asked)
        first = tuple(str(ruling.destination.recipient.address) for ruling in new if ruling.destination.recipient.address.key not in met)
        gets_it = tuple(ruling.destination.recipient.address.key for ruling in new if ruling.verdict is Verdict.DELIVER)
        return replace(judgement, first_time=first, meets=tuple((sender.key, recipient) for recipient in gets_it))

    def _new(self, sender: str, rulings: Iterable[Ruling]) -> Sequence[Ruling]:
        outside = (ruling for ruling in rulings if ruling.destination.path is Path.INSECURE)
        return [ruling for ruling in outside if (sender, ruling.destination.recipient.address.key) not in self._known]

    def remember(self, judgement: Judgement) -> None:
        """The record of the judgement is durable."""
        if judgement.meets:
            if len(self._known) > MOST:
                self._known.clear()
            self._known.update(judgement.meets)


def carries(findings: Findings) -> bool:
    """A file, or something that was found."""
    return bool(findings.attachments or findings.items)
