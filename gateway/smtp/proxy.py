"""The PROXY header, in which a load balancer names the client it speaks for (HAProxy's specification, versions 1 and 2).

Promises: a peer that may not send one is not heard at all; the proxy's own health check leaves the peer as it is.
On failure: None, and the caller hangs up without a word.
"""

import structlog
from aiosmtpd.proxy_protocol import get_proxy

from gateway.smtp.access import Peer
from gateway.smtp.inlet import Inlet

log = structlog.get_logger(__name__)

# The specification wants the header sent at once; 5 s is its usual time limit.
PROXY_TIMEOUT_S = 5.0


async def peer_behind(inlet: Inlet, proxy: Peer, *, listed: bool) -> Peer | None:
    """Whom the header that must come first names; `listed`: this proxy may name somebody."""
    if not listed:
        log.warning("proxy_header_not_allowed", client=proxy.address)
        return None
    header = await get_proxy(inlet)
    if not header.valid:
        log.warning("proxy_header_invalid", client=proxy.address)
        return None
    if header.command == 0 or header.src_addr is None or header.src_port is None:
        return proxy
    return Peer(str(header.src_addr), int(header.src_port))
