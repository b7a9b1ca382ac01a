"""Zip files: which members need a secret, which cipher, and whether that is true for every byte.

Promises: STRONG only under the rule of `zip_layout` (no fault, no readable byte), every member with content WinZip AES with
256 bits in both headers, payloads that look like ciphertext, and not openable with the empty password.
Member names are always in clear: `names_visible` is set for every encrypted zip (requirement P5).
"""

from collections.abc import Iterable, Iterator

from gateway.mail.containers import odf, zip_layout, zip_opening
from gateway.mail.containers.limits import Budget, ContainerError
from gateway.mail.containers.looking import Found, Look, Reader
from gateway.mail.containers.randomness import looks_random, starts_plain
from gateway.mail.containers.verdicts import combined, needing_secret
from gateway.mail.containers.zip_layout import AE_EXTRA, AE_METHOD, OVERLAP, STRONG, Entry, Layout, View
from gateway.mail.containers.zip_reading import read_entry
from gateway.model.findings import UNPROTECTED, Container, Member, Protection, State

# WinZip AES (www.winzip.com/en/support/aes-encryption): strength -> bits; salt is half a key, then 2 bytes verifier, 10 of HMAC.
AE_BITS = {1: 128, 2: 192, 3: 256}
AE_OVERHEAD = {1: 8 + 12, 2: 12 + 12, 3: 16 + 12}
DEFAULT_PASSWORDS: tuple[str, ...] = ("",)
_CODE = 10
_OPENDOCUMENT = ("odt", "ods", "odp", "odg")
_ZIPCRYPTO_HEADER = 12
# Kilobytes looked at in all members together: up to 16 in each, at least two.
_WINDOWS = 32
# APPNOTE 7.2.3.2. Below 'strong' whatever it names: no free tool writes it, so our reading of it is not proven against samples.
_PKWARE = {
    0x6601: "DES", 0x6602: "RC2", 0x6603: "3DES", 0x660E: "AES-128", 0x660F: "AES-192", 0x6610: "AES-256", 0x6702: "RC2", 0x6801: "RC4",
}  # fmt: skip


def judge(content: bytes, kind: str, look: Look) -> Container:
    """What a zip (or an office file that is a zip, by `kind`) is, member by member."""
    try:
        layout = zip_layout.read_layout(content, look.budget.limits.members)
    except ContainerError as error:
        return Container(kind, Protection(State.UNKNOWN), complete=False, notes=(str(error),))
    if kind in _OPENDOCUMENT and not any(view.encrypted for entry in layout.entries for view in entry.views):
        return odf.judge(content, kind, layout)
    if not any(view.encrypted or view.method == AE_METHOD for entry in layout.entries for view in entry.views):
        return _judge_plain(content, kind, layout, look)
    return _judge_encrypted(content, layout, look)


def _judge_encrypted(content: bytes, layout: Layout, look: Look) -> Container:
    windows = min(16, max(2, _WINDOWS // len(layout.entries)))
    protections = [_protection(content, entry, windows) for entry in layout.entries]
    members = [Member(_name(e.view), "unknown", p, e.view.size) for e, p in zip(layout.entries, protections, strict=True)]
    counted = [p for e, p in zip(layout.entries, protections, strict=True) if _has_content(e)]
    whole = combined(counted)
    notes = layout.readable + layout.faults
    if whole.state.needs_a_secret and layout.readable:
        whole = Protection(State.PARTIAL, whole.algorithm, whole.bits)
    elif whole.state.needs_a_secret and layout.faults:
        whole = Protection(State.UNKNOWN, whole.algorithm, whole.bits)
    elif whole.state.needs_a_secret and zip_opening.opening(content, layout.entries, DEFAULT_PASSWORDS) is not None:
        whole = Protection(State.OPENABLE, whole.algorithm, whole.bits)
        notes = ("the zip opens with an empty password",)
    plain = Found(complete=True)
    if whole.state is not State.STRONG:
        open_ones = [e for e, p in zip(layout.entries, protections, strict=True) if p.state is State.NONE]
        plain = look.inside(_entries(content, open_ones, look.budget))
    complete = plain.complete and (layout.exact or whole.state is State.STRONG)
    return Container("zip", whole, tuple(members), complete, names_visible=True, notes=notes + plain.notes)


def _judge_plain(content: bytes, kind: str, layout: Layout, look: Look) -> Container:
    notes = layout.readable + layout.faults
    if kind != "zip":
        # A document: its text is read by others; its parts are no members that a person would name.
        return Container(kind, UNPROTECTED, complete=not _hides(layout), notes=notes)
    # Fifield's bomb: thousands of members that share their bytes. Looking into one would be looking into all.
    found = Found(complete=False) if OVERLAP in layout.faults else look.inside(_entries(content, layout.entries, look.budget))
    whole = combined(found.protections)
    if whole.state.needs_a_secret and not layout.exact:
        whole = Protection(State.PARTIAL, whole.algorithm, whole.bits)
    return Container("zip", whole, found.members, found.complete and not _hides(layout), found.names_visible, notes + found.notes)


def _hides(layout: Layout) -> bool:
    """Readers may show different content: more than a comment or an unknown extra field is left over."""
    return bool(layout.faults) or "there are bytes in the zip that belong to no member" in layout.readable


def _entries(content: bytes, entries: Iterable[Entry], budget: Budget) -> Iterator[tuple[str, int | None, Reader]]:
    for entry in entries:
        if _has_content(entry):
            yield _name(entry.view), entry.view.size, _reader(content, entry, budget)


def _reader(content: bytes, entry: Entry, budget: Budget) -> Reader:
    def read(most: int) -> bytes:
        data = read_entry(content, entry, most)
        budget.spend_bytes(len(data))
        return data

    return read


def plain_members(content: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """(name, content) of every member that needs no secret, hidden ones too; ContainerError, at the end, if one could not be read."""
    layout = zip_layout.read_layout(content, budget.limits.members)
    if OVERLAP in layout.faults:
        raise ContainerError(OVERLAP)
    trouble = ""
    for entry in layout.entries:
        if any(view.encrypted for view in entry.views) or not _has_content(entry):
            continue
        budget.spend_member()
        try:
            data = read_entry(content, entry, budget.readable_bytes + 1)
        except ContainerError as error:
            trouble = str(error)
            continue
        budget.spend_bytes(len(data))
        yield _name(entry.view), data
    if trouble:
        raise ContainerError(trouble)


def _has_content(entry: Entry) -> bool:
    """Directories and empty files hold nothing to protect; a name is a matter of its own."""
    return entry.end > entry.start or any(view.size for view in entry.views)


def _name(view: View) -> str:
    path = view.extra(zip_layout.UNICODE_PATH)
    name = view.name.decode("utf-8" if view.flags & zip_layout.UTF8 or _is_utf8(view.name) else "cp437", "replace")
    unicode_name = path[5:].decode("utf-8", "replace") if path else name
    # Two names that differ are both shown: either could be a child's.
    return name if name == unicode_name or not path else f"{unicode_name} ({name})"


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _protection(content: bytes, entry: Entry, windows: int) -> Protection:
    """The weaker of what the two headers say, and nothing at all if the payload is plain."""
    claims = [_claim(view) for view in entry.views]
    claim = combined(claims) if len({claim.state for claim in claims}) == 1 else Protection(State.NONE)
    if claim.state is State.NONE or not _has_content(entry):
        return UNPROTECTED
    strength = _strength(entry.view)
    if strength and not _fits(entry, strength):
        return UNPROTECTED
    return claim if _is_ciphertext(content, entry, strength, windows) else UNPROTECTED


def _is_ciphertext(content: bytes, entry: Entry, strength: int, windows: int) -> bool:
    """Salt, verifier and code are random even round a plain text: looked at without them, and for a plain start with them."""
    start = entry.start + (AE_OVERHEAD[strength] - _CODE if strength else _ZIPCRYPTO_HEADER)
    end = entry.end - (_CODE if strength else 0)
    return not starts_plain(content, entry.start, entry.end) and looks_random(content, min(start, end), end, windows)


def _fits(entry: Entry, strength: int) -> bool:
    """Long enough for salt, verifier and code; exactly so for a stored member."""
    room = entry.end - entry.start - AE_OVERHEAD[strength]
    stored = (entry.view.extra(AE_EXTRA) or b"")[5:] == b"\0\0"
    return room == entry.view.size if stored else room >= 0


def _claim(view: View) -> Protection:
    if not view.encrypted:
        return UNPROTECTED
    if view.method == AE_METHOD:
        strength = _strength(view)
        if not strength:
            return UNPROTECTED
        return needing_secret(f"AES-{AE_BITS[strength]}", AE_BITS[strength])
    if view.extra(AE_EXTRA) is not None:
        return UNPROTECTED
    if view.flags & STRONG:
        record = view.extra(0x0017) or b""
        return Protection(State.WEAK, "PKWARE " + _PKWARE.get(int.from_bytes(record[2:4], "little"), "unknown"), None)
    # Legacy ZipCrypto falls to a known-plaintext attack in minutes (Biham and Kocher 1994): weak whatever the password.
    return Protection(State.WEAK, "ZipCrypto", None)


def _strength(view: View) -> int:
    """1, 2 or 3 from a well-formed AE field, 0 otherwise."""
    extra = view.extra(AE_EXTRA)
    if view.method != AE_METHOD or extra is None or len(extra) != 7 or extra[2:4] != b"AE" or extra[:2] not in (b"\1\0", b"\2\0"):
        return 0
    return extra[4] if extra[4] in AE_BITS else 0
