"""What is kept no longer: the content of holds that ended, and records by their class (settings, `retention`).

Promises: whatever is erased leaves a record that names it and the rule, and the chains still verify; nothing is erased sooner because
a table was changed (`store.register`). On failure: the next round tries again.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog

from gateway.model.records import Keep, Retention
from gateway.model.settings import RetentionSettings
from gateway.service.desk import Desk

log = structlog.get_logger()

WORDS = {
    Keep.OTHER: "records of ordinary mail are kept for {} days",
    Keep.PERSONAL: "records of mail with personal or confidential data are kept for {} days",
    Keep.INCIDENT: "records of incidents are kept for {} days",
}


async def erase(desk: Desk, now: datetime) -> None:
    """Everything whose time is over."""
    kept = desk.settings.retention
    contents = await desk.store.erase_content(now - timedelta(days=kept.content))
    records = sum([await desk.store.erase_records(rule) for rule in rules(kept, now)])
    if kept.personal:
        await desk.store.forget_acquaintances(now - timedelta(days=kept.personal))
    if contents or records:
        log.info("erased", contents=contents, records=records)


def rules(kept: RetentionSettings, now: datetime) -> Iterator[Retention]:
    """One for each class that is not kept for ever."""
    days = {Keep.OTHER: kept.other, Keep.PERSONAL: kept.personal, Keep.INCIDENT: kept.incident}
    for keep, limit in days.items():
        if limit:
            yield Retention(keep, now - timedelta(days=limit), WORDS[keep].format(limit))
