"""Other ways of sharing, step by step: the 2009 guidance's pages on phone, post, fax, papers and removable media (H13 to H16)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Checklist:
    """Another way of sharing, step by step. `short` is the one line for where there is no room."""

    key: str
    title: str
    short: str
    steps: tuple[str, ...]
    after: str = ""


POST = Checklist(
    "post",
    "Send it by post",
    "Put it in two envelopes and write 'private and confidential' on the inner one. Use signed-for post or a courier.",
    (
        "Check the person's name, team and address.",
        "Put the papers in a strong envelope and seal it.",
        "Write 'Private and confidential. To be opened by addressee only' on it.",
        "Put that envelope inside a bigger one. Write only the name and address on the outside.",
        "If it is confidential, use signed-for post or a courier you can trust. Your post room can help.",
        "If you send a disc, lock the files on it first. Use registered post.",
        "Pack it well so that it does not get damaged.",
        "Ask the person to tell you when they get it.",
        "Write down what you sent, who to, when and why.",
    ),
)
PHONE = Checklist(
    "phone",
    "Share it by phone",
    "Call back through the main number and speak only to the right person.",
    (
        "Check that the person has a good reason to ask.",
        "Call the main number for where they work. Ask for their name, job, team and organisation.",
        "Always call back through the main number. Do not share anything if they cannot give you one.",
        "Speak only to the person who asked. If they are not there, ask for them to call you back.",
        "Do not leave the details with someone else or on voicemail.",
        "Check who can hear you.",
        "Write down what you shared, the time, the reason and who agreed to it.",
    ),
)
FAX = Checklist(
    "fax",
    "Send it by fax",
    "Phone first, check the number, and ask the person to wait by the machine.",
    (
        "Use a fax set up for this work if there is one.",
        "Phone first to say the fax is coming.",
        "Check the number. Use a saved number if you can.",
        "If it is confidential, ask them to wait by the machine.",
        "Use a cover sheet. Say who it is for and write 'Private and confidential'.",
        "Do not put any names of the people it is about on the cover sheet or in the subject.",
        "Ask them to tell you it has come, or call to check.",
        "Write down that you sent it.",
    ),
    "If you get a fax that is not for you, pass it on or tell the sender. Do not ignore it.",
)
PERSON = Checklist(
    "person",
    "Take it by hand",
    "Seal the papers or lock the files, and keep them with you.",
    (
        "Only take it off site if you have to. Follow local rules or ask your manager.",
        "Write down what you take and why.",
        "Put papers in a sealed file or envelope.",
        "Lock files on a laptop or phone with a password.",
        "In a car, put it in the boot and lock it.",
        "Bring it back as soon as you can.",
        "Write down when it is back.",
    ),
)
MEDIA = Checklist(
    "media",
    "Put it on a memory stick, disc or phone",
    "Lock the files first. These are easy to lose.",
    (
        "These are easy to lose. Only use them if you have to.",
        "Lock the files with AES 256.",
        "Keep a copy on the council system.",
        "Do not carry it for longer than you need.",
        "Tell IT at once if you lose it.",
        "Delete the files safely when you are done. Break discs before you throw them away.",
    ),
)
CHECKLISTS: tuple[Checklist, ...] = (PHONE, POST, PERSON, FAX, MEDIA)
