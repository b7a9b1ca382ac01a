"""The SMTP replies of the service: their codes are a contract with other mail servers."""

import inspect

import pytest

from gateway.model.smtp import Reply
from gateway.notices import replies

TABLE = {
    "recipient_ok": "250 2.1.5",
    "taken_over": "250 2.0.0",
    "already_accepted": "250 2.0.0",
    "stopped_foreign": "550 5.7.1",
    "bounced_in_session": "550 5.7.1",
    "marker_leaving": "550 5.7.1",
    "control_unknown": "550 5.1.1",
    "wish_taken": "250 2.0.0",
    "use_the_link": "550 5.1.1",
    "reference_unknown": "550 5.1.1",
    "wish_alone": "452 4.5.3",
    "wish_too_large": "552 5.3.4",
    "too_many_hops": "554 5.4.6",
    "try_again": "451 4.3.0",
    "store_unavailable": "451 4.3.0",
    "next_hop_down": "451 4.4.1",
    "next_hop_changed_its_mind": "451 4.4.2",
    "outcome_unknown": "451 4.4.2",
    "paused": "421 4.3.2",
}


def make(name: str, words: str) -> Reply:
    function = getattr(replies, name)
    reply = function(*(words for _ in inspect.signature(function).parameters))
    assert isinstance(reply, Reply)
    return reply


def test_the_table_is_complete() -> None:
    public = {name for name, value in vars(replies).items() if inspect.isfunction(value) and value.__module__ == replies.__name__}
    assert {name for name in public if not name.startswith("_")} == set(TABLE)


@pytest.mark.parametrize("name", list(TABLE))
def test_a_reply_has_its_code_and_fits_one_line_whatever_it_is_given(name: str) -> None:
    reply = make(name, "x\r\n250 OK\u2028" + "y" * 2000)
    assert f"{reply.code} {reply.status}" == TABLE[name]
    wire = reply.to_bytes()
    assert wire.endswith(b"\r\n") and wire.count(b"\r\n") == 1
    assert len(wire) <= 1024 if name == "bounced_in_session" else len(wire) <= 512
    assert not reply.from_peer


def test_the_class_of_a_status_is_the_class_of_its_code() -> None:
    for name in TABLE:
        reply = make(name, "x")
        assert str(reply.code)[0] == reply.status[0], name


def test_a_reference_is_given_where_somebody_will_look_for_it() -> None:
    for reply in (replies.taken_over("7K2"), replies.stopped_foreign("7K2"), replies.bounced_in_session("7K2", "Lock the file.")):
        assert "7K2" in reply.text


def test_the_words_of_a_bounce_in_the_session_are_in_it() -> None:
    assert replies.bounced_in_session("7K2", "Take the password out of the email.").text == (
        "Not sent: Take the password out of the email. Reference 7K2"
    )
