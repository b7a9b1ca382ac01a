"""The rule language: every condition, alone and combined; rules that name their recipients; the cost of a large policy."""

import pytest

from bench.bench_decide import BUSY, FURTHER, cost_s, large_policy
from gateway.model.address import parse_mailbox
from gateway.model.findings import Findings, Reason, State
from gateway.model.judgement import Remedy, Tls, Verdict
from gateway.policy import Policy, classify, decide, load, origin_at_word
from tests.policy.conftest import attachment, finding, recipient, shipped_files

JO, SCHOOL, CARER = "jo.bell@borough.gov.uk", "office@oakfield.borough.sch.uk", "rita@gmail.com"
NOTHING = Findings()
RULES = """
rule_set: strict
includes: [always]
nothing_matched: deliver
rules:
  - id: the-rule
    says: It matched.
    when: {path: insecure, CONDITION}
    REASON
    then: hold
    remedies: [phone]
"""


def policy_with(condition: str, reason: str = "reason: message.unchecked") -> Policy:
    files = dict(shipped_files())
    files["rules/strict.yaml"] = RULES.replace("CONDITION", condition).replace("REASON", reason)
    return load(files)


def matched(policy: Policy, findings: Findings = NOTHING, to: str = CARER, sender: str = JO) -> bool:
    origin = origin_at_word(policy, parse_mailbox(sender))
    (ruling,) = decide(policy, origin, classify(policy, origin, [recipient(to)]), findings)
    return any(because.rule == "the-rule" for because in ruling.because)


PLAIN, SHEET = attachment(State.NONE), attachment(State.NONE, name="list.xlsx", kind="xlsx", where="3")
LOCKED = attachment(State.STRONG, where="4")
FILES = Findings(attachments=(PLAIN, SHEET))

# condition, findings, recipient, sender, whether it holds
CONDITIONS = [
    ("to: [gmail.com]", Findings(), CARER, JO, True),
    ("to: [gmail.com]", Findings(), "rita@gmail.co", JO, False),
    ("to: [RITA@gmail.com]", Findings(), "Rita@Gmail.com", JO, True),
    ("to: [rita@gmail.com]", Findings(), "ritb@gmail.com", JO, False),
    ("to: ['*.gmail.com']", Findings(), "x@a.gmail.com", JO, True),
    ("to: ['*.gmail.com']", Findings(), CARER, JO, False),
    ("to: [webmail.txt]", Findings(), CARER, JO, True),
    ("to: [webmail.txt, 'info@*']", Findings(), "info@anything.example", JO, True),
    ("not: {to: [gmail.com]}", Findings(), CARER, JO, False),
    ("not: {to: [gmail.com]}", Findings(), "x@other.example", JO, True),
    ("to: [gmail.com], sender_group: practitioners", Findings(), CARER, SCHOOL, False),
    ("to: [gmail.com], sender_group: practitioners", Findings(), CARER, JO, True),
    ("to: [gmail.com], from: [jo.bell@borough.gov.uk]", Findings(), CARER, JO, True),
    ("from: [oakfield.borough.sch.uk]", Findings(), CARER, JO, False),
    ("organisation: [oakfield, merton]", Findings(), CARER, SCHOOL, True),
    ("organisation: merton", Findings(), CARER, SCHOOL, False),
    ("sender_group: systems", Findings(), CARER, "noreply-tax@borough.gov.uk", True),
    ("sender_group: practitioners", Findings(), CARER, "noreply-tax@borough.gov.uk", False),
    ("sender_group: everyone", Findings(), CARER, "x@gmail.com", True),
    ("community: nhs", Findings(), "a@nhs.net", SCHOOL, True),
    ("community: nhs", Findings(), CARER, SCHOOL, False),
    ("attachments: {any: {type: xlsx}}", FILES, CARER, JO, True),
    ("attachments: {all: {type: xlsx}}", FILES, CARER, JO, False),
    ("attachments: {all: {type: [xlsx, docx]}}", FILES, CARER, JO, True),
    ("attachments: {all: {state: strong}}", Findings(), CARER, JO, False),
    ("attachments: {any: {name_ends: .XLSX}}", FILES, CARER, JO, True),
    ("attachments: {any: {not_type: [docx, xlsx]}}", FILES, CARER, JO, False),
    ("attachments: {any: {state: strong, type: docx}}", Findings(attachments=(LOCKED,)), CARER, JO, True),
    ("any: [{to: [gmail.com]}, {organisation: oakfield}]", Findings(), "x@other.example", SCHOOL, True),
    ("any: [{to: [gmail.com]}, {organisation: oakfield}]", Findings(), "x@other.example", JO, False),
    ("all: [{to: [gmail.com]}, {organisation: oakfield}]", Findings(), CARER, SCHOOL, True),
    ("all: [{to: [gmail.com]}, {organisation: oakfield}]", Findings(), CARER, JO, False),
    ("not: {any: [{to: [gmail.com]}, {organisation: oakfield}]}", Findings(), "x@other.example", JO, True),
    ("visible_outside: {at_least: 2}", Findings(visible=("a@x.example", "b@x.example")), CARER, JO, True),
    ("visible_outside: {at_least: 2}", Findings(visible=("a@x.example", JO)), CARER, JO, False),
]


@pytest.mark.parametrize(("condition", "findings", "to", "sender", "holds"), CONDITIONS)
def test_a_condition(condition: str, findings: Findings, to: str, sender: str, holds: bool) -> None:
    assert matched(policy_with(condition), findings, to, sender) is holds


PERSONAL = finding(Reason.BODY_PERSONAL, kinds=("NHS", "PERSON"), count=3, quoted_from=CARER)
UNREAD = finding(Reason.ATTACHMENT_UNREADABLE, "3:a.bin")

# finding, findings, recipient, whether it holds
FINDINGS = [
    ("finding: body.personal", Findings((PERSONAL,)), CARER, True),
    ("finding: [body.personal, subject.personal]", Findings((PERSONAL,)), CARER, True),
    ("finding: subject.personal", Findings((PERSONAL,)), CARER, False),
    ("finding: {reason: body.personal, kinds: NHS}", Findings((PERSONAL,)), CARER, True),
    ("finding: {reason: body.personal, kinds: [NINO, UPN]}", Findings((PERSONAL,)), CARER, False),
    ("finding: {reason: body.personal, at_least: 3}", Findings((PERSONAL,)), CARER, True),
    ("finding: {reason: body.personal, at_least: 4}", Findings((PERSONAL,)), CARER, False),
    ("finding: {reason: body.personal, from_others: true}", Findings((PERSONAL,)), CARER, False),
    ("finding: {reason: body.personal, from_others: true}", Findings((PERSONAL,)), "other@gmail.com", True),
    ("finding: body.personal, to: [gmail.com]", Findings((PERSONAL,)), CARER, True),
    ("finding: body.personal, to: [gmail.com]", Findings((PERSONAL,)), "x@other.example", False),
    ("finding: {reason: attachment.unreadable, file: {type: xlsx}}", Findings((UNREAD,), (PLAIN, SHEET)), CARER, True),
    ("finding: {reason: attachment.unreadable, file: {type: docx}}", Findings((UNREAD,), (PLAIN, SHEET)), CARER, False),
    ("finding: recipient.unregistered, to: [a.example.cjasm.net]", Findings(), "x@a.example.cjasm.net", True),
    ("finding: recipient.unregistered, to: [x@a.example.cjasm.net]", Findings(), "x@a.example.cjasm.net", True),
    ("finding: recipient.unregistered, to: [b.example.cjasm.net]", Findings(), "x@a.example.cjasm.net", False),
]


@pytest.mark.parametrize(("condition", "findings", "to", "holds"), FINDINGS)
def test_a_finding(condition: str, findings: Findings, to: str, holds: bool) -> None:
    assert matched(policy_with(condition, ""), findings, to) is holds


def test_several_recipients_get_what_their_own_rules_say() -> None:
    policy = policy_with("to: [gmail.com]")
    origin = origin_at_word(policy, parse_mailbox(JO))
    to = [recipient(address) for address in ("a@gmail.com", "b@other.example", "c@gmail.com", "d@other.example")]
    verdicts = [ruling.verdict for ruling in decide(policy, origin, classify(policy, origin, to), Findings())]
    assert verdicts == [Verdict.HOLD, Verdict.DELIVER, Verdict.HOLD, Verdict.DELIVER]


def test_a_rule_that_names_a_domain_and_a_mailbox_of_it_matches_once() -> None:
    policy = policy_with("to: [gmail.com, rita@gmail.com]")
    origin = origin_at_word(policy, parse_mailbox(JO))
    (ruling,) = decide(policy, origin, classify(policy, origin, [recipient(CARER)]), NOTHING)
    assert [because.rule for because in ruling.because] == ["the-rule"]


def test_a_rule_may_ask_for_more_tls_than_the_table_and_never_for_less() -> None:
    def tls(level: str, to: str, mode: str = "enforce") -> Tls:
        files = dict(shipped_files())
        rule = RULES.replace("path: insecure, CONDITION", "path: [insecure, bridge]").replace("REASON", f"require_tls: {level}")
        files["rules/strict.yaml"] = rule.replace("then: hold", "then: deliver\n    reason: message.unchecked")
        policy = load(files, mode=mode)
        origin = origin_at_word(policy, parse_mailbox(JO))
        (ruling,) = decide(policy, origin, classify(policy, origin, [recipient(to)]), NOTHING)
        assert ruling.verdict is Verdict.DELIVER
        return ruling.destination.minimum_tls

    assert tls("verify", CARER) is Tls.VERIFY
    assert tls("encrypt", "a@nhs.net") is Tls.VERIFY
    assert tls("dane", "a@nhs.net") is Tls.DANE
    assert tls("verify", CARER, "observe") is Tls.NONE


def test_protect_falls_back_to_what_the_rule_says_where_protecting_is_impossible() -> None:
    files = dict(shipped_files())
    body = RULES.replace("CONDITION", "finding: body.personal").replace("REASON", "otherwise: bounce").replace("hold\n", "protect\n")
    files["rules/strict.yaml"] = body
    policy = load(files)
    origin = origin_at_word(policy, parse_mailbox(JO))
    destinations = classify(policy, origin, [recipient(CARER)])
    personal = Findings((PERSONAL,))
    assert decide(policy, origin, destinations, personal)[0].verdict is Verdict.BOUNCE
    able = frozenset({Remedy.PROTECT})
    assert decide(policy, origin, destinations, personal, verbs=able)[0].verdict is Verdict.PROTECT
    assert decide(policy, origin, destinations, Findings((PERSONAL,), signed=True), verbs=able)[0].verdict is Verdict.BOUNCE


def test_a_large_policy_judges_a_message_in_a_tenth_of_a_millisecond() -> None:
    policy = large_policy()
    assert len(policy.rules.rules) == 200
    # Measured on a busy two-core machine: 60 us, and 9 us for each further recipient. Five times that is a regression.
    alone = min(cost_s(policy, BUSY, 1, 5))
    assert alone < 500e-6
    assert (min(cost_s(policy, BUSY, 1 + FURTHER, 5)) - alone) / FURTHER < 50e-6
