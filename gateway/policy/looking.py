"""What the checks are told to look for, from `looks_for` in policy.yaml.

Promises: what is left out has the default of `LooksFor`; a council's own pattern is of the kind that cannot run away
(no back-references, no look-around, no unbounded repetition of a repetition).
"""

import re
from collections.abc import Mapping

from gateway.model.looking import DEFAULT_LOOKS_FOR, LooksFor, Pattern
from gateway.model.organisation import Organisation
from gateway.policy.lists import words
from gateway.policy.yaml_nodes import Node

# Our longest shipped pattern has 150 characters; what is longer is a word list in disguise.
PATTERN_CHARS = 500
# What RE2 does not know, and what makes backtracking engines slow (threats K03).
_NOT_RE2 = re.compile(r"\\[1-9]|\(\?(?:[=!]|<[=!]|P=|\()")
_NESTED = re.compile(r"\([^()]*[+*][^()]*\)(?:[+*]|\{[0-9]*,\})")


def load_looks_for(node: Node, organisations: tuple[Organisation, ...], lists: Mapping[str, str], used: set[str]) -> LooksFor:
    """Read `looks_for`."""
    usual = DEFAULT_LOOKS_FOR
    texts = ("staff_names", "never_personal", "always_personal", "label_ids", "sign_in_link_domains", "image_hashes")
    numbers = ("image_bytes", "image_width", "image_height", "minimum_bits", "bulk_people", "text_bytes", "password_candidates")
    scores = ("subject_score", "body_score")
    fields = node.mapping(*texts, *numbers, *scores, "patterns")
    listed = {key: words(fields[key], lists, used) for key in texts}
    counted = {key: fields[key].integer(getattr(usual, key), least=0) for key in numbers}
    scored = {key: fields[key].number(getattr(usual, key), least=0.0, most=10.0) for key in scores}
    return LooksFor(
        own_domains=tuple(domain for organisation in organisations for domain in organisation.domains),
        patterns=tuple(_pattern(item) for item in fields["patterns"].items()),
        staff_names=listed["staff_names"],
        never_personal=listed["never_personal"],
        always_personal=listed["always_personal"],
        label_ids=tuple(label.lower() for label in listed["label_ids"]),
        sign_in_link_domains=tuple(domain.lower() for domain in listed["sign_in_link_domains"]),
        image_hashes=tuple(digest.lower() for digest in listed["image_hashes"]),
        image_bytes=counted["image_bytes"],
        image_width=counted["image_width"],
        image_height=counted["image_height"],
        minimum_bits=counted["minimum_bits"],
        bulk_people=counted["bulk_people"],
        text_bytes=counted["text_bytes"],
        password_candidates=counted["password_candidates"],
        subject_score=scored["subject_score"],
        body_score=scored["body_score"],
    )


def _pattern(node: Node) -> Pattern:
    fields = node.mapping("name", "expression", "kind")
    expression = fields["expression"].text()
    fault = unsafe(expression)
    if fault:
        fields["expression"].fail(f"the pattern {fault}", "Write it plainer, with bounded repetitions such as {1,20}.", "policy.pattern")
    return Pattern(fields["name"].text(), expression, fields["kind"].text("LOCAL_ID"))


def unsafe(expression: str) -> str:
    """What is wrong with a pattern, '' for one that may be used."""
    if len(expression) > PATTERN_CHARS:
        return f"is longer than {PATTERN_CHARS} characters"
    if _NOT_RE2.search(expression):
        return "uses a back-reference or look-around"
    if _NESTED.search(expression):
        return "repeats a repetition, which can take hours on some texts"
    try:
        compiled = re.compile(expression)
    except (re.error, RecursionError, OverflowError) as error:
        return f"cannot be read: {error}"
    return "matches the empty text" if expression and compiled.search("") else ""
