"""What is done for each recipient: every cell of the contract's table, and what holds whatever the policy says."""

import random
import re
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.address import parse_mailbox
from gateway.model.findings import Finding, Findings, Reason, Request, State
from gateway.model.judgement import Mode, Path, Remedy, Ruling, Verdict, WaitsFor
from gateway.policy import Origin, Policy, classify, decide, load, origin_at_word
from gateway.policy.rules import VERBS
from tests.policy.conftest import attachment, finding, recipient, shipped, shipped_files

JO, SCHOOL, SYSTEM, SCANNER = (
    "jo.bell@borough.gov.uk",
    "office@oakfield.borough.sch.uk",
    "noreply-revenues@borough.gov.uk",
    "scanner@borough.gov.uk",
)
CARER, NHS = "rita.k1964@gmail.com", "sam.reid@nhs.net"
D, P, H, B = Verdict.DELIVER, Verdict.PROTECT, Verdict.HOLD, Verdict.BOUNCE


def rule(policy: Policy, findings: Findings, to: str = CARER, sender: str = JO, **more: object) -> Ruling:
    """The ruling on one recipient of a sender taken at its word."""
    origin = origin_at_word(policy, parse_mailbox(sender))
    destinations = classify(policy, origin, [recipient(to)])
    (ruling,) = decide(policy, origin, destinations, findings, **more)  # type: ignore[arg-type]
    return ruling


def found(*reasons: Reason | Finding, **more: object) -> Findings:
    items = tuple(item if isinstance(item, Finding) else finding(item) for item in reasons)
    return Findings(items, **more)  # type: ignore[arg-type]


LOCKED = (attachment(State.STRONG),)
OPEN = (attachment(State.NONE),)
R = Reason

# findings, verdict under strict, verdict under proportionate: the contract's table for insecure destinations, row by row.
TABLE = [
    (found(), D, D),
    (found(R.SUBJECT_PERSONAL), B, H),
    (found(R.SUBJECT_MARKED), H, H),
    (found(R.BODY_MARKED), H, H),
    (found(R.LABEL_CONFIDENTIAL), H, H),
    (found(R.SUBJECT_MARKED, attachments=LOCKED), D, D),
    (found(R.BODY_MARKED, attachments=LOCKED), D, D),
    (found(R.LABEL_CONFIDENTIAL, attachments=LOCKED), D, D),
    (found(R.SUBJECT_MARKED, R.SUBJECT_PERSONAL, attachments=LOCKED), B, H),
    (found(R.SUBJECT_MARKED, R.BODY_PERSONAL, attachments=LOCKED), H, H),
    (found(R.SUBJECT_MARKED, R.ATTACHMENT_UNPROTECTED, attachments=LOCKED + OPEN), H, H),
    (found(R.ATTACHMENT_UNPROTECTED, attachments=OPEN), H, D),
    (found(R.ATTACHMENT_PARTIAL), H, D),
    (found(R.ATTACHMENT_OPENABLE), H, D),
    (found(R.ATTACHMENT_UNPROTECTED, R.ATTACHMENT_PERSONAL), H, H),
    (found(R.ATTACHMENT_UNPROTECTED, R.BULK_PERSONAL), H, H),
    (found(R.ATTACHMENT_UNPROTECTED, R.ATTACHMENT_HIDDEN), H, H),
    (found(R.ATTACHMENT_UNPROTECTED, R.BODY_MARKED, attachments=OPEN), H, H),
    (found(R.ATTACHMENT_UNPROTECTED, R.MESSAGE_UNCHECKED), H, H),
    (found(R.ATTACHMENT_UNREADABLE), H, H),
    (found(R.ATTACHMENT_WEAK), H, H),
    (found(R.ATTACHMENT_PERSONAL), H, H),
    (found(R.ATTACHMENT_HIDDEN), H, H),
    (found(R.ATTACHMENT_NAMES_VISIBLE), H, H),
    (found(R.ATTACHMENT_MISNAMED), H, H),
    (found(R.ATTACHMENT_MISNAMED, R.ATTACHMENT_UNPROTECTED), H, H),
    (found(R.BODY_PERSONAL), H, H),
    (found(R.BULK_PERSONAL), H, H),
    (found(R.PASSWORD_INCLUDED), B, B),
    (found(R.THREAD_CJSM), B, B),
    (found(finding(R.SUBJECT_MARKED, kinds=("SECRET",)), attachments=LOCKED), B, B),
    (found(finding(R.BODY_MARKED, kinds=("TOP SECRET",))), B, B),
    (found(finding(R.SUBJECT_MARKED, kinds=("CONFIDENTIAL",)), attachments=LOCKED), D, D),
    (found(R.BODY_FILE_LINK), H, D),
    (found(R.MESSAGE_AMBIGUOUS), H, H),
    (found(R.MESSAGE_UNCHECKED), H, H),
    (found(R.HEADER_BCC), H, H),
    (found(attachments=LOCKED), D, D),
]


@pytest.mark.parametrize(("findings", "strict", "proportionate"), TABLE)
def test_the_contracts_table_for_insecure_destinations(findings: Findings, strict: Verdict, proportionate: Verdict) -> None:
    assert rule(shipped(rules="strict"), findings).verdict is strict
    assert rule(shipped(rules="proportionate"), findings).verdict is proportionate


@pytest.mark.parametrize("rules", ["strict", "proportionate"])
@pytest.mark.parametrize("to", [NHS, "sam@borough.gov.uk", "a@gsx.gov.uk"])
@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.value.split(".")[0] not in ("recipient", "recipients", "cjsm")])
def test_nothing_is_stopped_for_its_content_on_a_secure_way(rules: str, to: str, reason: Reason) -> None:
    ruling = rule(shipped(rules=rules), found(reason, attachments=OPEN), to)
    assert (ruling.verdict, ruling.because) == (D, ())


def test_a_hold_waits_for_its_sender_unless_only_a_reviewer_can_judge() -> None:
    policy = shipped()
    assert rule(policy, found(R.ATTACHMENT_UNPROTECTED)).waits_for is WaitsFor.SENDER
    assert rule(policy, found(R.MESSAGE_AMBIGUOUS, R.ATTACHMENT_UNPROTECTED)).waits_for is WaitsFor.REVIEWER
    assert rule(policy, found(R.ATTACHMENT_UNREADABLE), sender=SCANNER).waits_for is WaitsFor.REVIEWER
    assert rule(policy, found(R.ATTACHMENT_UNPROTECTED), sender=SYSTEM).waits_for is WaitsFor.REVIEWER


def test_the_photo_of_a_school_passes_where_a_practitioners_scan_is_held() -> None:
    policy = shipped(rules="proportionate")
    places = (finding(R.ATTACHMENT_UNREADABLE, "2"), finding(R.ATTACHMENT_UNPROTECTED, "2"))
    photo = found(*places, attachments=(attachment(State.NONE, name="day.jpg", kind="jpeg"),))
    assert rule(policy, photo, sender=SCHOOL).verdict is D
    assert rule(policy, photo, sender=JO).verdict is H
    assert rule(policy, photo, sender=SCANNER).verdict is H
    assert rule(policy, photo, sender=SYSTEM).verdict is D


def test_a_document_that_was_not_read_to_the_end_is_held_whoever_sends_it() -> None:
    policy = shipped(rules="proportionate")

    def ruling(kind: str, state: State, where: str = "2") -> Ruling:
        unread = finding(R.ATTACHMENT_UNREADABLE, where)
        return rule(policy, found(unread, attachments=(attachment(state, name="x", kind=kind),)), sender=SCHOOL)

    assert ruling("xlsx", State.NONE).verdict is H
    assert ruling("pdf", State.NONE).verdict is H
    assert ruling("zip", State.PARTIAL).verdict is H
    assert ruling("png", State.NONE).verdict is D
    assert ruling("unknown", State.UNKNOWN).verdict is D
    assert ruling("png", State.NONE, "9").verdict is H


def test_a_parents_own_words_quoted_back_are_no_new_disclosure() -> None:
    quoted = found(finding(R.BODY_PERSONAL, quoted_from="Rita.K1964@gmail.com"))
    assert rule(shipped(rules="proportionate"), quoted).verdict is D
    assert rule(shipped(rules="proportionate"), quoted, "someone@else.example").verdict is H
    assert rule(shipped(rules="strict"), quoted).verdict is H


@pytest.mark.parametrize(
    ("state", "verdict"),
    [(State.STRONG, B), (State.WEAK, B), (State.PARTIAL, B), (State.OPENABLE, D), (State.NONE, D), (State.UNKNOWN, D)],
)
def test_only_a_lock_that_needs_a_secret_bounces_on_the_bridge(state: State, verdict: Verdict) -> None:
    ruling = rule(shipped(), found(attachments=(attachment(state, where="3"),)), NHS)
    assert ruling.verdict is verdict
    if verdict is B:
        (because,) = ruling.because
        assert (because.reason, because.where) == ("cjsm.encrypted_attachment", "3")
        assert ruling.remedies == (Remedy.SEND_UNLOCKED,)


def test_a_locked_file_inside_an_open_zip_is_rejected_by_the_bridge_too() -> None:
    zipped = replace(attachment(State.PARTIAL, kind="zip"), members=())
    assert rule(shipped(), found(attachments=(zipped,)), NHS).verdict is B


# sender, recipient -> the reason why it is bounced or held whatever the content
ADDRESSES = [
    (JO, "sam.reid@nhs.nett", B, R.RECIPIENT_LOOKALIKE, "Did you mean @nhs.net?", Remedy.USE_ADDRESS),
    (JO, "sam.reid@nsh.net", B, R.RECIPIENT_LOOKALIKE, "Did you mean @nhs.net?", Remedy.USE_ADDRESS),
    (JO, "sam.reid@nhs.net.cjsm.net", B, R.RECIPIENT_TWIN_SUFFIX, "sam.reid@nhs.net", Remedy.USE_ADDRESS),
    (SCHOOL, "nurse@nhs.net.cjasm.net", B, R.CJSM_SENDER_NOT_MEMBER, "nurse@nhs.net", Remedy.BARE_ADDRESS),
    (JO, "a@authority.gov.uk.cjasm.net", H, R.RECIPIENT_UNREGISTERED, "not registered", Remedy.SECURE_ADDRESS),
    ("x@gmail.com", "a@nhs.net.cjasm.net", B, R.CJSM_SENDER_NOT_MEMBER, "CJSM", Remedy.BARE_ADDRESS),
]


@pytest.mark.parametrize(("sender", "to", "verdict", "reason", "words", "remedy"), ADDRESSES)
@pytest.mark.parametrize("rules", ["strict", "proportionate"])
def test_some_addresses_stop_whatever_is_in_the_message(
    rules: str, sender: str, to: str, verdict: Verdict, reason: Reason, words: str, remedy: Remedy
) -> None:
    ruling = rule(shipped(rules=rules), found(), to, sender)
    assert ruling.verdict is verdict
    assert ruling.because[0].reason == reason.value
    assert words in ruling.because[0].says
    assert remedy in ruling.remedies


@pytest.mark.parametrize("table", ["annex4-2009", "uk-modern"])
@pytest.mark.parametrize("sender", [JO, SCHOOL, "x@gmail.com"])
def test_the_words_are_whole_sentences_also_where_nothing_can_be_suggested(table: str, sender: str) -> None:
    for to in ("a@cjsm.net", "a@cjasm.net", "a@x.cjsm.net", "a@x.cjasm.net", "a@cjams.net", "a@nsh.net", "a@gsi.gov.uk", "a@x.gsi.gov.uk"):
        for because in rule(shipped(table), found(), to, sender).because:
            assert not re.search(r"\{|\}|  | \.|@ |@\?", because.says), because.says


def test_a_retired_address_bounces_with_what_to_use_instead() -> None:
    ruling = rule(shipped("uk-modern"), found(), "a@gol.gsi.gov.uk")
    assert (ruling.verdict, ruling.because[0].reason) == (B, "recipient.retired")
    assert "a@gol.gov.uk" in ruling.because[0].says


def test_ordinary_mail_of_a_school_to_a_bare_nhs_address_is_delivered() -> None:
    ruling = rule(shipped(), found(), "nurse@nhs.net", SCHOOL)
    assert (ruling.verdict, ruling.destination.path, str(ruling.destination.deliver_to)) == (D, Path.INSECURE, "nurse@nhs.net")


def visible(count: int, domain: str = "parents.example") -> tuple[str, ...]:
    return tuple(f"parent{number}@{domain}" for number in range(count))


@pytest.mark.parametrize(("addresses", "verdict"), [(visible(14), D), (visible(15), H), (visible(38), H)])
def test_fifteen_visible_outsiders_hold(addresses: tuple[str, ...], verdict: Verdict) -> None:
    ruling = rule(shipped(), found(visible=addresses), addresses[0], SCHOOL)
    assert ruling.verdict is verdict
    if verdict is H:
        assert [because.reason for because in ruling.because] == ["recipients.many_visible"]


def test_colleagues_in_to_and_cc_are_not_counted_as_outsiders() -> None:
    colleagues = visible(30, "borough.gov.uk")
    assert rule(shipped(), found(visible=(*colleagues, CARER))).verdict is D


# -- what is offered ----------------------------------------------------------------------------------------


def test_a_verb_is_offered_only_where_the_service_can_carry_it_out() -> None:
    findings = found(R.ATTACHMENT_UNPROTECTED)
    assert Remedy.PROTECT not in rule(shipped(), findings).remedies
    assert rule(shipped(), findings, verbs=VERBS).remedies[0] is Remedy.PROTECT
    assert rule(shipped(), findings, verbs=frozenset()).remedies == (Remedy.SECURE_ADDRESS, Remedy.PHONE, Remedy.POST)


def test_signed_mail_is_never_offered_an_edit() -> None:
    findings = found(R.ATTACHMENT_UNPROTECTED, signed=True)
    assert not {Remedy.PROTECT, Remedy.SUBJECT, Remedy.SEPARATE} & set(rule(shipped(), findings, verbs=VERBS).remedies)


def test_an_invitation_is_never_offered_protection() -> None:
    findings = found(R.BODY_PERSONAL, calendar=True)
    assert Remedy.PROTECT not in rule(shipped(), findings, verbs=VERBS).remedies


def test_verbs_that_solve_only_a_part_are_not_offered() -> None:
    hidden = rule(shipped(), found(R.ATTACHMENT_UNPROTECTED, R.ATTACHMENT_HIDDEN), verbs=VERBS).remedies
    assert Remedy.PROTECT not in hidden
    assert {Remedy.RELEASE, Remedy.CANCEL} <= set(hidden)
    both = rule(shipped(rules="proportionate"), found(R.SUBJECT_PERSONAL, R.BODY_PERSONAL), verbs=VERBS).remedies
    assert {Remedy.PROTECT, Remedy.SUBJECT} <= set(both)


def test_a_bounce_offers_advice_and_no_verbs() -> None:
    remedies = rule(shipped(), found(R.PASSWORD_INCLUDED, R.ATTACHMENT_UNPROTECTED), verbs=VERBS).remedies
    assert Remedy.REMOVE_PASSWORD in remedies
    assert not VERBS & set(remedies)


def test_a_request_protects_what_protecting_solves_and_nothing_else() -> None:
    asked = (Request.SECURE,)
    policy = shipped()
    assert rule(policy, found(R.ATTACHMENT_UNPROTECTED, requests=asked), verbs=VERBS).verdict is P
    assert rule(policy, found(R.ATTACHMENT_UNPROTECTED, requests=asked)).verdict is H
    assert rule(policy, found(R.ATTACHMENT_UNPROTECTED, R.MESSAGE_UNCHECKED, requests=asked), verbs=VERBS).verdict is H
    assert rule(policy, found(R.SUBJECT_PERSONAL, requests=asked), verbs=VERBS).verdict is B
    assert rule(policy, found(R.ATTACHMENT_UNPROTECTED, requests=asked, signed=True), verbs=VERBS).verdict is H
    assert rule(policy, found(requests=asked), verbs=VERBS).verdict is D


def test_who_is_told() -> None:
    policy = shipped()
    findings = found(R.ATTACHMENT_UNPROTECTED)
    assert rule(policy, findings).tell
    assert not rule(policy, found()).tell
    assert not rule(policy, findings, sender=SYSTEM).tell
    assert not rule(policy, findings, sender="ward7@nhs.org.example").tell
    assert rule(shipped(rules="proportionate"), found(R.BODY_FILE_LINK)).tell
    origin = Origin(None, "borough", True, "borough")
    (ruling,) = decide(policy, origin, classify(policy, origin, [recipient(CARER)]), findings)
    assert (ruling.verdict, ruling.tell) == (H, False)


# -- modes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "tell"), [(Mode.OBSERVE, False), (Mode.NOTIFY, True)])
def test_observing_delivers_as_if_we_were_absent(mode: Mode, tell: bool) -> None:
    policy = shipped(mode=mode.value)
    held = rule(policy, found(R.ATTACHMENT_UNPROTECTED))
    assert (held.verdict, held.would_be, held.tell) == (D, H, tell)
    nhs = rule(policy, found(), NHS)
    assert (nhs.verdict, nhs.destination.path, nhs.destination.route) == (D, Path.BRIDGE, "default")
    assert str(nhs.destination.deliver_to) == NHS
    locked = rule(policy, found(attachments=LOCKED), NHS)
    assert (locked.verdict, locked.would_be) == (D, B)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("table", ["annex4-2009", "uk-modern"])
def test_the_twin_suffix_is_refused_in_every_mode(mode: Mode, table: str) -> None:
    policy = shipped(table, mode=mode.value)
    twin = policy.table.bridge.twins[0]
    assert rule(policy, found(), f"a@nhs.net{twin}").verdict is B


def test_a_rule_may_be_milder_than_the_policys_mode_and_never_harsher(files: dict[str, str]) -> None:
    files["rules/strict.yaml"] = files["rules/strict.yaml"].replace("id: body-personal\n", "id: body-personal\n    mode: observe\n")
    assert rule(load(files), found(R.BODY_PERSONAL)).verdict is D
    assert rule(load(files), found(R.BODY_PERSONAL)).would_be is H
    files["rules/strict.yaml"] = files["rules/strict.yaml"].replace("mode: observe", "mode: enforce")
    assert rule(load(files, mode="observe"), found(R.BODY_PERSONAL)).verdict is D


# -- exceptions ---------------------------------------------------------------------------------------------

WAIVER = """
waivers:
  - id: cabs
    rules: [attachment-not-locked]
    from: [jo.bell@borough.gov.uk]
    to: [greencabs.example]
    owner: lead.contact@borough.gov.uk
    reason: Route lists without names
    until: 2026-12-18
"""
TODAY = date(2026, 12, 18)


def test_a_waiver_sets_aside_only_what_it_names(files: dict[str, str]) -> None:
    files["waivers.yaml"] = WAIVER
    policy = load(files)
    files_open, cab = found(R.ATTACHMENT_UNPROTECTED), "desk@greencabs.example"
    waived = rule(policy, files_open, cab, today=TODAY)
    assert (waived.verdict, waived.because, [b.rule for b in waived.waived]) == (D, (), ["attachment-not-locked"])
    assert "lead.contact@borough.gov.uk" in waived.waived[0].says
    assert rule(policy, files_open, cab, today=date(2026, 12, 19)).verdict is H
    assert rule(policy, files_open, cab).verdict is H
    assert rule(policy, files_open, CARER, today=TODAY).verdict is H
    assert rule(policy, files_open, cab, SCHOOL, today=TODAY).verdict is H
    assert rule(policy, found(R.ATTACHMENT_UNPROTECTED, R.BODY_PERSONAL), cab, today=TODAY).verdict is H


def test_a_waiver_for_one_recipient_is_none_for_the_others_of_the_message(files: dict[str, str]) -> None:
    files["waivers.yaml"] = WAIVER
    policy = load(files)
    origin = origin_at_word(policy, parse_mailbox(JO))
    for addresses in (["desk@greencabs.example", CARER], [CARER, "desk@greencabs.example"]):
        destinations = classify(policy, origin, [recipient(address) for address in addresses])
        rulings = decide(policy, origin, destinations, found(R.ATTACHMENT_UNPROTECTED), today=TODAY)
        verdicts = {str(ruling.destination.recipient.address): ruling.verdict for ruling in rulings}
        assert verdicts == {"desk@greencabs.example": D, CARER: H}


PUBLIC = f"""
public_files:
  - sha256: "{"0" * 64}"
    name: newsletter.pdf
    owner: head@oakfield.borough.sch.uk
    reason: On our website
    until: 2027-07-31
"""


def test_a_public_file_may_go_in_the_clear_but_hides_no_personal_finding(files: dict[str, str]) -> None:
    files["waivers.yaml"] = PUBLIC
    policy = load(files)
    newsletter = attachment(State.NONE)
    other = attachment(State.NONE, where="3", sha256="1" * 64)
    unlocked = finding(R.ATTACHMENT_UNPROTECTED, "2")
    assert rule(policy, found(unlocked, attachments=(newsletter,)), today=TODAY).verdict is D
    both = found(unlocked, finding(R.ATTACHMENT_UNPROTECTED, "3"), attachments=(newsletter, other))
    assert rule(policy, both, today=TODAY).verdict is H
    personal = found(unlocked, finding(R.ATTACHMENT_PERSONAL, "2"), attachments=(newsletter,))
    assert rule(policy, personal, today=TODAY).verdict is H
    assert rule(policy, found(unlocked, attachments=(newsletter,)), today=date(2027, 8, 1)).verdict is H


def test_a_release_sets_aside_exactly_the_rules_it_names() -> None:
    findings = found(R.ATTACHMENT_UNPROTECTED, R.BODY_PERSONAL)
    assert rule(shipped(), findings, released=frozenset({"attachment-not-locked", "body-personal"})).verdict is D
    assert rule(shipped(), findings, released=frozenset({"body-personal"})).verdict is H
    assert rule(shipped(), found(), "a@nhs.net.cjsm.net", released=frozenset({"not-our-suffix"})).verdict is B


def test_a_journal_copy_to_a_named_archive_is_exempt(files: dict[str, str]) -> None:
    files["policy.yaml"] = files["policy.yaml"].replace("archives: []", "archives: [journal@archive.example]")
    policy = load(files)
    assert rule(policy, found(R.BODY_PERSONAL), "journal@archive.example").verdict is D
    assert rule(policy, found(R.BODY_PERSONAL), "other@archive.example").verdict is H
    assert rule(policy, found(R.BODY_PERSONAL), "journal@archive.example", "x@gmail.com").verdict is H


def test_nothing_matched_may_hold_but_never_on_a_secure_way(files: dict[str, str]) -> None:
    files["rules/strict.yaml"] = files["rules/strict.yaml"].replace("nothing_matched: deliver", "nothing_matched: hold")
    policy = load(files)
    assert rule(policy, found()).verdict is H
    assert rule(policy, found(), NHS).verdict is D
    assert rule(policy, found(), "sam@borough.gov.uk").verdict is D
    assert rule(load(files, mode="observe"), found()).verdict is D


def test_what_no_rule_names_can_be_released_like_any_other_hold(files: dict[str, str]) -> None:
    files["rules/strict.yaml"] = files["rules/strict.yaml"].replace("nothing_matched: deliver", "nothing_matched: hold")
    policy = load(files)
    held = rule(policy, found())
    released = rule(policy, found(), released=frozenset(because.rule for because in held.because))
    assert released.verdict is D
    assert [because.rule for because in released.waived] == ["nothing-matched"]
    assert rule(policy, found(), released=frozenset({"another-rule"})).verdict is H
    personal = rule(policy, found(R.BODY_PERSONAL))
    assert rule(policy, found(R.BODY_PERSONAL), released=frozenset(because.rule for because in personal.because)).verdict is D
    assert rule(policy, found(R.BODY_PERSONAL), released=frozenset({"nothing-matched"})).verdict is H


def test_an_organisation_may_begin_later_or_first(files: dict[str, str]) -> None:
    office = "office@oakfield.borough.sch.uk"
    files["organisations.yaml"] = files["organisations.yaml"].replace("    reviewers: [head@", "    mode: observe\n    reviewers: [head@")
    policy = load(files)
    assert policy.mode.value == "enforce"
    assert rule(policy, found(R.BODY_PERSONAL)).verdict is H
    watched = rule(policy, found(R.BODY_PERSONAL), sender=office)
    assert (watched.verdict, watched.would_be) == (D, H)
    assert str(rule(policy, found(), "sam.reid@nhs.net.cjsm.net", sender=office).verdict) == str(Verdict.BOUNCE)  # a twin, in every mode
    files["organisations.yaml"] = files["organisations.yaml"].replace("mode: observe", "mode: enforce")
    first = load(files, mode="observe")
    assert rule(first, found(R.BODY_PERSONAL)).verdict is D
    assert rule(first, found(R.BODY_PERSONAL), sender=office).verdict is H


# -- laws ---------------------------------------------------------------------------------------------------

some_findings = st.builds(
    Finding,
    reason=st.sampled_from(list(Reason)),
    where=st.sampled_from(["subject", "body", "2", "3", "2:case.docx"]),
    shown=st.just("something"),
    kinds=st.sampled_from([(), ("SECRET",), ("PERSON",)]),
    count=st.integers(0, 40),
    quoted_from=st.sampled_from(["", CARER]),
)
some_attachments = st.lists(st.builds(attachment, st.sampled_from(list(State)), st.sampled_from(["2", "3"])), max_size=3).map(tuple)
messages = st.builds(
    Findings,
    items=st.lists(some_findings, max_size=4).map(tuple),
    attachments=some_attachments,
    requests=st.sampled_from([(), (Request.SECURE,)]),
    visible=st.integers(0, 20).map(visible),
    signed=st.booleans(),
    automatic=st.booleans(),
    calendar=st.booleans(),
)
policies = st.builds(
    shipped, st.sampled_from(["annex4-2009", "uk-modern"]), st.sampled_from(["strict", "proportionate"]), st.sampled_from(list(Mode))
)
recipients = st.sampled_from(
    [
        CARER,
        "x@other.example",
        "a@y.example.cjasm.net",
        NHS,
        "sam@borough.gov.uk",
        "a@croydon.gov.uk",
        "a@nhs.net.cjsm.net",
        "a@x.gsi.gov.uk",
        "b@nhs.nett",
    ]
)
senders = st.sampled_from([JO, SCHOOL, SYSTEM, "x@gmail.com", "a@nhs.net"])
verbs = st.sets(st.sampled_from(sorted(VERBS))).map(frozenset)


@settings(max_examples=300)
@given(policies, messages, some_findings, recipients, senders, verbs)
def test_adding_a_finding_never_softens_a_ruling(
    policy: Policy, message: Findings, more: Finding, to: str, sender: str, offered: frozenset[Remedy]
) -> None:
    before = rule(policy, message, to, sender, verbs=offered)
    after = rule(policy, replace(message, items=(*message.items, more)), to, sender, verbs=offered)
    assert after.verdict >= before.verdict
    assert after.would_be >= before.would_be


EXTRA_RULES = """
  - id: named
    says: "Not to {domain}."
    when: {path: insecure, to: [gmail.com]}
    reason: message.unchecked
    then: hold
  - id: other
    says: Ring instead.
    when: {path: insecure, finding: body.personal, not: {to: [gmail.com]}}
    then: bounce
    remedies: [phone]
"""


@cache
def with_exceptions() -> Policy:
    """A policy with everything in it that asks about single recipients."""
    files = dict(shipped_files())
    waiver = "  - {id: %s, rules: [%s], from: ['*'], to: ['%s'], owner: me, reason: x, until: 2027-01-01}\n"
    files["waivers.yaml"] = (
        "waivers:\n" + waiver % ("a", "attachment-not-locked", "gmail.com") + waiver % ("b", "body-personal", "croydon.gov.uk") + PUBLIC
    )
    files["policy.yaml"] = files["policy.yaml"].replace("archives: []", "archives: [a@croydon.gov.uk]")
    files["rules/strict.yaml"] += EXTRA_RULES
    return load(files)


@settings(max_examples=300)
@given(policies | st.builds(with_exceptions), messages, st.lists(recipients, min_size=1, max_size=4), senders)
def test_one_recipients_ruling_never_depends_on_anothers(policy: Policy, message: Findings, to: list[str], sender: str) -> None:
    origin = origin_at_word(policy, parse_mailbox(sender))
    destinations = classify(policy, origin, [recipient(address) for address in to])
    together = decide(policy, origin, destinations, message, today=TODAY)
    assert together == tuple(decide(policy, origin, [destination], message, today=TODAY)[0] for destination in destinations)
    assert [ruling.destination.recipient for ruling in together] == [destination.recipient for destination in destinations]


@settings(max_examples=100)
@given(messages, recipients, senders, st.randoms(use_true_random=False))
def test_the_order_of_rules_means_nothing(message: Findings, to: str, sender: str, chance: random.Random) -> None:
    from gateway.policy.loading import _by_reason, _unprompted

    policy = shipped()
    rules = list(policy.rules.rules)
    chance.shuffle(rules)
    mixed = replace(policy, index=_by_reason(tuple(rules)), unprompted=_unprompted(tuple(rules)))
    assert rule(mixed, message, to, sender) == rule(policy, message, to, sender)


@given(policies, messages, recipients, senders)
def test_a_stopped_message_always_says_why(policy: Policy, message: Findings, to: str, sender: str) -> None:
    ruling = rule(policy, message, to, sender)
    assert not ruling.stopped or (ruling.because and all(because.says and because.where for because in ruling.because))


@given(messages, recipients, senders)
def test_what_observing_would_have_done_is_what_enforcing_does(message: Findings, to: str, sender: str) -> None:
    assert rule(shipped(mode="observe"), message, to, sender).would_be is rule(shipped(), message, to, sender).verdict
