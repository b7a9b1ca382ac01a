"""What a sender can do, as shipped: by hand, and by a mail to the address of a verb."""

from gateway.model.judgement import Remedy

BY_HAND: dict[Remedy, str] = {
    Remedy.PROTECT: "Lock the files with a password (AES 256), then send the email again. Tell the person the password by phone.",
    Remedy.SUBJECT: "Send it again with a subject that names nobody.",
    Remedy.SEPARATE: "Send each person an email of their own.",
    Remedy.RELEASE: "Ask your lead contact to check it and let it go.",
    Remedy.CANCEL: "If you do not need it any more, do nothing. It will not be sent.",
    Remedy.URGENT: "If it cannot wait, phone.",
    Remedy.WRONG: "Tell your lead contact if we got this wrong.",
    Remedy.REPORT: "If it went to the wrong person, phone your lead contact at once.",
    Remedy.SECURE_ADDRESS: "Ask the person if they have a secure email address. If they do, send your email to that address.",
    Remedy.SEND_UNLOCKED: "Send it again without the lock. This route is already secure.",
    Remedy.REMOVE_PASSWORD: (
        "Take the password out of the email. Phone the person and tell them the password. "
        "Make sure you know who you are talking to. Wait until they say they have it. Then send the file."
    ),
    Remedy.CHANGE_SUBJECT: "Send it again with a subject that names nobody.",
    Remedy.LEAVE_OFF: "Leave this person off, or write a new email without the old text.",
    Remedy.USE_ADDRESS: "Check the address with the person.",
    Remedy.BARE_ADDRESS: "Write to the address without the added ending.",
    Remedy.PHONE: "Share it by phone. Call the main number and speak only to the right person.",
    Remedy.POST: "Send it by post. Use a sealed envelope and mark it private.",
    Remedy.REPORT_INCIDENT: "Tell your lead contact at once. This may have to be reported.",
}

BY_MAIL: dict[Remedy, tuple[str, str]] = {
    # What a mail to the verb's own address does, and what to write in it.
    Remedy.PROTECT: (
        "Ask us to lock the files for you",
        "You can leave the email blank. We lock the files, send them, and give you the password. "
        "Tell the person the password by phone. Keep your own copy.",
    ),
    Remedy.SUBJECT: ("Give it a new subject", "Write the new subject on the first line. We send it with that one."),
    Remedy.SEPARATE: ("Ask us to send each person their own copy", "You can leave the email blank."),
    Remedy.RELEASE: ("Ask for someone to check it", "Write why it is safe to send on the first line."),
    Remedy.CANCEL: ("Tell us not to send it", "You can leave the email blank."),
    Remedy.URGENT: ("Call the person on duty", "Write why it cannot wait on the first line."),
    Remedy.REPORT: (
        "Report that it went to the wrong person",
        "Write what happened on the first line. We tell your lead contact at once.",
    ),
    Remedy.WRONG: ("Tell us that we got this wrong", "You can leave the email blank. This helps us, but it does not send your email."),
}

SUGGESTED = {
    "known": "Did you mean {address}? If so, send your email there.",
    "retired": "Ask the person if they have an address at {address} now. If they do, send your email there.",
    "bare": "Write to {address} and leave off the added ending.",
}
"""Where the right address is known."""
