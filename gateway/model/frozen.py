"""How a value is declared: a slotted dataclass that nobody changes.

`@frozen` is `@dataclass(frozen=True, slots=True)` to the type checker, which refuses every assignment to a field; `make check` runs it
strictly. At run time nothing guards the fields: the guard of dataclasses has `__init__` set each one by `object.__setattr__`, and a
message makes a hundred of them, which was a twentieth of the CPU of relaying it (measured). Equality, hash and `replace` are the same.
All of `model` is declared so, and of the other rooms what showed in the profile; elsewhere the guard stays.
"""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Declare a value."""
    # The hash of a frozen dataclass: by its fields, as its equality is.
    return dataclass(slots=True, unsafe_hash=True)(cls)
