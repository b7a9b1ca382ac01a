"""What is wrong with a file that people wrote: where, in plain words, and how to mend it.

Promises: a position is a line and a column counted from 1, as editors count; the words never repeat a secret.
"""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `code` is stable, for scripts that count or silence."""

    file: str
    line: int
    column: int
    words: str
    remedy: str = ""
    severity: Severity = Severity.ERROR
    code: str = "policy.invalid"

    def __str__(self) -> str:
        mend = f" {self.remedy}" if self.remedy else ""
        return f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.words}.{mend} [{self.code}]"


class PolicyErrors(Exception):
    """A policy (or another file of ours) that cannot be used: every problem at once, in the order of the files."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
