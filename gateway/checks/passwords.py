"""The password beside the locked file: by words ('password is ...', 'cyfrinair'), and by proof (a word of the message opens it).

Promises: naming a password is found in subject, texts and file names; promising one ('I will ring you with the password') is not.
Proof beats words: every word of the message is a candidate, up to the limit of the policy. No candidate is ever shown.
"""

import re
from collections.abc import Iterable, Iterator

from gateway.checks.vocabulary import words

_I = re.IGNORECASE
_LABEL = (
    r"(?<![a-z])(?:pass\s?(?:word|code|phrase|key)s?|passwd|pwd|p\s?/\s?w|pw|cyfrinair|"
    r"(?:zip|file|document|unlock(?:ing)?|access|opening)"
    r" (?:code|key|pin)|the key|open(?:s|ed)? (?:it |them |this |with|by)+(?:using|with|the)?)"
)
_JOIN = (
    r"(?:\s{0,3}\((?:for|to)[^)\n]{0,60}\)|\s{1,3}(?:for|to|of)\s(?:open\s)?(?:the |this |these |your |that )?[\w.\- ]{1,60}?)?"
    r"(?:\s{0,3}[:=\u2013>\-]{1,3}\s{0,3}|\s{1,3}(?:is|was|will be|would be|yw|are|=)"
    r"(?:\s{0,2}[:\-]|\s{1,3}(?:simply|just|now|still))?\s{1,3}|\s{0,3}\n{1,2}\s{0,3}|\s{1,2})"
)
_VALUE = re.compile(rf"{_LABEL}(?P<join>{_JOIN})(?P<value>[\"'(<\[]?[^\s\"'<>\]]{{3,64}})", _I)
# What follows 'the password is' when no password follows.
_NO_VALUE = words("no_password")
_HINT = re.compile(
    rf"{_LABEL}[^.\n]{{0,40}}?(?:\bis\b|[:=])\s{{0,3}}(?:the |his |her |their |your |my |child'?s |pupil'?s |client'?s ){{0,3}}"
    r"(?:date of birth|d\.?o\.?b\b|birthday|nhs (?:number|no)|post\s?code|surname|first name|mobile number|ni number|upn)",
    _I,
)
_SPELLED = re.compile(rf"{_LABEL}[^.\n]{{0,30}}?(?:is|:)\s{{0,3}}(?:capital|upper\s?case|lower\s?case|small|big) \w\b", _I)
_ABOUT_PASSWORD = re.compile(r"\s*(?:(?:re|fw|fwd):\s*)*(?:the |your )?(?:pass\s?(?:word|code|phrase)|pw|pwd|cyfrinair)\b[^\n]{0,60}\Z", _I)
_ONE_TOKEN = re.compile(r"\s*(\S{6,64})\s*(?:\n|\Z)")
_TOKEN = re.compile(r"[^\s\"'<>()\[\],;]{3,64}")


def named(text: str) -> bool:
    """A password, or a sure way to it, is written in this text."""
    if not _MAYBE.search(text):
        return False
    if _HINT.search(text) or _SPELLED.search(text):
        return True
    return any(_is_value(found.group("value"), found.group("join")) for found in _VALUE.finditer(text))


_MAYBE = re.compile(r"pass|pwd|p\s?/\s?w|pw|cyfrinair|code|\bkey|pin\b|open", _I)


def _is_value(raw: str, join: str) -> bool:
    quoted = raw[:1] in "\"'(<["
    value = raw.strip("\"'()<>[]").rstrip(".,;:!?")
    low = value.lower()
    if raw[:1] in "\"'" and len(value) >= 3:
        return bool(join.strip())
    if len(value) < 3 or low in _NO_VALUE or "@" in value or low.startswith(("http", "www.")):
        return False
    if any(sign.isdigit() for sign in value):
        return not re.fullmatch(r"[0-9]{1,2}", value)
    inner = any(sign.isupper() for sign in value[1:]) and not value.isupper()
    told = bool(join.strip(" \n-")) or "\n" in join
    if re.search(r"[^\w\-/]", value) and not value.endswith("'s"):
        return told
    if inner or quoted or value.isupper():
        return told
    # One bare word: a password after ':' or '=' or at the end of 'is ...'; adverbs and participles are prose.
    return (
        told
        and not low.endswith(("ly", "ed", "ing", "able"))
        and ("is" in join.lower() or ":" in join or "=" in join)
        and raw[-1:] in ".!" + low[-1:]
    )


def is_password_mail(subject: str, text: str) -> bool:
    """The subject says 'password' and the text is one."""
    found = _ONE_TOKEN.match(text)
    return bool(_ABOUT_PASSWORD.match(subject) and found and _is_value(found.group(1), ":"))


def candidates(texts: Iterable[str], limit: int) -> tuple[str, ...]:
    """Words of the message to try against a locked file: first those that a label points to, then what looks like a password."""
    ranked: dict[str, int] = {}
    for text in texts:
        for found in _VALUE.finditer(text):
            _rank(ranked, found.group("value"), 0)
        for found in _TOKEN.finditer(text):
            token = found.group()
            _rank(ranked, token, 1 if _likely(token) else 2)
        for date in _dates(text):
            _rank(ranked, date, 1)
    return tuple(sorted(ranked, key=lambda token: ranked[token])[:limit])


def _rank(ranked: dict[str, int], token: str, rank: int) -> None:
    bare = token.strip("\"'()<>[]").rstrip(".,;:!?")
    # 'papers Rainbow2026.zip': the word before a file's ending counts too.
    for reading in dict.fromkeys((bare, token, bare.rpartition(".")[0])):
        if len(reading) >= 3:
            ranked[reading] = min(rank, ranked.get(reading, 9))


def _likely(token: str) -> bool:
    return any(sign.isdigit() for sign in token) or any(sign.isupper() for sign in token[1:])


_DATE = re.compile(r"(?<![0-9])([0-3]?[0-9])[./\- ]([01]?[0-9])[./\- ]((?:19|20)?[0-9]{2})(?![0-9])")
_NHS = re.compile(r"(?<![0-9])[0-9]{3}[ .\-][0-9]{3}[ .\-][0-9]{4}(?![0-9])")


def _dates(text: str) -> Iterator[str]:
    """Dates and NHS numbers as people type them into a password box."""
    for found in _DATE.finditer(text):
        day, month, year = found.group(1).zfill(2), found.group(2).zfill(2), found.group(3)
        yield from (day + month + year, day + month + year[-2:], year + month + day, f"{day}/{month}/{year}")
    for found in _NHS.finditer(text):
        yield "".join(sign for sign in found.group() if sign.isdigit())
