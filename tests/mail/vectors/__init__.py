"""Hiding places: generated messages in which some reader finds what another does not see (threats C01-C10, D01-D06, E01-E02).

Each case says what is hidden (a zip file, a name, an NHS number). Written by us from published descriptions; no case is copied.
Whoever judges one of these for an insecure recipient must find what is hidden, or stop the message as doubtful.
"""

from .build import Case, Hides
from .decoding import decoding_cases
from .naming import naming_cases
from .nesting import nesting_cases
from .structure import structure_cases

__all__ = ["Case", "Hides", "all_cases"]


def all_cases() -> tuple[Case, ...]:
    """Every case, each with an id that says its family."""
    return (*structure_cases(), *nesting_cases(), *decoding_cases(), *naming_cases())
