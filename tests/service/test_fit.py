"""Settings that a policy cannot live with are said before the doors open."""

import pytest

from gateway.service.fit import misfits
from gateway.service.policies import load_folder
from gateway.service.settings import load_settings
from tests.conftest import ROOT

BY_MX = '{"default": {"mx": true, "tls": "TLS"}, "cjsm": {"mx": true, "tls": "TLS"}, "notices": {"outbox": "x"}}'


@pytest.mark.parametrize(
    ("tls", "validating", "code"),
    [("dane", "false", "route.blind"), ("dane", "true", None), ("verify", "false", None), ("may", "true", "route.weak")],
)
def test_a_route_must_be_able_to_keep_its_promise(tls: str, validating: str, code: str | None) -> None:
    settings = load_settings(None, {"GATEWAY_ROUTES": BY_MX.replace("TLS", tls), "GATEWAY_DNS": f'{{"validating": {validating}}}'})
    found = {problem.code for problem in misfits(load_folder(ROOT / "policies"), settings)}
    assert found & {"route.blind", "route.weak"} == ({code} if code else set())
