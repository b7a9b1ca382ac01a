"""On which ground somebody says that information may be shared: recognised in the words that they gave (requirements H8, H9).

The guidance knows consent and the public interest; the UK GDPR (article 6) adds public task, vital interests and legal duty.
Promises: a ground is named only where the words say it; a denied one ("no consent", "without her consent") is not that ground; more
than one can be named. The words themselves stay as they are. Pure.
"""

import re
from enum import StrEnum


class Ground(StrEnum):
    """Why information may be shared, in the order in which a form would ask."""

    CONSENT = "consent"
    VITAL_INTERESTS = "vital interests"
    LEGAL_DUTY = "legal duty"
    PUBLIC_TASK = "public task"
    PUBLIC_INTEREST = "public interest"


_WHO = r"(?:mum|mother|dad|father|parents?|carers?|guardian|family|client|patient|tenant|s?he|they|child|pupil|young person)"
_WORDS: dict[Ground, tuple[str, ...]] = {
    Ground.CONSENT: (
        *(r"consent(?:ed|s)?", r"cydsyniad", r"caniat[aâ]d", r"(?:has|have|had|gave|given|giving|with|got) (?:\w+ ){0,3}permission"),
        rf"{_WHO} (?:has |have |are |is )?(?:agreed|agrees?|happy for us to)",
    ),
    Ground.VITAL_INTERESTS: (
        *(r"vital interests?", r"life or death", r"(?:danger|risk) to life", r"life at risk", r"immediate (?:risk|danger)"),
        *(r"at (?:immediate |serious )?risk", r"(?:significant|serious) harm", r"emergency", r"suicid\w+"),
        r"missing (?:child|person|from (?:home|care))",
    ),
    Ground.LEGAL_DUTY: (
        *(r"legal (?:duty|obligation|requirement)", r"legally (?:required|obliged|bound)", r"required by (?:law|the court|statute)"),
        *(r"court (?:order|direct\w+)", r"ordered by (?:the |a )?(?:court|judge)", r"statutory (?:duty|requirement|obligation)"),
        *(r"subject access request", r"witness summons", r"disclosure order", r"duty to (?:report|disclose)"),
    ),
    Ground.PUBLIC_TASK: (
        *(r"public task", r"official (?:duty|authority|function)", r"statutory function", r"(?:section|s\.?) ?(?:17|20|31|47)"),
        *(r"safeguarding", r"child protection", r"child in need", r"strategy (?:meeting|discussion)", r"case conference"),
        *(r"marac", r"mappa", r"mash", r"ehcp?", r"c(?:in|p) plan"),
    ),
    Ground.PUBLIC_INTEREST: (
        *(r"public interest", r"prevent(?:ion)?(?: \w+){0,2} (?:crime|harm)", r"detect(?:ion)?(?: \w+){0,2} crime"),
        r"police (?:enquiry|inquiry|investigation)",
    ),
}
_SAYS = {ground: re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE) for ground, words in _WORDS.items()}
_DENIALS = (
    *(r"no", r"not", r"never", r"without", r"lack(?:s|ing)?", r"refus(?:ed|es|al|ing)", r"withdr[ae]wn?", r"declin(?:ed|es)"),
    *(r"cannot", r"\w+n't", r"unable"),
)
_DENIED = re.compile(rf"\b(?:{'|'.join(_DENIALS)})(?: \w+){{0,6}} ?$", re.IGNORECASE)
_DENIED_AFTER = re.compile(
    r"^ (?:is |was |has been |have been )?(?:not|never|refused|withdrawn|declined|missing|needed|required)\b", re.IGNORECASE
)
_BEFORE = 60
"""Characters before a word in which it is denied: 'we could not get her explicit and informed consent'."""


def grounds(words: str) -> tuple[Ground, ...]:
    """The grounds that the words name; () where they name none."""
    return tuple(ground for ground, says in _SAYS.items() if any(_is_said(words, found) for found in says.finditer(words)))


def _is_said(words: str, found: re.Match[str]) -> bool:
    sentence = re.split(r"[.;!?\n]", words[max(0, found.start() - _BEFORE) : found.start()])[-1]
    return not _DENIED.search(sentence) and not _DENIED_AFTER.match(words[found.end() : found.end() + _BEFORE])
