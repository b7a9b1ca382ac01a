"""TLS contexts for both directions, and what a connection's certificate says.

Promises: TLS 1.2 at least; a verifying context checks chain and name; an unverifying
one is used only where the route says `may` or `encrypt`.
"""

import asyncio
import ssl

from gateway.model.settings import ListenPoint


def server_context(point: ListenPoint) -> ssl.SSLContext | None:
    """The context of a listen point, None where it has no certificate. Raises OSError or ssl.SSLError for bad files."""
    if not point.tls_certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(point.tls_certificate, point.tls_key or None)
    if any(rule.tls_name for rule in point.clients):
        # Only where a rule asks for a name: a client that shows a certificate of its own making would fail here.
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    return context


def client_context(*, verify: bool, ca_file: str = "") -> ssl.SSLContext:
    """The context for a next hop."""
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        # Opportunistic TLS (RFC 7435) protects against listeners only; verifying would turn it into plain text.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def words_for_trace(transport: asyncio.BaseTransport) -> str:
    """TLS version and cipher as they stand in a Received field."""
    cipher = transport.get_extra_info("cipher")
    return f"{cipher[1]} {cipher[0]}" if cipher else ""


def certificate_names(transport: asyncio.BaseTransport) -> tuple[str, ...]:
    """DNS names, in lower case, of the peer's verified certificate; none where it showed none."""
    certificate = transport.get_extra_info("peercert") or {}
    return tuple(value.lower() for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS")
