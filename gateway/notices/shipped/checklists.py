"""Locking a file, and other ways of sharing, step by step.

From the 2009 guidance's pages on passwords and encryption (P3 to P13), phone, post, fax, papers and removable media (H12 to H16).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Checklist:
    """Another way of sharing, step by step. `short` is the one line for where there is no room."""

    key: str
    title: str
    short: str
    steps: tuple[str, ...]


LOCK = Checklist(
    "lock",
    "How to lock a file",
    "Use a new password, AES 256, and tell the password by phone.",
    (
        "In Word, Excel or PowerPoint: open File, then Info, then Protect. Pick 'Encrypt with Password'.",
        "For other files, make a zip file with 7-Zip. Pick AES-256 and set a password.",
        "Use a new password each time. Make it long, with letters and numbers.",
        "Check first that the person can open it. For a zip file they need 7-Zip or WinZip.",
        "Keep your own copy without the lock. IT cannot open a locked file for you.",
        "Phone the person and tell them the password. Make sure you know who you are talking to.",
        "If you cannot phone, send the password first, in an email of its own. Send the file when they have answered.",
        "Ask them to save the file without the password in a safe place. They may forget it.",
        "If you often send files to the same person, change the password every three months.",
    ),
)
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
        "If you get a fax that is not for you, pass it on or tell the sender. Do not ignore it.",
    ),
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
