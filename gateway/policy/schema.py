"""JSON Schema of the policy files, so that an editor completes keys and marks mistakes while somebody types.

Promises: the same words as the loader (they come from the same tables); a file that the loader accepts fits its schema.
The loader knows more (that a domain is listed once, that a list exists): the schema is a help, `gateway check` decides.
"""

from collections.abc import Iterable

from gateway.policy.conditions import REASONS, STATES
from gateway.policy.organisations import DAYS
from gateway.policy.rules import MODES, PATHS, PREFIX_CHARS, REMEDIES, VERDICTS, WAITS
from gateway.policy.tables import TLS

Schema = dict[str, object]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TEXT: Schema = {"type": "string", "minLength": 1}
BOOLEAN: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
CLOCK: Schema = {"type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}$"}
DOMAIN: Schema = {"type": "string", "pattern": "^@?[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$"}
SUFFIX: Schema = {"type": "string", "pattern": "^(\\.[A-Za-z0-9-]+)+$"}


def keys(required: str = "", /, **properties: Schema) -> Schema:
    """A mapping with these keys and no others; `required` names the needed ones."""
    renamed = {name.rstrip("_"): schema for name, schema in properties.items()}
    return {"type": "object", "additionalProperties": False, "properties": renamed, "required": required.split()}


def list_of(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def one_or_more(item: Schema) -> Schema:
    return {"anyOf": [item, list_of(item)]}


def named(item: Schema) -> Schema:
    """A mapping whose keys are names."""
    return {"type": "object", "additionalProperties": item}


def choice(words: Iterable[str]) -> Schema:
    return {"enum": list(words)}


WAY = keys(route=TEXT, tls=choice(TLS))
CONTACT = keys("name", name=TEXT, email=TEXT, phone=TEXT)
HOURS = keys(days=one_or_more(choice(DAYS)), opens=CLOCK, closes=CLOCK, zone=TEXT, closed=list_of(DAY))
ORGANISATION = keys(
    "name domains cjsm_member internal_secure lead_contact",
    name=TEXT,
    domains=one_or_more(DOMAIN),
    cjsm_member=BOOLEAN,
    internal_secure=BOOLEAN,
    lead_contact=CONTACT,
    reviewers=one_or_more(TEXT),
    hours=HOURS,
    out_of_hours_phone=TEXT,
    four_eyes=BOOLEAN,
)
ROW = keys("domain subdomains", domain=DOMAIN, subdomains=BOOLEAN)
LIKE = keys(state=one_or_more(choice(STATES)), type=one_or_more(TEXT), not_type=one_or_more(TEXT), name_ends=one_or_more(TEXT))
REASON = one_or_more(choice(REASONS))
FINDING: Schema = {
    "anyOf": [REASON, keys("reason", reason=REASON, kinds=one_or_more(TEXT), from_others=BOOLEAN, at_least=COUNT, file=LIKE)]
}
CONDITION: Schema = {"$ref": "#/$defs/condition"}
CONDITIONS: dict[str, Schema] = {
    "from_": one_or_more(TEXT),
    "to": one_or_more(TEXT),
    "sender_group": one_or_more(TEXT),
    "organisation": one_or_more(TEXT),
    "community": one_or_more(TEXT),
    "visible_outside": keys("at_least", at_least={"type": "integer", "minimum": 1}),
    "attachments": {**keys(any=LIKE, all=LIKE), "minProperties": 1, "maxProperties": 1},
    "all": list_of(CONDITION),
    "any": list_of(CONDITION),
    "not": CONDITION,
}
RULE = keys(
    "id says when then",
    id={"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
    says=TEXT,
    when=keys("path", path=one_or_more(choice(PATHS)), finding=FINDING, **CONDITIONS),
    then=choice(VERDICTS),
    otherwise=choice(["hold", "bounce"]),
    reason=choice(REASONS),
    remedies=one_or_more(choice(REMEDIES)),
    waits_for=choice(WAITS),
    mode=choice(MODES),
    in_every_mode=BOOLEAN,
    notify=BOOLEAN,
    require_tls=choice(TLS),
    mark=BOOLEAN,
    prefix={"type": "string", "minLength": 1, "maxLength": PREFIX_CHARS},
    receipt=BOOLEAN,
    serves=one_or_more(TEXT),
)
LOOKS_FOR = keys(
    staff_names=one_or_more(TEXT),
    never_personal=one_or_more(TEXT),
    always_personal=one_or_more(TEXT),
    label_ids=one_or_more(TEXT),
    sign_in_link_domains=one_or_more(TEXT),
    image_hashes=one_or_more(TEXT),
    image_bytes=COUNT,
    image_width=COUNT,
    image_height=COUNT,
    minimum_bits=COUNT,
    bulk_people=COUNT,
    text_bytes=COUNT,
    password_candidates=COUNT,
    subject_score={"type": "number", "minimum": 0},
    body_score={"type": "number", "minimum": 0},
    patterns=list_of(keys("name expression", name=TEXT, expression=TEXT, kind=TEXT)),
)
EXPECTED = keys(
    "verdict",
    verdict=choice(VERDICTS),
    path=choice(PATHS),
    deliver_to=TEXT,
    route=TEXT,
    rules=one_or_more(TEXT),
    reasons=one_or_more(choice(REASONS)),
    remedies=one_or_more(choice(REMEDIES)),
    no_remedies=one_or_more(choice(REMEDIES)),
    waits_for=choice(WAITS),
    tell=BOOLEAN,
    mark=BOOLEAN,
    receipt=BOOLEAN,
)
ONE_EXPECTED: Schema = {"anyOf": [choice(VERDICTS), EXPECTED]}
FILE = keys(
    "name",
    name=TEXT,
    type=TEXT,
    content=TEXT,
    rows=list_of(list_of(TEXT)),
    protected=TEXT,
    password=TEXT,
    members=list_of(named({"anyOf": [TEXT, COUNT, BOOLEAN]})),
    width=COUNT,
    height=COUNT,
    size=COUNT,
    hidden_sheet=BOOLEAN,
    inline=BOOLEAN,
)
CASE = keys(
    "name from expect",
    name=TEXT,
    serves=one_or_more(TEXT),
    walk=TEXT,
    rules=one_or_more(TEXT),
    table=TEXT,
    mode=choice(MODES),
    today=DAY,
    from_=TEXT,
    author=TEXT,
    to=one_or_more(TEXT),
    cc=one_or_more(TEXT),
    bcc=one_or_more(TEXT),
    subject=TEXT,
    body=TEXT,
    html=TEXT,
    headers=named(TEXT),
    calendar=keys("", method=TEXT, summary=TEXT, description=TEXT, attach=TEXT),
    attach=list_of({"anyOf": [TEXT, FILE]}),
    eml=TEXT,
    expect=named({"anyOf": [ONE_EXPECTED, named(ONE_EXPECTED)]}),
)
SCHEMAS: dict[str, Schema] = {
    "policy": keys(
        "table rules mode",
        table=TEXT,
        rules=TEXT,
        mode=choice(MODES),
        bounce_in_session=BOOLEAN,
        sender_groups=named(keys(senders=one_or_more(TEXT), except_=one_or_more(TEXT), notices=BOOLEAN, reviewers=one_or_more(TEXT))),
        unattended=one_or_more(TEXT),
        delegates=named(one_or_more(TEXT)),
        archives=one_or_more(TEXT),
        looks_for=LOOKS_FOR,
    ),
    "organisations": keys("organisations", organisations=named(ORGANISATION)),
    "registry": keys(
        partners=list_of(
            keys(
                "domain subdomains verified_by verified_on review_by evidence",
                domain=DOMAIN,
                name=TEXT,
                subdomains=BOOLEAN,
                verified_by=TEXT,
                verified_on=DAY,
                review_by=DAY,
                evidence=TEXT,
                until=DAY,
            )
        )
    ),
    "waivers": keys(
        waivers=list_of(
            keys(
                "id rules from to owner reason until",
                id=TEXT,
                rules=one_or_more(TEXT),
                from_=one_or_more(TEXT),
                to=one_or_more(TEXT),
                owner=TEXT,
                reason=TEXT,
                until=DAY,
            )
        ),
        public_files=list_of(
            keys(
                "sha256 name owner reason until",
                sha256={"type": "string", "pattern": "^[0-9A-Fa-f]{64}$"},
                name=TEXT,
                owner=TEXT,
                reason=TEXT,
                until=DAY,
            )
        ),
    ),
    "table": keys(
        "table for_live_use bridge",
        table=TEXT,
        says=TEXT,
        for_live_use=BOOLEAN,
        bridge=keys("suffix", name=TEXT, suffix=SUFFIX, route=TEXT, tls=choice(TLS), twins=list_of(SUFFIX)),
        direct=keys(route=TEXT),
        secure=WAY,
        assured=keys(route=TEXT, tls=choice(TLS), domains=list_of(ROW), lists=one_or_more(TEXT)),
        communities=named(keys(name=TEXT, domains=list_of(ROW))),
        secure_together=list_of(list_of(TEXT)),
        retired=list_of(keys("domain subdomains instead", domain=DOMAIN, subdomains=BOOLEAN, instead=DOMAIN)),
        lookalikes=list_of(keys("domain subdomains meant", domain=DOMAIN, subdomains=BOOLEAN, meant=DOMAIN)),
    ),
    "notices": keys("", words=named(TEXT), organisations=named(named(TEXT))),
    "tests": keys(
        "cases",
        says=TEXT,
        rules=one_or_more(TEXT),
        table=TEXT,
        mode=choice(MODES),
        today=DAY,
        cases=list_of(CASE),
    ),
    "rules": keys(
        "rule_set rules",
        rule_set=TEXT,
        says=TEXT,
        includes=one_or_more(TEXT),
        nothing_matched=choice(["deliver", "hold"]),
        rules=list_of(RULE),
    ),
}


def schema_of(name: str) -> Schema:
    """The whole schema of one kind of file; KeyError for an unknown kind."""
    return {
        "$schema": DRAFT,
        "title": f"{name} of the secure mail gateway",
        **SCHEMAS[name],
        "$defs": {"condition": keys("", **CONDITIONS)},
    }
