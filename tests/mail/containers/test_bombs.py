"""Containers made to exhaust a reader end quickly, incomplete, with a reason, and never as protected."""

import resource
import time
from collections.abc import Callable

import pytest

from gateway.mail.containers import ContainerError, Limits, members_of, recognise
from gateway.model.findings import State
from tests.mail.containers import makers as m
from tests.mail.containers.bombs import BOMBS, MEGABYTE, bomb, huge_dictionary, quick_opens

# The budget of one message (threats: 2 s of CPU, 256 MB); a shared machine is given some air.
SECONDS, MEMORY_KB = 4.0, 262_144


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in BOMBS])
def test_a_bomb_ends_as_incomplete_within_its_budget(make: Callable[[], bytes]) -> None:
    content = make()
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    container = recognise(content)
    assert time.process_time() - start < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY_KB
    assert container.protection.state is not State.STRONG
    assert not container.complete
    assert container.notes


def test_a_member_that_lies_about_its_size_is_not_read_beyond_the_limit() -> None:
    content = bomb(80 * MEGABYTE, says=100)
    with pytest.raises(ContainerError):
        list(members_of(content, recognise(content)))


def test_the_members_before_the_limit_are_given() -> None:
    content = m.by_zipfile({"a.txt": b"one", "b.txt": b"two", "c.txt": b"three"})
    seen = []
    with pytest.raises(ContainerError):
        for name, _ in members_of(content, recognise(content), Limits(total_bytes=8)):
            seen.append(name)
    assert seen == ["a.txt", "b.txt"]


@pytest.mark.tools("7zz")
def test_a_dictionary_of_four_gigabytes_is_refused() -> None:
    content = huge_dictionary()
    container = recognise(content)
    assert not container.complete
    with pytest.raises(ContainerError):
        list(members_of(content, container))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"%PDF-1.7\n" + b"stream\n" * 3_000_000 + b"trailer/Root/Encrypt 1 0 R", id="pdf of streams"),
        pytest.param(b"%PDF-1.7\n" + b"1 0 obj<<>>stream\nx endstream\n" * 500_000 + b"trailer/Root/Encrypt 1 0 R", id="pdf of objects"),
        pytest.param(b"PK\3\4" + b"PK\1\2" * 4_000_000 + b"PK\5\6" + bytes(18), id="zip of signatures"),
        pytest.param(b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x80" + b"\4\0" * 9_000_000, id="smime of empty pieces"),
        pytest.param(b"-----BEGIN PGP MESSAGE-----\n" + b"A" * 20_000_000, id="armour without end"),
        pytest.param(b"age-encryption.org/v1\n" + b"-> a\n" * 5_000_000, id="age of stanzas"),
        pytest.param(b"Rar!\x1a\x07\0" + b"\0\0\x75\0\0\x07\0" * 3_000_000, id="rar of blocks"),
        pytest.param(b"%PDF-1.7\n" + b"trailer<<(" * 2_000_000 + b"/Root/Encrypt", id="pdf of trailers"),
    ],
)
def test_twenty_megabytes_of_one_thing_end_in_time(content: bytes) -> None:
    start = time.process_time()
    assert recognise(content).protection.state is not State.STRONG
    assert time.process_time() - start < SECONDS


def test_quick_open_data_is_not_searched_for_from_the_start_each_time() -> None:
    content = quick_opens(60_000)
    start = time.process_time()
    assert recognise(content).protection.state is State.STRONG  # it says nothing that is not locked
    assert time.process_time() - start < SECONDS


def test_an_absurd_number_of_rounds_is_not_hashed() -> None:
    content = m.opendocument(rounds="2000000000")
    start = time.process_time()
    container = recognise(content)
    assert time.process_time() - start < SECONDS
    assert (container.protection.state, container.complete) == (State.UNKNOWN, False)


def test_an_office_file_that_asks_for_an_absurd_number_of_rounds_is_unknown() -> None:
    # One space of the indentation makes room for the seventh digit.
    content = m.by_msoffcrypto().replace(b' <p:encryptedKey spinCount="100000"', b'<p:encryptedKey spinCount="9999999"')
    start = time.process_time()
    container = recognise(content)
    assert time.process_time() - start < SECONDS
    assert container.protection.state is State.UNKNOWN
    assert container.notes == ("the Office file asks for too many rounds of hashing",)


@pytest.mark.parametrize("entity", [b'<!DOCTYPE x [<!ENTITY a "aaaa">]>', b'<!DOCTYPE x SYSTEM "file:///etc/passwd">'])
def test_a_document_type_in_a_manifest_is_not_followed(entity: bytes) -> None:
    content = m.by_zipfile({"mimetype": b"application/vnd.oasis.opendocument.text", "META-INF/manifest.xml": entity + b"<x>&a;</x>"}, 0)
    assert recognise(content).protection.state in (State.UNKNOWN, State.NONE)
