"""Settings: what is left out, what is wrong, and what the environment says."""

import json
from pathlib import Path

import pytest

from gateway.model.judgement import Tls
from gateway.model.settings import name_server
from gateway.policy.problems import PolicyErrors
from gateway.service.settings import load_settings


def written(tmp_path: Path, text: str) -> str:
    file = tmp_path / "gateway.yaml"
    file.write_text(text)
    return str(file)


def test_left_out_everything_is_as_in_make_run() -> None:
    settings = load_settings(None, {})
    assert [(point.address, point.port) for point in settings.listen] == [("127.0.0.1", 2525)]
    assert {route.name: route.outbox for route in settings.routes} == {
        "default": "var/outbox",
        "cjsm": "var/outbox",
        "notices": "var/outbox",
    }
    assert settings.store == "sqlite:///var/gateway.db"
    assert (settings.console_address, settings.console_port) == ("127.0.0.1", 8025)


def test_notices_go_by_the_default_route_unless_they_have_their_own(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "routes: {default: {relay: ['127.0.0.1:26'], tls: none}}"), {})
    notices = settings.route("notices")
    assert notices is not None
    assert [str(host) for host in notices.relay] == ["127.0.0.1:26"]
    assert notices.name == "notices"


def test_the_environment_wins(tmp_path: Path) -> None:
    file = written(tmp_path, "routes: {default: {relay: ['127.0.0.1:26'], tls: may}}")
    settings = load_settings(
        file, {"GATEWAY_ROUTES__DEFAULT__TLS": "verify", "GATEWAY_ROUTES__DEFAULT__RELAY": '["[::1]:27", "127.0.0.1:28"]'}
    )
    route = settings.route("default")
    assert route is not None
    assert route.tls is Tls.VERIFY
    assert [str(host) for host in route.relay] == ["[::1]:27", "127.0.0.1:28"]
    assert route.is_local


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("hostnam: a", 1, "hostname"),
        ("workers: many", 1, "whole number"),
        ("hostname: a\nroutes:\n  default: {tls: verify}", 3, "exactly one of relay, outbox and mx"),
        ("routes:\n  default: {relay: ['127.0.0.1']}", 2, "host:port"),
        ("routes:\n  default: {outbox: a, tls: maybe}", 2, "maybe"),
        ("listen:\n - {port: 25, clients: [{from: 10.0.0.1/8}]}", 2, "not a network"),
        ("limits: {message_bytes: 0}", 1, "1"),
        ("dns: {servers: [ns.example]}", 1, "name server"),
        ("dns: {servers: ['127.0.0.1:0']}", 1, "name server"),
        ("dns: {servers: ['::1:x']}", 1, "name server"),
        ("limits: {mesage_bytes: 5}", 1, "message_bytes"),
        ("a: b\na: c", 2, "twice"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(PolicyErrors) as wrong:
        load_settings(written(tmp_path, text), {})
    problems = wrong.value.problems
    assert any(problem.line == line and words in f"{problem.words} {problem.remedy}" for problem in problems), problems


def test_an_unknown_variable_of_ours_is_an_error_too() -> None:
    with pytest.raises(PolicyErrors, match="GATEWAY_HOSTNAM"):
        load_settings(None, {"GATEWAY_HOSTNAM": "a"})


def test_aliases_as_programs_write_them_are_understood(tmp_path: Path) -> None:
    text = "routes:\n  default: &box {outbox: /tmp/box}\n  cjsm: *box\n  notices: *box\n"
    settings = load_settings(written(tmp_path, text), {})
    assert {route.name: route.outbox for route in settings.routes} == {"default": "/tmp/box", "cjsm": "/tmp/box", "notices": "/tmp/box"}


def test_an_alias_of_itself_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyErrors, match="alias"):
        load_settings(written(tmp_path, "routes: &a\n  default: *a\n"), {})


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_a_name_server_may_have_a_port_of_its_own(text: str, where: tuple[str, int]) -> None:
    settings = load_settings(None, {"GATEWAY_DNS__SERVERS": json.dumps([text])})
    assert [name_server(server) for server in settings.dns.servers] == [where]
