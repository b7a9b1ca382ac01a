"""Laws: whatever text comes, it is stored, read back the same (or escaped where no database could hold it), and verifies."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gateway.model.stored import HeldRecipient
from gateway.store.chain import GENESIS, Chain, details_of, faults_of, record_of
from gateway.store.codec import hold_of, hold_row
from gateway.store.content import open_content, seal_content
from gateway.store.keys import Keys
from gateway.store.text import clean
from tests.store.values import content, entry, held_recipient, hold

KEYS = Keys(bytes(range(32)), bytes(range(1, 33)), Path("nowhere"))
any_text = st.text(st.characters(), max_size=40)
"""With lone surrogates and NUL."""


@given(any_text, any_text, any_text)
def test_every_entry_becomes_a_record_that_verifies(sender: str, recipient: str, detail: str) -> None:
    given_entry = replace(entry("m1", details={detail: [detail, {"deep": detail}]}), sender=sender)
    given_entry = replace(given_entry, recipients=(recipient,))
    (row,), seq, end = Chain("gateway", 4, GENESIS, KEYS).links([given_entry])
    assert (seq, end) == (5, row[17])
    assert list(faults_of(row, details_of(row, KEYS), KEYS)) == []
    found = record_of(row, KEYS).entry
    assert found.sender == clean(sender)
    assert {clean(text) for text in found.recipients} == {clean(recipient)}
    assert found.at == given_entry.at


@given(st.lists(st.tuples(any_text, any_text, any_text), max_size=3))
def test_every_hold_comes_back(texts: list[tuple[str, str, str]]) -> None:
    recipients = tuple(replace(held_recipient(), because=(("rule", reason, where, says),)) for reason, where, says in texts)
    found = hold_of(hold_row(hold(recipients=recipients), KEYS), KEYS)
    assert _cleaned(found.recipients) == _cleaned(recipients)


def _cleaned(recipients: tuple[HeldRecipient, ...]) -> list[list[str]]:
    return [[clean(text) for because in to.because for text in because] for to in recipients]


@given(st.binary(max_size=100), st.binary(max_size=100), st.booleans())
def test_every_content_comes_back(raw: bytes, prefix: bytes, by_bdat: bool) -> None:
    stored = replace(content(raw=raw), prefix=prefix, by_bdat=by_bdat)
    row, pieces = seal_content(stored, KEYS)
    assert open_content(row, [piece[1:] for piece in pieces], KEYS) == stored
