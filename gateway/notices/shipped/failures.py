"""What an RFC 3463 status means to a person, and what to do, as shipped."""

FAILURES: dict[str, tuple[str, str]] = {
    # RFC 3463 status without its class -> what happened, what to do. Longest match wins; '' is the last resort.
    "1.1": ("That address is not known there.", "Check the address letter by letter, then send your email again."),
    "1.2": ("We could not find where that address lives.", "Check the part after the @, then send your email again."),
    "1.10": ("That address takes no email.", "Ask the person for another address."),
    "2.1": ("That mailbox is switched off.", "Ask the person for another address."),
    "2.2": ("That mailbox is full.", "Phone the person, or send your email again later."),
    "2.3": ("The email is too big for that mailbox.", "Send fewer or smaller files."),
    "3.4": ("The email is too big for their mail system.", "Send fewer or smaller files."),
    "4.6": ("The email went round in a circle.", "Tell IT, and give them the reference below."),
    "4.7": ("We tried for as long as we may, but their mail system did not answer.", "Phone the person, or share it another way."),
    "6.3": ("Their mail system cannot take an email of this kind.", "Send it as plain text, or put it in a file."),
    "6.7": ("Their mail system cannot take an address like this.", "Ask the person for another address."),
    "7": ("Their mail system will not take this email.", "Ask the person, or tell IT, and give them the reference below."),
    "": ("Their mail system did not take the email.", "Check the address. If it is right, tell IT, and give them the reference below."),
}
