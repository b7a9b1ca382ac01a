"""Where looking into containers stops. Each number with its reason.

Promises: a limit that is hit shows: `recognise` answers `complete=False` with a note, `members_of` raises `ContainerError`.
"""

from dataclasses import dataclass


class ContainerError(ValueError):
    """The bytes cannot be read to the end: damaged, ambiguous, or larger than we are willing to unpack."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one look into one attachment, all nested containers counted together."""

    depth: int = 6
    """Containers in containers. People send a zip in a zip; 42.zip has five levels, quines have no end."""
    members: int = 4_096
    """Council archives hold tens of files. 65,535 entries cost 0.3 s of header reading alone."""
    member_bytes: int = 67_108_864
    """One unpacked member: larger than any message we accept (50 MiB)."""
    total_bytes: int = 134_217_728
    """Everything unpacked: half of the 256 MB that one message may use in a worker."""


DEFAULT_LIMITS: Limits = Limits()
MESSAGE_LIMITS: Limits = Limits(members=8_192, total_bytes=268_435_456)
"""All looks into all attachments of one message. A file is looked at when it is recognised, again when its members are read, and
each member likewise: an honest zip in a zip counts five times. Without a sum, 16 zips of 16 zips cost minutes."""


class Budget:
    """What is left of the limits during one look, and of `whole`, which several looks share. Whoever unpacks, spends.

    Spending more than there is raises `ContainerError`.
    """

    __slots__ = ("bytes_left", "limits", "members_left", "whole")

    def __init__(self, limits: Limits, whole: "Budget | None" = None) -> None:
        self.limits = limits
        self.bytes_left = limits.total_bytes
        self.members_left = limits.members
        self.whole = whole

    @property
    def readable_bytes(self) -> int:
        """The most that the next member may unpack to."""
        most = max(0, min(self.limits.member_bytes, self.bytes_left))
        return min(most, self.whole.readable_bytes) if self.whole else most

    @property
    def is_spent(self) -> bool:
        """Nothing more can be looked at."""
        return self.members_left < 0 or self.readable_bytes == 0 or (self.whole is not None and self.whole.is_spent)

    def spend_member(self) -> None:
        self.members_left -= 1
        if self.members_left < 0:
            raise ContainerError("it has too many members")
        if self.whole:
            self.whole.spend_member()

    def spend_bytes(self, count: int) -> None:
        self.bytes_left -= count
        if self.whole:
            self.whole.spend_bytes(count)
        if self.bytes_left < 0 or count > self.limits.member_bytes:
            raise ContainerError("it unpacks to more than we are willing to read")
