"""What workers say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.findings import Attachment, Finding, Findings, Member, Protection, Reason, Request, State
from gateway.workers import Examined, examine_now
from gateway.workers.wire import decode, encode
from tests.workers.mails import mail

FINDINGS = Findings(
    items=(Finding(Reason.ATTACHMENT_WEAK, "2", "plan.zip is weakly protected", ("PERSON", "DOB"), 3, 0.5, "a@b"),),
    attachments=(
        Attachment("2", "plan.zip", "zip", "application/zip", Protection(State.WEAK, "ZipCrypto", 96), 10, "ab", (Member("a", "docx"),)),
    ),
    requests=(Request.SECURE,),
    visible=("a@b",),
    signed=True,
)


def test_findings_come_back_as_they_were() -> None:
    assert decode(Findings, encode(FINDINGS)) == FINDINGS


def test_an_examined_message_comes_back_as_it_was() -> None:
    examined = examine_now(mail(b"%PDF-1.4"))
    assert decode(Examined, encode(examined)) == examined


@given(st.text(st.characters()), st.binary())
def test_any_text_and_bytes_survive(text: str, raw: bytes) -> None:
    finding = Finding(Reason.BODY_MARKED, "", text)
    assert decode(Finding, encode(finding)) == finding
    assert decode(bytes, encode(raw)) == raw


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"{}",
        b"[]",
        b'[[["no.such.reason","","",[],0,1,""]],[],[],[],false,false,false]',
        b'[[["body.marked","","",[],true,1,""]],[],[],[],false,false,false]',
        b'[[["body.marked","",7,[],0,1,""]],[],[],[],false,false,false]',
        b'[[],[],[],[],false,false,false,"more"]',
        b"[" * 100_000,
        b"cos\nsystem\n(S'true'\ntR.",
        b"\xff",
    ],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        decode(Findings, content)
