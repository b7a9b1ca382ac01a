"""The dictionaries of a PDF as a reader sees them: nothing in a string or a comment counts."""

import pytest

from gateway.mail.containers import recognise
from gateway.mail.containers.pdf import _leads_to_locked, _lock_of, _read
from gateway.model.findings import State
from gateway.workers.quiet import quiet
from tests.mail.containers import makers as m


@pytest.mark.parametrize(
    ("trailer", "lock"),
    [
        (b"<</Root 1 0 R/Encrypt 9 0 R>>", b"9 0 R"),
        (b"<</Root 1 0 R /Encrypt\r\n9 0 R>>", b"9 0 R"),
        (b"<</Root 1 0 R/#45ncrypt 9 0 R>>", b"9 0 R"),
        (b"<</Root 1 0 R/Encrypt<</V 5>>>>", b"<<"),
        (b"<</Root 1 0 R/Encrypt null>>", b""),
        (b"<</Root 1 0 R/EncryptNot 9 0 R>>", b""),
        (b"<</Root 1 0 R %/Encrypt 9 0 R\n>>", b""),
        (b"<</Root 1 0 R/A(/Encrypt 9 0 R)>>", b""),
        (b"<</A((x)/Encrypt 9 0 R)/Root 1 0 R>>", b""),
        (b"<</ID[(a%b)(c\\)d%)]/Encrypt 9 0 R>>", b"9 0 R"),
        (b"<</ID[(a(%b)c)<0a25>]/Encrypt 9 0 R>>", b"9 0 R"),
        (b"<</A(never closed/Encrypt 9 0 R>>", b""),
    ],
)
def test_only_a_true_reference_is_a_lock(trailer: bytes, lock: bytes) -> None:
    assert _lock_of(_read(trailer)) == lock


def test_a_trailer_without_a_root_leads_nowhere() -> None:
    assert _leads_to_locked(_read(b"<</Size 91/Prev 5>>"))
    assert not _leads_to_locked(_read(b"<</Size 91/Root 1 0 R>>"))


@pytest.mark.tools("qpdf")
def test_random_identifiers_never_cost_an_honest_file_its_strength() -> None:
    options = ("--encrypt", m.PASSWORD, "o", "256", "--")
    states = {recognise(m.by_qpdf(*options)).protection.state for _ in range(12)}
    assert states == {State.STRONG}


def test_a_pdf_locked_by_the_gateway_itself_is_strong_every_time() -> None:
    assert {recognise(m.by_pypdf()).protection.state for _ in range(12)} == {State.STRONG}


def test_what_a_damaged_pdf_says_reaches_no_log(caplog: pytest.LogCaptureFixture) -> None:
    quiet()  # as every process of the gateway is
    recognise(m.plain_pdf().replace(b"startxref\n", b"startxref\n9") + b"/Encrypt")
    assert caplog.records == []
