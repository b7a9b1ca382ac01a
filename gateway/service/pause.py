"""`gateway pause` and `resume`: a fact in the store that every process of the gateway looks at each second. Never a bypass."""

import json
from datetime import datetime

from gateway.model.store import Store

_FACT = "pause"


async def until(store: Store) -> datetime | None:
    """Until when new connections are answered 421 and deliveries rest; None when not paused."""
    text = await store.get(_FACT)
    return datetime.fromisoformat(json.loads(text)["until"]) if text else None


async def pause(store: Store, end: datetime, reason: str, by: str) -> None:
    await store.put(_FACT, json.dumps({"until": end.isoformat(), "reason": reason, "by": by}))


async def resume(store: Store) -> None:
    await store.put(_FACT, "")
