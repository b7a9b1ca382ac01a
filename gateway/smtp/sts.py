"""MTA-STS (RFC 8461): which hosts a domain says are its own, to be reached by verified TLS only.

Promises: a policy once fetched binds until it expires, whatever DNS says meanwhile; nothing but HTTPS with a verified name is
believed; what is fetched is small.
On failure to fetch: the last policy, or none.
"""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from gateway.smtp.resolve import NoAnswer, NoDomain, Resolver

log = structlog.get_logger(__name__)

# RFC 8461 3.3 suggests 64 kB and one minute; 3.2: at most a year.
POLICY_BYTES = 65_536
FETCH_TIMEOUT_S = 60.0
LONGEST_S = 31_557_600
# A policy that could not be fetched is not asked for again at every message.
RETRY_S = 300.0
# Domains whose policy is kept; a council writes to some thousands.
DOMAINS = 10_000

Fetch = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class StsPolicy:
    """What a domain asks for. `enforced`: failure to verify defers."""

    enforced: bool
    mx: tuple[str, ...]
    max_age_s: int

    def allows(self, host: str) -> bool:
        """RFC 8461 4.1: a wildcard stands for one label."""
        host = host.lower()
        return any(host == pattern or (pattern.startswith("*.") and host.partition(".")[2] == pattern[2:]) for pattern in self.mx)


@dataclass(slots=True)
class _Known:
    id: str
    policy: StsPolicy | None
    until: float


class StsPolicies:
    """The policies of domains, fetched when needed and kept as long as they say."""

    def __init__(self, resolver: Resolver, fetch: Fetch | None = None, *, now: Callable[[], float] = time.monotonic) -> None:
        self._resolver = resolver
        self._fetch = fetch or fetch_policy
        self._now = now
        self._known: dict[str, _Known] = {}

    async def of(self, domain: str) -> StsPolicy | None:
        known = self._known.get(domain)
        if known is not None and self._now() >= known.until:
            del self._known[domain]
            known = None
        id = await self._id(domain)
        if not id or (known is not None and known.id == id):
            return known.policy if known is not None else None
        policy = await self._download(domain)
        if policy is None:
            # The old one, if there is one, keeps its time (RFC 8461 5.1).
            if known is None:
                self._keep(domain, _Known(id, None, self._now() + RETRY_S))
            return known.policy if known is not None else None
        self._keep(domain, _Known(id, policy, self._now() + policy.max_age_s))
        return policy

    def _keep(self, domain: str, known: _Known) -> None:
        self._known.pop(domain, None)
        while len(self._known) >= DOMAINS:
            del self._known[next(iter(self._known))]  # the one learnt longest ago
        self._known[domain] = known

    async def _id(self, domain: str) -> str:
        try:
            texts = await self._resolver.texts(f"_mta-sts.{domain}")
        except (NoAnswer, NoDomain):
            return ""
        records = [text for text in texts if text.startswith("v=STSv1")]
        if len(records) != 1:  # RFC 8461 3.1: several count as none
            return ""
        fields = dict(field.strip().partition("=")[::2] for field in records[0].split(";"))
        return fields.get("id", "")

    async def _download(self, domain: str) -> StsPolicy | None:
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_S):
                return read_policy(await self._fetch(f"mta-sts.{domain}"))
        except (OSError, TimeoutError, ValueError, EOFError) as error:
            log.info("mta_sts_fetch_failed", domain=domain, error=type(error).__name__)
            return None


def read_policy(text: bytes) -> StsPolicy:
    """RFC 8461 3.2; ValueError for anything else."""
    pairs = [line.partition(":") for line in text.decode("utf-8").splitlines() if line.strip()]
    fields = [(name.strip(), value.strip()) for name, _, value in pairs]
    first = dict(reversed(fields))
    mode = first.get("mode")
    if first.get("version") != "STSv1" or mode not in ("enforce", "testing", "none"):
        raise ValueError("not an MTA-STS policy")
    mx = tuple(value.lower() for name, value in fields if name == "mx")
    if mode != "none" and not mx:
        raise ValueError("no mx in the policy")
    return StsPolicy(mode == "enforce", mx, min(int(first.get("max_age", "")), LONGEST_S))


async def fetch_policy(host: str, *, port: int = 443, context: ssl.SSLContext | None = None, address: str = "") -> bytes:
    """GET the policy from `host`. No redirects (RFC 8461 3.3). OSError or ValueError on failure."""
    context = context or ssl.create_default_context()
    reader, writer = await asyncio.open_connection(address or host, port, ssl=context, server_hostname=host, limit=POLICY_BYTES)
    try:
        # HTTP/1.0: no chunks, and the end of the connection is the end of the text.
        writer.write(f"GET /.well-known/mta-sts.txt HTTP/1.0\r\nHost: {host}\r\nAccept: text/plain\r\n\r\n".encode("ascii"))
        answer = b""
        while block := await reader.read(POLICY_BYTES):
            answer += block
            if len(answer) > POLICY_BYTES:
                raise ValueError("the policy is too large")
    finally:
        writer.close()
    return _body(answer)


def _body(answer: bytes) -> bytes:
    head, found, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("ascii", "replace").lower().split("\r\n")
    status = lines[0].split(" ")
    types = [line.partition(":")[2].strip() for line in lines if line.startswith("content-type:")]
    if not found or status[1:2] != ["200"] or not types or types[0].partition(";")[0].strip() != "text/plain":
        raise ValueError("not an answer with a policy")
    return body
