"""Bytes to meaning and back: reading messages by every reader's eyes, and editing them by splicing.

Promises: pure; reading never raises; bytes that an edit does not name stay as they were.
"""

from gateway.mail.read import read, read_head
from gateway.mail.words import decode_words

__all__ = ["decode_words", "read", "read_head"]
