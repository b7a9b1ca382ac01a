"""Proof that a word of the message opens a file (`password.included`).

Promises: a yes is certain; the work is bounded whatever the file asks for: 200 words of a zip take 0.25 s, of an Office file
as many as fit into two seconds.
"""

from collections.abc import Sequence

from gateway.mail.containers import odf, office, office_opening, openpgp_opening, pdf, rar, sevenzip_opening, zip_layout, zip_opening
from gateway.mail.containers.limits import DEFAULT_LIMITS
from gateway.mail.containers.ole_directory import OLE, open_ole, stream_names, type_of_streams


def opening(content: bytes, kind: str, candidates: Sequence[str]) -> str | None:
    """The first candidate that opens the file of this type."""
    if content.startswith(OLE):
        return _opening_ole(content, candidates)
    if kind in ("odt", "ods", "odp", "odg"):
        return odf.opening(content, zip_layout.read_layout(content, DEFAULT_LIMITS.members), candidates)
    if kind == "zip":
        layout = zip_layout.read_layout(content, DEFAULT_LIMITS.members)
        return zip_opening.opening(content, layout.entries, candidates)
    if kind == "7z":
        return sevenzip_opening.opening(content, candidates)
    if kind == "rar":
        return rar.opening(content, candidates)
    if kind == "pgp":
        return openpgp_opening.opening(content, candidates)
    if kind == "pdf":
        return pdf.opening(content, candidates)
    return None


def _opening_ole(content: bytes, candidates: Sequence[str]) -> str | None:
    ole = open_ole(content)
    if ole is None:
        return None
    try:
        names = stream_names(ole)
        if any(each.lower() == "encryptedpackage" for each in names):
            return office_opening.opening_package(ole.openstream("EncryptionInfo").read(65_536), candidates)
        lock = office.legacy_lock(ole, type_of_streams(names))
        if lock is None or not lock.certain:
            return None
        return next((word for word in candidates if lock.verify(word)), None)
    finally:
        ole.close()
