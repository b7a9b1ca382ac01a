"""winmail.dat and Outlook's .msg: their contents count, never themselves."""

import base64
import struct

import pytest

from gateway.mail.nested import carried, mapi, outlook, tnef
from gateway.model.message import Role

from ..vectors.formats import compound_file, message_storage, outlook_message
from ..vectors.formats import tnef as make_tnef

ZIP = b"PK\x03\x04 a file"
RTF = b"{\\rtf1\\ansi Kayleigh's plan\\par}"


def stored(rtf: bytes) -> bytes:
    """RTF in its container, not compressed."""
    return struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf


def found(nest):
    return [(item.names[:1], item.content) for item in nest.found]


def test_winmail_gives_its_files_under_their_long_names():
    nest = tnef.read(make_tnef((("The long name.docx", ZIP), ("b.txt", b"b"))))
    assert found(nest) == [(("The long name.docx",), ZIP), (("b.txt",), b"b")]
    assert nest.container and not nest.unread
    assert "SHORT~1.ZIP" in nest.found[0].names


def test_winmail_gives_every_body():
    nest = tnef.read(make_tnef((), body=b"as text\0", html=b"<p>as html", rtf=stored(RTF)))
    assert [item.media_type for item in nest.found] == ["text/plain", "text/plain", "text/html"]
    assert nest.found[0].content == b"as text" and b"Kayleigh's plan" in nest.found[1].content


def test_a_message_within_winmail_is_read_too(mixed):
    inner = make_tnef((("in.zip", ZIP),), body=b"inner words")
    message = mixed(b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + make_tnef((), embedded=inner))
    assert [(part.where, part.role) for part in message.parts[2:]] == [
        ("1/1", Role.CONTAINER),
        ("1/1/1", Role.BODY),
        ("1/1/2", Role.ATTACHMENT),
    ]
    assert message.parts[-1].content == ZIP


@pytest.mark.parametrize("cut", [1, 30, 44, 100, 150, 200])
def test_winmail_that_is_cut_off_says_so_and_gives_what_came_before(cut):
    whole = make_tnef((("a.zip", ZIP), ("b.zip", ZIP * 20)))
    assert tnef.read(whole[:-cut]).unread == "winmail.dat is damaged"


def test_a_length_that_lies_is_damage():
    raw = bytearray(make_tnef((("a.zip", ZIP),)))
    raw[11:15] = b"\xff\xff\xff\x7f"
    assert tnef.read(bytes(raw)).unread == "winmail.dat is damaged"


def test_compressed_rtf_is_expanded():
    # The example of [MS-OXRTFCP] 4.1.1.
    packed = "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    assert mapi.decompress_rtf(bytes.fromhex(packed)) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


@pytest.mark.parametrize("packed", [b"", b"short", b"\0" * 20, struct.pack("<II4sI", 9, 2**31, b"LZFu", 0) + b"x" * 9])
def test_compressed_rtf_that_is_none_is_not_read(packed):
    assert mapi.decompress_rtf(packed) is None


def test_an_outlook_message_gives_subject_bodies_and_files():
    nest = outlook.read(outlook_message("About Kayleigh", "the text", (("plan.docx", ZIP * 1_000), ("b.txt", b"b")), html=b"<p>the page"))
    assert [item.content for item in nest.found if not item.names] == [b"About Kayleigh", b"the text", b"<p>the page"]
    assert sorted(found(nest)[3:]) == [(("b.txt",), b"b"), (("plan.docx",), ZIP * 1_000)]
    assert nest.container and nest.media_type == "message/rfc822" and not nest.unread


def test_an_outlook_message_within_another_is_read_too():
    inner = message_storage("Inner subject", "inner text", (("in.zip", ZIP),))
    nest = outlook.read(outlook_message("Outer", "outer text", (("out.zip", ZIP),), embedded=inner))
    assert {item.content for item in nest.found} >= {b"Inner subject", b"inner text", ZIP}
    assert [item.names for item in nest.found if item.names] == [("out.zip",), ("in.zip",)]


def test_an_outlook_message_that_is_damaged_is_unread():
    raw = outlook_message("Subject", "text", (("a.zip", ZIP * 4_000),))
    assert outlook.read(raw[: len(raw) // 2]).unread
    assert outlook.read(raw[:600]).unread


def test_another_compound_file_is_no_message():
    assert not outlook.present(compound_file({"WordDocument": b"x" * 5_000}))
    assert carried("application/msword", (), (compound_file({"WordDocument": b"x" * 5_000}),)).found == ()


@pytest.mark.parametrize("name", [b"a.msg", b"a"])
def test_an_attached_outlook_message_is_an_attachment_of_its_own(mixed, name):
    fields = b"Content-Type: application/octet-stream; name=" + name + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    message = mixed(fields + base64.b64encode(outlook_message("Subject", "text", ())))
    part = message.parts[1]
    assert (part.role, part.media_type, part.names) == (Role.CONTAINER, "message/rfc822", (name.decode(),))
    assert [child.texts for child in part.children] == [("Subject",), ("text",)]
