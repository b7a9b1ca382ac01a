"""The words between the listener, the service and the next hops: replies and three small protocols.

The listener knows SMTP and nothing of mail policy; a next hop carries bytes and knows nothing of either. Service joins them.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from gateway.model.address import Address
from gateway.model.envelope import Client, Recipient
from gateway.model.frozen import frozen
from gateway.model.judgement import Tls

if TYPE_CHECKING:  # plan imports Reply from here
    from gateway.model.plan import Forward


@frozen
class Reply:
    """An SMTP reply: code, RFC 3463 status ('' when the peer gave none), text lines without either.

    `from_peer`: this is what a next hop said, mirrored.
    """

    code: int
    status: str
    text: str
    from_peer: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.code < 400

    @property
    def transient(self) -> bool:
        return 400 <= self.code < 500

    @property
    def permanent(self) -> bool:
        return self.code >= 500

    def __str__(self) -> str:
        return " ".join(word for word in (str(self.code), self.status, self.text.replace("\n", " / ")) if word)

    def to_bytes(self) -> bytes:
        """The reply on the wire, one line per line of text, each ended by CRLF; anything but printable ASCII becomes '?'."""
        lines = self.text.split("\n") or [""]
        prefix = f"{self.status} " if self.status else ""
        out = []
        for number, line in enumerate(lines):
            sign = " " if number == len(lines) - 1 else "-"
            words = "".join(ch if " " <= ch <= "~" else "?" for ch in f"{prefix}{line}")
            out.append(f"{self.code}{sign}{words}\r\n")
        return "".join(out).encode("ascii")


@frozen
class Capabilities:
    """ESMTP extensions that depend on the next hops (the others are always ours). `size` 0: no limit stated."""

    eight_bit_mime: bool = True
    smtputf8: bool = True
    dsn: bool = True
    size: int = 0
    chunking: bool = True
    """The next hops take BDAT: content with bare LF can go on."""
    requiretls: bool = False
    pipelining: bool = True

    def __and__(self, other: "Capabilities") -> "Capabilities":
        sizes = [size for size in (self.size, other.size) if size]
        return Capabilities(
            self.eight_bit_mime and other.eight_bit_mime,
            self.smtputf8 and other.smtputf8,
            self.dsn and other.dsn,
            min(sizes) if sizes else 0,
            self.chunking and other.chunking,
            self.requiretls and other.requiretls,
            self.pipelining and other.pipelining,
        )


# What the kernel and asyncio take well in one piece; also how often an early reply to content is noticed.
PIECE_BYTES = 262_144


class OnDisk(Protocol):
    """Content in a file that nobody else can change."""

    def pieces(self) -> Iterator[bytes]:
        """All of it in order, from the beginning each time. Raises OSError where it cannot be read, never yields less than all."""

    def let_go(self) -> None:
        """It is not in memory as a whole any more."""


class Content:
    """The bytes after DATA or BDAT, dot-unstuffed, exactly as they are to be sent on.

    `by_bdat`: came by BDAT; `bare`: contains a CR or LF that is not part of a CRLF (only possible by BDAT).
    `raw` is for those who must see it as a whole: up to `let_go`, after which content that is `on_disk` is there in `pieces` only.
    """

    __slots__ = ("_on_disk", "_raw", "bare", "by_bdat", "ends_line", "size")

    def __init__(self, raw: bytes, by_bdat: bool = False, bare: bool = False, on_disk: OnDisk | None = None) -> None:
        self._raw: bytes | None = raw
        self._on_disk = on_disk
        self.by_bdat = by_bdat
        self.bare = bare
        self.size = len(raw)
        self.ends_line = raw.endswith(b"\r\n") or not raw

    @property
    def raw(self) -> bytes:
        if self._raw is None:
            raise ValueError("content was let go")
        return self._raw

    def pieces(self) -> Iterator[bytes]:
        """All of it in order, from the beginning each time, of PIECE_BYTES at most. OSError where a file cannot be read."""
        if self._raw is not None:
            raw = self._raw
            return (raw[at : at + PIECE_BYTES] for at in range(0, self.size, PIECE_BYTES))
        assert self._on_disk is not None
        return self._on_disk.pieces()

    def let_go(self) -> None:
        """Nobody needs to see it as a whole any more."""
        if self._on_disk is not None:
            self._raw = None
            self._on_disk.let_go()


class Transaction(Protocol):
    """One mail transaction as service sees it: begun at MAIL, ended by `content` or `abandon`, exactly once."""

    async def recipient(self, recipient: Recipient) -> Reply:
        """Answer one RCPT. Recipients answered 2xx belong to the envelope."""

    async def content(self, content: Content) -> Reply:
        """Answer the end of data. Runs to its end even if the client goes away meanwhile."""

    async def answered(self, delivered: bool) -> None:
        """The final reply was (not) handed to the client: `delivered` is True once the client spoke again or closed cleanly."""

    async def abandon(self) -> None:
        """RSET, EHLO, a new MAIL, QUIT or a lost client before content."""


class FrontDoor(Protocol):
    """What the listener asks of service."""

    def capabilities(self) -> Capabilities | None:
        """What to advertise; None: no next hop was ever seen, answer 421."""

    def admits(self, client: Client) -> Reply | None:
        """None to serve a connection, else the reply to close it with (pause, drain, limits)."""

    async def begin(self, client: Client, sender: Address | None, options: tuple[str, ...]) -> Transaction | Reply:
        """Start a transaction at MAIL, or answer why not (4xx, 5xx)."""


class Unreachable(Exception):
    """No host of a route could be reached, or it broke off before content left. Nothing was delivered: safe to retry.

    `words` may be shown in a reply ('next hop not reachable'); the details are for the log only.
    """

    def __init__(self, words: str, details: str = "") -> None:
        super().__init__(details or words)
        self.words = words


class OutcomeUnknown(Exception):
    """The connection broke after content had left and before the final reply: it may or may not have been delivered."""


class HopTransaction(Protocol):
    """One transaction at a next hop. After any method but `content` raised or returned, `reset` may be called."""

    @property
    def capabilities(self) -> Capabilities: ...

    async def recipients(self, recipients: "Sequence[Forward]") -> tuple[Reply, ...]:
        """Offer RCPTs (pipelined where possible); one reply each, in order. `original` becomes ORCPT where the host has DSN."""

    async def content(self, prefix: bytes, content: Content) -> Reply:
        """Send `prefix` (our Received field, whole lines) and the message; the next hop's final reply.

        Raises Unreachable if nothing of the end of data had left, OutcomeUnknown otherwise.
        """

    async def reset(self) -> None:
        """Give the transaction up (RSET) and return the connection to the pool, or close it."""


class NextHop(Protocol):
    """A route: how a destination is reached."""

    @property
    def name(self) -> str: ...

    def capabilities(self) -> Capabilities | None:
        """As last seen in EHLO; None if never seen."""

    async def open(
        self,
        sender: Address | None,
        options: tuple[str, ...],
        minimum_tls: Tls,
        *,
        id: str = "",
        kind: str = "mail",
        client: Client | None = None,
        first: "Sequence[Forward]" = (),
    ) -> HopTransaction | Reply:
        """MAIL FROM at one of the hosts: a transaction, or the reply that refused it. Raises Unreachable.

        `id` is our reference and `kind` 'mail' or 'notice': an outbox writes them down. A relay that offers XFORWARD is told
        `id` and for which `client` we speak, if it still waits for the answer. `first` are recipients that `recipients` will be asked
        about next: they may go out together with MAIL.
        """

    async def close(self) -> None: ...
