"""Every SMTP reply about a message that the service gives in its own words; those about the protocol are the listener's.

Promises: words outside are short and carry no path, no host, no content and no name of a person; the reference lets IT find the rest.
Codes: 4xx where the fault is the world's or ours and trying again helps, 5xx where only the sender can mend it (RFC 5321 4.2.1);
statuses are RFC 3463 as the registry has them. What a next hop said is mirrored elsewhere and never passes through here.
"""

from gateway.model.smtp import Reply
from gateway.notices.words import clean

WORDS_CHARS = 300
"""RFC 5321 4.5.3.1.5 gives a reply line 512 octets; code, status, reference and CRLF need the rest."""


def _plain(text: str) -> str:
    return clean(text, WORDS_CHARS).encode("ascii", "replace").decode()


# Yes


def recipient_ok() -> Reply:
    return Reply(250, "2.1.5", "Recipient OK")


def taken_over(reference: str) -> Reply:
    """Everything is durable: we answer for it from now on."""
    return Reply(250, "2.0.0", f"Accepted as {_plain(reference)}")


def already_accepted(reference: str = "") -> Reply:
    """The same message came again while our answer was in doubt: no second copy is made."""
    return Reply(250, "2.0.0", f"Already accepted as {_plain(reference)}" if reference else "Already accepted")


# Not by policy


def stopped_foreign(reference: str) -> Reply:
    """Stopped, and whoever sent it is not one of ours, so that no notice may go out."""
    return Reply(550, "5.7.1", f"Not sent: it may not leave like this. Reference {_plain(reference)}")


def bounced_in_session(reference: str, words: str) -> Reply:
    """Every recipient is bounced and the settings ask for the answer in the session. `words` are our guidance, no content."""
    return Reply(550, "5.7.1", f"Not sent: {_plain(words)} Reference {_plain(reference)}")


def marker_leaving() -> Reply:
    """A notice, or mail that claims to be one, to somebody who is not internal: it lists what was found."""
    return Reply(550, "5.7.1", "A notice of this gateway may not leave the organisation")


def control_unknown() -> Reply:
    """Mail to the control domain that is no command of ours (or a forged, used or expired one: the same words for all)."""
    return Reply(550, "5.1.1", "No such address here")


def too_many_hops() -> Reply:
    return Reply(554, "5.4.6", "Too many hops: this message seems to go round in a circle")


# Not now


def try_again() -> Reply:
    """Anything unforeseen: the client keeps the mail. Details are for the log only."""
    return Reply(451, "4.3.0", "Temporary problem here, please try again")


def store_unavailable() -> Reply:
    """Nothing can be made durable, so nothing is taken."""
    return Reply(451, "4.3.0", "Cannot keep a record right now, please try again")


def next_hop_down() -> Reply:
    return Reply(451, "4.4.1", "The next server cannot be reached, please try again")


def next_hop_changed_its_mind() -> Reply:
    """A route was reopened before content and answered a recipient differently from what the client was told."""
    return Reply(451, "4.4.2", "The next server answered differently, please try again")


def outcome_unknown() -> Reply:
    """The next hop broke off after content: it may have the message, and the client must know that we do not know."""
    return Reply(451, "4.4.2", "The next server broke off, please try again")


def paused() -> Reply:
    return Reply(421, "4.3.2", "Paused, please try again later")


# Mail to the control domain


def wish_taken() -> Reply:
    """What the address asked for is done, was done before, or nobody asked (automatic mail)."""
    return Reply(250, "2.0.0", "Thank you, received")


def use_the_link() -> Reply:
    """A reply to the mailbox that our notices come from: a mail server shows these words to whoever wrote."""
    return Reply(550, "5.1.1", "Nobody reads this mailbox. Use a link in our email: each one writes to an address that works")


def reference_unknown() -> Reply:
    """A report about an email that is not the reporter's, or that we never saw; what went wrong must not wait for an email."""
    return Reply(550, "5.1.1", "We know no such email of yours. If something went to the wrong person, phone your lead contact now")


def wish_alone() -> Reply:
    """A control address beside other recipients: RFC 5321 4.5.3.1.10 makes the client send it again by itself."""
    return Reply(452, "4.5.3", "Send this address a message of its own")


def wish_too_large() -> Reply:
    return Reply(552, "5.3.4", "A reply to the gateway is a few words only")
