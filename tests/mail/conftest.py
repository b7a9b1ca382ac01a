"""Messages for the tests of reading: built by hand, byte by byte, so that nothing tidies them up."""

from collections.abc import Callable

import pytest

from gateway.mail import read
from gateway.model.message import Message, Part

HEAD = (
    b"From: Jo Bell <jo.bell@borough.gov.uk>\r\nTo: dee.dunn@example.org\r\nSubject: Papers\r\n"
    b"Message-ID: <1@borough.gov.uk>\r\nMIME-Version: 1.0\r\n"
)


@pytest.fixture
def leaf() -> Callable[..., Part]:
    """Read a message of one part with these Content fields and this body, and give its only leaf."""

    def build(fields: bytes, body: bytes) -> Part:
        return read(HEAD + fields + b"\r\n\r\n" + body).root

    return build


@pytest.fixture
def mixed() -> Callable[..., Message]:
    """Read a multipart/mixed of these parts (header and body each)."""

    def build(*parts: bytes, kind: bytes = b"mixed") -> Message:
        body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts)
        return read(HEAD + b"Content-Type: multipart/" + kind + b'; boundary="edge"\r\n\r\n' + body + b"--edge--\r\n")

    return build
