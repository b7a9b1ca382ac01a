"""What a person reads: who got it, who did not, why, what now; the same in text and HTML, in plain English."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pyphen
import pytest
import yaml

from gateway.model.address import parse_mailbox
from gateway.model.findings import Finding, Reason
from gateway.model.judgement import Path, Remedy, Verdict, WaitsFor
from gateway.model.notice import NoticeContext
from gateway.model.plan import NoticeKind
from gateway.notices import write_notice
from tests.conftest import ROOT
from tests.notices.building import BOROUGH, NOW, UNLOCKED, WORD_FILE, context, failed, part, read, served, stopped, text, verb_addresses

MIXED = context(
    served("ann@borough.gov.uk", Path.INTERNAL),
    served("sam.reid@nhs.net"),
    stopped("dan.lee@croydon.gov.uk"),
    stopped("dee.dunn@example.com"),
)


OBSERVED = context(
    replace(stopped("dee.dunn@example.com"), verdict=Verdict.DELIVER, would_be=Verdict.HOLD, tell=True),
    served("sam.reid@nhs.net"),
    kind=NoticeKind.OBSERVED,
)


def section(words: str, heading: str) -> str:
    """The lines under a heading of the plain text."""
    match = re.search(rf"^{re.escape(heading)}\n-+\n(.*?)(?=\n\n\n|\n[^\n]+\n---|\Z)", words, re.M | re.S)
    assert match, f"no section {heading!r} in:\n{words}"
    return match.group(1).strip()


def headings(words: str) -> list[str]:
    return re.findall(r"^(.+)\n-{3,}$", words, re.M)


# Who got it


def test_a_mixed_mail_says_exactly_who_gets_it_how_and_who_does_not() -> None:
    words = text(write_notice(MIXED))
    assert words.startswith("Your email was not sent to dan.lee@croydon.gov.uk and dee.dunn@example.com\n")
    assert section(words, "Who does not get it").splitlines() == [
        "- dan.lee@croydon.gov.uk: not sent, kept for now",
        "- dee.dunn@example.com: not sent, kept for now",
    ]
    assert section(words, "Who gets it").splitlines()[:2] == [
        "- ann@borough.gov.uk: inside your organisation",
        "- sam.reid@nhs.net: by secure email (CJSM)",
    ]
    assert "If someone replies to all, their answer may not go by secure email." in words
    assert section(words, "Why we stopped it").splitlines()[-1] == "- plan.docx is not encrypted"


def test_it_waits_for_you_only_where_you_can_do_something_by_mail() -> None:
    held = stopped("a@example.com")
    assert "not sent, waiting for you" in text(write_notice(context(held, verbs=verb_addresses(Remedy.PROTECT))))
    assert "not sent, kept for now" in text(write_notice(context(held)))
    assert "not sent, waiting for a check" in text(write_notice(context(stopped("a@example.com", waits_for=WaitsFor.REVIEWER))))


def test_forty_stopped_parents_are_listed_up_to_twenty_and_counted_after() -> None:
    about = context(*(stopped(f"parent{number}@example.com") for number in range(40)))
    lines = section(text(write_notice(about)), "Who does not get it").splitlines()
    assert len(lines) == 21
    assert lines[-1] == "- 20 other people: not sent, kept for now"


def test_a_protected_copy_is_said_to_be_locked() -> None:
    about = context(served("rita@example.com", Path.INSECURE, Verdict.PROTECT), stopped("dee.dunn@example.com"))
    assert "- rita@example.com: by ordinary email, with the files locked" in text(write_notice(about))


def test_recipients_stopped_for_different_reasons_have_sections_of_their_own() -> None:
    about = context(
        stopped("dan.lee@croydon.gov.uk"),
        stopped("dee.dunn@example.com"),
        stopped(
            "sam@nhs.nett",
            ("recipient.lookalike", ""),
            verdict=Verdict.BOUNCE,
            remedies=(Remedy.USE_ADDRESS,),
            path=Path.REFUSED,
            suggestion="nhs.net",
        ),
    )
    words = text(write_notice(about))
    both = "for dan.lee@croydon.gov.uk and dee.dunn@example.com"
    assert headings(words)[1:6] == [
        f"Why we stopped it {both}",
        f"What to do now {both}",
        f"What else you can do {both}",
        "Why we stopped it for sam@nhs.nett",
        "What to do now for sam@nhs.nett",
    ]
    assert section(words, "What to do now for sam@nhs.nett") == "1. Did you mean @nhs.net? If so, send your email there."
    assert "plan.docx" not in section(words, "Why we stopped it for sam@nhs.nett")


# What was found


def test_a_finding_says_where_and_leaves_out_a_name_that_the_check_left_out() -> None:
    findings = (
        Finding(Reason.SUBJECT_PERSONAL, "subject", "a name like K*** T***"),
        Finding(Reason.BODY_PERSONAL, "body", "a date of birth"),
        Finding(Reason.ATTACHMENT_PERSONAL, "2:word/document.xml", "an NHS number on page 3"),
    )
    reasons = tuple((finding.reason.value, finding.where) for finding in findings)
    about = context(
        stopped("a@example.com", *reasons), findings=(*findings, UNLOCKED), attachments=(replace(WORD_FILE, name="Kayleigh Thompson.docx"),)
    )
    raw = write_notice(about)
    shown = section(text(raw), "Why we stopped it")
    assert shown.splitlines()[-3:] == [
        "- In the subject: a name like K*** T***",
        "- In the text: a date of birth",
        "- In file 1 (a Word file): an NHS number on page 3",
    ]
    assert "Kayleigh" not in text(raw) + part(raw, "text/html")
    assert "plan.docx" not in text(raw), "a finding that no ruling met is not this person's business"


def test_many_findings_are_cut_with_a_count() -> None:
    findings = tuple(Finding(Reason.ATTACHMENT_UNPROTECTED, "2", f"file{number}.docx is not encrypted") for number in range(12))
    shown = section(text(write_notice(context(stopped("a@example.com"), findings=findings))), "Why we stopped it")
    assert shown.splitlines()[-1] == "- and 4 more like these"


def test_a_reason_of_the_councils_own_speaks_in_its_rules_words() -> None:
    about = context(stopped("a@example.com", ("own.grant_offer", "body"), says="Grant offers go by post until signed."))
    assert "Grant offers go by post until signed." in section(text(write_notice(about)), "Why we stopped it")
    hidden = text(write_notice(replace(about, nameable=frozenset())))
    assert section(hidden, "Why we stopped it") == "A rule of your organisation stops emails like this."


def test_the_rules_own_words_win_where_the_recipient_may_be_named() -> None:
    rulings = tuple(
        stopped(
            f"sam@{domain}",
            ("recipient.lookalike", ""),
            verdict=Verdict.BOUNCE,
            path=Path.REFUSED,
            remedies=(Remedy.USE_ADDRESS,),
            suggestion="nhs.net",
            says=f"The address ends in @{domain}.",
        )
        for domain in ("nhs.nett", "nsh.net")
    )
    words = text(write_notice(context(*rulings)))
    assert section(words, "Why we stopped it for sam@nhs.nett") == "The address ends in @nhs.nett."
    assert section(words, "Why we stopped it for sam@nsh.net") == "The address ends in @nsh.net."
    hidden = write_notice(context(*rulings, nameable=frozenset()))
    assert "nhs.nett" not in text(hidden) and "@nhs.net" not in text(hidden)
    assert section(text(hidden), "Why we stopped it").startswith("This address looks like one we know, but it is not the same.")


# What to do now


def test_the_two_best_ways_out_come_first_and_a_verb_has_its_address() -> None:
    words = text(write_notice(replace(MIXED, verbs=verb_addresses(Remedy.PROTECT, Remedy.RELEASE, Remedy.CANCEL))))
    first = section(words, "What to do now")
    assert (
        "1. Ask us to lock the files for you (PROTECT): send an email to\n   protect.k7m2q9x4w1t8r5v3@control.gateway.borough.gov.uk"
        in first
    )
    assert "2. Ask the person if they have a secure email address." in first
    assert "3." not in first
    others = section(words, "What else you can do")
    assert "release.k7m2q9x4w1t8r5v3@control.gateway.borough.gov.uk" in others
    assert "cancel.k7m2q9x4w1t8r5v3@control.gateway.borough.gov.uk" in others


def test_verbs_that_need_the_same_words_keep_an_entry_each() -> None:
    ruling = stopped("a@example.com", ("recipients.many_visible", ""), remedies=(Remedy.SEPARATE, Remedy.CANCEL, Remedy.WRONG))
    words = text(write_notice(context(ruling, verbs=verb_addresses(Remedy.SEPARATE, Remedy.CANCEL, Remedy.WRONG))))
    for verb in ("separate", "cancel", "wrong"):
        assert f"{verb}.k7m2q9x4w1t8r5v3@control" in words


def test_a_verb_without_an_address_is_no_command() -> None:
    words = text(write_notice(MIXED))
    assert "@control" not in words
    assert "1. Lock the files with a password (AES 256), then send the email again." in words
    assert "Ask your lead contact to check it and let it go." in words


def test_a_bounced_mail_is_not_offered_verbs_since_there_is_nothing_left_to_lock() -> None:
    about = context(stopped("a@example.com", verdict=Verdict.BOUNCE), verbs=verb_addresses(Remedy.PROTECT))
    assert "@control" not in text(write_notice(about))
    assert "We have not kept the email. When it is put right, send it again." in text(write_notice(about))


def test_the_partners_known_address_comes_before_everything() -> None:
    ruling = stopped("a@x.gsi.gov.uk", ("recipient.retired", ""), remedies=(Remedy.PHONE, Remedy.USE_ADDRESS), path=Path.RETIRED)
    ruling = replace(ruling, destination=replace(ruling.destination, suggestion="x.gov.uk"))
    words = text(write_notice(context(ruling)))
    assert section(words, "What to do now").startswith("Pick one.\n\n1. Ask the person if they have an address at @x.gov.uk now.")


def test_without_remedies_the_reasons_advise() -> None:
    about = context(stopped("a@nhs.net", ("cjsm.encrypted_attachment", "2"), verdict=Verdict.BOUNCE, remedies=()))
    assert "1. Send it again without the lock. The route is already secure." in text(write_notice(about))


def test_where_we_cannot_lock_the_file_the_sender_is_told_to_first() -> None:
    ruling = stopped("a@example.com", remedies=(Remedy.RELEASE, Remedy.CANCEL, Remedy.SECURE_ADDRESS, Remedy.PHONE))
    first = section(text(write_notice(context(ruling))), "What to do now").splitlines()
    assert first[2:] == [
        "1. Lock the file with a password (AES 256), then send it again. Tell the person the password by phone.",
        "2. Ask the person if they have a secure email address. If they do, send your email to that address.",
    ]


# When


def test_on_friday_evening_it_says_that_nobody_looks_before_monday_and_what_works_now() -> None:
    about = replace(MIXED, verbs=verb_addresses(Remedy.PROTECT))
    assert "Nobody can review this before Monday 09:00. PROTECT works now." in text(write_notice(about))
    assert "works now" not in text(write_notice(MIXED))


def test_where_no_reply_can_ask_for_a_check_a_person_can() -> None:
    asks = "If you need someone to check it and let it go, ask Pat Lead."
    assert asks in text(write_notice(MIXED))
    assert asks not in text(write_notice(replace(MIXED, verbs=verb_addresses(Remedy.RELEASE))))
    assert asks not in text(write_notice(replace(MIXED, waits_for_reviewer=True)))


WHEN = [
    ("later today", datetime(2026, 11, 20, 18, 30, tzinfo=UTC), "before 18:30 today."),
    ("in summer it is local time", datetime(2027, 6, 1, 8, 0, tzinfo=UTC), "before 09:00 on Tuesday 1 June 2027."),
    ("now", NOW, "Someone can review this today."),
]


@pytest.mark.parametrize(("moment", "words"), [case[1:] for case in WHEN], ids=[case[0] for case in WHEN])
def test_when_somebody_can_look(moment: datetime, words: str) -> None:
    assert words in text(write_notice(replace(MIXED, review_possible_at=moment)))


def test_the_deadline_says_what_happens_and_that_time_never_sends() -> None:
    words = section(text(write_notice(MIXED)), "What happens next")
    assert "If nothing is done before Saturday 17:58, we stop waiting and it comes back to you. Time alone never sends it." in words


# Whom to ask, and the end


def test_the_urgent_line_the_contact_the_local_rules_and_last_the_code_and_reference() -> None:
    words = text(write_notice(MIXED))
    ask = section(words, "Urgent, or not sure?")
    assert ask.startswith("If a child is at risk now, phone. Do not wait for email.")
    assert "At night and on days off, phone 020 7946 0999." in ask
    assert "ask Pat Lead: 020 7946 0000 or lead.contact@borough.gov.uk." in ask
    assert words.rstrip().splitlines()[-3:] == [
        "Your own organisation's rules come first. This advice does not replace them.",
        "",
        "Code: attachment.unprotected. Reference: 7K2-M9Q-4TX",
    ]
    assert "attachment.unprotected" not in words[: words.index("Code:")]


def test_checklists_come_with_mail_that_needs_another_way_and_only_then() -> None:
    words = text(write_notice(MIXED))
    assert "Always call back through the main number." in section(words, "Share it by phone")
    assert "courier" in section(words, "Send it by post")
    assert [line.split(".")[0] for line in section(words, "More ways to share it").splitlines() if line.startswith("- ")] == [
        "- Take it by hand",
        "- Send it by fax",
        "- Put it on a memory stick, disc or phone",
    ]
    locked = context(stopped("a@nhs.net", ("cjsm.encrypted_attachment", "2"), verdict=Verdict.BOUNCE, remedies=(Remedy.SEND_UNLOCKED,)))
    assert "Share it by phone" not in text(write_notice(locked))


def test_how_to_lock_a_file_is_said_where_a_lock_helps_and_we_do_not_do_it() -> None:
    assert "Pick 'Encrypt with Password'." in section(text(write_notice(MIXED)), "How to lock a file")
    assert "How to lock a file" not in text(write_notice(replace(MIXED, verbs=verb_addresses(Remedy.PROTECT))))
    link = context(stopped("a@example.com", ("body.file_link", "body"), remedies=(Remedy.PHONE,)), findings=())
    assert "How to lock a file" not in text(write_notice(link))


# The other kinds


def test_an_observed_mail_went_and_will_be_stopped() -> None:
    words = text(write_notice(OBSERVED))
    assert words.startswith("Your email went to dee.dunn@example.com, but soon we will stop emails like it\n")
    assert section(words, "Who this is about") == "- dee.dunn@example.com: sent"
    assert "- plan.docx is not encrypted" in section(words, "Why we would stop it")
    assert "1. Lock the files" in section(words, "What to do next time")
    assert "let it go" not in words
    assert "has not seen it" not in words
    assert "sam.reid" not in words


def test_a_mail_that_a_rule_lets_go_with_a_word_gets_that_word() -> None:
    ruling = stopped("dee.dunn@example.com", ("body.file_link", "body"), verdict=Verdict.DELIVER, remedies=())
    about = context(replace(ruling, tell=True), kind=NoticeKind.OBSERVED)
    words = text(write_notice(about))
    assert words.startswith("Your email went to dee.dunn@example.com, but please read this\n")
    assert "soon" not in words
    assert "Anyone who has the link can open it." in section(words, "It was sent, but please read")


def test_a_stopped_mail_also_tells_what_to_mind_about_a_copy_that_went() -> None:
    noted = replace(stopped("dee.dunn@example.com", ("body.file_link", "body"), verdict=Verdict.DELIVER, remedies=()), tell=True)
    words = text(write_notice(context(stopped("dan.lee@croydon.gov.uk"), noted)))
    assert words.startswith("Your email was not sent to dan.lee@croydon.gov.uk\n")
    assert "- dee.dunn@example.com: by ordinary email" in section(words, "Who gets it")
    assert "Anyone who has the link" in section(words, "It was sent, but please read for dee.dunn@example.com")


def test_a_returned_mail_says_why_it_came_back_and_offers_no_verbs() -> None:
    about = replace(MIXED, kind=NoticeKind.RETURNED, why_returned="Nobody confirmed the address.", verbs=verb_addresses(Remedy.PROTECT))
    words = text(write_notice(about))
    assert "Why it came back: Nobody confirmed the address." in words
    assert "You still have it in your sent emails." in words
    assert "- dee.dunn@example.com: not sent, back with you" in words
    assert "@control" not in words
    assert "It waited as long as it may, and nobody let it go." in text(write_notice(replace(about, why_returned="")))


def test_a_failed_mail_says_what_their_system_said_in_words_and_verbatim() -> None:
    words = text(
        write_notice(context(kind=NoticeKind.FAILED, failed=(failed("sam.reid@nhs.net"), failed("b@nhs.net", "5.2.2", "552 full"))))
    )
    assert section(words, "Who has not got it").splitlines() == [
        '- sam.reid@nhs.net: That address is not known there. Their mail system said: "550 5.1.1 no such user"',
        '- b@nhs.net: That mailbox is full. Their mail system said: "552 full"',
    ]
    assert "1. Check the address letter by letter, then send your email again." in words
    assert "Code: 5.1.1, 5.2.2. Reference: 7K2-M9Q-4TX" in words


def test_a_late_mail_need_not_be_sent_again() -> None:
    words = text(write_notice(context(kind=NoticeKind.DELAYED, failed=(failed("sam.reid@nhs.net", "4.4.1", "timed out"),))))
    assert words.startswith("Your email to sam.reid@nhs.net is late\n")
    assert "Nobody needs to send it again. We keep trying." in words
    assert "If it has not gone before Saturday 17:58, we tell you." in words


def test_a_failure_of_foreign_mail_is_told_to_the_postmaster_as_somebody_elses() -> None:
    about = context(kind=NoticeKind.FAILED, failed=(failed("sam.reid@nhs.net"),), to=parse_mailbox("postmaster@borough.gov.uk"))
    words = text(write_notice(about))
    assert words.startswith("An email to sam.reid@nhs.net was not delivered\n\nIts sender is not one of ours, so we tell you and not them.")
    assert read(write_notice(about))["Subject"] == "Not delivered: an email to 1 person"


def test_when_it_was_sent_is_said_only_where_it_is_known() -> None:
    lost = context(kind=NoticeKind.FAILED, failed=(failed("sam.reid@nhs.net"),), arrived_at=NOW - timedelta(hours=2))
    assert "You sent it at 15:58 on Friday 20 November 2026." in text(write_notice(lost))
    assert "This is about an email you sent before." in text(write_notice(replace(lost, arrived_at=NOW)))


# Text and HTML


class _Reader(HTMLParser):
    """What someone reads, and what a screen reader is told."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._skip = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._skip += tag == "title"

    def handle_endtag(self, tag: str) -> None:
        self._skip -= tag == "title"

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self.words.append(data)


def _read_html(raw: bytes) -> _Reader:
    reader = _Reader()
    reader.feed(part(raw, "text/html"))
    return reader


KINDS = [
    replace(MIXED, verbs=verb_addresses(Remedy.PROTECT, Remedy.RELEASE)),
    replace(MIXED, kind=NoticeKind.RETURNED),
    OBSERVED,
    context(kind=NoticeKind.FAILED, failed=(failed("sam.reid@nhs.net"),)),
    context(kind=NoticeKind.DELAYED, failed=(failed("sam.reid@nhs.net"),)),
]


@pytest.mark.parametrize("about", KINDS, ids=lambda about: about.kind.value)
def test_text_and_html_say_the_same_words(about: NoticeContext) -> None:
    raw = write_notice(about)
    plain = re.sub(r"send an email to\n\s+\S+@control\S+\n", "send an email. ", text(raw))
    plain = re.sub(r"^-{3,}$|^ *- |^\d\. ", "", plain, flags=re.M)
    assert " ".join("".join(_read_html(raw).words).split()) == " ".join(plain.split())


@pytest.mark.parametrize("about", KINDS, ids=lambda about: about.kind.value)
def test_the_html_can_be_used_by_everybody(about: NoticeContext) -> None:
    raw = write_notice(about)
    reader = _read_html(raw)
    tags = [tag for tag, _ in reader.tags]
    assert dict(reader.tags)["html"] == {"lang": "en-GB"}
    assert tags.count("h1") == tags.count("title") == tags.count("main") == 1
    assert "ul" in tags and "li" in tags and "h2" in tags
    assert not {"img", "script", "table", "style", "iframe"} & set(tags)
    assert "url(" not in part(raw, "text/html") and "http" not in part(raw, "text/html")
    sizes = [int(size) for size in re.findall(r"font-size:(\d+)px", part(raw, "text/html"))]
    assert sizes and min(sizes) >= 16


def test_a_link_says_what_it_does_and_opens_an_email_to_the_verbs_address() -> None:
    raw = write_notice(replace(MIXED, verbs=verb_addresses(Remedy.PROTECT)))
    links = [attrs["href"] for tag, attrs in _read_html(raw).tags if tag == "a"]
    assert links == ["mailto:protect.k7m2q9x4w1t8r5v3@control.gateway.borough.gov.uk?subject=PROTECT"]
    assert ">Ask us to lock the files for you (PROTECT): send an email</a>" in part(raw, "text/html")


def test_colours_contrast_at_least_as_much_as_wcag_aa_asks() -> None:
    html = part(write_notice(KINDS[0]), "text/html")
    colours = set(re.findall(r"(?<!-)color:(#[0-9a-f]{6})", html))
    assert len(colours) == 3
    for colour in colours:
        assert _contrast(colour, "#ffffff") >= 4.5, colour


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    """WCAG 2.2 relative luminance."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# Plain English


def reading_age(words: str) -> float:
    """Flesch-Kincaid grade plus five years; addresses, numbers and the line for IT are not prose."""
    hyphens = pyphen.Pyphen(lang="en_GB")
    prose = re.sub(r"\S+@\S+|^Code:.*|^-{3,}$|\d[\d:. ]*", " ", words, flags=re.M)
    sentences = [part for part in re.split(r"[.!?:]\s|\n\n|\n- |\n", prose) if re.search(r"[A-Za-z]{2}", part)]
    tokens = [token for part in sentences for token in re.findall(r"[A-Za-z']+", part)]
    syllables = sum(len(hyphens.positions(token)) + 1 for token in tokens)
    grade = 0.39 * len(tokens) / len(sentences) + 11.8 * syllables / len(tokens) - 15.59
    return grade + 5


@pytest.mark.parametrize("about", KINDS, ids=lambda about: about.kind.value)
def test_a_child_of_eleven_can_read_it(about: NoticeContext) -> None:
    assert reading_age(text(write_notice(about))) <= 11


@pytest.mark.parametrize("reason", list(Reason), ids=lambda reason: reason.value)
def test_every_reason_makes_a_notice_that_a_child_of_eleven_can_read(reason: Reason) -> None:
    about = context(stopped("a@example.com", (reason.value, "2"), verdict=Verdict.BOUNCE, remedies=()), findings=())
    words = text(write_notice(about))
    assert section(words, "Why we stopped it")
    assert section(words, "What to do now").startswith("1. ")
    assert reading_age(section(words, "Why we stopped it") + "\n" + section(words, "What to do now")) <= 11


def shipped_rules() -> list[tuple[str, str, str]]:
    """(rule, a reason, its words) of every rule that ships."""
    rules = []
    for file in sorted((ROOT / "policies" / "rules").glob("*.yaml")):
        for rule in yaml.safe_load(file.read_text("utf-8"))["rules"]:
            rules.append((f"{file.stem}:{rule['id']}", rule.get("reason", "body.personal"), rule["says"]))
    return rules


@pytest.mark.parametrize(("reason", "says"), [rule[1:] for rule in shipped_rules()], ids=[rule[0] for rule in shipped_rules()])
def test_a_child_of_eleven_can_read_a_notice_in_the_words_of_every_shipped_rule(reason: str, says: str) -> None:
    filled = re.sub(r"\{\w+\}", "nhs.net", says)
    words = text(write_notice(context(stopped("a@example.com", (reason, "2"), says=filled), findings=())))
    assert filled in words
    assert reading_age(words) <= 11


def test_the_measure_of_reading_age_knows_hard_prose() -> None:
    hard = "Notwithstanding organisational confidentiality considerations, unencrypted documentation necessitates immediate remediation."
    assert reading_age(hard) > 20


def test_a_long_wait_names_its_day() -> None:
    words = text(write_notice(replace(MIXED, deadline=NOW + timedelta(days=30), organisation=BOROUGH)))
    assert "before 17:58 on Sunday 20 December 2026, we stop waiting" in words
