"""Microsoft 365 sends for everybody from the same servers: whose mail it is, one field says, or nobody knows."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from gateway.model.settings import ClientRule, ListenPoint
from gateway.smtp.access import Peer, client_of
from tests.harness import letter, wire, with_notes
from tests.service.office import office

JO, SAM, OUTSIDE = "jo.bell@borough.gov.uk", "sam.okafor@merton.gov.uk", "rita.k1964@gmail.com"
CERTIFICATE = "mail.protection.outlook.com"
RULES = tuple(
    ClientRule(ip_network("40.0.0.0/8"), organisation, CERTIFICATE, f"{organisation}.onmicrosoft.com")
    for organisation in ("borough", "merton")
)
MICROSOFT = client_of(ListenPoint("127.0.0.1", 25, RULES), Peer("40.1.1.1", certificate_names=(CERTIFICATE,)), "x", True)

BOROUGH, MERTON = (f"X-OriginatorOrg: {name}.onmicrosoft.com\r\n".encode() for name in ("borough", "merton"))
TABLE = {
    # sender, fields above the message, whether its sender is one of the tenant's own
    "its tenant": (JO, BOROUGH, True),
    "its tenant, spelt otherwise": (JO, b"x-originatororg:  Borough.OnMicrosoft.com \r\n", True),
    "the other tenant": (SAM, MERTON, True),
    "no field": (JO, b"", False),
    "somebody else's tenant": (JO, MERTON, False),
    "a tenant that no rule names": (JO, BOROUGH.replace(b"borough", b"evil"), False),
    "two fields": (JO, BOROUGH + MERTON, False),
    "the same field twice": (JO, BOROUGH * 2, False),
    "two names in one field": (JO, BOROUGH.replace(b"\r\n", b", merton.onmicrosoft.com\r\n"), False),
}


@pytest.mark.parametrize(("sender", "fields", "own"), TABLE.values(), ids=TABLE)
async def test_whose_mail_it_is_says_exactly_one_field(tmp_path: Path, sender: str, fields: bytes, own: bool) -> None:
    """An own sender's file is held and it is told; anybody else's is refused, and nobody is told (contract)."""
    assert MICROSOFT is not None
    message = with_notes(letter(sender, [OUTSIDE], "Papers", "As agreed."))
    async with office(tmp_path) as at:
        reply = await at.send(sender, [OUTSIDE], fields + wire(message), MICROSOFT)
        await at.settle()
        assert reply.code == (250 if own else 550)
        assert len(await at.desk.store.holds()) == own
        assert [notice.to for notice in at.sent("notice")] == [[sender]] * own
        assert at.sent("mail") == []
