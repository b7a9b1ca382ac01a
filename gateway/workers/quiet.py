"""Libraries that write what they stumble over, bytes of a file included, to the standard log are silenced before they see one."""

import logging

# pypdf: "incorrect startxref pointer", with what stands there. aiosmtpd: every command, with its addresses.
TALKATIVE = ("pypdf", "mail.log", "mail.debug", "mail")


def quiet() -> None:
    """No content and no address ever reaches a log that is not ours."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
