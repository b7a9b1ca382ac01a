"""Where content ends, and what it may contain."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.smtp import PIECE_BYTES, Content
from gateway.smtp.pile import Budget, Pile
from gateway.smtp.wire import DataScanner, dotted, has_bare_line_end, has_dotted_line, in_one_chunk, stuffed


def by_lines(wire: bytes) -> tuple[bytes, bytes] | None:
    """The plainest reading of RFC 5321 4.1.1.4: lines end with CRLF only; a line of one dot ends; a leading dot goes."""
    lines = wire.split(b"\r\n")
    for number, line in enumerate(lines[:-1]):
        if line == b".":
            kept = [one[1:] if one.startswith(b".") else one for one in lines[:number]]
            return b"".join(one + b"\r\n" for one in kept), b"\r\n".join(lines[number + 1 :])
    return None


def scan(wire: bytes, cuts: list[int]) -> tuple[bytes, bytes] | None:
    scanner = DataScanner(10_000, Pile(Budget(10_000)))
    edges = [0, *cuts, len(wire)]
    for start, end in itertools.pairwise(edges):
        rest = scanner.feed(wire[start:end])
        if rest is not None:
            return scanner.pile.whole(), rest + wire[end:]
    return None


def test_the_scanner_agrees_with_the_plainest_reading_however_the_network_cuts() -> None:
    chance = random.Random(4321)
    pieces = [b"\r\n", b".", b"\r", b"\n", b"..", b"a", b"\r\n.", b"\r\n.\r\n", b"\0", b"bc"]
    complete = 0
    for _ in range(20_000):
        wire = b"".join(chance.choices(pieces, k=chance.randint(1, 14)))
        cuts = sorted(chance.sample(range(len(wire) + 1), k=min(chance.randint(0, 6), len(wire))))
        assert scan(wire, cuts) == by_lines(wire), (wire, cuts)
        complete += by_lines(wire) is not None
    assert complete > 5_000


def test_the_end_is_found_byte_by_byte() -> None:
    wire = b"Subject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n"
    assert scan(wire, list(range(1, len(wire)))) == (b"Subject: x\r\n\r\n.dot\r\n", b"QUIT\r\n")


def test_a_dot_at_once_is_an_empty_message() -> None:
    assert scan(b".\r\nQUIT\r\n", []) == (b"", b"QUIT\r\n")


def test_beyond_the_limit_nothing_is_kept_and_the_end_is_still_found() -> None:
    scanner = DataScanner(100, Pile(Budget(0)))
    for _ in range(1_000):
        assert scanner.feed(b"x" * 98 + b"\r\n") is None
    assert scanner.too_long
    assert scanner.pile.whole() == b""
    assert scanner.feed(b".\r\nNOOP\r\n") == b"NOOP\r\n"


@pytest.mark.parametrize("size", [98, 99, 100, 101])
def test_the_limit_counts_the_content_and_not_its_end(size: int) -> None:
    scanner = DataScanner(100, Pile(Budget(0)))
    scanner.feed(b"x" * (size - 2) + b"\r\n.\r\n")
    assert scanner.too_long == (size > 100)


@pytest.mark.parametrize(
    ("raw", "bare"),
    [
        (b"", False),
        (b"a\r\nb\r\n", False),
        (b"a\nb", True),
        (b"a\rb", True),
        (b"a\r.\nb", True),
        (b"\n", True),
        (b"\r", True),
        (b"a\r\n\r", True),
        (b"\n\r", True),
        (b"\r\r\n", True),
        (b"\r\n\n", True),
        (b"a\r", True),
        (b"\x0b\x0c\xc2\x85\xe2\x80\xa8", False),
    ],
)
def test_bare_line_ends(raw: bytes, bare: bool) -> None:
    assert has_bare_line_end(raw) == bare


@given(st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b"a", b".", b"\0"])).map(b"".join))
def test_bare_line_ends_are_what_is_left_without_crlf(raw: bytes) -> None:
    rest = raw.replace(b"\r\n", b"")
    assert has_bare_line_end(raw) == (b"\r" in rest or b"\n" in rest)


@pytest.mark.parametrize("before", [0, 1, 99, 100, 101, 2_000])
@pytest.mark.parametrize("size", [10, 16_380, 70_000])
@pytest.mark.parametrize("end", [b"\r\n.", b"\n.", b"\r.", b"x.", b"\r\nx"])
def test_a_dotted_line_is_found_behind_any_number_of_dots(before: int, size: int, end: bytes) -> None:
    raw = b"a." * before + b"x" * size + end
    assert has_dotted_line(raw) == (end == b"\r\n.")
    assert has_dotted_line(raw + b"\r\n.") is True


@pytest.mark.parametrize("raw", [b".", b".\r\n", b"..\r\n.\r\n\r\n.x\r\n", b"a\r\n.\r\nb\r\n", b"plain\r\n"])
def test_what_is_stuffed_comes_back_whole(raw: bytes) -> None:
    wire = stuffed(raw + b"\r\n") + b".\r\n"
    assert scan(wire, []) == (raw + b"\r\n", b"")


@dataclass
class Cut:
    """Content that is read in pieces of given sizes."""

    raw: bytes
    cuts: list[int]

    def pieces(self) -> Iterator[bytes]:
        edges = sorted({0, *self.cuts, len(self.raw)})
        for start, end in itertools.pairwise(edges):
            yield self.raw[start:end]

    def let_go(self) -> None:
        pass


def cut(raw: bytes, *cuts: int) -> Content:
    content = Content(raw, on_disk=Cut(raw, list(cuts)))
    content.let_go()
    return content


def test_dots_are_doubled_wherever_the_pieces_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.smtp.wire.PIECE_BYTES", 0)
    chance = random.Random(8765)
    parts = [b"\r\n", b".", b"\r", b"\n", b"..", b"a", b"\r\n.", b"\r\n.\r\n", b"bc"]
    dots = 0
    for _ in range(20_000):
        raw = b"".join(chance.choices(parts, k=chance.randint(1, 14)))
        cuts = chance.sample(range(len(raw) + 1), k=min(chance.randint(0, 6), len(raw)))
        prefix = chance.choice([b"", b"Received: x\r\n", b".\r\n"])
        end = b".\r\n" if raw.endswith(b"\r\n") else b"\r\n.\r\n"
        *before, last = dotted(prefix, cut(raw, *cuts))
        assert b"".join(before) + last == stuffed(prefix + raw) + end, (raw, cuts)
        assert last.endswith(end) and all(before)
        dots += b"\r\n." in raw
    assert dots > 5_000


@pytest.mark.parametrize("head", [0, 300, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 7])
@pytest.mark.parametrize("size", [0, 1, 4_000, PIECE_BYTES - 300, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES, 3 * PIECE_BYTES + 5])
def test_content_leaves_in_pieces_that_are_all_of_it(head: int, size: int) -> None:
    prefix, raw = b"h" * head, (bytes(range(256)) * (size // 256 + 1))[:size]
    pieces = list(in_one_chunk(prefix, Content(raw, by_bdat=True)))
    assert b"".join(pieces) == b"BDAT %d LAST\r\n" % (head + size) + prefix + raw
    assert all(0 < len(piece) <= max(head, PIECE_BYTES) + 40 for piece in pieces)
    *before, last = dotted(prefix, Content(raw))
    assert b"".join(before) + last == stuffed(prefix + raw) + (b"\r\n.\r\n" if size else b".\r\n")
    assert last.endswith(b".\r\n")
    assert head + size > PIECE_BYTES or not before


def test_content_that_was_let_go_is_not_taken_for_an_empty_message() -> None:
    content = cut(b"x" * 10, 4)
    assert list(content.pieces()) == list(content.pieces()) == [b"xxxx", b"xxxxxx"]
    with pytest.raises(ValueError, match="let go"):
        content.raw  # noqa: B018 - reading it is what fails
