"""A password of ours written in a mail: file and key must not lie in the same inbox (requirements P7, P8; walks 22).

Promises: five words of our list and two digits are known anywhere, joined by '-', '_' or '.', and alone on a line also with spaces or
commas, in any case. Something only shaped like one ('maple-otter-canal-47') counts where it stands alone on a line of the body: a file
called 'care-plan-review-24' is no password. The list is the one that new passwords are made from, so that the two cannot disagree.
"""

import re
from functools import cache
from importlib import resources

WORDS = 5
"""Words of a password; two digits follow them."""
# A mail that only passes on a password is short; in longer ones lines are not looked at one by one.
SHORT_CHARS = 2_000

_JOINED = re.compile(rf"(?<![\w\-])[a-z]{{3,8}}(?:[\-_.][a-z]{{3,8}}){{{WORDS - 1}}}[\-_.]?[0-9]{{2}}(?![\w\-])")
_ALONE = re.compile(rf"\W*[a-z]{{3,8}}(?:[\s,]{{1,3}}[a-z]{{3,8}}){{{WORDS - 1}}}[\s,]{{1,3}}[0-9]{{2}}\W*")
_SHAPED = re.compile(r"[^\w\n]*[a-z]{3,12}(?:-[a-z]{3,12}){2,6}-[0-9]{2}[^\w\n]*")
_WORD = re.compile(r"[a-z]+")


@cache
def word_list() -> tuple[str, ...]:
    return tuple(resources.files(__package__).joinpath("data", "password_words.txt").read_text("ascii").split())


@cache
def _known() -> frozenset[str]:
    return frozenset(word_list())


def stands_in(text: str) -> bool:
    """One of our passwords is written in this text."""
    low = text.lower()
    # Five words have four marks between them: most texts end here.
    marks = sum(low.count(mark) for mark in "-_." if mark in low)
    if marks >= WORDS - 1 and any(_is_ours(found.group()) for found in _JOINED.finditer(low)):
        return True
    return len(low) <= SHORT_CHARS and any(_ALONE.fullmatch(line) and _is_ours(line) for line in low.splitlines())


def stands_alone_in(text: str) -> bool:
    """Something of the shape of our passwords is a line of its own."""
    return len(text) <= SHORT_CHARS and any(_SHAPED.fullmatch(line) for line in text.lower().splitlines())


def _is_ours(text: str) -> bool:
    return _known().issuperset(_WORD.findall(text))
