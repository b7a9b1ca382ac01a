"""Settings from a YAML file and the environment: host, ports, routes, limits (docs/settings.md).

Promises: a key left out has the default of `make run`; an unknown key, a wrong type or an impossible route is an error with its place.
On failure: `PolicyErrors` with every problem at once; a running gateway never changes its settings.
`GATEWAY_ROUTES__DEFAULT__TLS=verify` overrides `routes: default: tls:`; lists and mappings are written as JSON.
"""

import dataclasses
import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path

from gateway.model.address import AddressError, parse_mailbox
from gateway.model.judgement import Tls
from gateway.model.settings import (
    ClientRule,
    DnsSettings,
    Host,
    Limits,
    ListenPoint,
    Network,
    RetentionSettings,
    RouteSettings,
    Settings,
    name_server,
)
from gateway.policy.problems import PolicyErrors, Severity
from gateway.policy.yaml_nodes import Fields, Node, parse

TLS_WORDS = {tls.word: tls for tls in Tls}
TOP = (
    *("hostname", "listen", "routes", "control", "store", "keys", "policy", "dns", "limits", "postmaster", "workers", "console"),
    *("bounce_in_session", "retention"),
)
PREFIX = "GATEWAY_"
NOT_SETTINGS = ("GATEWAY_SETTINGS",)

# A century: what is kept longer is kept for ever.
MOST_DAYS = 36_525

LOOPBACK = (ClientRule(ipaddress.ip_network("127.0.0.0/8"), "borough"), ClientRule(ipaddress.ip_network("::1/128"), "borough"))
DEFAULT_LISTEN = (ListenPoint("127.0.0.1", 2525, LOOPBACK),)
DEFAULT_OUTBOX = "var/outbox"
# The names that the shipped policy uses; `make run` sends them all to the embedded outbox.
ROUTE_NAMES = ("default", "cjsm", "notices")


def load_settings(file: str | None, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from `file` (None: the defaults) and the environment. Raises PolicyErrors, or OSError for an unreadable file."""
    text = Path(file).read_text(encoding="utf-8") if file else "{}"
    root = with_environment(parse(text, file or "settings", aliases=True), os.environ if environment is None else environment)
    settings = read_settings(root, file or "")
    errors = tuple(problem for problem in root.problems if problem.severity is Severity.ERROR)
    if errors:
        raise PolicyErrors(errors)
    return settings


def with_environment(root: Node, environment: Mapping[str, str]) -> Node:
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in NOT_SETTINGS:
            path = name.removeprefix(PREFIX).lower().split("__")
            given = parse(environment[name], name)
            root.found.extend(given.problems)
            root = root.put(path, given)
    return root


def read_settings(root: Node, source: str) -> Settings:
    top = root.mapping(*TOP)
    routes = read_routes(top["routes"])
    console = top["console"].mapping("address", "port")
    return Settings(
        hostname=top["hostname"].text(default="gateway.borough.gov.uk").lower(),
        listen=read_listen(top["listen"]),
        routes=routes,
        control=top["control"].text(default="control.gateway.borough.gov.uk").lower(),
        store=top["store"].text(default="sqlite:///var/gateway.db"),
        keys=top["keys"].text(default="var/keys"),
        policy=top["policy"].text(default="policies/"),
        postmaster=read_address(top["postmaster"], "postmaster@borough.gov.uk"),
        limits=read_limits(top["limits"]),
        retention=read_retention(top["retention"]),
        dns=read_dns(top["dns"]),
        workers=top["workers"].integer(default=1, least=1, most=64),
        console_address=console["address"].text(default="127.0.0.1"),
        console_port=console["port"].integer(default=8025, least=0, most=65535),
        bounce_in_session=top["bounce_in_session"].boolean(default=False),
        source=source,
    )


def read_listen(node: Node) -> tuple[ListenPoint, ...]:
    if not node.exists:
        return DEFAULT_LISTEN
    points = tuple(read_point(item) for item in node.items())
    if not points:
        node.fail("the gateway listens nowhere", "Name at least one address and port.", "settings.listen")
    return points


def read_point(node: Node) -> ListenPoint:
    fields = node.mapping("address", "port", "clients", "tls", "proxy_protocol", "proxy_from", "xclient_from")
    tls = fields["tls"].mapping("certificate", "key")
    clients = tuple(read_client(item) for item in fields["clients"].items()) if "clients" in fields else LOOPBACK
    return ListenPoint(
        address=fields["address"].text(default="127.0.0.1"),
        port=fields["port"].integer(default=2525, least=0, most=65535),
        clients=clients,
        tls_certificate=tls["certificate"].text(default=""),
        tls_key=tls["key"].text(default=""),
        proxy_protocol=fields["proxy_protocol"].boolean(default=False),
        proxy_from=networks(fields["proxy_from"]),
        xclient_from=networks(fields["xclient_from"]),
    )


def read_client(node: Node) -> ClientRule:
    """`{from: 10.0.0.0/8, organisation: borough}`, or a bare network where there is a single organisation."""
    if node.kind == "scalar":
        return ClientRule(network(node))
    fields = node.mapping("from", "organisation", "tls_name", "m365_org")
    return ClientRule(
        network(fields["from"]),
        fields["organisation"].text(default=""),
        fields["tls_name"].text(default=""),
        fields["m365_org"].text(default=""),
    )


def networks(node: Node) -> tuple[Network, ...]:
    return tuple(network(item) for item in node.items())


def network(node: Node) -> Network:
    text = node.text()
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        if text:
            node.fail(f"'{text[:60]}' is not a network", "Write an address range such as 10.1.0.0/16 or ::1.", "settings.network")
        return ipaddress.ip_network("127.0.0.1/32")


def read_routes(node: Node) -> tuple[RouteSettings, ...]:
    """Every named route; the shipped names that are left out go to the outbox, notices by the route `default`."""
    given = {name: read_route(name, item) for name, item in node.entries()} if node.exists else {}
    default = given.get("default", RouteSettings("default", outbox=DEFAULT_OUTBOX))
    given.setdefault("default", default)
    given.setdefault("cjsm", RouteSettings("cjsm", outbox=DEFAULT_OUTBOX))
    given.setdefault("notices", dataclasses.replace(default, name="notices"))
    return tuple(given.values())


def read_route(name: str, node: Node) -> RouteSettings:
    fields = node.mapping("relay", "tls", "outbox", "mx", "port", "ca_file", "tls_name", "protects", "assures")
    route = RouteSettings(
        name=name,
        relay=tuple(read_host(item) for item in fields["relay"].one_or_more()) if "relay" in fields else (),
        outbox=fields["outbox"].text(default=""),
        mx=fields["mx"].boolean(default=False),
        port=fields["port"].integer(default=25, least=1, most=65535),
        tls=fields["tls"].choice(TLS_WORDS, default=Tls.MAY),
        ca_file=fields["ca_file"].text(default=""),
        tls_name=fields["tls_name"].text(default=""),
        protects=fields["protects"].boolean(default=False),
        assures=fields["assures"].boolean(default=False),
    )
    if sum((bool(route.relay), bool(route.outbox), route.mx)) != 1:
        node.fail(f"route '{name}' needs exactly one of relay, outbox and mx", "", "settings.route")
    return route


def read_host(node: Node) -> Host:
    text = node.text()
    name, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536 or not name:
        node.fail(f"'{text[:80]}' is not host:port", "Write it as mail.example.gov.uk:25 or [::1]:25.", "settings.host")
        return Host("invalid", 25)
    return Host(name.strip("[]"), int(port))


def read_address(node: Node, default: str) -> str:
    """An address that failure reports can be sent to: a typing error would make them vanish."""
    text = node.text(default=default)
    try:
        parse_mailbox(text)
    except AddressError as wrong:
        node.fail(f"'{text[:80]}' is not an address: {wrong}", "Write it as postmaster@borough.gov.uk.", "settings.address")
    return text


def read_limits(node: Node) -> Limits:
    """Each limit by the name of its field in `model.settings.Limits`; all are positive."""
    fields = node.mapping(*(field.name for field in dataclasses.fields(Limits)))
    given: dict[str, int | float] = {}
    for field in dataclasses.fields(Limits):
        if field.name in fields:
            whole = isinstance(field.default, int)
            given[field.name] = fields[field.name].integer(least=1) if whole else fields[field.name].number(least=0.001)
    return dataclasses.replace(Limits(), **given)  # type: ignore[arg-type]  # names and types come from the fields themselves


def read_retention(node: Node) -> RetentionSettings:
    """Days by class; the content of a hold is never kept for ever."""
    fields = node.mapping("content", "other", "personal", "incident")
    usual = RetentionSettings()
    return RetentionSettings(
        content=fields["content"].integer(default=usual.content, least=1, most=MOST_DAYS),
        other=fields["other"].integer(default=usual.other, least=0, most=MOST_DAYS),
        personal=fields["personal"].integer(default=usual.personal, least=0, most=MOST_DAYS),
        incident=fields["incident"].integer(default=usual.incident, least=0, most=MOST_DAYS),
    )


def read_dns(node: Node) -> DnsSettings:
    fields: Fields = node.mapping("servers", "validating")
    servers = fields["servers"].texts()
    for server in servers:
        try:
            name_server(server)
        except ValueError:
            words = f"'{server[:80]}' is not the address of a name server"
            node.fail(words, "Write it as 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:5353.", "settings.dns")
    return DnsSettings(servers, fields["validating"].boolean(default=False))
