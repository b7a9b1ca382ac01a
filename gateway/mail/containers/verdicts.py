"""How the protection of a container follows from that of its content: it is as protected as the least of its bytes."""

from collections.abc import Iterable

from gateway.model.findings import UNPROTECTED, Protection, State

# As shipped, only AES with 256 bits (or its equal) counts as strong.
STRONG_BITS = 256


def needing_secret(algorithm: str, bits: int | None, *, authentic: bool = True) -> Protection:
    """STRONG or WEAK for a file that really needs a secret, by algorithm and bits; 256 bits of anything but AES or ChaCha20 is weak."""
    strong = authentic and bits is not None and bits >= STRONG_BITS and algorithm.startswith(("AES", "ChaCha20"))
    return Protection(State.STRONG if strong else State.WEAK, algorithm, bits)


def combined(protections: Iterable[Protection]) -> Protection:
    """The protection of a whole whose parts (those with any content) have these protections."""
    found = tuple(protections)
    states = {protection.state for protection in found}
    if not states or states == {State.NONE}:
        return UNPROTECTED
    locked = tuple(protection for protection in found if protection.state.needs_a_secret)
    readable = states & {State.NONE, State.OPENABLE, State.PARTIAL}
    if locked and readable:
        return _as(State.PARTIAL, locked)
    if State.NONE in states:
        return UNPROTECTED
    for state in (State.OPENABLE, State.UNKNOWN, State.WEAK):
        if state in states:
            return _as(state, tuple(protection for protection in found if protection.state is state))
    return _as(State.STRONG, locked)


def _as(state: State, among: tuple[Protection, ...]) -> Protection:
    weakest = min(among, key=lambda protection: (protection.bits is None, protection.bits or 0))
    return Protection(state, weakest.algorithm, weakest.bits)
