"""JSON Schema of the policy files, so that an editor completes keys and marks mistakes while somebody types.

Promises: the same words as the loader (they come from the same tables); a file that the loader accepts fits its schema.
The loader knows more (that a domain is listed once, that a list exists): the schema is a help, `gateway check` decides.
"""

from collections.abc import Iterable

from gateway.policy.conditions import REASONS, STATES
from gateway.policy.organisations import DAYS, MODES
from gateway.policy.rules import PATHS, PREFIX_CHARS, REMEDIES, VERDICTS, WAITS
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


def texts(names: str) -> dict[str, Schema]:
    """Keys that hold one text each."""
    return dict.fromkeys(names.split(), TEXT)


def lists(names: str) -> dict[str, Schema]:
    """Keys that hold a text or a list of them."""
    return dict.fromkeys(names.split(), one_or_more(TEXT))


def counts(names: str) -> dict[str, Schema]:
    return dict.fromkeys(names.split(), COUNT)


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
CONTACT = keys("name", **texts("name email phone"))
HOURS = keys(days=one_or_more(choice(DAYS)), opens=CLOCK, closes=CLOCK, zone=TEXT, closed=list_of(DAY))
ORGANISATION = keys(
    "name domains cjsm_member internal_secure lead_contact",
    **texts("name out_of_hours_phone"),
    **lists("reviewers"),
    domains=one_or_more(DOMAIN),
    cjsm_member=BOOLEAN,
    internal_secure=BOOLEAN,
    lead_contact=CONTACT,
    hours=HOURS,
    four_eyes=BOOLEAN,
    mode=choice(MODES),
)
ROW = keys("domain subdomains", domain=DOMAIN, subdomains=BOOLEAN)
LIKE = keys(state=one_or_more(choice(STATES)), **lists("type not_type name_ends"))
REASON = one_or_more(choice(REASONS))
FINDING: Schema = {
    "anyOf": [REASON, keys("reason", reason=REASON, kinds=one_or_more(TEXT), from_others=BOOLEAN, at_least=COUNT, file=LIKE)]
}
CONDITION: Schema = {"$ref": "#/$defs/condition"}
CONDITIONS: dict[str, Schema] = {
    **lists("from_ to sender_group organisation community"),
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
    **lists("staff_names never_personal always_personal label_ids sign_in_link_domains image_hashes"),
    **counts("image_bytes image_width image_height minimum_bits bulk_people text_bytes password_candidates"),
    subject_score={"type": "number", "minimum": 0},
    body_score={"type": "number", "minimum": 0},
    patterns=list_of(keys("name expression", **texts("name expression kind"))),
)
EXPECTED = keys(
    "verdict",
    verdict=choice(VERDICTS),
    path=choice(PATHS),
    **texts("deliver_to route"),
    **lists("rules"),
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
    **texts("name type content protected password"),
    rows=list_of(list_of(TEXT)),
    members=list_of(named({"anyOf": [TEXT, COUNT, BOOLEAN]})),
    width=COUNT,
    height=COUNT,
    size=COUNT,
    hidden_sheet=BOOLEAN,
    inline=BOOLEAN,
)
# What a case is judged under: for one of them, or at the top of the file for all.
JUDGED_UNDER: dict[str, Schema] = {**lists("rules"), **texts("table"), "mode": choice(MODES), "today": DAY}
CASE = keys(
    "name from expect",
    **texts("name walk from_ author subject body html eml"),
    **lists("serves to cc bcc"),
    **JUDGED_UNDER,
    headers=named(TEXT),
    calendar=keys("", **texts("method summary description attach")),
    attach=list_of({"anyOf": [TEXT, FILE]}),
    expect=named({"anyOf": [ONE_EXPECTED, named(ONE_EXPECTED)]}),
)
# Who answers for an exception, why, and until when.
SIGNED: dict[str, Schema] = {**texts("owner reason"), "until": DAY}
SCHEMAS: dict[str, Schema] = {
    "policy": keys(
        "table rules mode",
        **texts("table rules"),
        **lists("unattended archives"),
        mode=choice(MODES),
        bounce_in_session=BOOLEAN,
        lock_as=choice(["own_format", "one_zip"]),
        sender_groups=named(keys(**lists("senders except_ reviewers"), notices=BOOLEAN)),
        delegates=named(one_or_more(TEXT)),
        looks_for=LOOKS_FOR,
    ),
    "organisations": keys("organisations", organisations=named(ORGANISATION)),
    "registry": keys(
        partners=list_of(
            keys(
                "domain subdomains verified_by verified_on review_by evidence",
                domain=DOMAIN,
                subdomains=BOOLEAN,
                **texts("name verified_by evidence"),
                **dict.fromkeys(("verified_on", "review_by", "until"), DAY),
            )
        )
    ),
    "waivers": keys(
        waivers=list_of(keys("id rules from to owner reason until", **texts("id"), **lists("rules from_ to"), **SIGNED)),
        public_files=list_of(
            keys("sha256 name owner reason until", **texts("name"), sha256={"type": "string", "pattern": "^[0-9A-Fa-f]{64}$"}, **SIGNED)
        ),
    ),
    "table": keys(
        "table for_live_use bridge",
        **texts("table says"),
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
        **texts("says"),
        **JUDGED_UNDER,
        cases=list_of(CASE),
    ),
    "rules": keys(
        "rule_set rules",
        **texts("rule_set says"),
        **lists("includes"),
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
