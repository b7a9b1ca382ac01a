"""Locking what a message carries, so that it can go to somebody without secure email (requirements P1-P3, P10).

    locked = protect(message, password, Wishes(move_text=False, keep_name=..., words=...))

Promises: every attachment that was not strongly protected is locked with AES-256; PDF and Office files keep their own format, so
that telephones and Office open them; everything else becomes an AES-256 zip. What was locked is recognised as strong before it is returned.
On failure: `CannotProtect`, in words for the sender; nothing half-locked is ever returned. Signed mail is never touched.
"""

from gateway.mail.protect.files import CannotProtect
from gateway.mail.protect.message import Locked, Wishes, protect

__all__ = ["CannotProtect", "Locked", "Wishes", "protect"]
