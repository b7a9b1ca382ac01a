"""Whose mail server is it?"""

from ipaddress import ip_network

import pytest

from gateway.model.envelope import UNPROVEN
from gateway.model.settings import ClientRule, ListenPoint
from gateway.smtp.access import Peer, client_of, is_within, may_become_client

M365 = "mail.protection.outlook.com"
POINT = ListenPoint(
    "127.0.0.1",
    25,
    (
        ClientRule(ip_network("10.1.0.0/16"), "borough"),
        ClientRule(ip_network("10.2.0.0/16"), "merton", tls_name="Mail.Merton.gov.uk"),
        ClientRule(ip_network("40.0.0.0/8"), "borough", M365, "borough.onmicrosoft.com"),
        ClientRule(ip_network("40.0.0.0/8"), "merton", M365, "merton.onmicrosoft.com"),
        ClientRule(ip_network("2001:db8::/32"), "oakfield"),
    ),
    xclient_from=(ip_network("127.0.0.1"),),
)


def organisation(peer: Peer, *originators: str) -> str | None:
    client = client_of(POINT, peer, "helo", True)
    return client.organisation_by(originators) if client else None


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        (Peer("10.1.2.3"), "borough"),
        (Peer("::ffff:10.1.2.3"), "borough"),
        (Peer("2001:db8::7"), "oakfield"),
        (Peer("10.2.2.3"), None),
        (Peer("10.2.2.3", certificate_names=("mail.merton.gov.uk",)), "merton"),
        (Peer("10.2.2.3", certificate_names=("mail.merton.gov.uk.evil",)), None),
        (Peer("10.3.2.3"), None),
        (Peer("not an address"), None),
        (Peer(""), None),
    ],
)
def test_a_peer_belongs_to_the_first_rule_it_meets_in_full(peer: Peer, expected: str | None) -> None:
    assert organisation(peer) == expected


@pytest.mark.parametrize(
    ("originators", "expected"),
    [
        (("merton.onmicrosoft.com",), "merton"),
        ((" Borough.onmicrosoft.com ",), "borough"),
        ((), UNPROVEN),
        (("evil.onmicrosoft.com",), UNPROVEN),
        (("borough.onmicrosoft.com", "evil.onmicrosoft.com"), UNPROVEN),
        (("borough.onmicrosoft.com", "borough.onmicrosoft.com"), UNPROVEN),
    ],
)
def test_a_microsoft_365_tenant_is_told_by_exactly_one_field(originators: tuple[str, ...], expected: str) -> None:
    assert organisation(Peer("40.1.1.1", certificate_names=(M365,)), *originators) == expected


def test_without_the_certificate_a_tenant_is_nobody() -> None:
    assert organisation(Peer("40.1.1.1"), "borough.onmicrosoft.com") is None


def test_the_field_says_nothing_about_a_server_known_by_its_address() -> None:
    assert organisation(Peer("10.1.2.3"), "merton.onmicrosoft.com") == "borough"


def test_a_client_that_xclient_names_is_judged_by_its_own_address() -> None:
    relay = Peer("127.0.0.1")
    assert may_become_client(POINT, relay)
    assert not may_become_client(POINT, relay.replaced({"ADDR": "127.0.0.1"}))
    assert not may_become_client(POINT, relay.replaced({"ADDR": "192.0.2.1"}))
    assert may_become_client(POINT, relay.replaced({"ADDR": "IPV6:2001:DB8::1"}))
    assert relay.replaced({"ADDR": "10.1.1.1"}).replaced({"ADDR": "10.2.1.1"}).connected == "127.0.0.1"


def test_networks_of_one_family_hold_no_address_of_the_other() -> None:
    assert not is_within("::1", (ip_network("0.0.0.0/0"),))
    assert not is_within("10.0.0.1", (ip_network("::/0"),))
