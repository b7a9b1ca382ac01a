"""Confidential by label: the Sensitivity field, Purview's msip_labels of the own tenant, labels inside documents.

Promises: a label may raise a verdict, never lower one: anyone can write these fields. A label of another tenant says nothing about us.
"""

import re

_LABEL = re.compile(r"MSIP_Label_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([A-Za-z]{1,40})=([^;\r\n]{0,200})", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SENSITIVITY = {"personal": "Personal", "private": "Private", "company-confidential": "Confidential"}


def sensitivity(value: str) -> str:
    """The word of a Sensitivity field that means something (RFC 4021), else ''."""
    return _SENSITIVITY.get(value.strip().lower(), "")


def own_label(value: str, label_ids: tuple[str, ...]) -> bool:
    """An msip_labels field carries one of the labels that the policy lists, and does not switch it off."""
    ids = {label.lower() for label in label_ids}
    off = {guid.lower() for guid, key, state in _LABEL.findall(value) if key.lower() == "enabled" and state.strip().lower() == "false"}
    return any(guid.lower() in ids - off for guid, _, _ in _LABEL.findall(value))


def document_label(label: str, label_ids: tuple[str, ...]) -> bool:
    """A label found in a document's properties: a listed GUID, or a marking in its words."""
    ids = {one.lower() for one in label_ids}
    if any(guid.lower() in ids for guid in _GUID.findall(label)):
        return True
    return (
        re.search(r"(?<![a-z])(?:confidential|official[\s\-_]{0,3}sensitive|secret|restricted)(?![a-z])", label, re.IGNORECASE) is not None
    )
