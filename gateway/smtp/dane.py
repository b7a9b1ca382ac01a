"""DANE for SMTP (RFC 7672): is this the certificate that the domain published in DNS?

Usable are DANE-EE(3), the host's own certificate or key, and DANE-TA(2), an authority that the host sends along (RFC 7672 3.1);
a host with none of these counts as having none, so that what demands DANE defers.
The records must come from a validated answer: that is the resolver's business.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

DANE_TA = 2
DANE_EE = 3


@dataclass(frozen=True, slots=True)
class Tlsa:
    """One TLSA record (RFC 6698 2.1)."""

    usage: int
    selector: int
    matching: int
    data: bytes

    @property
    def is_usable(self) -> bool:
        return self.usage in (DANE_TA, DANE_EE) and self.selector in (0, 1) and self.matching in (0, 1, 2)


def matches(records: Sequence[Tlsa], chain: Sequence[bytes], name: str) -> bool:
    """Do the usable records vouch for the host that sent `chain` (DER, its own certificate first) and is called `name`?"""
    try:
        return _vouch(records, chain, name)
    except ValueError:  # a certificate or key that cannot be read
        return False


def _vouch(records: Sequence[Tlsa], chain: Sequence[bytes], name: str) -> bool:
    usable = [record for record in records if record.is_usable]
    own = [record for record in usable if record.usage == DANE_EE]
    if any(record.data == _digest(record, chain[0]) for record in own if chain):
        return True
    anchors = [record for record in usable if record.usage == DANE_TA]
    return any(_signed_under(anchor, chain, name) for record in anchors for anchor in chain[1:] if record.data == _digest(record, anchor))


def _signed_under(anchor: bytes, chain: Sequence[bytes], name: str) -> bool:
    """RFC 7672 3.1.2: names and dates count here, the public authorities do not."""
    leaf, *others = (x509.load_der_x509_certificate(certificate) for certificate in chain)
    policy = PolicyBuilder().store(Store([x509.load_der_x509_certificate(anchor)]))
    # Authorities are held to the rules of the web's; their customers' certificates have small faults that do no harm here.
    own = ExtensionPolicy.permit_all().require_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
    policy = policy.extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=own)
    try:
        policy.build_server_verifier(x509.DNSName(name)).verify(leaf, others)
    except VerificationError:
        return False
    return True


def _digest(record: Tlsa, certificate: bytes) -> bytes:
    if record.selector == 1:
        key = x509.load_der_x509_certificate(certificate).public_key()
        certificate = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if record.matching == 0:
        return certificate
    return (hashlib.sha256 if record.matching == 1 else hashlib.sha512)(certificate).digest()
