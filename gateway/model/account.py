"""People who may act on held messages, where the gateway keeps accounts. Without any, the policy's lists of reviewers decide."""

from enum import StrEnum

from gateway.model.frozen import frozen


class Role(StrEnum):
    REVIEWER = "reviewer"
    """Decides about held messages of the organisation, or of the sender groups named."""
    AUDITOR = "auditor"
    """Looks at everything of the organisation and decides nothing."""
    ADMIN = "admin"
    """As a reviewer, of every organisation where none is named."""


@frozen
class Account:
    """`name` is what `--as` takes. No password: the command line trusts the machine's own logins."""

    name: str
    email: str
    role: Role
    organisation: str = ""
    """Key of the organisation; '' for an administrator of all."""
    groups: tuple[str, ...] = ()
    """Sender groups; () for all of the organisation that have no reviewers of their own."""
    disabled: bool = False
