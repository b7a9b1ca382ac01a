"""What a worker says, as JSON, and back into values by their declared types.

Promises: bytes from a worker can only ever become the values named here. A worker runs parsers on hostile files; if one of them
is taken over, its words must not run code in the gateway, which unpickling them would.
On failure: `ValueError`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Decoder = Callable[[Any], Any]


def encode(value: object) -> bytes:
    """A value (frozen dataclasses and named tuples of plain things) as JSON."""
    return json.dumps(_plain(value), separators=(",", ":")).encode("ascii")


def _plain(value: object) -> object:
    kind: Any = type(value)
    return _encoder(kind)(value)


@cache
def _encoder(kind: Any) -> Callable[[Any], object]:
    if issubclass(kind, Enum):
        return attrgetter("value")
    if kind is bytes:
        return lambda value: value.decode("latin-1")
    if issubclass(kind, tuple):
        return lambda value: [_plain(one) for one in value]
    if is_dataclass(kind):
        names = [field.name for field in fields(kind)]
        return lambda value: [_plain(getattr(value, name)) for name in names]
    return lambda value: value


def decode(kind: type[T], content: bytes) -> T:
    """The value of type `kind` that `encode` wrote. Raises ValueError for anything else."""
    try:
        value: T = _decoder_of(kind)(json.loads(content))
    except (TypeError, RecursionError, KeyError) as error:
        raise ValueError(f"not a {kind.__name__}") from error
    return value


def _decoder_of(hint: Any) -> Decoder:
    return _decoder(hint)


@cache
def _decoder(hint: Any) -> Decoder:
    origin = get_origin(hint)
    if origin is tuple:
        return _tuple_decoder(get_args(hint))
    if origin in (Union, UnionType):
        (kind,) = (one for one in get_args(hint) if one is not NoneType)
        inner = _decoder(kind)
        return lambda data: None if data is None else inner(data)
    if is_dataclass(hint):
        return _record_decoder(hint, [field.name for field in fields(hint)])
    if isinstance(hint, type) and issubclass(hint, tuple):
        return _record_decoder(hint, hint._fields)  # type: ignore[attr-defined]  # a named tuple: plain ones were taken above
    if hint is bytes:
        return lambda data: _checked(str, data).encode("latin-1")
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if hint is float:
        return lambda data: float(_checked((int, float), data))
    return lambda data: _checked(hint, data)


def _tuple_decoder(parts: tuple[Any, ...]) -> Decoder:
    if parts[-1] is Ellipsis:
        inner = _decoder(parts[0])
        return lambda data: tuple([inner(one) for one in _checked(list, data)])
    inners = [_decoder(part) for part in parts]
    return lambda data: tuple([inner(one) for inner, one in zip(inners, _checked(list, data), strict=True)])


def _record_decoder(kind: Any, names: Sequence[str]) -> Decoder:
    inners: list[Decoder] = []

    def decoder(data: Any) -> Any:
        if not inners:  # at first use, because a part holds parts
            hints = get_type_hints(kind)
            inners.extend(_decoder(hints[name]) for name in names)
        return kind(*[inner(one) for inner, one in zip(inners, _checked(list, data), strict=True)])

    return decoder


def _checked(kind: Any, data: Any) -> Any:
    if not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
        raise ValueError("not of the declared type")
    return data
