"""What a person wrote in a reply, told apart from everything that mail programs put around it.

Promises: quoted text, a signature, a greeting, a classification line or an automatic footer is never taken for a person's words; where
it cannot be told, nothing is taken, and the person is asked again. Plain text counts; where there is none, the HTML does.
Pure: a message in, lines out. Nothing here decides what is done with the words.
"""

import re
from collections.abc import Iterator

from gateway.mail.text import extract
from gateway.model.judgement import Remedy
from gateway.model.message import Message, Part, Role

# Words of "Re:" and "Fwd:" in English, Welsh, German, French, Dutch and Scandinavian mail programs.
_REPLY = re.compile(r"\s*(?:re|fw|fwd|atb|ateb|aw|wg|antw|tr|sv|vs)\s*(?:\[\d{1,3}\])?\s*:\s*", re.IGNORECASE)
# The subjects of our own notices (gateway.notices), which a reply leaves as they are.
_OURS = re.compile(
    r"(?:not (?:sent|delivered)(?: yet)?|done|delayed|still waiting|reported|(?:please|urgent: please) check|what would happen)\s*:"
    r"|(?:already )?sent(?:, (?:but please read|with locked files))?\s*:",
    re.IGNORECASE,
)
_DIVIDER = re.compile(r"[_=*]{5,}|-{3,}.*|-{2,}\s*\S.*\S\s*-{2,}|--\s?")
_HEADER = re.compile(
    r"\*{0,2}(?:from|von|oddi wrth|de|sent|anfonwyd|gesendet|envoyé)\s?:\*{0,2}(?:\s|$)|\*{0,2}o\s?:\*{0,2}\s.*[@<]", re.IGNORECASE
)
_WROTE = re.compile(r"\b(?:wrote|ysgrifennodd|schrieb|a écrit)\b", re.IGNORECASE)
_WHEN = re.compile(r"(?:on|ar|am|le)\s.*\d|\d{4}-\d\d-\d\d\s", re.IGNORECASE)
_FOOTER = re.compile(
    r"sent from |sent via |get outlook|begin forwarded|anfonwyd o |wedi'i anfon o |von meinem .* gesendet|gesendet (?:von|mit|aus) |"
    r"envoyé de |this (?:e-?mail|message) (?:and|is|may|contains)|disclaimer|confidentiality notice|mae'r (?:e-?bost|neges) hwn",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:many |with |kind |kindest |warm |best |all good |my )*(?:regards|wishes|thanks|thank you)|ta|cheers|best"
    r"|yours(?: sincerely| faithfully)?"
    r"|(?:many )?thanks (?:again|in advance)|sincerely|rgds|kr|cofion(?: (?:cynnes|gorau))?|(?:llawer o )?diolch(?: yn fawr)?|yn gywir"
    r"|mit freundlichen grüßen|(?:viele|liebe|beste|schöne) grüße|vielen dank|danke|gruß|mfg|vg|lg)\s*[,.!]*",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"(?:hi|hiya|hello|hey|dear|good (?:morning|afternoon|evening)|morning|afternoon|helo|shwmae|annwyl|bore da|prynhawn da|noswaith dda"
    r"|hallo|guten (?:tag|morgen|abend)|lieber?|liebes|sehr geehrter?|moin|to whom it may concern)\b(?P<rest>[^,!.:]*)[,!.:]*",
    re.IGNORECASE,
)
# "Hi", "Dear gateway team": a greeting names up to three words more; a longer line is a sentence.
_GREETED_WORDS = 3
# Council mail programs put these above or below what is written.
_MARKING = re.compile(r"\W*(?:classification\s*:\s*)?official(?:\s*-?\s*sensitive)?(?:\s*[:\-]\s*[\w ]{1,40})?\W*", re.IGNORECASE)
# Where HTML begins to quote or to sign; what stands before it is the person's.
_TAGS = "|".join(
    (
        *("gmail_quote", "gmail_attr", "gmail_signature", "gmail_extra", "moz-cite-prefix", "moz-signature", "divRplyFwdMsg"),
        *("appendonsend", "mail-editor-reference", "ms-outlook-mobile", "yahoo_quoted", "AppleMailSignature", "Signature"),
        *("OutlookMessageHeader", "signature", "protonmail_quote", "reply-intro"),
    )
)
_QUOTE_TAG = re.compile(
    rf"<(?:blockquote|hr)\b|<[a-z]+\s[^>]{{0,500}}?\b(?:id|class)\s*=\s*[\"']?[^\"'>]{{0,200}}?(?:{_TAGS})", re.IGNORECASE
)
_INVISIBLE = str.maketrans({"\u00a0": " ", "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "", "\u00ad": ""})
_HEAD = re.compile(r"<head\b.*?</head\s*>|<title\b.*?</title\s*>", re.IGNORECASE | re.DOTALL)
# An introduction of a quotation is wrapped over at most three lines.
_WRAPPED = 3


def words(message: Message, verb: Remedy) -> str:
    """What the person says to `verb`: the new subject, else the reason."""
    if verb is Remedy.SUBJECT:
        return subject_line(message)
    return without_verb(" ".join(written_lines(message)), verb)


def subject_line(message: Message) -> str:
    """The new subject: what stands behind SUBJECT in the Subject of the request, else its first line, else its Subject if that is new."""
    given = message.subject.translate(_INVISIBLE).strip()
    is_reply = False
    while found := _REPLY.match(given):
        given, is_reply = given[found.end() :], True
    said = without_verb(given, Remedy.SUBJECT)
    first = without_verb(next(written_lines(message), ""), Remedy.SUBJECT)
    if said != given:
        return said or first
    new = "" if _OURS.match(given) else given
    return (first or new) if is_reply else (new or first)


def without_verb(text: str, verb: Remedy) -> str:
    """'SUBJECT: School transport' is 'School transport': people repeat the word they were told."""
    head = text[: len(verb.value)]
    rest = text[len(verb.value) :]
    return rest.strip(" :\u2013-") if head.upper() == verb.value and (not rest or not rest[0].isalnum()) else text


def written_lines(message: Message) -> Iterator[str]:
    """The lines that the person wrote, up to the first quoted one, the signature or a footer; greetings are left out."""
    lines = body_lines(message)
    names = author_names(message)
    for number, line in enumerate(lines):
        if ends_the_words(lines[number : number + _WRAPPED], names):
            return
        if line and not is_greeting(line) and not _MARKING.fullmatch(line):
            yield line


def ends_the_words(lines: list[str], names: frozenset[str]) -> bool:
    """From this line on it is a quotation, a signature or a footer. `lines`: the line and those after it."""
    line = lines[0]
    if not line:
        return False
    if line.startswith((">", "|")) or _DIVIDER.fullmatch(line) or _HEADER.match(line) or _FOOTER.match(line) or _CLOSING.fullmatch(line):
        return True
    return introduces_quotation(lines) or is_signature(line, names)


def introduces_quotation(lines: list[str]) -> bool:
    """'On Friday ... wrote:', on one line or wrapped over a few."""
    if lines[0].endswith(":") and _WROTE.search(lines[0]):
        return True
    together = ""
    for line in lines:
        together = f"{together} {line}".strip()
        if _WHEN.match(together) and (_WROTE.search(together) and together.endswith(":")):
            return True
    return False


def is_greeting(line: str) -> bool:
    found = _GREETING.fullmatch(line)
    return found is not None and len(found["rest"].split()) <= _GREETED_WORDS


def is_signature(line: str, names: frozenset[str]) -> bool:
    """The line is, or begins with, the name of whoever wrote it: 'Jo Bell', 'Jo', 'BELL, Jo | Social Worker'."""
    first = re.split(r"\s*[|\u2022/(]|\s[-\u2013]\s", line, maxsplit=1)[0]
    tokens = re.findall(r"[^\W\d_][\w'\-]*", first.lower())
    return bool(tokens) and len(tokens) <= len(names) and set(tokens) <= names


def author_names(message: Message) -> frozenset[str]:
    """The words of the writer's name, from the displayed name and the address ('jo.bell@...')."""
    # The local part of a shared mailbox ('school.transport') may be what the mail is about: it counts only where no name is shown.
    said = " ".join(author.display or author.address.partition("@")[0] for author in (*message.authors, *message.senders))
    return frozenset(re.findall(r"[^\W\d_][\w'\-]*", said.lower().replace(".", " ").replace("_", " ")))


def body_lines(message: Message) -> list[str]:
    """The lines of the body, blank ones too: its plain text, or its HTML up to where that begins to quote."""
    bodies = [part for part in message.parts if part.role is Role.BODY and part.texts]
    for part in bodies:
        if part.media_type == "text/plain" and part.texts[0].translate(_INVISIBLE).strip():
            return tidy(flowed(part))
    for part in bodies:
        if part.media_type == "text/html":
            return tidy(html_text(part.texts[0]))
    return []


def tidy(text: str) -> list[str]:
    return [" ".join(line.translate(_INVISIBLE).split()) for line in text.splitlines()]


def flowed(part: Part) -> str:
    """Plain text with soft line breaks joined (RFC 3676 4.1); '-- ' begins a signature and is never joined."""
    text = part.texts[0].replace("\r\n", "\n")
    if ("format", "flowed") not in [(name, value.lower()) for name, value in part.parameters]:
        return text
    return re.sub(r"(?m)^(?!-- $)(?!>)(.*\S) \n(?!>|-- $|\n)", r"\1 ", text)


def html_text(page: str) -> str:
    found = _QUOTE_TAG.search(page)
    own = _HEAD.sub("", page[: found.start()] if found else page)
    read = extract(own.encode("utf-8", "replace"), "html")
    return "\n".join(text.text for text in read.texts if not text.hidden)
