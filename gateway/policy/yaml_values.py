"""A value in a YAML file with its position, asked what it should be: the getters of `yaml_nodes`.

Promises: every getter returns a value of its type and notes what is wrong, so that reading goes on; a missing key is a node
too, at the place of the mapping that lacks it. No getter guesses: see the top of yaml_nodes.py.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, TypeVar

import yaml

from gateway.policy.problems import Problem, Severity

Value = TypeVar("Value")

# One broken indentation can make every following line wrong: nobody reads more than this.
PROBLEMS = 200

_RESOLVER: Any = yaml.resolver.Resolver()
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,9})?")
# 0207946 is text in YAML 1.1, for it is no octal number, and 207946 in YAML 1.2.
_DIGITS = re.compile(r"[-+]?[0-9][0-9_]*")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
NOTHING = "nothing"
_WORDS = {"scalar": "a single value", "list": "a list", "mapping": "a mapping of keys", NOTHING: "nothing"}


class Raw:
    """A parsed value: `value` is text, a list of Raw, or a list of (key, Raw) pairs. `key_at` is where its key stands."""

    __slots__ = ("column", "file", "key_at", "kind", "line", "plain", "value")

    def __init__(self, kind: str, value: Any, file: str, line: int, column: int, plain: bool = False) -> None:
        self.kind, self.value, self.file, self.line, self.column, self.plain = kind, value, file, line, column, plain
        self.key_at = (line, column)


@dataclass(frozen=True, slots=True)
class Node:
    """A value in a file, or the place where a key was left out (`exists` False). `name` is its key, for words."""

    raw: Raw = field(repr=False)
    found: list[Problem] = field(repr=False)
    name: str = ""
    exists: bool = True

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything found so far in the whole file (shared by all nodes of it), top to bottom."""
        return tuple(sorted(self.found, key=lambda problem: (problem.file, problem.line, problem.column)))

    @property
    def file(self) -> str:
        return self.raw.file

    @property
    def line(self) -> int:
        return self.raw.line

    @property
    def column(self) -> int:
        return self.raw.column

    @property
    def kind(self) -> str:
        """'scalar', 'list', 'mapping' or 'nothing' (an empty value)."""
        return self.raw.kind if self.exists else NOTHING

    def fail(self, words: str, remedy: str = "", code: str = "policy.invalid") -> None:
        """Note an error at this place."""
        self._note(words, remedy, code, Severity.ERROR)

    def warn(self, words: str, remedy: str = "", code: str = "policy.doubtful") -> None:
        """Note a warning at this place."""
        self._note(words, remedy, code, Severity.WARNING)

    def _note(self, words: str, remedy: str, code: str, severity: Severity) -> None:
        if len(self.found) < PROBLEMS:
            self.found.append(Problem(self.file, self.line, self.column, words, remedy, severity, code))

    def mapping(self, *allowed: str) -> "Fields":
        """The keys of a mapping; any key not in `allowed` is a problem, with the likely one named."""
        pairs = self._pairs()
        for key, raw in pairs:
            if key not in allowed:
                self._unknown(key, raw, allowed)
        return Fields(self, {key: raw for key, raw in pairs if key in allowed})

    def _unknown(self, key: str, raw: Raw, allowed: Sequence[str]) -> None:
        at = Node(Raw(NOTHING, None, raw.file, *raw.key_at), self.found)
        at.fail(f"unknown key '{short(key)}'", did_you_mean(key, allowed), "yaml.unknown_key")

    def entries(self) -> tuple[tuple[str, "Node"], ...]:
        """(key, value) pairs of a mapping with free keys; () when left out."""
        return tuple((key, Node(raw, self.found, key)) for key, raw in self._pairs())

    def _pairs(self) -> list[tuple[str, Raw]]:
        if self._is("mapping"):
            pairs: list[tuple[str, Raw]] = self.raw.value
            return pairs
        return []

    def child(self, key: str) -> "Node":
        """The value of one key of a mapping whose other keys somebody else checks."""
        raw = next((raw for name, raw in self.raw.value if name == key), None) if self.kind == "mapping" else None
        return Node(raw or Raw(NOTHING, None, self.file, self.line, self.column), self.found, key, exists=raw is not None)

    def items(self) -> tuple["Node", ...]:
        """The values of a list; () when left out."""
        return tuple(Node(raw, self.found, self.name) for raw in self.raw.value) if self._is("list") else ()

    def one_or_more(self) -> tuple["Node", ...]:
        """The values of a list, or the single value written without one."""
        return (self,) if self.kind == "scalar" else self.items()

    def _is(self, kind: str) -> bool:
        if self.exists and self.raw.kind != kind:
            self.fail(f"{self._called} should be {_WORDS[kind]}, not {_WORDS[self.raw.kind]}", code="yaml.kind")
            return False
        return self.exists

    @property
    def _called(self) -> str:
        return f"'{short(self.name)}'" if self.name else "this"

    def _scalar(self, default: object) -> str | None:
        """The text of a single value; None when it is missing (noted, if there is no default) or no single value."""
        if not self.exists:
            if default is None:
                self.fail(f"{self._called} is missing", f"Add {self._called}.", "yaml.missing")
            return None
        if self.raw.kind == NOTHING:
            self.fail(f"{self._called} has no value", "Write a value after the colon, or leave the key out.", "yaml.empty")
            return None
        return self.raw.value if self._is("scalar") else None

    def text(self, default: str | None = None, *, most: int = 4_000) -> str:
        """Words. A plain value that YAML would read as a number, date or truth value must be in quotes."""
        value = self._scalar(default)
        if value is None:
            return default or ""
        if self.raw.plain and guessed(value):
            self.fail(f"'{short(value)}' could be read as something else than text", f'Put it in quotes: "{short(value)}".', "yaml.quotes")
        if len(value) > most:
            self.fail(f"{self._called} is longer than {most} characters", code="yaml.long")
        return value

    def texts(self) -> tuple[str, ...]:
        """A list of words, or one word written without a list; () when left out."""
        return tuple(node.text() for node in self.one_or_more())

    def boolean(self, default: bool | None = None) -> bool:
        """Only `true` and `false`: what `no`, `off` or `y` mean depends on who reads them."""
        value = self._scalar(default)
        if value is not None and (value not in ("true", "false") or not self.raw.plain):
            self.fail(
                f"{self._called} should be true or false, not '{short(value)}'", "Write true or false, without quotes.", "yaml.boolean"
            )
            value = None
        return bool(default) if value is None else value == "true"

    def integer(self, default: int | None = None, *, least: int | None = None, most: int | None = None) -> int:
        """A whole number in plain decimal digits."""
        return int(self._number(_INTEGER, "a whole number in decimal digits", default, least, most))

    def number(self, default: float | None = None, *, least: float | None = None, most: float | None = None) -> float:
        """A number such as 3 or 0.5."""
        return float(self._number(_NUMBER, "a number such as 3 or 0.5", default, least, most))

    def _number(self, shape: re.Pattern[str], what: str, default: float | None, least: float | None, most: float | None) -> float:
        value = self._scalar(default)
        if value is None:
            return default or 0
        if not self.raw.plain or not shape.fullmatch(value):
            self.fail(f"{self._called} should be {what}, not '{short(value)}'", code="yaml.number")
            return default or 0
        number = float(value) if "." in value else int(value)
        if (least is not None and number < least) or (most is not None and number > most):
            self.fail(f"{self._called} should lie {_span(least, most)}", code="yaml.range")
            return default if default is not None else (least if least is not None else number)
        return number

    def day(self, default: date | None = None) -> date | None:
        """A date written 2026-11-30; None when left out without a default."""
        if not self.exists:
            return default
        value = self._scalar("")
        try:
            if value is not None and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
                return date.fromisoformat(value)
        except ValueError:
            pass  # The right shape, but no such day: told below.
        if value is not None:
            self.fail(f"{self._called} should be a date such as 2026-11-30, not '{short(value)}'", code="yaml.date")
        return default

    def clock(self, default: time | None = None) -> time:
        """A time of day written 09:00."""
        value = self._scalar(default)
        match = _CLOCK.fullmatch(value) if value is not None else None
        if value is not None and match is None:
            self.fail(f"{self._called} should be a time such as 09:00, not '{short(value)}'", code="yaml.time")
        return time(int(match[1]), int(match[2])) if match else default or time()

    def choice(self, choices: Mapping[str, Value], default: Value | None = None) -> Value:
        """One of the words that are the keys of `choices`; returns its value (the first one after a problem)."""
        value = self._scalar(default)
        if value is not None and value in choices:
            return choices[value]
        if value is not None:
            words = f"{self._called} should be one of {', '.join(choices)}, not '{short(value)}'"
            self.fail(words, did_you_mean(value, tuple(choices)), "yaml.choice")
        return default if default is not None else next(iter(choices.values()))

    def at(self, file: str, line: int) -> "Node":
        """This value as if it stood elsewhere (in a list file that it names)."""
        return Node(Raw(self.raw.kind, self.raw.value, file, line, 1, self.raw.plain), self.found, self.name)

    def put(self, path: Sequence[str], other: "Node") -> "Node":
        """This node with `other` written at `path` (used for settings given by the environment)."""
        if not path:
            return Node(other.raw, self.found, self.name)
        pairs = list(self.raw.value) if self.kind == "mapping" else []
        old = next((raw for key, raw in pairs if key == path[0]), None)
        below = Node(old, self.found, path[0]) if old else Node(nothing(self.file), self.found, path[0], exists=False)
        new = below.put(path[1:], other).raw
        # A key of the environment carries the position of the environment.
        pairs = [(key, raw) for key, raw in pairs if key != path[0]] + [(path[0], new)]
        return Node(Raw("mapping", pairs, self.file, self.line, self.column), self.found, self.name)


@dataclass(frozen=True, slots=True)
class Fields:
    """The known keys of one mapping. `fields["key"]` is always a Node; `.exists` tells whether it was written."""

    node: Node
    written: dict[str, Raw]

    def __getitem__(self, key: str) -> Node:
        raw = self.written.get(key)
        if raw is None:
            return Node(Raw(NOTHING, None, self.node.file, self.node.line, self.node.column), self.node.found, key, exists=False)
        return Node(raw, self.node.found, key)

    def __contains__(self, key: str) -> bool:
        return key in self.written

    def __iter__(self) -> Iterator[str]:
        return iter(self.written)


def did_you_mean(word: str, words: Sequence[str]) -> str:
    """'Did you mean ...?' with the likeliest of `words`, else the list of them."""
    close = difflib.get_close_matches(short(word), words, 1, 0.6)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"Allowed here: {', '.join(words)}." if 0 < len(words) <= 20 else ""


def nothing(file: str) -> Raw:
    return Raw(NOTHING, None, file, 1, 1)


def guessed(value: str) -> bool:
    """Whether some reader of YAML (1.1 or 1.2) would make something else than text of this plain value."""
    return _DIGITS.fullmatch(value) is not None or bool(_RESOLVER.resolve(yaml.ScalarNode, value, (True, False)) != "tag:yaml.org,2002:str")


def short(value: str) -> str:
    """A value for words: no control characters, not longer than a line."""
    clean = "".join(sign if sign.isprintable() else "?" for sign in value[:60])
    return clean + ("..." if len(value) > 60 else "")


def _span(least: float | None, most: float | None) -> str:
    if most is None:
        return f"at {least} or above"
    return f"at {most} or below" if least is None else f"between {least} and {most}"
