"""A DNS server on loopback that says what the test wrote down."""

import asyncio
from collections.abc import Sequence

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

SERVFAIL = "SERVFAIL"
NXDOMAIN = "NXDOMAIN"
SILENT = "SILENT"


class FakeDns(asyncio.DatagramProtocol):
    """`async with FakeDns() as zone`; `zone.add("nhs.net", "MX", "10 mx.nhs.net.")`. `signed`: the answer counts as validated."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], tuple[Sequence[str], bool]] = {}
        self.asked: list[tuple[str, str]] = []
        self.port = 0

    async def __aenter__(self) -> "FakeDns":
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()

    def add(self, name: str, kind: str, *records: str, signed: bool = False) -> None:
        self.records[(name, kind)] = (records, signed)

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), question.rdtype.name
        self.asked.append((name, kind))
        answer = dns.message.make_response(query)
        records, signed = self.records.get((name, kind), ((), self._signed(name)))
        if records == (SILENT,):
            return
        if records in ((SERVFAIL,), (NXDOMAIN,)):
            answer.set_rcode(dns.rcode.from_text(records[0]))
        elif records:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
        elif not any(known == name or known.endswith("." + name) for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        if signed:
            answer.flags |= dns.flags.AD
        self._transport.sendto(answer.to_wire(), peer)

    def _signed(self, name: str) -> bool:
        return any(known == name and signed for (known, _), (_, signed) in self.records.items())
