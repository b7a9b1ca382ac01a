"""DANE for SMTP (RFC 7672): is this the certificate that the domain published in DNS?

Only DANE-EE(3) records are usable here; a host with none but others counts as having none, so that what demands DANE defers.
The records must come from a validated answer: that is the resolver's business.
"""

import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

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
        return self.usage == DANE_EE and self.selector in (0, 1) and self.matching in (0, 1, 2)


def matches(records: tuple[Tlsa, ...], certificate: bytes) -> bool:
    """Does one of the usable records name `certificate` (DER)?"""
    return any(record.is_usable and record.data == _digest(record, certificate) for record in records)


def _digest(record: Tlsa, certificate: bytes) -> bytes:
    if record.selector == 1:
        key = x509.load_der_x509_certificate(certificate).public_key()
        certificate = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if record.matching == 0:
        return certificate
    return (hashlib.sha256 if record.matching == 1 else hashlib.sha512)(certificate).digest()
