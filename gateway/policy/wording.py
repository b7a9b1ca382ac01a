"""An organisation's own words for notices, from `notices.yaml`.

Promises: each sentence keeps its place in the file, so that `gateway check` can point at it; those of an organisation go before those for
everybody. Whether there is such an organisation or sentence, and whether it says what it must, is told by `service.own_words`.
"""

from dataclasses import dataclass

from gateway.policy.yaml_nodes import Node

FILE = "notices.yaml"
# A checklist of twenty steps has under 2,000.
TEXT_CHARS = 8_000


@dataclass(frozen=True, slots=True)
class OwnWords:
    """One sentence that somebody wrote. `organisation` '' is everybody."""

    organisation: str
    key: str
    text: str
    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Wording:
    """Every sentence of the policy's own."""

    written: tuple[OwnWords, ...] = ()

    def of(self, organisation: str) -> dict[str, str]:
        """The sentences of one organisation by key: its own, else those for everybody."""
        chosen = {one.key: one.text for one in self.written if not one.organisation}
        return chosen | {one.key: one.text for one in self.written if one.organisation == organisation}


def load_wording(root: Node) -> Wording:
    """Read `notices.yaml`; it may be missing or empty."""
    top = root.mapping("words", "organisations")
    written = _sentences("", top["words"])
    for key, node in top["organisations"].entries():
        written += _sentences(key, node)
    return Wording(tuple(written))


def _sentences(organisation: str, node: Node) -> list[OwnWords]:
    return [
        OwnWords(organisation, key, one.text(most=TEXT_CHARS), one.file, one.line, one.column) for key, one in node.entries() if one.exists
    ]
