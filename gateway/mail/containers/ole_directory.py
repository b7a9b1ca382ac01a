"""OLE compound files (the legacy Office container): which streams one has, and what that makes it.

Promises: reads through olefile, which checks its indices; anything it cannot read is type 'ole' with no streams.
"""

import io
from array import array

import olefile

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OOXML_NAMES = ("docx", "docm", "dotx", "xlsx", "xlsm", "xlsb", "xltx", "pptx", "pptm", "ppsx", "potx", "vsdx")


class _OleFile(olefile.OleFileIO):  # type: ignore[misc]  # it ships no types
    """olefile makes a new table for each sector of the table, which is quadratic, and logs every number of it."""

    def loadfat_sect(self, sect: "bytes | array[int]") -> int | None:
        index = None
        for index in sect if isinstance(sect, array) else self.sect2array(sect):
            if index in (olefile.ENDOFCHAIN, olefile.FREESECT):
                break
            self.fat.extend(self.sect2array(self.getsect(index)))
        return index


def open_ole(content: bytes) -> "olefile.OleFileIO | None":
    """The file opened for reading, None if it is damaged."""
    try:
        return _OleFile(io.BytesIO(content))
    except Exception:
        # olefile raises OSError, IndexError, struct.error, TypeError and more on damage; whatever it is, the file cannot be read.
        return None


def ole_type(content: bytes, name: str = "") -> str:
    """'doc', 'xls', 'ppt', 'msg', 'msi', the OOXML type of an encrypted package ('docx' by its name, else 'ooxml'), or 'ole'."""
    ole = open_ole(content)
    if ole is None:
        return "ole"
    try:
        return type_of_streams(stream_names(ole), name)
    finally:
        ole.close()


def stream_names(ole: "olefile.OleFileIO") -> tuple[str, ...]:
    """All streams as 'Storage/Stream'."""
    try:
        return tuple("/".join(path) for path in ole.listdir(streams=True, storages=False))
    except Exception:
        # As in open_ole: a directory that loops or points outside.
        return ()


def type_of_streams(names: tuple[str, ...], name: str = "") -> str:
    lower = {each.lower() for each in names}
    if "encryptedpackage" in lower:
        ending = name.rpartition(".")[2].lower()
        return ending if ending in _OOXML_NAMES else "ooxml"
    if "worddocument" in lower:
        return "doc"
    if lower & {"workbook", "book"}:
        return "xls"
    if lower & {"powerpoint document", "pp40"}:
        return "ppt"
    if "__properties_version1.0" in lower:
        return "msg"
    if "visiodocument" in lower:
        return "vsd"
    if "contents" in lower and "quill/quillsub/contents" in lower:
        return "pub"
    if any("\u4840" in each for each in names):
        return "msi"  # Windows Installer writes table names with this mark.
    return "ole"
