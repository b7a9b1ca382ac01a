"""What the headers of a 7z archive say, as values."""

from dataclasses import dataclass

AES = bytes.fromhex("06f10701")


@dataclass(frozen=True, slots=True)
class Coder:
    method: bytes
    inputs: int
    outputs: int
    properties: bytes


@dataclass(frozen=True, slots=True)
class Folder:
    """Coders and how they are wired. `packed` are the file ranges of its packed streams, bound to `packed_inputs`."""

    coders: tuple[Coder, ...]
    binds: tuple[tuple[int, int], ...]
    packed_inputs: tuple[int, ...]
    sizes: tuple[int, ...] = ()
    crc: int | None = None
    packed: tuple[tuple[int, int], ...] = ()
    streams: int = 1
    stream_sizes: tuple[int, ...] = ()
    stream_crcs: tuple[int | None, ...] = ()

    @property
    def inputs(self) -> tuple[tuple[int, Coder], ...]:
        """(index of the input, its coder)."""
        flat = [coder for coder in self.coders for _ in range(coder.inputs)]
        return tuple(enumerate(flat))

    @property
    def in_order(self) -> tuple[Coder, ...]:
        """Coders with one input and one output, from the packed stream to the unpacked; () for any other wiring."""
        if any(coder.inputs != 1 or coder.outputs != 1 for coder in self.coders) or len(self.packed_inputs) != 1:
            return ()
        following = {output: index for index, output in self.binds}
        at = self.packed_inputs[0]
        order: list[Coder] = []
        while 0 <= at < len(self.coders) and len(order) <= len(self.coders):
            order.append(self.coders[at])
            at = following.get(at, -1)
        return tuple(order) if len(order) == len(self.coders) else ()

    @property
    def size(self) -> int:
        """Of the unpacked whole: the output that no bind takes up."""
        taken = {output for _, output in self.binds}
        return next((size for index, size in enumerate(self.sizes) if index not in taken), 0)


@dataclass(frozen=True, slots=True)
class File:
    name: str
    size: int
    folder: int | None


@dataclass(frozen=True, slots=True)
class Archive:
    """`locked_header`: the folder of an encrypted header; then nothing else is known. `gaps`: bytes that belong to nothing."""

    folders: tuple[Folder, ...]
    files: tuple[File, ...] = ()
    gaps: tuple[str, ...] = ()
    locked_header: Folder | None = None

    def by_folder(self) -> dict[int, list[File]]:
        """The files that each folder unpacks to."""
        found: dict[int, list[File]] = {}
        for file in self.files:
            if file.folder is not None:
                found.setdefault(file.folder, []).append(file)
        return found
