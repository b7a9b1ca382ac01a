"""Words for people: notices, SMTP replies and guidance. Pure: values in, bytes or text out.

Promises: a notice never holds the original's subject or body or a value that was found, and names a recipient only where it may.
On failure: nothing here raises for any string in a `NoticeContext`; `tests/notices` feeds it with rubbish.
"""

from gateway.notices.message import write_notice

__all__ = ["write_notice"]
