"""Passwords for locked files: easy to say on the telephone, far above the guidance's minimum of seven characters (P6).

Five words of 2,048 and two digits, of those no longer than 32 characters, are close to 60 bits. A zip derives its key with 1,000
rounds only (its format says so), so a guesser with ten million tries a second would need some 1,500 years on average.
"""

import secrets

from gateway.checks.own_password import WORDS, word_list

# Poppler's programs cut a password after 32 characters and then find it wrong (measured, 22.12); three in ten drawn are short enough.
MOST_CHARS = 32


def new_password() -> str:
    """'maple-otter-canal-frost-tiger-47': a fresh one for each set of recipients (P10)."""
    while len(password := _drawn()) > MOST_CHARS:
        pass
    return password


def _drawn() -> str:
    words = [secrets.choice(word_list()) for _ in range(WORDS)]
    return "-".join((*words, f"{secrets.randbelow(90) + 10}"))
