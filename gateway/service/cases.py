"""Policy tests as IT staff write them: a message described, and what each recipient's copy should become.

    rules: [strict, proportionate]
    cases:
      - name: A plan goes to the NHS by the secure way
        from: jo.bell@borough.gov.uk
        to: [sam.reid@nhs.net, dee.dunn@gmail.com]
        subject: Papers as agreed
        attach: [{name: plan.docx, content: Kayleigh Thompson}]
        expect:
          sam.reid@nhs.net: {verdict: deliver, path: bridge, deliver_to: sam.reid@nhs.net.cjasm.net}
          dee.dunn@gmail.com: {strict: {verdict: hold, rules: [attachment-not-locked]}, proportionate: deliver}

Promises: what a test names must exist: an unknown rule, a recipient nobody writes to or nobody expects anything of, or a
file without cases is an error, never a pass (other tools' testers lie: an expectation that matches nothing passes).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.model.address import Address, AddressError, parse_mailbox, parse_recipient
from gateway.model.findings import Reason
from gateway.model.judgement import Path, Remedy, Verdict, WaitsFor
from gateway.policy.conditions import REASONS
from gateway.policy.organisations import MODES
from gateway.policy.rules import PATHS, REMEDIES, VERDICTS, WAITS
from gateway.policy.yaml_nodes import Node, parse
from gateway.service.made_files import PASSWORD, PROTECTIONS, TYPES, Described

ENDING = ".test.yaml"


@dataclass(frozen=True, slots=True)
class Expected:
    """What should become of one recipient's copy; None and () expect nothing in particular."""

    verdict: Verdict
    path: Path | None = None
    deliver_to: str = ""
    route: str = ""
    rules: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    no_remedies: tuple[Remedy, ...] = ()
    waits_for: WaitsFor | None = None
    tell: bool | None = None
    mark: bool | None = None
    receipt: bool | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """An invitation or its reply."""

    method: str
    summary: str = ""
    description: str = ""
    attach: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as a case describes it."""

    sender: Address | None
    author: str
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    subject: str = ""
    body: str = ""
    html: str = ""
    attach: tuple[tuple[Described, bool], ...] = ()
    """(file, shown inline in the text)."""
    calendar: Calendar | None = None
    headers: tuple[tuple[str, str], ...] = ()
    eml: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One case under one rule set."""

    name: str
    draft: Draft
    rule_set: str
    table: str
    mode: str
    today: date | None
    expected: tuple[tuple[str, Expected], ...]
    file: str
    line: int


def load_cases(name: str, text: str, rule_sets: Mapping[str, frozenset[str]], chosen: str) -> tuple[tuple[Case, ...], Node]:
    """Read one test file. `rule_sets` gives the rule ids of each set; `chosen` is the set that policy.yaml names."""
    root = parse(text, name)
    top = root.mapping("says", "table", "rules", "mode", "today", "cases")
    sets = {name: name for name in rule_sets}
    under = tuple(item.choice(sets) for item in top["rules"].one_or_more()) or (chosen,)
    nodes = top["cases"].items()
    if not nodes:
        root.fail("there are no cases in this file", "Add 'cases:' with at least one, or remove the file.", "test.none")
    cases: list[Case] = []
    for node in nodes:
        cases += _case(node, under, rule_sets, (top["table"].text(""), top["mode"].text(""), top["today"].day()))
    seen: set[tuple[str, str]] = set()
    for case in cases:
        if (case.name, case.rule_set) in seen:
            root.at(name, case.line).fail(f"two cases are called '{case.name}'", "Give each its own name.", "test.name_twice")
        seen.add((case.name, case.rule_set))
    return tuple(cases), root


def _case(node: Node, under: tuple[str, ...], rule_sets: Mapping[str, frozenset[str]], shared: tuple[str, str, date | None]) -> list[Case]:
    fields = node.mapping(*_DRAFT_KEYS, "name", "rules", "table", "mode", "today", "expect", "serves", "walk")
    sets = {name: name for name in rule_sets}
    if fields["rules"].exists:
        under = tuple(item.choice(sets) for item in fields["rules"].one_or_more())
    draft = _draft(node)
    expected = [(address, _expected(below, under, rule_sets)) for address, below in fields["expect"].entries()]
    _same_people(fields["expect"], draft, [address for address, _ in expected])
    table, mode, today = shared
    return [
        Case(
            name=fields["name"].text(),
            draft=draft,
            rule_set=rule_set,
            table=fields["table"].text(table),
            mode=fields["mode"].choice({name: name for name in MODES}, mode or "enforce") if fields["mode"].exists else mode,
            today=fields["today"].day(today),
            expected=tuple((address, by_set[rule_set]) for address, by_set in expected if rule_set in by_set),
            file=node.file,
            line=node.line,
        )
        for rule_set in under
    ]


def _same_people(node: Node, draft: Draft, expected: Sequence[str]) -> None:
    """Every recipient has an expectation, and every expectation a recipient."""
    written = {address.lower() for address in (*draft.to, *draft.cc, *draft.bcc)}
    named = {address.lower() for address in expected}
    if not draft.eml:
        for address in sorted(written - named):
            node.fail(f"nothing is expected of {address}", f"Add '{address}: deliver' or what it should be.", "test.recipient")
    for address in sorted(named - written if not draft.eml or written else ()):
        node.fail(f"{address} is no recipient of the message", "Correct the address.", "test.recipient")


def _expected(node: Node, under: Sequence[str], rule_sets: Mapping[str, frozenset[str]]) -> dict[str, Expected]:
    """The expectation by rule set: one for all, or one each."""
    if node.kind == "mapping" and any(key in rule_sets for key, _ in node.entries()):
        fields = node.mapping(*under)
        return {name: _one(fields[name], rule_sets[name]) for name in under}
    return {name: _one(node, rule_sets[name]) for name in under}


def _one(node: Node, rules: frozenset[str]) -> Expected:
    if node.kind != "mapping":
        return Expected(node.choice(VERDICTS))
    fields = node.mapping(
        "verdict", "path", "deliver_to", "route", "rules", "reasons", "remedies", "no_remedies", "waits_for", "tell", "mark", "receipt"
    )
    known = {rule: rule for rule in sorted(rules)}
    return Expected(
        verdict=fields["verdict"].choice(VERDICTS),
        path=fields["path"].choice(PATHS) if "path" in fields else None,
        deliver_to=fields["deliver_to"].text(""),
        route=fields["route"].text(""),
        rules=tuple(item.choice(known) for item in fields["rules"].one_or_more()),
        reasons=tuple(item.choice(REASONS) for item in fields["reasons"].one_or_more()),
        remedies=tuple(item.choice(REMEDIES) for item in fields["remedies"].one_or_more()),
        no_remedies=tuple(item.choice(REMEDIES) for item in fields["no_remedies"].one_or_more()),
        waits_for=fields["waits_for"].choice(WAITS) if "waits_for" in fields else None,
        tell=fields["tell"].boolean() if "tell" in fields else None,
        mark=fields["mark"].boolean() if "mark" in fields else None,
        receipt=fields["receipt"].boolean() if "receipt" in fields else None,
    )


_DRAFT_KEYS = ("from", "author", "to", "cc", "bcc", "subject", "body", "html", "attach", "calendar", "headers", "eml")


def _draft(node: Node) -> Draft:
    sender = node.child("from")
    written = sender.text()
    recipients = {key: tuple(_address(item) for item in node.child(key).one_or_more()) for key in ("to", "cc", "bcc")}
    eml = node.child("eml")
    if not any(recipients.values()):
        node.fail("the message has no recipient", "Add 'to: [...]'.", "yaml.missing")
    calendar = node.child("calendar")
    return Draft(
        sender=None if written == "<>" else _mailbox(sender, written),
        author=node.child("author").text("" if written == "<>" else written),
        subject=node.child("subject").text(""),
        body=node.child("body").text("", most=1_000_000),
        html=node.child("html").text("", most=1_000_000),
        attach=tuple(_file(item) for item in node.child("attach").items()),
        calendar=_calendar(calendar) if calendar.exists else None,
        headers=tuple((key, item.text()) for key, item in node.child("headers").entries()),
        eml=eml.text(""),
        **recipients,
    )


def _mailbox(node: Node, written: str) -> Address | None:
    try:
        return parse_mailbox(written)
    except AddressError as error:
        if written:
            node.fail(f"'{written}' is not a mail address: {error.words}", "Write <> for the null sender.", "policy.address")
        return None


def _address(node: Node) -> str:
    written = node.text()
    try:
        parse_recipient(written)
    except AddressError as error:
        if written:
            node.fail(f"'{written}' is not a mail address: {error.words}", code="policy.address")
    return written


def _calendar(node: Node) -> Calendar:
    fields = node.mapping("method", "summary", "description", "attach")
    return Calendar(fields["method"].text("REQUEST"), fields["summary"].text(""), fields["description"].text(""), fields["attach"].text(""))


def _file(node: Node) -> tuple[Described, bool]:
    if node.kind == "scalar":
        return Described(node.text()), False
    fields = node.mapping(
        "name", "type", "content", "rows", "protected", "password", "members", "width", "height", "size", "hidden_sheet", "inline"
    )
    described = Described(
        name=fields["name"].text(),
        type=fields["type"].choice({name: name for name in TYPES}) if "type" in fields else "",
        content=fields["content"].text("", most=1_000_000),
        rows=tuple(row.texts() for row in fields["rows"].items()),
        protected=fields["protected"].choice({name: name for name in PROTECTIONS}, "none"),
        password=fields["password"].text(PASSWORD),
        members=tuple(_file(item)[0] for item in fields["members"].items()),
        width=fields["width"].integer(300, least=1, most=10_000),
        height=fields["height"].integer(100, least=1, most=10_000),
        size=fields["size"].integer(0, least=0, most=10_000_000),
        hidden_sheet=fields["hidden_sheet"].boolean(False),
    )
    return described, fields["inline"].boolean(False)
