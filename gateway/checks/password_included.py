"""The password in the same mail as the locked file, by words and by proof."""

from collections.abc import Iterator

from gateway.checks import own_password, passwords
from gateway.checks.desk import Desk, finding
from gateway.checks.normal import normalise
from gateway.model.findings import Finding, Reason
from gateway.model.message import Role


def check(desk: Desk) -> Iterator[Finding]:
    """`password.included`: named in words, or proven because a word of the message opens the file."""
    texts = _texts(desk)
    proof = _proof(desk, texts)
    if proof:
        yield finding(Reason.PASSWORD_INCLUDED, proof, "a word in this message opens the locked file")
        return
    plain = [(where, normalise(text).text) for where, text in texts]
    if desk.locked:
        where = next((where for where, text in plain if passwords.named(text)), None)
        if where is not None:
            yield finding(Reason.PASSWORD_INCLUDED, where, "the password is in the same message as the locked file")
            return
    if _ours(plain) or _alone(desk, plain):
        yield finding(Reason.PASSWORD_INCLUDED, "body", "a password that unlocks files is written in the message")


def _ours(plain: list[tuple[str, str]]) -> bool:
    """A password of ours, mailed after the file that it opens."""
    return any(own_password.stands_in(text) or (where == "body" and own_password.stands_alone_in(text)) for where, text in plain)


def _alone(desk: Desk, plain: list[tuple[str, str]]) -> bool:
    """The subject says 'password' and the text is nothing but one."""
    return any(passwords.is_password_mail(subject, text) for subject in desk.message.subjects for where, text in plain if where == "body")


def _texts(desk: Desk) -> list[tuple[str, str]]:
    """Everything a reader could take the password from: subject, texts, file names, fields, readable files beside."""
    message = desk.message
    texts = [("subject", subject) for subject in message.subjects]
    for part in message.parts:
        if part.role in (Role.BODY, Role.CALENDAR, Role.VCARD, Role.REPORT):
            texts += [("body", text) for text in part.texts]
        texts += [(part.where or "body", name) for name in part.names]
        description = part.header("content-description")
        if description:
            texts.append((part.where or "body", description.decode("utf-8", "replace")))
    texts += [
        ("subject", header.value.decode("utf-8", "replace"))
        for header in message.root.headers
        if header.name in ("comments", "keywords", "x-password")
    ]
    texts += [("body", text) for text in desk.file_texts]
    texts += [(locked.where, note) for locked in desk.locked for note in locked.container.notes]
    return texts


def _proof(desk: Desk, texts: list[tuple[str, str]]) -> str:
    """Path of a locked file that a word of the message opens, '' if none does."""
    limit = desk.looks_for.password_candidates
    if not desk.locked or limit <= 0:
        return ""
    words = passwords.candidates((normalise(text).text for _, text in texts), limit)
    for locked in desk.locked:
        if words and desk.read.opens_with(locked.content, locked.container, words, limit):
            return locked.where
    return ""
