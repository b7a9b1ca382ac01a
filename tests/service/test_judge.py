"""Which routes may carry mail that counts as secure over verified TLS."""

from datetime import UTC, datetime

from gateway.model.address import parse_recipient
from gateway.model.envelope import Recipient
from gateway.model.judgement import Path, Tls, Verdict
from gateway.model.settings import Host, RouteSettings
from gateway.policy import load
from gateway.service.judge import Setting, judge
from gateway.service.policies import read_folder
from tests.conftest import ROOT

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RELAY = (Host("smtp.borough.gov.uk", 25),)
RAW = b"From: jo.bell@borough.gov.uk\r\nTo: dan.lee@croydon.gov.uk\r\nSubject: Transfer-in conference\r\n\r\nHello\r\n"


def test_a_route_assures_when_it_says_so_by_mx_or_when_nothing_leaves_the_machine() -> None:
    routes = (
        RouteSettings("plain", relay=RELAY, tls=Tls.VERIFY),
        RouteSettings("near", relay=(Host("127.0.0.1", 25),)),
        RouteSettings("said", relay=RELAY, assures=True),
        RouteSettings("mx", mx=True),
        RouteSettings("outbox", outbox="var/outbox"),
    )
    assert Setting.of(routes, NOW).assuring == {"said", "mx", "outbox"}


def test_another_borough_is_assured_by_mx_with_verified_tls_and_insecure_through_a_relay_that_promises_nothing() -> None:
    policy = load(read_folder(ROOT / "policies"), table="uk-modern")
    to = (Recipient(parse_recipient("dan.lee@croydon.gov.uk")),)

    def ruled(route: RouteSettings) -> tuple[Path, Tls, Verdict]:
        (ruling,) = judge(policy, RAW, parse_recipient("jo.bell@borough.gov.uk"), to, Setting.of([route], NOW)).rulings
        return ruling.destination.path, ruling.destination.minimum_tls, ruling.verdict

    assert ruled(RouteSettings("default", mx=True)) == (Path.ASSURED, Tls.VERIFY, Verdict.DELIVER)
    assert ruled(RouteSettings("default", relay=RELAY, tls=Tls.VERIFY))[0] is Path.INSECURE
