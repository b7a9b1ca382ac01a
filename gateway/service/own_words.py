"""Whether the policy's own words can stand in a notice: policy knows where they are written, notices what must be in them.

Promises: nothing here changes a word. A sentence that cannot be used is an error, and its place is said; hard words are a warning.
"""

from collections.abc import Iterator

from gateway.notices.reading import is_hard
from gateway.notices.shipped import SHIPPED
from gateway.notices.wording import faults
from gateway.policy import Policy
from gateway.policy.problems import Problem, Severity
from gateway.policy.wording import OwnWords
from gateway.policy.yaml_nodes import did_you_mean

SEE = "'gateway words' prints every sentence with its key and facts."


def wrong_words(policy: Policy) -> Iterator[Problem]:
    """Every sentence that cannot be used, or that is hard to read."""
    keys = tuple(organisation.key for organisation in policy.organisations)
    for one in policy.wording.written:
        if one.organisation and one.organisation not in keys:
            words = f"there is no organisation '{one.organisation}'"
            yield _problem(one, words, did_you_mean(one.organisation, keys), Severity.WARNING, "notices.organisation")
        if one.key not in SHIPPED:
            yield _problem(one, f"there is no sentence '{one.key}'", did_you_mean(one.key, tuple(SHIPPED)) or SEE)
            continue
        for fault in faults(one.key, one.text):
            yield _problem(one, f"'{one.key}': {fault}", f"It ships as: {SHIPPED[one.key]!r}. {SEE}")
        if any(is_hard(line) for line in one.text.splitlines()):
            words = f"'{one.key}' is hard to read for somebody tired"
            yield _problem(one, words, "Write short words and short sentences.", Severity.WARNING, "notices.hard")


def _problem(one: OwnWords, words: str, remedy: str, severity: Severity = Severity.ERROR, code: str = "notices.words") -> Problem:
    return Problem(one.file, one.line, one.column, words, remedy, severity, code)
