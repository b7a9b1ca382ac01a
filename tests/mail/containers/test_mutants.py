"""Damaged files are recognised as something, quickly, by parsers that raise nothing they should not."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.containers import UNREADABLE, ContainerError, detect_type, members_of, recognise
from gateway.model.findings import State
from tests.mail.containers.mutants import SOURCES, troubles


@pytest.mark.parametrize(
    ("source", "make"), [pytest.param(name, make, id=name, marks=pytest.mark.tools(*tools)) for name, (tools, make) in SOURCES.items()]
)
def test_no_damage_upsets_a_parser(source: str, make: Callable[[], bytes]) -> None:
    count = 12 if source == "office" else 100
    assert list(troubles(source, make(), range(count))) == []


_HEADS = st.sampled_from(
    (
        b"", b"PK\3\4", b"PK\5\6", b"7z\xbc\xaf\x27\x1c\0\4", b"Rar!\x1a\x07\x01\0", b"Rar!\x1a\x07\0", b"%PDF-1.7\ntrailer/Encrypt",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", b"\x8c\x0d\x04", b"\xd2\x01",
        b"age-encryption.org/v1\n", b"\x1f\x8b\x08", b"BZh9",
    )
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(_HEADS, st.binary(max_size=400))
def test_no_bytes_make_it_raise(head: bytes, rest: bytes) -> None:
    container = recognise(head + rest)
    assert detect_type(head + rest)
    assert UNREADABLE not in container.notes
    assert container.protection.state is not State.STRONG or len(rest) > 30


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["zip", "7z", "rar", "gz", "xz", "bz2", "tar", "pdf", "unknown"]))
def test_members_of_anything_gives_bytes_or_says_why_not(content: bytes, kind: str) -> None:
    container = replace(recognise(content), type=kind)
    try:
        assert all(isinstance(data, bytes) for _, data in members_of(content, container))
    except ContainerError as error:
        assert str(error)
