"""Organisations whose mail we carry, from `organisations.yaml`.

Promises: every domain belongs to one organisation; whether mail inside an organisation is secure is always written
down, because the guidance says that it is not so everywhere (footnote 4, C6).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.model.address import AddressError, parse_mailbox
from gateway.model.judgement import Mode
from gateway.model.organisation import Contact, Hours, Organisation
from gateway.policy.domains import domain_of
from gateway.policy.yaml_nodes import Fields, Node

KEYS = (
    "name",
    "domains",
    "cjsm_member",
    "internal_secure",
    "lead_contact",
    "reviewers",
    "hours",
    "out_of_hours_phone",
    "four_eyes",
    "mode",
)
MODES = {mode.value: mode for mode in Mode}
DAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}


@dataclass(frozen=True, slots=True)
class Organisations:
    """All organisations, found by key or by one of their domains."""

    all: tuple[Organisation, ...]
    by_key: dict[str, Organisation]
    by_domain: dict[str, Organisation]


def load_organisations(root: Node) -> Organisations:
    """Read `organisations.yaml`."""
    top = root.mapping("organisations")
    entries = top["organisations"].entries()
    if not entries:
        root.fail("no organisation is written here", "Add the council itself under 'organisations:'.", "policy.organisations")
    by_domain: dict[str, Organisation] = {}
    organisations = []
    for key, node in entries:
        organisation = _organisation(key, node)
        organisations.append(organisation)
        for domain in organisation.domains:
            if domain in by_domain:
                node.fail(f"{domain} already belongs to '{by_domain[domain].key}'", "Keep it with one organisation.", "policy.domain_twice")
            by_domain[domain] = organisation
    return Organisations(tuple(organisations), {o.key: o for o in organisations}, by_domain)


def _organisation(key: str, node: Node) -> Organisation:
    fields = node.mapping(*KEYS)
    domains = tuple(domain for item in fields["domains"].one_or_more() if (domain := domain_of(item)))
    if not fields["domains"].exists:
        node.fail(f"'{key}' has no domains", "Add 'domains: [...]'.", "yaml.missing")
    elif not domains:
        fields["domains"].fail(f"'{key}' has no domain that can be used", "Write it as in borough.gov.uk.", "policy.no_domain")
    return Organisation(
        key=key,
        name=fields["name"].text(),
        domains=domains,
        cjsm_member=fields["cjsm_member"].boolean(),
        internal_secure=fields["internal_secure"].boolean(),
        lead_contact=_contact(fields["lead_contact"]),
        reviewers=tuple(addresses(fields["reviewers"])),
        hours=_hours(fields["hours"]),
        out_of_hours_phone=fields["out_of_hours_phone"].text(""),
        four_eyes=fields["four_eyes"].boolean(True),
        mode=fields["mode"].choice(MODES) if fields["mode"].exists else None,
    )


def _contact(node: Node) -> Contact:
    """The lead contact must be reachable: every notice names this person (guidance H10)."""
    if not node.exists:
        node.fail("'lead_contact' is missing", "Add 'lead_contact: {name: ..., email: ..., phone: ...}'.", "yaml.missing")
        return Contact("")
    fields = node.mapping("name", "email", "phone")
    email = next(addresses(fields["email"]), "")
    phone = fields["phone"].text("")
    if not email and not phone:
        node.fail("the lead contact has neither email nor phone", "Add one of them.", "policy.contact")
    return Contact(fields["name"].text(), email, phone)


def addresses(node: Node) -> Iterator[str]:
    """The mail addresses in a list, or the one that stands there."""
    for item in node.one_or_more():
        written = item.text()
        try:
            parse_mailbox(written)
        except AddressError as error:
            item.fail(f"'{written}' is not a mail address: {error.words}", code="policy.address")
        else:
            yield written


def _hours(node: Node) -> Hours:
    if not node.exists:
        return Hours()
    fields = node.mapping("days", "opens", "closes", "zone", "closed")
    usual = Hours()
    opens, closes = fields["opens"].clock(usual.opens), fields["closes"].clock(usual.closes)
    if opens >= closes:
        node.fail("the hours close before they open", code="policy.hours")
    return Hours(
        days=_days(fields["days"]) or usual.days,
        opens=opens,
        closes=closes,
        zone=_zone(fields, usual.zone),
        closed=tuple(day for item in fields["closed"].items() if (day := item.day()) is not None),
    )


def _days(node: Node) -> tuple[int, ...]:
    return tuple(sorted({item.choice(DAYS) for item in node.one_or_more()}))


def _zone(fields: Fields, usual: str) -> str:
    name = fields["zone"].text(usual)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        fields["zone"].fail(f"'{name}' is not a time zone", "Write it as in Europe/London.", "policy.zone")
        return usual
    return name
