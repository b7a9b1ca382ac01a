"""What a sender (REQUIRETLS) demands of TLS binds while the client waits, in the queue, and after a hold; nothing goes on with less."""

from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.model.settings import RouteSettings
from gateway.model.smtp import Reply
from tests.harness import letter, with_notes
from tests.service.office import Office, office
from tests.smtp.conftest import world
from tests.smtp.fakes import KEYWORDS, FakeHop
from tests.smtp.unbound import HOSTS, SIGNED, STALE
from tests.smtp.world import World

__all__ = ("world",)
pytestmark = pytest.mark.tools("unbound")

JO, COLLEAGUE = "jo.bell@borough.gov.uk", "ann.lee@borough.gov.uk"


@pytest.fixture
async def by_mx(world: World, tmp_path: Path) -> AsyncIterator[Office]:
    """A whole gateway whose route `default` goes by MX, with TLS where it is offered."""
    async with office(tmp_path) as at:
        route = world.route()
        setting = RouteSettings("default", mx=True, port=world.dns.mail_port)
        settings = at.desk.settings
        at.desk.use(replace(settings, routes=(setting, *(one for one in settings.routes if one.name != "default"))))
        at.desk.routes = {**at.desk.routes, "default": route}
        yield at
        await route.close()


def plain(to: str) -> EmailMessage:
    return letter(JO, [to], "Thursday", "Can we meet?")


async def send(at: Office, to: str, message: EmailMessage) -> Reply:
    return await at.send(JO, [to], message, options=("REQUIRETLS",))


FAULTS = {
    "downgrade": (f"plain.{SIGNED}", "plain"),
    "unknown authority": (f"unknown.{SIGNED}", "unknown"),
    "expired": (f"expired.{SIGNED}", "expired"),
    "wrong name": (f"wrong.{SIGNED}", "wrong"),
    "bogus DNSSEC": (f"changed-mx.{SIGNED}", "unknown"),
    "old signatures": (f"right.{STALE}", "right"),
}


@pytest.mark.parametrize(("domain", "host"), FAULTS.values(), ids=FAULTS)
async def test_mail_that_requires_tls_stays_with_its_client_where_there_is_none(
    by_mx: Office, world: World, domain: str, host: str
) -> None:
    async with world.hop(host, "REQUIRETLS") as hop:
        to = f"clerk@{domain}"
        assert (await send(by_mx, to, plain(to))).code == 451
        assert not any(command.startswith("MAIL") for command in hop.commands)


async def test_mail_that_requires_tls_goes_on_with_that_demand(by_mx: Office, world: World) -> None:
    async with world.hop("right", "REQUIRETLS") as hop:
        to = f"clerk@right.{SIGNED}"
        assert (await send(by_mx, to, plain(to))).code == 250
        assert (hop.last.options, hop.last.over_tls) == (["REQUIRETLS"], True)


@pytest.mark.parametrize("fault", ["plain", "unknown", "expired", "wrong"])
async def test_after_a_hold_it_still_waits_for_verified_tls(by_mx: Office, world: World, fault: str) -> None:
    """The host lost its TLS while the message waited for a reviewer; when it has it back, the message goes, once."""
    to = f"rita@right.{SIGNED}"
    async with world.hop("right", "REQUIRETLS"):
        assert (await send(by_mx, to, with_notes(plain(to)))).code == 250
    (held,) = await by_mx.desk.store.holds()
    await by_mx.holds.release(held.id, by="robin.hale", why="agreed")
    context = world.contexts.get(fault)
    async with FakeHop((*KEYWORDS, "REQUIRETLS"), context, world.dns.mail_port, HOSTS["right"]) as changed:
        await by_mx.try_again()
        assert changed.connections > 0
        assert not any(command.startswith("MAIL") for command in changed.commands)
    async with world.hop("right", "REQUIRETLS") as hop:
        await by_mx.try_again()
        assert [(mail.recipients, mail.options, mail.over_tls) for mail in hop.mails] == [([to], ["REQUIRETLS"], True)]
