"""What a detector saw in one text: stretches with a kind and a weight, and their sum.

Promises: `shown` never contains the value ('a name like K*** T***'); a verdict's score is the sum that `explain` prints.
"""

from gateway.model.data_subject import DataSubject
from gateway.model.frozen import frozen

# Plain words for each kind; '{}' takes the redacted sample.
WORDS = {
    "PERSON": "a name like {}",
    "INITIALS": "initials with other details",
    "DOB": "a date of birth",
    "ADDRESS": "a home address",
    "POSTCODE": "a postcode",
    "PHONE": "a phone number",
    "EMAIL": "an email address",
    "NHS": "an NHS number",
    "CHI": "a CHI number",
    "NINO": "a National Insurance number",
    "UPN": "a unique pupil number",
    "ULN": "a unique learner number",
    "PNC": "a police PNC number",
    "CRO": "a criminal records number",
    "ASN": "an arrest summons number",
    "DRIVING_LICENCE": "a driving licence number",
    "PASSPORT": "a passport number",
    "PRISON": "a prison number",
    "LOCAL_ID": "a case number",
    "LISTED": "a word on your organisation's list",
    "MARKING": "a protective marking",
    "CONCERN": "words about somebody's private life",
    "WORK": "words about work",
    "HIDDEN": "text hidden with invisible characters",
    "PEOPLE": "a list of people",
}


@frozen
class Span:
    """A stretch [start, end) of the given text, in code points. `weight` 1.0 alone makes a text confidential."""

    kind: str
    start: int
    end: int
    shown: str
    weight: float = 0.0


@frozen
class TextVerdict:
    """What was seen in a text. `score` is the sum of weights; `people` counts distinct persons in lists and tables."""

    confidential: bool
    score: float = 0.0
    people: int = 0
    findings: tuple[Span, ...] = ()
    markings: tuple[str, ...] = ()
    complete: bool = True
    """False: the text was longer than is looked at, or a budget ran out."""
    about: tuple[DataSubject, ...] = ()
    """The people whom numbers or names with birthdays name."""

    @property
    def personal(self) -> bool:
        """Confidential for what it says, not for a marking."""
        return any(span.weight and span.kind != "MARKING" for span in self.findings) and self.confidential

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(span.kind for span in self.findings if span.kind != "WORK"))


NOTHING = TextVerdict(False)


def redact(name: str) -> str:
    """'Kayleigh Thompson' -> 'K*** T***': enough for its writer to recognise, too little for a reader of the log."""
    return " ".join(f"{word[0].upper()}***" for word in name.replace(",", " ").split() if word[:1].isalpha())


def span(kind: str, start: int, end: int, text: str, weight: float = 0.0) -> Span:
    words = WORDS.get(kind, "personal details")
    return Span(kind, start, end, words.format(redact(text[start:end])), weight)


def in_words(spans: tuple[Span, ...]) -> str:
    """The most telling kinds in one phrase: 'a name like K*** T***, a date of birth and an NHS number'."""
    shown = list(dict.fromkeys(one.shown for one in sorted(spans, key=lambda one: -one.weight) if one.weight > 0))[:3]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)
