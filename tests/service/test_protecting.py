"""PROTECT as the policy and the settings want it: own formats or one zip, our own lock or another hop's, in whose words."""

import email
import email.policy
import hashlib
import shutil
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.cli import hold as command
from gateway.model.actions import NotPossible
from gateway.model.judgement import Tls
from gateway.model.records import Event
from gateway.model.settings import Host, RouteSettings
from gateway.model.stored import HoldState
from gateway.service import desk as desk_room
from gateway.service.at_once import protect
from gateway.service.fit import misfits
from gateway.service.holds import Holds
from gateway.service.policies import load_folder
from gateway.service.register import disclosure
from gateway.service.settings import load_settings
from gateway.smtp import make_route
from gateway.workers import pool
from tests.conftest import ROOT
from tests.files import docx
from tests.harness import Sent, letter
from tests.opening import by_msoffcrypto, by_pyzipper
from tests.service.office import Office, link, office, words
from tests.stories.test_remedies import password_in

JO, CARER, NURSE = "jo.bell@borough.gov.uk", "rita.k1964@gmail.com", "sam.reid@nhs.net"
LEAD = "lead.contact@borough.gov.uk"
SUBJECT = "Thursday"
FILES = {"plan.docx": docx("Medication at seven"), "notes.txt": b"Medication at seven\r\n" * 20}


def papers(to: list[str], subject: str = SUBJECT) -> EmailMessage:
    message = letter(JO, to, subject, "See you at ten.")
    for name, content in FILES.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message


def policy_with(tmp_path: Path, *changes: tuple[str, str, str], rules: str = ""):  # type: ignore[no-untyped-def]
    """The shipped policy with `new` for `old` in some files."""
    folder = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", folder)
    for name, old, new in changes:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))
    return load_folder(folder, rules=rules)


def with_protecting_hop(at: Office) -> None:
    """A hop that protects mail itself, as a route of its own."""
    route = RouteSettings("encrypted", outbox=str(at.folder / "outbox"), protects=True)
    at.desk.use(replace(at.desk.settings, routes=(*at.desk.settings.routes, route)))
    at.desk.routes = {**at.desk.routes, "encrypted": make_route(route, at.desk.settings.hostname, at.desk.settings.limits)}


async def protected(at: Office, message: EmailMessage, to: list[str]) -> Sent:
    """Send, click PROTECT, wait: the last notice."""
    assert (await at.send(JO, to, message)).ok
    await at.settle()
    assert (await at.ask(link("PROTECT", at.sent("notice")[-1]))).ok
    await at.settle()
    return at.sent("notice")[-1]


def files_of(sent: Sent) -> dict[str, bytes]:
    message = email.message_from_bytes(sent.message, policy=email.policy.default)
    return {str(part.get_filename()): part.get_payload(decode=True) for part in message.walk() if part.get_filename()}  # type: ignore[misc]


async def test_one_zip_for_everything_where_the_policy_says_so(tmp_path: Path) -> None:
    async with office(tmp_path, policy=policy_with(tmp_path, ("policy.yaml", "lock_as: own_format", "lock_as: one_zip"))) as at:
        told = await protected(at, papers([CARER]), [CARER])
        (mail,) = at.sent("mail")
        ((name, zipped),) = files_of(mail).items()
        assert name == "files.zip"
        assert by_pyzipper(zipped, password_in(told), tmp_path) == FILES["plan.docx"]
        assert "- files.zip" in words(told)


async def test_a_reviewers_command_locks_in_a_worker_with_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And judges the copy in one: what is held may be made to exhaust whoever opens it."""
    async with office(tmp_path) as at:
        assert (await at.send(JO, [CARER], papers([CARER]))).ok
        (held,) = await at.desk.store.holds(state=HoldState.HELD)
        async with command.desk_without_doors(at.desk.settings, at.desk.policy, at.desk.store) as desk:
            with monkeypatch.context() as hurried:
                hurried.setattr(pool, "LOCK_S", 0.001)
                with pytest.raises(NotPossible, match="could not be protected"):
                    await Holds(desk).protect(held.id, by=LEAD, why="Agreed by telephone")
            monkeypatch.setattr(desk_room, "examine_now", None)
            assert (await Holds(desk).protect(held.id, by=LEAD, why="Agreed by telephone")).held.state is HoldState.PROTECTED
        await at.settle()
        (mail,) = at.sent("mail")
        told = next(notice for notice in at.sent("notice") if b"Subject: Sent, with locked files" in notice.message)
        assert by_msoffcrypto(files_of(mail)["plan.docx"], password_in(told), tmp_path) == FILES["plan.docx"]


async def test_a_recipient_reads_how_to_open_it_and_what_to_do_then(tmp_path: Path) -> None:
    """P4, P13, H14."""
    async with office(tmp_path) as at:
        await protected(at, papers([CARER]), [CARER])
        message = email.message_from_bytes(at.sent("mail")[-1].message, policy=email.policy.default)
        part = message.get_body(("plain",))
        assert part is not None
        read = str(part.get_content())
        assert read.startswith("The files in this email are locked with a password. The sender will phone you")
        assert "Zip files: use 7-Zip or WinZip. Windows cannot open them by itself." in read
        assert "Then save a copy without the password in a safe place. Do not rely on remembering the password." in read
        assert "If this email is not for you, tell the sender. Do not ignore it." in read
        assert read.rstrip().endswith("See you at ten.")


async def test_a_recipient_reads_the_organisations_own_words_on_how_to_open(tmp_path: Path) -> None:
    own = (
        "notices.yaml",
        "words: {}",
        "words:\n  recipient.open: |\n    Ring us on 020 7946 0150 and we tell you the password.\n    Diolch.\n",
    )
    async with office(tmp_path, policy=policy_with(tmp_path, own)) as at:
        await protected(at, papers([CARER]), [CARER])
        assert b"Ring us on 020 7946 0150 and we tell you the password.\r\nDiolch.\r\n" in at.sent("mail")[-1].message


async def test_secure_in_the_subject_of_mixed_mail_sends_a_clear_copy_to_cjsm_and_a_locked_one_to_the_rest(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        assert (await at.send(JO, [NURSE, CARER], papers([NURSE, CARER], "[secure] Thursday"))).ok
        await at.settle()
        (clear,) = at.sent("mail")
        assert clear.to == [f"{NURSE}.cjasm.net"]
        assert files_of(clear) == FILES
        (held,) = await at.desk.store.holds()
        await protect(at.desk, held.id)
        await at.settle()
        locked = at.sent("mail")[-1]
        assert locked.to == [CARER]
        assert by_msoffcrypto(files_of(locked)["plan.docx"], password_in(at.sent("notice")[-1]), tmp_path) == FILES["plan.docx"]


# Another hop protects


async def test_a_hop_that_protects_gets_the_message_as_it_is_and_nobody_a_password(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        with_protecting_hop(at)
        message = papers([CARER])
        told = await protected(at, message, [CARER])
        (mail,) = at.sent("mail")
        assert (mail.about["route"], mail.to) == ("encrypted", [CARER])
        assert files_of(mail) == FILES
        assert "A service for secure email locks it" in words(told)
        assert b"Subject: Done: your email to 1 person" in told.raw
        (held,) = await at.desk.store.holds(state=None)
        assert held.state is HoldState.PROTECTED
        steps = await at.desk.store.records(message=held.message)
        shown = disclosure(steps)
        assert shown is not None
        assert [one.protection for one in shown.recipients] == ["by the service of route encrypted"]
        (entry,) = [record.entry for record in steps if record.entry.event is Event.PROTECTED]
        assert entry.details["handed_to"] == "encrypted"
        assert "password" not in entry.details


async def test_secure_in_the_subject_goes_to_that_hop_too(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        with_protecting_hop(at)
        assert (await at.send(JO, [CARER], papers([CARER], "[secure] Thursday"))).ok
        (held,) = await at.desk.store.holds()
        await protect(at.desk, held.id)
        await at.settle()
        (mail,) = at.sent("mail")
        assert (mail.about["route"], files_of(mail)) == ("encrypted", FILES)


async def test_that_hop_mends_what_a_lock_mends_and_nothing_else(tmp_path: Path) -> None:
    async with office(tmp_path, policy=load_folder(ROOT / "policies", rules="proportionate")) as at:
        with_protecting_hop(at)
        message = papers([CARER], "Tobi Okoro - school transport")
        message.add_attachment(
            docx("Kayleigh Thompson, born 03/04/2015"), maintype="application", subtype="octet-stream", filename="a.docx"
        )
        told = await protected(at, message, [CARER])
        assert at.sent("mail") == []
        assert b"Subject: Not sent yet: your email to 1 person" in told.raw
        assert "Somebody can be recognised from the subject." in words(told)


def test_a_hop_that_gets_mail_to_protect_is_reached_by_verified_tls_only() -> None:
    weak = RouteSettings("encrypted", relay=(Host("10.0.0.5", 25),), tls=Tls.MAY, protects=True)
    settings = load_settings(None, {})
    found = misfits(load_folder(ROOT / "policies"), replace(settings, routes=(*settings.routes, weak)))
    assert any("route 'encrypted' carries secure mail with tls: may" in problem.words for problem in found)


# What is still checked


async def test_a_lock_does_not_carry_past_what_it_does_not_mend(tmp_path: Path) -> None:
    """Judged again: the subject would still name somebody."""
    async with office(tmp_path, policy=load_folder(ROOT / "policies", rules="proportionate")) as at:
        message = letter(JO, [CARER], "Tobi Okoro - school transport", "On our website.")
        message.add_attachment(
            docx("Kayleigh Thompson, born 03/04/2015"), maintype="application", subtype="octet-stream", filename="a.docx"
        )
        told = await protected(at, message, [CARER])
        assert at.sent("mail") == []
        assert b"Subject: Not sent yet: your email to 1 person" in told.raw
        assert len(await at.desk.store.holds()) == 1


async def test_what_grows_too_large_by_its_lock_is_not_sent(tmp_path: Path) -> None:
    message = letter(JO, [CARER], SUBJECT, "See you at ten.")
    noise = b"".join(hashlib.sha512(bytes([number])).digest() for number in range(64))
    message.add_attachment(noise, maintype="application", subtype="octet-stream", filename="records.bin")
    async with office(tmp_path, message_bytes=len(message.as_bytes()) + 200) as at:
        told = await protected(at, message, [CARER])
        assert at.sent("mail") == []
        assert "too large to send" in words(told)


async def test_no_two_messages_share_a_password_and_one_message_has_one(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        first, second = [password_in(await protected(at, papers([CARER]), [CARER])) for _ in range(2)]
        one, other = [files_of(mail) for mail in at.sent("mail")]
        assert first != second
        for files, right, wrong in ((one, first, second), (other, second, first)):
            assert by_msoffcrypto(files["plan.docx"], right, tmp_path) == FILES["plan.docx"]
            assert by_pyzipper(files["notes.zip"], right, tmp_path) == FILES["notes.txt"]
            assert by_pyzipper(files["notes.zip"], wrong, tmp_path) is None
