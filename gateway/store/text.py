"""Text that databases and JSON can hold: what is not valid Unicode is kept readable, never refused.

File names and replies come from strangers. One lone surrogate in one of them must not make a message impossible to store.
"""

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

import orjson


def clean(text: str) -> str:
    """`text` with lone surrogates and NUL written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def to_json(value: Any) -> bytes:
    """`value` as JSON; what JSON cannot say is written as text."""
    try:
        return orjson.dumps(value, default=str)
    except TypeError:
        return orjson.dumps(_cleaned(value))


def _cleaned(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _cleaned(asdict(value))
    if isinstance(value, Mapping):
        return {clean(str(key)): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned(item) for item in value]
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) < 1 << 63:
        return int(value)
    return clean(str(value))
