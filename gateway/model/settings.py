"""Settings as values: host, ports, routes, limits. What they are for is in docs/settings.md; how they are loaded in service.

Promises: every limit has its reason beside it; defaults are those of `make run`.
"""

import ipaddress
from dataclasses import field
from functools import lru_cache

from gateway.model.frozen import frozen
from gateway.model.judgement import Tls

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@frozen
class ClientRule:
    """A mail server that may relay: its network and the organisation it belongs to ('' only with a single organisation)."""

    network: Network
    organisation: str = ""
    tls_name: str = ""
    m365_org: str = ""


@frozen
class ListenPoint:
    address: str
    port: int
    clients: tuple[ClientRule, ...]
    tls_certificate: str = ""
    tls_key: str = ""
    proxy_protocol: bool = False
    proxy_from: tuple[Network, ...] = ()
    xclient_from: tuple[Network, ...] = ()


@lru_cache(maxsize=1_024)
def _is_loopback(name: str) -> bool:
    """Asked for every recipient of every message: parsing an address again costs 20 us."""
    if name in ("localhost", "ip6-localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@frozen
class Host:
    name: str
    port: int

    def __str__(self) -> str:
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        return _is_loopback(self.name)


@frozen
class RouteSettings:
    """One of: relay hosts, the embedded outbox (a folder), or MX."""

    name: str
    relay: tuple[Host, ...] = ()
    outbox: str = ""
    mx: bool = False
    port: int = 25
    tls: Tls = Tls.MAY
    ca_file: str = ""
    tls_name: str = ""
    """The name the certificate must carry, where it differs from the host."""
    protects: bool = False
    assures: bool = False

    @property
    def is_local(self) -> bool:
        """An outbox, or only loopback hosts: nothing leaves this machine."""
        return bool(self.outbox) or (bool(self.relay) and all(host.is_loopback for host in self.relay))


@frozen
class Limits:
    """Every limit with where its number comes from."""

    message_bytes: int = 52_428_800
    """50 MB: Exchange and NHSmail stop at 35 MB of files, 47 MB with base64."""
    content_memory_bytes: int = 134_217_728
    """Content in memory at once: half for what arrives, half for what comes back from disk to be examined. What is on disk leaves from
    there, so that slow next hops hold up nobody. Leaves half of a 512 MB container to everything else."""
    recipients: int = 1_000
    """RFC 5321 4.5.3.1.8 asks for at least 100; Exchange sends up to 500 by default."""
    connections: int = 1_000
    """10 KB each when idle (measured)."""
    connections_per_client: int = 250
    """A council has a handful of mail servers; smtp-source at 100 sessions must pass."""
    command_bytes: int = 2_048
    """RFC 5321 asks 512 plus 500 for DSN (RFC 3461) and 10 for SMTPUTF8."""
    errors: int = 20
    """Postfix smtpd_hard_error_limit."""
    junk_commands: int = 100
    """NOOP, RSET, VRFY, EHLO between messages: Postfix smtpd_junk_command_limit."""
    command_timeout_s: float = 300.0
    """RFC 5321 4.5.3.2.7."""
    data_timeout_s: float = 180.0
    """RFC 5321 4.5.3.2.5, for one block."""
    data_bytes_per_s: int = 1_000
    """Slower than this on average after the first minute: the sender is stalling."""
    session_s: float = 3_600.0
    """Postfix keeps a connection for 300 s of work; after an hour nobody should still be served by the certificate of then."""
    connect_timeout_s: float = 30.0
    """Postfix smtp_connect_timeout."""
    greeting_timeout_s: float = 300.0
    """RFC 5321 4.5.3.2.1."""
    mail_timeout_s: float = 300.0
    """RFC 5321 4.5.3.2.2."""
    data_init_timeout_s: float = 120.0
    """RFC 5321 4.5.3.2.4."""
    data_done_timeout_s: float = 600.0
    """RFC 5321 4.5.3.2.6."""
    check_s: float = 20.0
    """Wall time to read and check one message; Postfix's smtpd_proxy_timeout of 100 s covers this and the next hop."""
    check_memory_bytes: int = 1_073_741_824
    """Of one check worker beyond what it has when warm: twenty times the largest message, for its parts, their texts and what is
    unpacked from them."""
    queue_life_s: float = 172_800.0
    """48 h: a child's file that waits longer needs a person, not a retry (RFC 5321 would allow 4-5 days)."""
    delay_warning_s: float = 14_400.0
    """4 h, RFC 5321's customary first warning."""
    hold_s: float = 86_400.0
    """24 h for the sender (contract)."""
    received_hops: int = 50
    """RFC 5321 6.3 asks for at least 100 for others' loops; 50 is Postfix's hopcount_limit."""
    deliveries: int = 20
    """Consignments under way at once: Postfix default_destination_concurrency_limit."""
    pool_per_host: int = 20
    """One for each delivery that may be under way."""
    pool_idle_s: float = 30.0
    """A tenth of the 300 s that servers wait for a command. Under stress Postfix waits 10 s: a connection is looked at before reuse."""
    drain_s: float = 25.0
    """systemd's TimeoutStopSec of 30 s less 5."""


@frozen
class DnsSettings:
    servers: tuple[str, ...] = ()
    """As `name_server` reads them; empty: those of the system."""
    validating: bool = False


def name_server(text: str) -> tuple[str, int]:
    """Address and port of '192.0.2.1', '192.0.2.1:5353', '2001:db8::1' or '[2001:db8::1]:5353'; ValueError for anything else."""
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host, port = text, "53"
    if not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ValueError("not a port")
    return str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))), int(port)


@frozen
class RetentionSettings:
    """How many days something is kept. For records 0 means for ever."""

    content: int = 7
    """Of a held message, after its end: long enough for "can you send it again", no longer than needed."""
    other: int = 731
    """Records of ordinary mail: two years, so that a complaint about last year can still be answered."""
    personal: int = 2_557
    """Records of mail that named somebody, was marked or locked: seven years, the six in which a claim can be made (Limitation Act
    1980) and one. The schedules of children's services often say more: theirs counts."""
    incident: int = 2_557
    """Records of what was reported to have gone to the wrong person."""


@frozen
class Settings:
    hostname: str
    listen: tuple[ListenPoint, ...]
    routes: tuple[RouteSettings, ...]
    control: str
    store: str
    keys: str
    policy: str
    postmaster: str
    limits: Limits = field(default_factory=Limits)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    dns: DnsSettings = field(default_factory=DnsSettings)
    workers: int = 1
    console_address: str = "127.0.0.1"
    console_port: int = 8025
    bounce_in_session: bool = False
    source: str = ""
    """The file they came from, '' for the defaults."""

    def route(self, name: str) -> RouteSettings | None:
        return next((route for route in self.routes if route.name == name), None)
