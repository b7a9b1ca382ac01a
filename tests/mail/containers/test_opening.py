"""A word of the message that opens the file is found, whatever the format; a wrong one never is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.mail.containers import opens_with, recognise
from tests.mail.containers import makers as m

WORDS = ("Thursday", "plan", "Winter-Garden-4", m.PASSWORD, "later")
WRONG = ("Thursday", "plan", "winter-garden-41", "Winter-Garden-41 ")
P = f"-p{m.PASSWORD}"

MADE: tuple[tuple[str, tuple[str, ...], Callable[[], bytes]], ...] = (
    ("zip AES-256", (), m.by_pyzipper),
    ("zip AES-128", (), lambda: m.by_pyzipper(128)),
    ("zip ZipCrypto", ("zip",), lambda: m.by_zip("-e", "-P", m.PASSWORD)),
    ("zip ZipCrypto stored", ("zip",), lambda: m.by_zip("-0", "-e", "-P", m.PASSWORD)),
    ("zip ZipCrypto streamed", ("bsdtar",), lambda: m.by_bsdtar("--format", "zip", "--options", "zip:encryption=zipcrypt")),
    ("7z", ("7zz",), lambda: m.by_7z(P, ending="7z")),
    ("7z stored", ("7zz",), lambda: m.by_7z(P, "-mx0", ending="7z")),
    ("7z with encrypted header", ("7zz",), lambda: m.by_7z(P, "-mhe=on", ending="7z")),
    ("pdf AES-256", ("qpdf",), lambda: m.qpdf_locked(256)),
    ("pdf AES-128", ("qpdf",), lambda: m.qpdf_locked(128, "--use-aes=y")),
    ("pdf RC4", ("qpdf",), lambda: m.qpdf_locked(40)),
    ("docx agile", (), m.by_msoffcrypto),
    ("odt", (), m.opendocument),
    ("pgp", ("gpg",), lambda: m.by_gpg("-c", "--cipher-algo", "AES256")),
    ("pgp armoured, AES-128", ("gpg",), lambda: m.by_gpg("-c", "-a", "--cipher-algo", "AES")),
)


@pytest.mark.parametrize("make", [pytest.param(make, id=name, marks=pytest.mark.tools(*tools)) for name, tools, make in MADE])
def test_the_word_that_opens_the_file_is_found(make: Callable[[], bytes]) -> None:
    content = make()
    container = recognise(content)
    assert opens_with(content, container, WORDS) == m.PASSWORD
    assert opens_with(content, container, WRONG) is None


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("rarfile/rar5-psw.rar", "password"),
        ("rarfile/rar5-hpsw.rar", "password"),
        ("msoffcrypto/example_password.docx", "Password1234_"),
        ("msoffcrypto/ecma376standard_password.docx", "Password1234_"),
        ("msoffcrypto/rc4cryptoapi_password.doc", "Password1234_"),
        ("msoffcrypto/rc4cryptoapi_password.xls", "Password1234_"),
    ],
)
def test_files_of_other_projects_open_with_their_password(shared: Path, name: str, word: str) -> None:
    content = (shared / "corpus" / "attachments" / name).read_bytes()
    container = recognise(content)
    assert opens_with(content, container, ("wrong", word)) == word
    assert opens_with(content, container, ("wrong", "password2")) is None


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: m.by_zipfile({"a.txt": b"x", "b.zip": m.by_pyzipper()}), id="zip in zip"),
        pytest.param(lambda: m.tar("gz", {"b.zip": m.by_pyzipper()}), id="zip in tar.gz"),
        pytest.param(lambda: m.by_zipfile({"b.zip": m.by_zipfile({"c.docx": m.by_msoffcrypto()})}), id="Office file two zips deep"),
    ],
)
def test_a_locked_file_inside_plain_ones_is_tried_too(make: Callable[[], bytes]) -> None:
    content = make()
    assert opens_with(content, recognise(content), WORDS) == m.PASSWORD
    assert opens_with(content, recognise(content), WRONG) is None


def test_no_more_words_are_tried_than_the_budget_allows() -> None:
    content = m.by_pyzipper()
    assert opens_with(content, recognise(content), WORDS, budget=3) is None


def test_a_file_that_is_no_container_opens_with_nothing() -> None:
    assert opens_with(m.TEXT, recognise(m.TEXT), WORDS) is None
    assert opens_with(b"PK\x03\x04", recognise(b"PK\x03\x04"), WORDS) is None
