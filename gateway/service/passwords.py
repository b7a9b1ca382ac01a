"""Passwords for locked files: easy to say on the telephone, far above the guidance's minimum of seven characters (P6).

Five words of 2,048 and two digits are 61 bits. A zip derives its key with 1,000 rounds only (its format says so), so a guesser with ten
million tries a second would need some 5,000 years on average.
"""

import secrets
from functools import cache
from importlib import resources

WORDS = 5


@cache
def word_list() -> tuple[str, ...]:
    return tuple(resources.files("gateway.service").joinpath("data/words.txt").read_text("ascii").split())


def new_password() -> str:
    """'maple-otter-canal-frost-tiger-47': a fresh one for each set of recipients (P10)."""
    words = [secrets.choice(word_list()) for _ in range(WORDS)]
    return "-".join((*words, f"{secrets.randbelow(90) + 10}"))
