"""The bytes of a notice: what a mail server, a hostile string and an auditor find in them."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.address import parse_mailbox
from gateway.model.findings import Finding, Reason
from gateway.model.judgement import Remedy, Verdict
from gateway.model.notice import FailedRecipient, NoticeContext
from gateway.model.organisation import Contact
from gateway.model.plan import NoticeKind
from gateway.notices import write_notice
from tests.notices.building import BOROUGH, context, failed, part, read, served, status, stopped, verb_addresses

FIELDS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Gateway-Notice",
    "MIME-Version",
    "Content-Type",
]

MIXED = context(served("sam.reid@nhs.net"), stopped("dee.dunn@example.com"), stopped("dan.lee@croydon.gov.uk"))
LOST = context(kind=NoticeKind.FAILED, failed=(failed("sam.reid@nhs.net"),))
OBSERVED = replace(
    MIXED,
    kind=NoticeKind.OBSERVED,
    rulings=tuple(replace(one, verdict=Verdict.DELIVER, would_be=one.verdict, tell=one.stopped) for one in MIXED.rulings),
)
ALL_KINDS = (
    MIXED,
    OBSERVED,
    replace(MIXED, kind=NoticeKind.RETURNED),
    LOST,
    replace(LOST, kind=NoticeKind.DELAYED),
)


def check_bytes(raw: bytes) -> None:
    """Seven bits, CRLF only, short lines, exactly our fields."""
    assert raw.isascii()
    assert b"\0" not in raw
    assert raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n")
    assert raw.endswith(b"\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert [name for name in read(raw) if name not in (*FIELDS, "Importance")] == []
    assert len(read(raw).keys()) == len(set(read(raw).keys()))


@pytest.mark.parametrize("about", ALL_KINDS, ids=lambda about: about.kind.value)
def test_every_kind_is_a_seven_bit_report_of_three_parts(about: NoticeContext) -> None:
    raw = write_notice(about)
    check_bytes(raw)
    message = read(raw)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    assert [one.get_content_type() for one in message.iter_parts()] == [
        "multipart/alternative",
        "message/delivery-status",
        "text/rfc822-headers",
    ]
    assert [one.get_content_type() for one in next(message.iter_parts()).iter_parts()] == ["text/plain", "text/html"]
    assert [defect for one in message.walk() for defect in one.defects] == []


def test_the_header_says_who_we_are_and_that_no_machine_should_answer() -> None:
    message = read(write_notice(MIXED))
    assert message.keys() == FIELDS
    assert str(message["From"]) == "Borough Council mail gateway <gateway@control.gateway.borough.gov.uk>"
    assert message["To"].addresses[0].addr_spec == "jo.bell@borough.gov.uk"
    assert message["Date"].datetime == datetime(2026, 11, 20, 17, 58, tzinfo=UTC)
    assert message["Message-ID"] == "<n1@gateway.borough.gov.uk>"
    assert message["In-Reply-To"] == message["References"] == "<original@borough.gov.uk>"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-Gateway-Notice"] == "v1.abcdef"


SUBJECTS = [
    (MIXED, "Not sent: your email to 2 people"),
    (context(stopped("a@example.com")), "Not sent: your email to 1 person"),
    (OBSERVED, "Sent, but please read: your email to 2 people"),
    (replace(MIXED, kind=NoticeKind.RETURNED), "Not sent: your email to 2 people has come back"),
    (LOST, "Not delivered: your email to 1 person"),
    (replace(LOST, kind=NoticeKind.DELAYED), "Delayed: your email to 1 person"),
]


@pytest.mark.parametrize(("about", "subject"), SUBJECTS, ids=[subject for _, subject in SUBJECTS])
def test_the_subject_states_the_outcome(about: NoticeContext, subject: str) -> None:
    assert read(write_notice(about))["Subject"] == subject


def test_of_the_original_only_message_id_and_date_come_back() -> None:
    assert part(write_notice(MIXED), "text/rfc822-headers") == (
        "Message-ID: <original@borough.gov.uk>\nDate: Fri, 20 Nov 2026 17:57:30 +0000\n"
    )


def test_a_date_with_words_in_it_does_not_bring_them_back() -> None:
    raw = write_notice(replace(MIXED, original_date="Fri, 20 Nov 2026 17:57:30 +0000 (Kayleigh Thompson)"))
    assert b"Kayleigh" not in raw
    assert "Date: Fri, 20 Nov 2026 17:57:30 +0000" in part(raw, "text/rfc822-headers")
    assert "Date:" not in part(write_notice(replace(MIXED, original_date="yesterday, Kayleigh")), "text/rfc822-headers")


def test_a_message_id_that_is_none_is_left_out() -> None:
    for bad in ("", "a@b", "<a b@c>", "<a@b>\r\nBcc: <x@evil.example>", "<" + "a" * 2000 + "@b>", "<é@b>"):
        raw = write_notice(replace(MIXED, original_message_id=bad))
        assert read(raw)["In-Reply-To"] is None, bad
        assert b"evil" not in raw


def test_neither_boundary_begins_with_the_other_and_none_occurs_in_the_words() -> None:
    raw = write_notice(MIXED)
    outer = read(raw).get_boundary()
    inner = next(read(raw).iter_parts()).get_boundary()
    assert outer and inner
    assert not outer.startswith(inner) and not inner.startswith(outer)
    assert raw.count(f"--{outer}".encode()) == 4
    assert raw.count(f"--{inner}".encode()) == 3


# Delivery status (RFC 3464)


def test_a_held_recipient_is_delayed_a_bounced_one_failed_and_a_served_one_not_reported() -> None:
    about = context(served("sam.reid@nhs.net"), stopped("held@example.com"), stopped("bounced@example.com", verdict=Verdict.BOUNCE))
    assert status(write_notice(about)).split("\n\n") == [
        "Reporting-MTA: dns; gateway.borough.gov.uk\nArrival-Date: Fri, 20 Nov 2026 17:58:00 +0000",
        "Original-Recipient: rfc822; held@example.com\nFinal-Recipient: rfc822; held@example.com\nAction: delayed\nStatus: 4.7.1\n"
        "Diagnostic-Code: x-gateway; attachment.unprotected\nWill-Retry-Until: Sat, 21 Nov 2026 17:58:00 +0000",
        "Original-Recipient: rfc822; bounced@example.com\nFinal-Recipient: rfc822; bounced@example.com\nAction: failed\nStatus: 5.7.1\n"
        "Diagnostic-Code: x-gateway; attachment.unprotected",
        "",
    ]


def test_a_failed_rewritten_address_is_reported_under_the_name_that_was_written() -> None:
    one = FailedRecipient(
        "sam.reid@nhs.net.cjasm.net", "sam.reid@nhs.net", "5.1.1", "550 5.1.1 <sam.reid@nhs.net.cjasm.net> unknown", "relay.example"
    )
    raw = write_notice(context(kind=NoticeKind.FAILED, failed=(one,), envelope_id="QQ314159"))
    assert "Original-Envelope-Id: QQ314159" in status(raw)
    assert "Original-Recipient: rfc822; sam.reid@nhs.net\n" in status(raw)
    assert "Final-Recipient: rfc822; sam.reid@nhs.net.cjasm.net\n" in status(raw)
    assert "Action: failed\nStatus: 5.1.1\nRemote-MTA: dns; relay.example\n" in status(raw)
    assert "Diagnostic-Code: smtp; 550 5.1.1 <sam.reid@nhs.net.cjasm.net> unknown" in status(raw)


def test_a_late_recipient_is_delayed_with_the_moment_we_give_up() -> None:
    raw = write_notice(context(kind=NoticeKind.DELAYED, failed=(failed("a@nhs.net", "4.4.1", "connection timed out"),)))
    assert "Action: delayed\nStatus: 4.4.1" in status(raw)
    assert "Will-Retry-Until: Sat, 21 Nov 2026 17:58:00 +0000" in status(raw)


def test_a_status_that_is_none_becomes_the_kinds_own() -> None:
    for odd in ("", "550", "5.1.1\r\nAction: delivered", "5.x.1", "5.1.1.1"):
        raw = write_notice(context(kind=NoticeKind.FAILED, failed=(failed("a@nhs.net", odd),)))
        assert "Status: 5.0.0\n" in status(raw), odd


def test_an_internationalised_address_stays_within_seven_bits() -> None:
    about = context(stopped("jörg@example.com"), to=parse_mailbox("zoë@borough.gov.uk"))
    raw = write_notice(about)
    check_bytes(raw)
    assert "Final-Recipient: utf-8; j\\x{F6}rg@example.com" in status(raw)
    assert "jörg@example.com" in part(raw, "text/plain")
    assert read(raw)["To"] == "sender:;"


def test_an_organisation_with_accents_has_them_in_the_from_field() -> None:
    about = replace(MIXED, organisation=replace(BOROUGH, name='Cyngor Môn "Ynys"' + " hir iawn" * 12))
    raw = write_notice(about)
    check_bytes(raw)
    assert read(raw)["From"].addresses[0].display_name.startswith('Cyngor Môn "Ynys"')


# Names only where they may stand


def test_a_recipient_that_may_not_be_named_is_counted_and_nowhere_named() -> None:
    about = context(
        served("secret.one@nhs.net"),
        stopped("secret.two@example.com"),
        stopped("dan.lee@croydon.gov.uk"),
        nameable=frozenset({"dan.lee@croydon.gov.uk"}),
    )
    observed = tuple(replace(one, verdict=Verdict.DELIVER, would_be=one.verdict, tell=one.stopped) for one in about.rulings)
    kinds = (about, replace(about, kind=NoticeKind.RETURNED), replace(about, kind=NoticeKind.OBSERVED, rulings=observed))
    for raw in map(write_notice, kinds):
        everything = raw.decode() + "".join(part(raw, kind) for kind in ("text/plain", "text/html", "message/delivery-status"))
        assert "secret" not in everything
        assert "dan.lee@croydon.gov.uk" in everything
        assert "1 other person: " in part(raw, "text/plain")
        assert "Final-Recipient: x-undisclosed; recipient-1" in status(raw)


def test_what_a_next_hop_said_of_an_unnameable_recipient_stays_unsaid() -> None:
    one = FailedRecipient("member@example.com", "list@example.com", "5.1.1", "550 5.1.1 member@example.com moved", "mx.example")
    raw = write_notice(context(kind=NoticeKind.FAILED, failed=(one,), nameable=frozenset()))
    everything = raw.decode() + "".join(part(raw, kind) for kind in ("text/plain", "text/html", "message/delivery-status"))
    assert "member@" not in everything and "list@" not in everything
    assert "Final-Recipient: x-undisclosed; recipient-1\nAction: failed\nStatus: 5.1.1\n" in status(raw)
    assert "1 person" in part(raw, "text/plain")


# Injection (J01)

EVIL = (
    "x\r\nBcc: all@evil.example\r\n\r\n--report-0f3a9c\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>"
    "\u2028\u202e\x1b[2J\0\ud800"
)

HOSTILE = [
    ("reference", {"reference": EVIL}),
    ("control", {"control": EVIL}),
    ("hostname", {"hostname": EVIL}),
    ("marker", {"marker": EVIL}),
    ("message id", {"message_id": EVIL}),
    ("boundary", {"boundary": EVIL}),
    ("envelope id", {"envelope_id": EVIL}),
    ("original message id", {"original_message_id": EVIL}),
    ("original date", {"original_date": EVIL}),
    ("finding", {"findings": (Finding(Reason.ATTACHMENT_UNPROTECTED, "2", EVIL),)}),
    ("finding place", {"findings": (Finding(Reason.ATTACHMENT_UNPROTECTED, EVIL, EVIL),)}),
    ("why returned", {"why_returned": EVIL, "kind": NoticeKind.RETURNED}),
    ("organisation", {"organisation": replace(BOROUGH, name=EVIL, lead_contact=Contact(EVIL, EVIL, EVIL), out_of_hours_phone=EVIL)}),
    ("failed", {"kind": NoticeKind.FAILED, "failed": (FailedRecipient(EVIL, EVIL, EVIL, EVIL, EVIL),)}),
]


@pytest.mark.parametrize("changes", [changes for _, changes in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_no_string_can_add_a_header_a_part_or_a_tag(changes: dict[str, object]) -> None:
    about = context(stopped("a@example.com", ("attachment.unprotected", "2"), ("own.reason", EVIL), says=EVIL, suggestion=EVIL), **changes)
    raw = write_notice(about)
    check_bytes(raw)
    message = read(raw)
    assert "Bcc" not in message
    assert len(list(message.iter_parts())) == 3
    assert [one.get_content_type() for one in message.walk()].count("text/html") == 1
    html = part(raw, "text/html")
    assert "<script" not in html
    for odd in ("\u2028", "\u202e", "\x1b", "\0"):
        assert odd not in html + part(raw, "text/plain")
    assert "\nBcc" not in status(raw)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.text(max_size=120), st.text(max_size=2000), st.sampled_from(list(NoticeKind)))
def test_no_string_whatever_breaks_the_bytes(one: str, two: str, three: str, kind: NoticeKind) -> None:
    about = context(
        stopped("a@example.com", ("attachment.unprotected", one), says=two, suggestion=one),
        kind=kind,
        reference=one,
        marker=two,
        boundary=two,
        envelope_id=three,
        original_message_id=one,
        original_date=two,
        why_returned=three,
        findings=(Finding(Reason.ATTACHMENT_UNPROTECTED, one, three),),
        failed=(FailedRecipient(one, two, one, three, two),) if kind in (NoticeKind.FAILED, NoticeKind.DELAYED) else (),
        organisation=replace(BOROUGH, name=three, lead_contact=Contact(one, two, three)),
        verbs=verb_addresses(Remedy.PROTECT),
    )
    raw = write_notice(about)
    check_bytes(raw)
    assert len(list(read(raw).iter_parts())) == 3


def test_a_very_long_finding_is_cut_and_costs_no_time() -> None:
    raw = write_notice(context(stopped("a@example.com"), findings=(Finding(Reason.ATTACHMENT_UNPROTECTED, "2", "\u200bx" * 500_000),)))
    assert len(raw) < 20_000


def test_two_equal_contexts_make_equal_bytes() -> None:
    for one, other in itertools.pairwise([MIXED, replace(MIXED), replace(MIXED)]):
        assert write_notice(one) == write_notice(other)
