"""What the checks are told to look for: the part of the policy that concerns content, as plain values.

`policy.looks_for` makes it; checks never see the policy itself.
"""

from gateway.model.frozen import frozen


@frozen
class Pattern:
    """A council's own pattern (a case number ...) in the RE2 subset: no back-references, no look-around."""

    name: str
    expression: str
    kind: str = "LOCAL_ID"


@frozen
class LooksFor:
    """Lists, thresholds and budgets of every check. The defaults are those of the shipped policy."""

    own_domains: tuple[str, ...] = ()
    staff_names: tuple[str, ...] = ()
    never_personal: tuple[str, ...] = ()
    """Words that look like names and are not: buildings, streets, teams."""
    always_personal: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    label_ids: tuple[str, ...] = ()
    """Sensitivity-label GUIDs of the own tenant that count as confidential."""
    sign_in_link_domains: tuple[str, ...] = ()
    """Own-tenant SharePoint and the like: a link there asks for a sign-in."""
    image_bytes: int = 32_768
    image_width: int = 600
    image_height: int = 200
    image_hashes: tuple[str, ...] = ()
    """SHA-256 of listed signature images."""
    minimum_bits: int = 256
    subject_score: float = 1.0
    body_score: float = 1.0
    bulk_people: int = 10
    text_bytes: int = 4_194_304
    """Text looked at per part; beyond it the part is `message.unchecked`."""
    password_candidates: int = 200
    """Words of the message tried against a container's verifier; 200 cost under 0.25 s for a zip."""


DEFAULT_LOOKS_FOR: LooksFor = LooksFor()
