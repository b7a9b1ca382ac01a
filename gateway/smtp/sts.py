"""MTA-STS (RFC 8461): which hosts a domain says are its own, to be reached by verified TLS only.

Promises: a policy once fetched binds until it expires, whatever DNS says meanwhile and however often we restart; nothing but
HTTPS with a verified name is believed; what is fetched is small.
On failure to fetch: the last policy, or none. On failure to read what was kept: StoreUnavailable, and the mail waits.
"""

import asyncio
import json
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from typing import Protocol

import structlog

from gateway.model.store import StoreUnavailable
from gateway.smtp.resolve import NoAnswer, NoDomain, Resolver

log = structlog.get_logger(__name__)

# RFC 8461 3.3 suggests 64 kB and one minute; 3.2: at most a year.
POLICY_BYTES = 65_536
FETCH_TIMEOUT_S = 60.0
LONGEST_S = 31_557_600
HTTPS_PORT = 443
# A policy that could not be fetched is not asked for again at every message.
RETRY_S = 300.0
# A policy in use is fetched anew well before it ends, at least daily: who blocks the fetch must do so for all its life (RFC 8461 10.2).
REFRESH_S = 86_400.0
# Domains kept in memory; a council writes to some thousands.
DOMAINS = 10_000

Fetch = Callable[[str], Awaitable[bytes]]


class Shelf(Protocol):
    """Where policies outlive a restart (the store)."""

    async def get(self, name: str) -> str | None: ...

    async def put(self, name: str, value: str) -> None: ...


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


@dataclass(frozen=True, slots=True)
class _Known:
    """What we know of a domain: the id that DNS gave and its policy, if there was one; `again`: when to fetch it anew."""

    id: str = ""
    policy: StsPolicy | None = None
    again: float = 0.0
    until: float = 0.0


class StsPolicies:
    """The policies of domains, fetched when needed and kept as long as they say."""

    def __init__(
        self, resolver: Resolver, fetch: Fetch | None = None, *, shelf: Shelf | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self._resolver = resolver
        self._fetch = fetch or self._from_web
        self._shelf = shelf
        self._now = now
        self._known: dict[str, _Known] = {}
        self._fetching: dict[str, asyncio.Task[_Known]] = {}

    async def of(self, domain: str, *, signed: bool = False) -> StsPolicy | None:
        """`signed`: DNSSEC vouches for what is known of the domain, so that an answer that fails is not one that says none: NoAnswer."""
        known = await self._recall(domain)
        try:
            id = await self._id(domain)
        except NoAnswer:
            if signed and known.policy is None:
                raise
            id = ""
        if id and (id != known.id or self._now() >= known.again):
            known = await self._renewed(domain, id, known)
        return known.policy

    async def _recall(self, domain: str) -> _Known:
        known = self._known.get(domain)
        if known is None:
            known = await self._from_shelf(domain)
            self._keep(domain, known)
        return known if self._now() < known.until else replace(known, policy=None)

    async def _renewed(self, domain: str, id: str, known: _Known) -> _Known:
        """One fetch for all the messages that wait for it."""
        if domain not in self._fetching:
            task = asyncio.get_running_loop().create_task(self._renew(domain, id, known))
            self._fetching[domain] = task
            task.add_done_callback(lambda _: self._fetching.pop(domain, None))
        return await asyncio.shield(self._fetching[domain])

    async def _renew(self, domain: str, id: str, known: _Known) -> _Known:
        policy = await self._download(domain)
        now = self._now()
        if policy is None:
            # The old one, if there is one, keeps its time (RFC 8461 5.1).
            known = replace(known, id=id, again=now + RETRY_S)
        else:
            known = _Known(id, policy, now + min(REFRESH_S, policy.max_age_s / 2), now + policy.max_age_s)
            await self._to_shelf(domain, known)
        self._keep(domain, known)
        return known

    def _keep(self, domain: str, known: _Known) -> None:
        self._known.pop(domain, None)
        while len(self._known) >= DOMAINS:
            del self._known[next(iter(self._known))]  # the one learnt longest ago
        self._known[domain] = known

    async def _from_shelf(self, domain: str) -> _Known:
        text = await self._shelf.get(_name(domain)) if self._shelf is not None else None
        try:
            fields = json.loads(text or "")
            policy = StsPolicy(**fields.pop("policy"))
            known = _Known(policy=replace(policy, mx=tuple(policy.mx)), **fields)
        except (ValueError, TypeError, KeyError, AttributeError):  # none, or what another release wrote
            return _Known()
        # A clock that was wrong when it was kept must not make it last for ever.
        return replace(known, until=min(known.until, self._now() + policy.max_age_s))

    async def _to_shelf(self, domain: str, known: _Known) -> None:
        if self._shelf is None:
            return
        try:
            await self._shelf.put(_name(domain), json.dumps(asdict(known)))
        except StoreUnavailable:
            log.warning("mta_sts_not_kept", domain=domain)

    async def _id(self, domain: str) -> str:
        try:
            texts = await self._resolver.texts(f"_mta-sts.{domain}")
        except NoDomain:
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
        except (OSError, TimeoutError, ValueError, EOFError, NoAnswer, NoDomain) as error:
            log.info("mta_sts_fetch_failed", domain=domain, error=type(error).__name__)
            return None

    async def _from_web(self, host: str) -> bytes:
        failure: OSError | None = None
        for address in (await self._resolver.addresses(host)).records:
            try:
                return await fetch_policy(host, port=HTTPS_PORT, address=address)
            except OSError as error:
                failure = error
        raise failure or OSError("no address")


def _name(domain: str) -> str:
    return f"mta-sts of {domain}"


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
    max_age = first.get("max_age", "")
    if not max_age.isascii() or not max_age.isdecimal():
        raise ValueError("no max_age in the policy")
    return StsPolicy(mode == "enforce", mx, min(int(max_age), LONGEST_S))


async def fetch_policy(host: str, *, address: str, port: int = HTTPS_PORT, context: ssl.SSLContext | None = None) -> bytes:
    """GET the policy from `host`, which is at `address`. No redirects (RFC 8461 3.3). OSError or ValueError on failure."""
    context = context or ssl.create_default_context()
    reader, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=host, limit=POLICY_BYTES)
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
