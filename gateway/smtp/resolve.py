"""DNS as mail needs it: MX, addresses, TXT and TLSA, each with whether the answer was validated.

Promises: "there is none" and "we could not find out" are different answers (a bogus answer is the second: downgrade must not
look like absence); an answer counts as secure only where the settings say that our resolver validates.
On failure: `NoAnswer`.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.name
import dns.rdatatype
import dns.resolver

from gateway.model.settings import DnsSettings, name_server
from gateway.smtp.dane import Tlsa

# Postfix waits about as long in all (resolv.conf: 5 s, two attempts).
LIFETIME_S = 10.0
# EDNS size that passes every path without fragments (DNS flag day 2020).
EDNS_BYTES = 1_232


class NoAnswer(Exception):
    """Time-out, SERVFAIL, a bogus signature: whether the records exist is not known."""


class NoDomain(Exception):
    """The name does not exist at all (NXDOMAIN)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Records of one name, in text form; `secure`: validated by DNSSEC."""

    records: tuple[str, ...]
    secure: bool = False


@dataclass(frozen=True, slots=True)
class Exchangers:
    """Where a domain's mail goes, best first. `null`: the domain takes no mail (RFC 7505)."""

    hosts: tuple[str, ...]
    secure: bool
    null: bool = False


class Resolver:
    """The resolver of the settings, or the machine's."""

    def __init__(self, settings: DnsSettings, *, lifetime_s: float = LIFETIME_S) -> None:
        self._resolver = dns.asyncresolver.Resolver(configure=not settings.servers)
        if settings.servers:
            self._resolver.nameservers = [dns.nameserver.Do53Nameserver(*name_server(server)) for server in settings.servers]
        self._resolver.use_edns(0, dns.flags.DO, EDNS_BYTES)
        self._resolver.flags = dns.flags.RD | dns.flags.AD
        self._resolver.lifetime = lifetime_s
        self._resolver.cache = dns.resolver.LRUCache(10_000)
        self._validating = settings.validating

    async def exchangers(self, domain: str) -> Exchangers:
        """RFC 5321 5.1: the MX hosts; without any, the domain itself."""
        answer = await self._ask(domain, "MX")
        pairs = [(int(preference), host.rstrip(".").lower()) for preference, host in (record.split(" ", 1) for record in answer.records)]
        if not pairs:
            return Exchangers((domain,), answer.secure)
        if any(not host for _, host in pairs):
            return Exchangers((), answer.secure, null=len(pairs) == 1)
        random.shuffle(pairs)  # equal preference: spread (RFC 5321 5.1)
        return Exchangers(tuple(host for _, host in sorted(pairs, key=lambda pair: pair[0])), answer.secure)

    async def addresses(self, host: str) -> Answer:
        """IPv4 first: it is what mail servers answer on most surely. One kind is enough whatever is said of the other: there are
        name servers that fail, or deny the name, when asked for AAAA."""
        answers: list[Answer] = []
        failures: list[NoAnswer | NoDomain] = []
        for kind in ("A", "AAAA"):
            try:
                answers.append(await self._ask(host, kind))
            except (NoAnswer, NoDomain) as error:
                failures.append(error)
        found = tuple(record for answer in answers for record in answer.records)
        if failures and not found:
            raise next((failure for failure in failures if isinstance(failure, NoAnswer)), failures[0])
        return Answer(found, all(answer.secure for answer in answers))

    async def texts(self, name: str) -> tuple[str, ...]:
        return (await self._ask(name, "TXT")).records

    async def tlsa(self, host: str, port: int) -> tuple[Tlsa, ...]:
        """The validated records, usable or not; none where the zone is not signed."""
        answer = await self._ask(f"_{port}._tcp.{host}", "TLSA")
        if not answer.secure:
            return ()
        fields = (record.split(" ", 3) for record in answer.records)
        return tuple(Tlsa(int(usage), int(selector), int(matching), bytes.fromhex(data)) for usage, selector, matching, data in fields)

    async def _ask(self, name: str, kind: str) -> Answer:
        try:
            answer = await self._resolver.resolve(_absolute(name), kind, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN as error:
            if kind in ("TLSA", "TXT"):
                return Answer(())
            raise NoDomain(name) from error
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswer(f"{kind} {name}: {type(error).__name__}") from error
        secure = self._validating and bool(answer.response.flags & dns.flags.AD)
        return Answer(tuple(_text(record) for record in answer.rrset or ()), secure)


def _absolute(name: str) -> dns.name.Name:
    try:
        return dns.name.from_text(name.rstrip(".") + ".", idna_codec=dns.name.IDNA_2008_Practical)
    except dns.exception.DNSException as error:
        raise NoDomain(name) from error


def _text(record: object) -> str:
    strings: Sequence[bytes] | None = getattr(record, "strings", None)
    return b"".join(strings).decode("utf-8", "replace") if strings is not None else str(record)
