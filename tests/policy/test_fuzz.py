"""Whatever an editor, a merge or a full disk makes of the files: a policy, or its problems, never a traceback."""

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.policy import PolicyErrors, load, warnings
from tests.policy.conftest import shipped_files

NAMES = sorted(name for name in shipped_files() if name.endswith(".yaml") and not name.endswith(".test.yaml"))
BITS = [
    "",
    "[",
    "]",
    "{",
    "}",
    ": ",
    "- ",
    "\n",
    "  ",
    "null",
    "~",
    "1",
    "''",
    '"',
    "&a ",
    "*a",
    "!x ",
    "{}",
    "|",
    "\t",
    "a: b",
    "\x00",
    ".",
]
edits = st.tuples(st.sampled_from(NAMES), st.floats(0, 1), st.integers(0, 40), st.sampled_from(BITS))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(edits, min_size=1, max_size=3))
def test_a_mangled_policy_loads_or_is_told_and_never_crashes(mangling: list[tuple[str, float, int, str]]) -> None:
    files = dict(shipped_files())
    for name, place, length, bit in mangling:
        start = int(place * len(files[name]))
        files[name] = files[name][:start] + bit + files[name][start + length :]
    try:
        policy = load(files)
    except PolicyErrors as errors:
        assert errors.problems
    else:
        warnings(policy, date(2026, 11, 23))
        assert policy.suffix
