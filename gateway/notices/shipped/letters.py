"""The sentences of the letters, as shipped, by the key under which a council can write its own.

`{name}` is a fact of the case. What stands in a sentence here must stand in the council's own (`wording`): nobody may lose the deadline.
Subjects are not here: they say the outcome, and a reply is recognised by them.
"""

from gateway.model.plan import NoticeKind

LETTERS: dict[str, str] = {
    # The first lines: what happened
    "title.stopped": "Your email was not sent to {whom}",
    "title.observed": "Your email went to {whom}, but please read this",
    "title.observed.soon": "Your email went to {whom}, but soon we will stop emails like it",
    "title.reminder": "Your email to {whom} still waits for you",
    "title.returned": "Your email to {whom} was not sent and has come back to you",
    "title.failed": "{which} to {whom} was not delivered",
    "title.delayed": "{which} to {whom} is late",
    "title.done": "We have done what you asked",
    "title.done.not": "We could not do what you asked",
    "title.protected": "Your files are locked and sent. Phone to give the password",
    "title.review": "An email to {whom} waits for you to check it",
    "title.review.many": "{count} emails wait for you to check them",
    "title.review.urgent": "An email to {whom} cannot wait: please check it now",
    "title.review.urgent.many": "{count} emails cannot wait: please check them now",
    "title.released": "Your email is on its way",
    "title.released.many": "{count} of your emails are on their way",
    "title.incident": "An email may have gone to the wrong person",
    "title.checked": "Your email can go like this",
    "title.checked.stopped": "Your email would not go to {whom}",
    "title.checked.nobody": "We found nobody in your draft to send it to",
    # The first lines: why, and what to do
    "why.several": "There is more than one reason. Each is told below, with what to do.",
    "why.own_rule": "A rule of your organisation stops emails like this.",
    "now.link": "What to do now: {what}. Use the link below. It works at any hour.",
    "now": "What to do now: {what}",
    "next_time": "What to do next time: {what}",
    "now.protected": "What to do now: Phone {whom} and say the password below.",
    "now.review": "What to do now: Look at each, then send it or send it back. The commands are below.",
    # Which email
    "about.sent": "You sent it at {when}.",
    "about.before": "This is about an email you sent before.",
    "about.came_in": "It came in at {when}.",
    "about.foreign": "Its sender is not one of ours, so we tell you and not them.",
    "about.not_seen": "That person has not seen it.",
    "about.not_seen.many": "The people below have not seen it.",
    "about.not_kept": "We have sent this email to nobody, and we have not kept it.",
    "reminder.until": "If you do nothing before {until}, it comes back to you.",
    "returned.why": "Why it came back: {why}",
    "returned.expired": "It waited as long as it may, and nobody let it go.",
    "returned.kept": "You still have it in your sent emails.",
    "delayed.waiting": "Nobody needs to send it again. We keep trying.",
    "delayed.until": "If it has not gone before {until}, we tell you.",
    "failed.others": "This is not about the other people you wrote to.",
    "failed.said": 'Their mail system said: "{said}"',
    # Headings
    "heading.not_sent": "Who does not get it",
    "heading.sent": "Who gets it",
    "heading.observed": "Who this is about",
    "heading.failed": "Who has not got it",
    "heading.incident": "Who it was sent to",
    "heading.would": "What would happen",
    "heading.why": "Why we stopped it",
    "heading.why.soon": "Why we would stop it",
    "heading.why.sent": "It was sent, but please read",
    "heading.why.draft": "Why",
    "heading.now": "What to do now",
    "heading.next_time": "What to do next time",
    "heading.else": "What else you can do",
    "heading.draft": "What you can do",
    "heading.next": "What happens next",
    "heading.password": "The password",
    "heading.wrong_person": "If it goes to the wrong person",
    "heading.waits": "What waits",
    "heading.look": "How to look at it",
    "heading.known": "What we know",
    "heading.ask": "Urgent, or not sure?",
    "heading.more_ways": "More ways to share it",
    # What became of each copy
    "state.sent": "sent",
    "state.returned": "not sent, back with you",
    "state.bounced": "not sent",
    "state.checked": "not sent, waiting for a check",
    "state.waiting": "not sent, waiting for you",
    "state.kept": "not sent, kept for now",
    "state.incident": "may have it",
    "how.internal": "inside your organisation",
    "how.secure": "by secure email",
    "how.bridge": "by secure email (CJSM)",
    "how.assured": "by email that is locked on the way",
    "how.ordinary": "by ordinary email",
    "how.locked": "with the files locked",
    "would.deliver": "it would go",
    "would.protect": "it would go with its files locked",
    "would.hold": "we would stop it and ask you what to do",
    "would.bounce": "we would send it back to you",
    "pick_one": "Pick one.",
    "reply_all": "If someone replies to all, their answer may not go by secure email. Check before you answer.",
    # What happens next
    "next.review": "Nobody can review this before {when}.",
    "next.works": "{verbs} works now.",
    "next.work": "{verbs} work now.",
    "next.review.today": "Someone can review this today.",
    "next.in_queue": "It waits for a person to check it. You do not have to ask.",
    "next.ask": "If you need someone to check it and let it go, ask {contact}.",
    "next.deadline": "If nothing is done before {until}, we stop waiting and it comes back to you. Time alone never sends it.",
    "next.bounced": "We have not kept the email. When it is put right, send it again.",
    "next.bounced.some": "We have not kept the email for the people marked 'not sent'. When it is put right, send it again.",
    "next.late": "If it cannot wait, phone.",
    # The password
    "password.opens": "It opens these files:",
    "password.steps": (
        "Phone {whom}. Use a number you know. Make sure you know who you are talking to.\n"
        "Say the password, word by word. Do not leave it on voicemail.\n"
        "Do not send the password by email to the same address.\n"
        "Wait until they say that it works. Ask them to save the files without the password in a safe place.\n"
        "Keep your own copy of the files. Nobody can open the locked ones without the password.\n"
        "Next time you get a new password. Do not use this one again.\n"
        "If you lose the password, ask your lead contact."
    ),
    # For reviewers and lead contacts
    "look.how": "Use these commands, or ask IT to.",
    "look.steps": (
        "gateway why {reference} tells what it is about.\n"
        "gateway hold list shows what waits, each with its number.\n"
        "gateway hold claim {number} tells the others that you look at it.\n"
        "gateway hold release {number} --reason TEXT sends it.\n"
        "gateway hold return {number} --reason TEXT sends it back."
    ),
    "review.one": "{number}: from {sender} to {whom}, since {since}.",
    "review.deadline": "If nobody acts, it goes back at {until}.",
    "review.first": "If nobody acts, the first goes back at {until}.",
    "review.more": "And {rest} more. See them all with: gateway hold list",
    "incident.law": "The law gives 72 hours to report it: until {until}.",
    "incident.steps": (
        "Ask the person who sent it what it was about, and who may be harmed.\n"
        "Phone whoever got it. Ask them not to read it, to delete it, and to tell you when they have.\n"
        "If a child or anyone else is at risk now, phone the police or the duty team first.\n"
        "Tell your data protection officer today. They decide if it must be reported to the regulator.\n"
        "Write down what you did and when."
    ),
    "incident.known": "gateway why {reference} tells what was sent, when and to whom.",
    "draft.how": "Write the email as you want to send it. Save it, then send it to this address as an attached email.",
    # Whom to ask, and the end
    "urgent": "If a child is at risk now, phone. Do not wait for email.",
    "urgent.out_of_hours": "At night and on days off, phone {out_of_hours_phone}.",
    "ask.contact": "If you have a question, ask {contact}: {reach}.",
    "ask.contact.name": "If you have a question, ask {contact}.",
    "rules_first": "Your own organisation's rules come first. This advice does not replace them.",
}

OWN_LINES = tuple(kind.value for kind in NoticeKind)
"""Kinds of notice to which a council can add a line of its own, above the last."""
