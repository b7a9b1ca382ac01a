"""The subject and the texts that a reader of the message sees, and the fields of its invitations.

Promises: every reading of every text is judged, and the worst counts; where all that was found is quoted from one person,
the finding says whose words they are.
"""

import re
from collections.abc import Iterator

from gateway.checks import body, labels, links, subject
from gateway.checks.desk import Desk, finding, name_keys
from gateway.checks.invitation import fields_of
from gateway.checks.normal import normalise
from gateway.checks.quotes import only_from
from gateway.checks.spans import TextVerdict, in_words
from gateway.mail import decode_words
from gateway.model.findings import Finding, Reason
from gateway.model.message import Part, Role

# Fields that mail programs fill with the subject: a name that was taken out of one still stands in the other.
_ECHOES = ("thread-topic", "comments", "keywords")
_CJSM = re.compile(
    r"\s{0,8}(?:(?:re|fw|fwd|aw)\s{0,3}(?:\[\d{1,3}\])?:\s{0,8}|\[(?!CJSM\])[^\]]{1,20}\]\s{0,8}){0,20}\[CJSM\]", re.IGNORECASE
)
_LINES = 60
"""Lines of a text in which a greeting is looked for: the first ones."""


def check_subject(desk: Desk) -> Iterator[Finding]:
    """The subject in every reading, and the fields that echo it."""
    readings = [(text, "the subject") for text in desk.message.subjects]
    readings += [
        (text, f"the {name.title()} field") for name in _ECHOES for value in desk.message.headers(name) for text in decode_words(value)
    ]
    for text, where in readings:
        yield from _subject_like(text, where, desk)
    for text in desk.message.subjects:
        if _CJSM.match(normalise(text, markup=False).text):
            yield finding(Reason.THREAD_CJSM, "subject", "this conversation came through CJSM")
            break


def _subject_like(text: str, words: str, desk: Desk) -> Iterator[Finding]:
    verdict = desk.note(subject.look(text, desk.known, threshold=desk.looks_for.subject_score))
    if verdict.personal:
        shown = f"{words} holds {in_words(tuple(one for one in verdict.findings if one.kind != 'MARKING'))}"
        kinds = tuple(kind for kind in verdict.kinds if kind != "MARKING")
        yield finding(
            Reason.SUBJECT_PERSONAL, "subject", shown, kinds=kinds, score=verdict.score, quoted_from=_own_name(text, verdict, desk)
        )
    for marking in verdict.markings:
        yield finding(Reason.SUBJECT_MARKED, "subject", f"{words} is marked {marking}", kinds=(marking,))
    if not verdict.complete:
        yield finding(Reason.MESSAGE_UNCHECKED, "subject", "the subject is longer than we look at")


def _own_name(text: str, verdict: TextVerdict, desk: Desk) -> str:
    """The only recipient's address, when the subject holds nothing but that person's own name ('Interview - Priya Shah' to pshah88@)."""
    visible = {box.address.lower() for box in (*desk.message.to, *desk.message.cc)}
    if len(visible) != 1 or subject.about_a_case(text) or any(one.weight and one.kind != "PERSON" for one in verdict.findings):
        return ""
    address = next(iter(visible))
    named = [text[one.start : one.end] for one in verdict.findings if one.kind == "PERSON"]
    return address if named and all(_is_of(name, address, desk) for name in named) else ""


def _is_of(name: str, address: str, desk: Desk) -> bool:
    local = re.sub(r"[^a-z]", "", address.rpartition("@")[0])
    for key in name_keys(name):
        one, two = key.split(" ")
        shapes = {one + two, two + one, one[0] + two, two[0] + one, one + two[0], two + one[0]}
        if local in shapes or _greeted(desk) in (one, two):
            return True
    return False


_GREETING = re.compile(
    r"^\s{0,8}(?:dear|hi|hello|good (?:morning|afternoon|evening)|annwyl)\s{1,3}(?:mr|mrs|ms|miss|dr)?\s{0,2}([a-z][a-z'\-]{1,30})",
    re.IGNORECASE | re.MULTILINE,
)


def _greeted(desk: Desk) -> str:
    """Who the text greets, lower case; '' if nobody."""
    for part in desk.message.leaves:
        if part.role is Role.BODY and part.texts:
            found = _GREETING.search("\n".join(normalise(part.texts[0][:4000]).text.splitlines()[:_LINES]))
            return found.group(1).lower() if found else ""
    return ""


def check_texts(desk: Desk) -> Iterator[Finding]:
    """Bodies, calendar entries, contact cards and report texts."""
    seen: set[tuple[Reason, str, tuple[str, ...]]] = set()
    for one in _all_texts(desk):
        key = (one.reason, one.where, one.kinds)
        if key not in seen:
            seen.add(key)
            yield one


def _all_texts(desk: Desk) -> Iterator[Finding]:
    attached = tuple(f"{part.where}/" for part in desk.message.parts if part.media_type == "message/rfc822" and part.where)
    for part in desk.message.parts:
        if part.role is Role.CALENDAR:
            yield from _calendar(part, desk)
        elif part.role in (Role.BODY, Role.VCARD, Role.REPORT):
            inside = next((prefix[:-1] for prefix in attached if part.where.startswith(prefix)), "")
            for text in dict.fromkeys(part.texts or _as_text(part)):
                yield from _body_like(text, inside, desk, markup=part.media_type == "text/html")


def _as_text(part: Part) -> tuple[str, ...]:
    return tuple(content.decode("utf-8", "replace") for content in part.contents)


def _calendar(part: Part, desk: Desk) -> Iterator[Finding]:
    """An invitation: its summary is judged as a subject, other fields as text; an attached file counts as one."""
    for text in dict.fromkeys(part.texts or _as_text(part)):
        for field in fields_of(text):
            if field.name == "SUMMARY":
                yield from _subject_like(field.value, "the title of the invitation", desk)
            elif field.name == "ATTACH" and any(child.role is Role.ATTACHMENT for child in part.children):
                continue  # The reader has made a part of it, which is judged as every file is.
            elif field.name == "ATTACH":
                yield finding(Reason.ATTACHMENT_UNPROTECTED, part.where or "body", "the invitation carries a file")
            else:
                yield from _body_like(field.value, "", desk, markup="<" in field.value)


def _body_like(text: str, attached: str, desk: Desk, *, markup: bool) -> Iterator[Finding]:
    looks_for = desk.looks_for
    verdict = desk.note(
        body.look(text, desk.known, threshold=looks_for.body_score, limit=looks_for.text_bytes, markup=markup, patterns=looks_for.patterns)
    )
    where = attached or "body"
    words = "the attached email" if attached else "the text"
    if verdict.personal:
        reason = Reason.ATTACHMENT_PERSONAL if attached else Reason.BODY_PERSONAL
        telling = tuple(one for one in verdict.findings if one.kind != "MARKING")
        kinds = tuple(dict.fromkeys(one.kind for one in telling))
        yield finding(
            reason,
            where,
            f"{words} holds {in_words(telling)}",
            kinds=kinds,
            score=verdict.score,
            quoted_from=_quoted(text, verdict, markup, desk),
        )
    for marking in verdict.markings:
        reason = Reason.LABEL_CONFIDENTIAL if attached else Reason.BODY_MARKED
        yield finding(reason, where, f"{words} is marked {marking}", kinds=(marking,))
    if verdict.people >= looks_for.bulk_people:
        yield finding(Reason.BULK_PERSONAL, where, f"{words} lists about {verdict.people} people", kinds=("PEOPLE",), count=verdict.people)
    if not verdict.complete:
        yield finding(Reason.MESSAGE_UNCHECKED, where, f"{words} is longer than we look at")
    for host in dict.fromkeys(links.file_links(text, looks_for.sign_in_link_domains)):
        yield finding(Reason.BODY_FILE_LINK, where, f"{words} holds a link to a file on {host} that anyone with the link can open")


def _quoted(text: str, verdict: TextVerdict, markup: bool, desk: Desk) -> str:
    """Whose quoted words hold everything that weighs; '' where the sender's own words hold some of it."""
    plain = normalise(text, markup=markup)
    offsets = [one.start for one in verdict.findings if one.kind not in ("MARKING", "HIDDEN")]
    if plain.pieces:
        # Offsets are those of the original; quotation marks are looked for in what a reader sees.
        offsets = [_here(plain.pieces, offset) for offset in offsets]
    boxes = (*desk.message.to, *desk.message.cc)
    names = {box.display.lower(): box.address.lower() for box in boxes if len(box.display) > 4}
    return only_from(plain.text, offsets, names) if offsets else ""


def _here(pieces: tuple[tuple[int, int, bool], ...], offset: int) -> int:
    """The offset in the plain reading of a place in the original."""
    from bisect import bisect_right

    here, there, exact = pieces[max(0, bisect_right(pieces, offset, key=lambda piece: piece[1]) - 1)]
    return here + (offset - there if exact else 0)


def check_labels(desk: Desk) -> Iterator[Finding]:
    """Sensitivity and sensitivity labels of the message itself."""
    for value in desk.message.headers("sensitivity"):
        word = labels.sensitivity(value.decode("latin-1"))
        if word:
            yield finding(Reason.LABEL_CONFIDENTIAL, "subject", f"the message is marked {word} in Outlook", kinds=("CONFIDENTIAL",))
            break
    if any(labels.own_label(value.decode("latin-1"), desk.looks_for.label_ids) for value in desk.message.headers("msip_labels")):
        yield finding(Reason.LABEL_CONFIDENTIAL, "subject", "the message carries a confidential sensitivity label", kinds=("CONFIDENTIAL",))
