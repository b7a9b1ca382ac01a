"""Which of the three answers a message gets, and what follows from it."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.model.address import Address, parse_mailbox
from gateway.model.envelope import Client, Envelope, Recipient
from gateway.model.judgement import Destination, Path, Ruling, Tls, Verdict, WaitsFor
from gateway.model.plan import Answer, NoticeKind, Plan
from gateway.model.settings import Host, RouteSettings
from gateway.policy.plan import Circumstances, make_plan, xtext
from gateway.policy.ways import Ways

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
JO = parse_mailbox("jo.bell@borough.gov.uk")
ROUTES = (
    RouteSettings("default", relay=(Host("mail.borough.gov.uk", 25),)),
    RouteSettings("same", relay=(Host("mail.borough.gov.uk", 25),)),
    RouteSettings("cjsm", relay=(Host("cjsm.borough.gov.uk", 25),), tls=Tls.VERIFY),
    RouteSettings("local", relay=(Host("127.0.0.1", 26),)),
    RouteSettings("box", outbox="var/outbox"),
    RouteSettings("otherbox", outbox="var/outbox"),
)
DELIVER, HOLD, BOUNCE = Verdict.DELIVER, Verdict.HOLD, Verdict.BOUNCE


def ruling(to: str, verdict: Verdict = DELIVER, route: str = "default", **more: Any) -> Ruling:
    original = more.pop("original", to)
    options = more.pop("options", ())
    path = more.pop("path", Path.INSECURE)
    minimum = more.pop("minimum_tls", Tls.NONE)
    recipient = Recipient(parse_mailbox(original), options)
    destination = Destination(recipient, path, parse_mailbox(to), route, minimum_tls=minimum)
    return Ruling(destination, verdict, would_be=verdict, tell=more.pop("tell", verdict is not DELIVER), **more)


def counter() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"id{next(numbers)}"


def plan(*rulings: Ruling, sender: Address | None = JO, told: Address | None = JO, own: bool = True, **more: Any) -> Plan:
    envelope = Envelope("ref", Client("127.0.0.1"), sender, tuple(one.destination.recipient for one in rulings), NOW)
    circumstances = Circumstances("sha256:x", told, own, NOW, 86_400.0, Ways(ROUTES), **more)
    return make_plan(envelope, rulings, circumstances, counter())


# One way for all, nothing to tell: the next hop's own reply is mirrored.


def test_ordinary_mail_passes_through() -> None:
    made = plan(ruling("a@x.org"), ruling("b@x.org"))
    assert made.answer is Answer.PASS_THROUGH
    assert [str(to.address) for to in made.consignments[0].recipients] == ["a@x.org", "b@x.org"]


def test_two_routes_with_equal_hosts_and_tls_are_one_way() -> None:
    assert plan(ruling("a@x.org"), ruling("b@x.org", route="same")).answer is Answer.PASS_THROUGH


@pytest.mark.parametrize("other", [ruling("b@x.org", route="cjsm"), ruling("b@x.org", minimum_tls=Tls.VERIFY)], ids=["route", "tls"])
def test_two_ways_are_taken_over(other: Ruling) -> None:
    made = plan(ruling("a@x.org"), other)
    assert made.answer is Answer.TAKE_OVER
    assert len(made.consignments) == 2
    assert not made.holds
    assert not made.notices


def test_a_relay_on_this_machine_is_as_good_as_its_own_settings() -> None:
    made = plan(ruling("a@x.org", route="local"), ruling("b@x.org", route="local", minimum_tls=Tls.VERIFY))
    assert made.answer is Answer.PASS_THROUGH
    assert made.consignments[0].minimum_tls is Tls.NONE


def test_two_outbox_routes_keep_their_names() -> None:
    made = plan(ruling("a@x.org", route="box"), ruling("b@x.org", route="otherbox"))
    assert {consignment.route for consignment in made.consignments} == {"box", "otherbox"}


def test_addresses_that_become_the_same_are_sent_once() -> None:
    made = plan(ruling("a@nhs.net.cjasm.net", original="a@nhs.net"), ruling("A@nhs.net.cjasm.net"))
    assert len(made.consignments[0].recipients) == 1


def test_a_rewritten_recipient_names_its_original() -> None:
    (one,) = plan(ruling("a@nhs.net.cjasm.net", original="a@nhs.net")).consignments[0].recipients
    assert (str(one.original), one.options) == ("a@nhs.net", ("ORCPT=rfc822;a@nhs.net",))


def test_the_clients_own_orcpt_is_kept() -> None:
    (one,) = plan(ruling("a@nhs.net.cjasm.net", original="a@nhs.net", options=("ORCPT=rfc822;List@nhs.net",))).consignments[0].recipients
    assert one.options == ("ORCPT=rfc822;List@nhs.net",)


def test_xtext_hides_plus_equals_and_blanks() -> None:
    assert xtext('"a b"+c=d@x.org') == '"a+20b"+2Bc+3Dd@x.org'


# Stopped mail of somebody we may tell: owned, with one notice.


def test_some_are_served_and_the_others_wait() -> None:
    made = plan(ruling("a@x.org"), ruling("b@x.org", HOLD), ruling("c@x.org", BOUNCE))
    assert made.answer is Answer.TAKE_OVER
    assert [str(to.address) for to in made.consignments[0].recipients] == ["a@x.org"]
    assert [str(one.destination.deliver_to) for one in made.holds[0].rulings] == ["b@x.org"]
    (notice,) = made.notices
    assert (notice.kind, notice.to, len(notice.rulings)) == (NoticeKind.STOPPED, JO, 3)


def test_a_hold_waits_for_its_sender_unless_a_ruling_needs_a_reviewer() -> None:
    assert plan(ruling("a@x.org", HOLD)).holds[0].waits_for is WaitsFor.SENDER
    mixed = plan(ruling("a@x.org", HOLD), ruling("b@x.org", HOLD, waits_for=WaitsFor.REVIEWER))
    assert mixed.holds[0].waits_for is WaitsFor.REVIEWER


def test_systems_are_held_without_a_notice() -> None:
    made = plan(ruling("a@x.org", HOLD, tell=False))
    assert made.holds
    assert not made.notices


def test_in_notify_mode_the_message_goes_and_the_sender_is_told() -> None:
    made = plan(ruling("a@x.org", DELIVER, tell=True))
    assert made.answer is Answer.TAKE_OVER
    assert made.notices[0].kind is NoticeKind.OBSERVED


# Stopped mail of somebody we may not tell: refused in the session, all of it.


@pytest.mark.parametrize(("sender", "own"), [(parse_mailbox("ward7@nhs.net"), False), (None, True), (None, False)])
@pytest.mark.parametrize("verdict", [HOLD, BOUNCE])
def test_stopped_mail_of_foreign_or_null_senders_is_refused(sender: Address | None, own: bool, verdict: Verdict) -> None:
    made = plan(ruling("a@x.org"), ruling("b@x.org", verdict), sender=sender, told=None, own=own)
    assert made.answer is Answer.REFUSE
    assert not made.consignments
    assert not made.notices


def test_foreign_mail_that_may_go_everywhere_passes() -> None:
    assert plan(ruling("a@borough.gov.uk", path=Path.INBOUND), sender=None, told=None, own=False).answer is Answer.PASS_THROUGH


@pytest.mark.parametrize("path", [path for path in Path if path is not Path.INTERNAL])
def test_a_marked_notice_never_leaves(path: Path) -> None:
    assert plan(ruling("a@x.org", path=path), marked=True).answer is Answer.REFUSE


def test_a_marked_notice_may_be_forwarded_to_a_colleague() -> None:
    assert plan(ruling("a@borough.gov.uk", path=Path.INTERNAL), marked=True).answer is Answer.PASS_THROUGH


def test_bounces_are_said_in_the_session_where_that_is_asked_for() -> None:
    assert plan(ruling("a@x.org", BOUNCE), bounce_in_session=True).answer is Answer.REFUSE
    assert plan(ruling("a@x.org", BOUNCE), ruling("b@x.org", HOLD), bounce_in_session=True).answer is Answer.TAKE_OVER
