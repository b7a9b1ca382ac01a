"""Passwords for locked files: easy to say on the telephone, far above the guidance's minimum of seven characters (P6).

Five words of 2,048 and two digits are 61 bits. A zip derives its key with 1,000 rounds only (its format says so), so a guesser with ten
million tries a second would need some 5,000 years on average.
"""

import secrets

from gateway.checks.own_password import WORDS, word_list


def new_password() -> str:
    """'maple-otter-canal-frost-tiger-47': a fresh one for each set of recipients (P10)."""
    words = [secrets.choice(word_list()) for _ in range(WORDS)]
    return "-".join((*words, f"{secrets.randbelow(90) + 10}"))
