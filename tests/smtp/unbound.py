"""A real resolver on loopback: unbound validates, for zones that are signed, unsigned, out of date or changed after they were signed.

Every mail domain `<name>.<zone>` has one mail server `mx-<name>.<zone>`, which one of the hosts of HOSTS plays; each host has an
address of its own on the loopback network, and all of them the same port.
"""

import hashlib
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import dns.dnssec
import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import dns.zone
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SIGNED, UNSIGNED, STALE, SILENT = "signed.example", "unsigned.example", "stale.example", "silent.example"
HOSTS = {name: f"127.0.1.{number}" for number, name in enumerate(("plain", "unknown", "expired", "wrong", "right"), start=1)}
DEAD, WEB, STALE_WEB = "127.0.1.99", "127.0.1.50", "127.0.1.51"
# Domains with an MTA-STS policy beside those named after their host.
STS = {"sts-testing": "plain", "sts-none": "plain", "sts-elsewhere": "right", "sts-stale": "plain"} | {
    f"sts-{host}": host for host in HOSTS
}

CONFIGURATION = """
server:
  interface: 127.0.0.1@{port}
  access-control: 127.0.0.0/8 allow
  do-ip6: no
  do-not-query-localhost: no
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  verbosity: 0
  num-threads: 1
  module-config: "validator iterator"
  local-zone: "{silent}." always_deny
"""
AUTHORITY = """
auth-zone:
  name: "{zone}."
  zonefile: "{zone}"
  for-upstream: yes
  for-downstream: no
  fallback-enabled: no
"""
START = "@ SOA ns hostmaster 1 3600 600 86400 300\n@ NS ns\nns A 127.0.0.1\n"


def digest(certificate: x509.Certificate, selector: int, matching: int) -> str:
    """The data of a TLSA record."""
    der = certificate.public_bytes(Encoding.DER)
    if selector:
        der = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {0: der, 1: hashlib.sha256(der).digest(), 2: hashlib.sha512(der).digest()}[matching].hex()


@dataclass
class Unbound:
    """`start` and `stop`; `port` is where it answers, `mail_port` what its TLSA records are about."""

    folder: Path
    port: int
    mail_port: int
    anchors: list[str] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def start(self, certificates: Mapping[str, x509.Certificate], authority: x509.Certificate) -> None:
        """`certificates` of the hosts that have one; `authority` is sent along with the right one."""
        records = START + self._domains(certificates, authority)
        self._write(SIGNED, records, spoil=self._spoil)
        self._write(UNSIGNED, records, signed=False)
        self._write(STALE, records, at=datetime(2020, 1, 1, tzinfo=UTC))
        text = CONFIGURATION.format(port=self.port, folder=self.folder, silent=SILENT)
        text += "".join(f'  trust-anchor: "{anchor}"\n' for anchor in self.anchors)
        text += "".join(AUTHORITY.format(zone=zone) for zone in (SIGNED, UNSIGNED, STALE))
        (self.folder / "unbound.conf").write_text(text)
        # A copy: where AppArmor is on, the original may read nothing but its own folders.
        binary = shutil.copy(shutil.which("unbound") or "unbound", self.folder / "unbound")
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen([binary, "-d", "-c", str(self.folder / "unbound.conf")], stdout=log, stderr=log)
        self._wait()

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)

    def _wait(self) -> None:
        query = dns.message.make_query(f"{UNSIGNED}.", dns.rdatatype.SOA)
        for _ in range(100):
            try:
                dns.query.udp(query, "127.0.0.1", port=self.port, timeout=0.2)
            except (OSError, dns.exception.Timeout):
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def _domains(self, certificates: Mapping[str, x509.Certificate], authority: x509.Certificate) -> str:
        lines = []

        def domain(name: str, host: str, *tlsa: str) -> None:
            lines.extend((f"{name} MX 10 mx-{name}", f"mx-{name} A {HOSTS[host]}"))
            lines.extend(f"_{self.mail_port}._tcp.mx-{name} TLSA {record}" for record in tlsa)

        for host in HOSTS:
            domain(host, host)
            domain(f"dane-{host}", host, f"3 1 1 {digest(certificates.get(host, authority), 1, 1)}")
            domain(f"ta-{host}", host, f"2 0 1 {digest(authority, 0, 1)}")
        domain("mismatch", "right", f"3 1 1 {'00' * 32}")
        domain("unusable", "right", f"1 1 1 {digest(certificates['right'], 1, 1)}")
        for name in ("changed-mx", "changed-address", "changed-tlsa", "stripped-tlsa"):
            domain(name, "unknown", f"3 1 1 {digest(certificates['right'], 1, 1)}")
        lines += ["order MX 30 mx-right", "order MX 10 mx-gone", "order MX 20 mx-dead", f"mx-dead A {DEAD}"]
        lines += [
            "null MX 0 .",
            f"only-a A {HOSTS['right']}",
            "only-aaaa AAAA ::1",
            "nothing TXT x",
            "no-host MX 10 mx-gone",
            "alias CNAME right",
        ]
        for name, host in STS.items():
            domain(name, host)
            lines += [f'_mta-sts.{name} TXT "v=STSv1; id=1;"', f"mta-sts.{name} A {STALE_WEB if name == 'sts-stale' else WEB}"]
        domain("changed-sts", "plain")
        lines += ['_mta-sts.changed-sts TXT "v=STSv1; id=1;"', f"mta-sts.changed-sts A {WEB}"]
        return "\n".join(lines) + "\n"

    def _write(
        self,
        name: str,
        records: str,
        *,
        signed: bool = True,
        at: datetime | None = None,
        spoil: Callable[[dns.zone.Zone], None] | None = None,
    ) -> None:
        zone = dns.zone.from_text(f"$TTL 300\n{records}", origin=f"{name}.", relativize=False)
        if signed:
            self._sign(name, zone, at or datetime.now(UTC))
        if spoil:
            spoil(zone)
        zone.to_file(str(self.folder / name), relativize=False)

    def _sign(self, name: str, zone: dns.zone.Zone, at: datetime) -> None:
        private = ec.generate_private_key(ec.SECP256R1())
        key = dns.dnssec.make_dnskey(private.public_key(), dns.dnssec.Algorithm.ECDSAP256SHA256, flags=257)
        # An hour back: clocks of virtual machines go astray.
        dns.dnssec.sign_zone(zone, keys=[(private, key)], inception=at.timestamp() - 3_600, lifetime=172_800)
        self.anchors.append(f"{name}. DNSKEY {key}")

    def _spoil(self, zone: dns.zone.Zone) -> None:
        """What somebody on the way might do to an answer: change it, or take its signature away."""
        tlsa = f"_{self.mail_port}._tcp.mx-"
        for name, kind, old, new in (
            ("changed-mx", "MX", "mx-changed-mx", "mx-right"),
            ("mx-changed-address", "A", HOSTS["unknown"], HOSTS["plain"]),
            (f"{tlsa}changed-tlsa", "TLSA", "3 1 1", "3 0 1"),
            ("_mta-sts.changed-sts", "TXT", "v=STSv1", "v=none"),
        ):
            zone_name = dns.name.from_text(f"{name}.{SIGNED}.")
            found = zone.find_rdataset(zone_name, kind)
            text = [record.to_text().replace(old, new) for record in found]
            assert text != [record.to_text() for record in found]
            zone.replace_rdataset(zone_name, dns.rdataset.from_text("IN", kind, found.ttl, *text))
        zone.delete_rdataset(f"{tlsa}stripped-tlsa.{SIGNED}.", "RRSIG", "TLSA")
