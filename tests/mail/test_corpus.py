"""Real and odd messages of public projects: all are read, and honest ones make nobody look."""

import email

import pytest

from gateway.mail import read

from .corpus_criterion import LIST, well_formed_files
from .laws import check_laws

WELL_FORMED = LIST.read_text().split()
# Well formed, and still a person must look: each with its reason.
EXPLAINED = {
    "emails/stalwart/rfc-001.eml": "three message/external-body parts: what they point to was never here",
}


@pytest.fixture(scope="module")
def corpus(shared):
    return shared / "corpus"


def doubts(raw):
    return [defect.code for defect in read(raw).defects if defect.ambiguous or defect.unchecked]


def test_the_list_is_what_the_criterion_says(corpus):
    assert well_formed_files(corpus) == WELL_FORMED


def test_every_message_of_the_corpus_is_read(corpus):
    for path in (corpus / "emails").rglob("*"):
        if path.is_file():
            check_laws(path.read_bytes())


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_at_most_two_in_a_hundred_well_formed_messages_are_doubtful_and_each_is_explained(corpus, newline):
    raws = {name: (corpus / name).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", newline) for name in WELL_FORMED}
    doubtful = [name for name, raw in raws.items() if doubts(raw)]
    assert doubtful == sorted(EXPLAINED)
    assert len(doubtful) <= len(WELL_FORMED) * 0.02


def test_what_the_standard_library_decodes_is_found(corpus):
    missing = []
    for name in sorted(set(WELL_FORMED) - set(EXPLAINED)):
        raw = (corpus / name).read_bytes()
        ours = {content.replace(b"\r\n", b"\n").strip() for part in read(raw).parts for content in part.contents}
        for part in email.message_from_bytes(raw).walk():
            content = b"" if part.is_multipart() else part.get_payload(decode=True)
            if content.replace(b"\r\n", b"\n").strip() not in ours | {b""}:
                missing.append((name, part.get_content_type()))
    assert missing == []


def test_every_attachment_of_the_winmail_samples_is_found(corpus):
    counts = {}
    for path in sorted((corpus / "attachments" / "mimekit").glob("*.tnef")):
        message = read(b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: binary\r\n\r\n" + path.read_bytes())
        counts[path.stem] = sum(1 for part in message.parts if part.names and part.where)
    assert counts == {
        "MAPI_ATTACH_DATA_OBJ": 3,
        "MAPI_OBJECT": 1,
        "attachments": 2,
        "body": 0,
        "christmas": 4,
        "data-before-name": 3,
        "garbage-at-end": 0,
        "long-filename": 1,
        "missing-filenames": 4,
        "multi-name-property": 0,
        "multi-value-attribute": 1,
        "one-file": 1,
        "panic": 3,
        "rtf": 0,
        "triples": 0,
        "two-files": 2,
        "unicode-mapi-attr": 1,
        "unicode-mapi-attr-name": 4,
        "winmail": 2,
    }
