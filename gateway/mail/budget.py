"""What reading one message may still spend, and what was met on the way.

Promises: every limit of `ReadLimits` that is reached becomes one defect `unchecked`, once.
"""

from gateway.model.message import Defect, ReadLimits

# Inner boundaries that begin like an outer one: two for each part of a message that has no more than a thousand.
_MOST_DOUBTS = 2_000
# The longest boundary that is looked for, with its dashes.
_LONGEST_LINE = 1_100


class Budget:
    """What reading one message may still spend, and the defects met on the way. Shared by the readers of nested messages."""

    __slots__ = ("boundaries", "bytes_left", "defects", "doubts", "limits", "parts_left")

    def __init__(self, limits: ReadLimits) -> None:
        self.limits = limits
        self.parts_left = limits.parts
        self.bytes_left = limits.decoded_bytes
        self.defects: list[Defect] = []
        self.boundaries: set[bytes] = set()
        self.doubts: list[tuple[bytes, str]] = []

    def ambiguous(self, code: str, where: str, words: str) -> None:
        self.defects.append(Defect(code, where, words, ambiguous=True))

    def unchecked(self, code: str, where: str, words: str) -> None:
        if not any(defect.code == code for defect in self.defects) or not code.startswith("limit."):
            self.defects.append(Defect(code, where, words, unchecked=True))

    def note(self, code: str, where: str, words: str) -> None:
        self.defects.append(Defect(code, where, words))

    def doubt(self, data: bytes, places: tuple[int, ...], where: str) -> None:
        """Keep lines that may be another part's boundary until all boundaries are known."""
        for at in places:
            if len(self.doubts) >= _MOST_DOUBTS:
                self.ambiguous("multipart.doubtful_boundary", where, "many lines are almost boundary lines")
                return
            self.doubts.append((data[at : at + _LONGEST_LINE].partition(b"\n")[0], where))

    def take_part(self, where: str) -> bool:
        self.parts_left -= 1
        if self.parts_left < 0:
            self.unchecked("limit.parts", where, f"there are more than {self.limits.parts} parts")
        return self.parts_left >= 0

    def take_bytes(self, count: int, where: str) -> bool:
        self.bytes_left -= count
        if self.bytes_left < 0:
            self.unchecked("limit.decoded", where, "the parts decode to more than we read")
        return self.bytes_left >= 0
