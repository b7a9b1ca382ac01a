"""Address headers are read leniently: for words and comparison only."""

import pytest

from gateway.mail.mailboxes import mailboxes
from gateway.model.message import Mailbox

CASES = [
    (b" a@b.uk", [("", "a@b.uk")]),
    (b" Jo Bell <a@b.uk>", [("Jo Bell", "a@b.uk")]),
    (b' "Bell, Jo" <a@b.uk>, c@d.uk', [("Bell, Jo", "a@b.uk"), ("", "c@d.uk")]),
    (b" a@b.uk (Jo Bell)", [("Jo Bell", "a@b.uk")]),
    (b" Team: a@b.uk, Jo <c@d.uk>;", [("", "a@b.uk"), ("Jo", "c@d.uk")]),
    (b" Undisclosed recipients:;", []),
    (b" =?utf-8?q?J=C3=B6?= <a@b.uk>", [("J\xf6", "a@b.uk")]),
    (b' "x@nhs.net" <x@evil.example>', [("x@nhs.net", "x@evil.example")]),
    (b" <@x.uk,@y.uk:a@b.uk>", [("", "a@b.uk")]),
    (b' "a b"@c.uk', [("", '"a b"@c.uk')]),
    (b" a@b.uk; c@d.uk", [("", "a@b.uk"), ("", "c@d.uk")]),
    (b" Jo (a <not@this.uk>) <a@b.uk>", [("Jo", "a@b.uk")]),
    (b"", []),
]


@pytest.mark.parametrize(("value", "expected"), CASES)
def test_mailboxes_are_found(value, expected):
    assert mailboxes(value) == tuple(Mailbox(*pair) for pair in expected)
