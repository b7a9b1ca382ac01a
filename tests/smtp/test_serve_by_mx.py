"""A whole gateway that relays by MX: its settings for DNS reach its routes, and what cannot be reached securely stays with the client."""

import asyncio
import smtplib
from pathlib import Path

import pytest

from tests.harness import Gateway, letter, wire
from tests.smtp.unbound import SIGNED
from tests.smtp.world import World

JO = "jo.bell@borough.gov.uk"


def converse(gateway: Gateway, *recipients: str) -> list[int]:
    """The codes for each recipient and for the content."""
    with smtplib.SMTP("127.0.0.1", gateway.port, timeout=30) as client:
        client.ehlo("mail.borough.gov.uk")
        client.mail(JO)
        codes = [client.rcpt(recipient)[0] for recipient in recipients]
        return [*codes, client.data(wire(letter(JO, recipients, "Thursday", "Can we meet?")))[0]]


@pytest.mark.tools("unbound")
async def test_the_settings_for_dns_reach_the_routes(world: World, tmp_path: Path) -> None:
    by_mx = {"mx": True, "port": world.dns.mail_port, "tls": "dane", "ca_file": world.ca_file}
    outbox = {"outbox": str(tmp_path / "outbox")}
    dns = {"servers": list(world.settings.servers), "validating": True}
    gateway = Gateway(tmp_path, more={"routes": {"default": by_mx, "cjsm": outbox, "notices": outbox}, "dns": dns})
    await asyncio.to_thread(gateway.start)
    try:
        async with world.hop("right") as hop:
            wanted = [f"clerk@{name}.{SIGNED}" for name in ("mismatch", "changed-tlsa", "right", "null", "dane-right")]
            assert await asyncio.to_thread(converse, gateway, *wanted) == [451, 451, 451, 556, 250, 250]
            assert hop.last.over_tls
            assert hop.last.recipients == [wanted[-1]]
    finally:
        await asyncio.to_thread(gateway.stop)
