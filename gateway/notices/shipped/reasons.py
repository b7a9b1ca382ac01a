"""What each reason means and what to do about it, as shipped: short, naming nobody, repeating nothing that was found."""

from dataclasses import dataclass

from gateway.model.findings import Reason


@dataclass(frozen=True, slots=True)
class Words:
    """`meaning`: why it was stopped. `advice`: what to do about it."""

    meaning: str
    advice: str


REASONS: dict[Reason, Words] = {
    # Files
    Reason.ATTACHMENT_UNPROTECTED: Words(
        "A file in the email is not locked. Anyone who gets hold of the email can open it.",
        "Lock the file with a password (AES 256), then send it again. Tell the person the password by phone.",
    ),
    Reason.ATTACHMENT_WEAK: Words(
        "A file is locked, but the lock is old and easy to break.",
        "Lock the file again with AES 256. In 7-Zip, pick AES-256 as the method.",
    ),
    Reason.ATTACHMENT_PARTIAL: Words(
        "A file is locked, but parts of it can be read without the password.",
        "Put all the files in one locked zip file. Check that you cannot open any of them without the password.",
    ),
    Reason.ATTACHMENT_OPENABLE: Words(
        "A file looks locked, but it opens without a password.",
        "Set a password that is needed to open the file. A password that only stops changes is not enough.",
    ),
    Reason.ATTACHMENT_UNREADABLE: Words(
        "We could not read a file, so we cannot tell what is in it. Scans and pictures are like this.",
        "Lock the file with a password (AES 256), then send it again. Tell the person the password by phone.",
    ),
    Reason.ATTACHMENT_HIDDEN: Words(
        "A file has hidden parts. The person you send it to can make them show.",
        "Take the hidden parts out. Save the file as a new one and send that.",
    ),
    Reason.ATTACHMENT_PERSONAL: Words(
        "A file tells who someone is, or has facts about their life.",
        "Lock the file with a password (AES 256), then send it again. Tell the person the password by phone.",
    ),
    Reason.ATTACHMENT_NAMES_VISIBLE: Words(
        "The names of files in a locked zip file can be read by anyone. They say too much.",
        "Give the files plain names, with no name of a person in them. Then lock them again.",
    ),
    Reason.ATTACHMENT_MISNAMED: Words(
        "A file has a name that does not fit what it is. It may look locked, or safe, when it is not.",
        "Make the file again, and let your program choose the end of its name.",
    ),
    # Words in the email
    Reason.SUBJECT_PERSONAL: Words(
        "The subject tells who someone is. A subject can be seen by anyone on the way.",
        "Write a subject that names nobody. You can say 'Your email' or 'Papers for Thursday'.",
    ),
    Reason.SUBJECT_MARKED: Words(
        "The subject says the email is confidential, but it is not locked.",
        "Put what is confidential in a locked file. Keep the mark in the subject.",
    ),
    Reason.BODY_PERSONAL: Words(
        "The text of the email tells who someone is, or has facts about their life.",
        "Put the text in a locked file, or share it another way.",
    ),
    Reason.BODY_MARKED: Words(
        "The text says the email is confidential, but it is not locked.",
        "Put what is confidential in a locked file.",
    ),
    Reason.BODY_FILE_LINK: Words(
        "The email has a link that opens a file. Anyone who has the link can open it.",
        "Change the link so that people have to sign in. Then send the email again.",
    ),
    Reason.BULK_PERSONAL: Words(
        "The email tells about many people at once. If it goes wrong, it harms them all.",
        "Send only what is needed, in a locked file. Ask your lead contact if you are not sure.",
    ),
    Reason.PASSWORD_INCLUDED: Words(
        "The email has a locked file and the password for it. If someone else gets the email, they can open the file.",
        "Take the password out of the email. Tell the password by phone, then send the file.",
    ),
    Reason.LABEL_CONFIDENTIAL: Words(
        "The email or a file has a label that says it is confidential, but it is not locked.",
        "Lock the file with a password (AES 256), then send it again. Tell the person the password by phone.",
    ),
    # How the email is made
    Reason.MESSAGE_AMBIGUOUS: Words(
        "The email is built in an odd way. Mail programs may show different things to you and to the other person.",
        "Write a new email and put the files in again. Send it from your usual mail program.",
    ),
    Reason.MESSAGE_UNCHECKED: Words(
        "We could not check all of the email, so we cannot tell if it is safe to send.",
        "Send fewer or smaller files, or ask your lead contact to check it.",
    ),
    Reason.THREAD_CJSM: Words(
        "The email is part of a secure talk over CJSM. It must not go on by open email.",
        "Leave this person off, or write a new email.",
    ),
    Reason.HEADER_BCC: Words(
        "The email still lists the people you put in Bcc. The others could see them.",
        "Send the email again from your usual mail program.",
    ),
    # Who it is for
    Reason.CJSM_ENCRYPTED_ATTACHMENT: Words(
        "A file is locked. This email goes by a secure route that turns locked files away.",
        "Send it again without the lock. The route is already secure.",
    ),
    Reason.CJSM_SENDER_NOT_MEMBER: Words(
        "Only members of CJSM can send to this address. Your organisation is not a member.",
        "Use the address without the ending, or ask the person how you can reach them safely.",
    ),
    Reason.RECIPIENT_RETIRED: Words(
        "This address is of a kind that is no longer in use.",
        "Ask the person for their new address.",
    ),
    Reason.RECIPIENT_LOOKALIKE: Words(
        "This address looks like one we know, but it is not the same. It may be a slip of the keys.",
        "Check the address letter by letter.",
    ),
    Reason.RECIPIENT_TWIN_SUFFIX: Words(
        "The ending of this address is wrong by one letter. Mail to it would go to strangers.",
        "Write to the address without the ending. We add the right one where it is needed.",
    ),
    Reason.RECIPIENT_UNREGISTERED: Words(
        "This address has the secure ending, but we do not know that it works for them.",
        "Ask the person if they have a secure email address, and what it is.",
    ),
    Reason.RECIPIENT_TOO_LONG: Words(
        "This address is too long for the secure ending that it needs.",
        "Ask the person for a shorter address, or share it another way.",
    ),
    Reason.RECIPIENTS_MANY_VISIBLE: Words(
        "Many people outside can see each other's addresses in this email.",
        "Send each person an email of their own, or put all of them in Bcc.",
    ),
}
